// Doubling of a collection's partitions while it serves: one step a request, as far as it can go. Decision record 0010.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "front/operations/lookup.hpp"
#include "wire/json_document.hpp"

#include <bit>
#include <cmath>

namespace rollcall::front::admin {

namespace {

using store::doubling_stage;
using store::doubling_step;

// What steady clocks of two machines may differ by over a request's time.
constexpr std::chrono::milliseconds margin{1'000};

constexpr std::string_view stage_text(doubling_stage stage) {
  switch (stage) {
    case doubling_stage::none:
      return "none";
    case doubling_stage::building:
      return "building";
    case doubling_stage::leaving:
      return "leaving";
  }
  return "unknown";
}

struct wanted_size {
  std::uint32_t partitions = 0;
  bool is_given_up = false;
};

core::result<wanted_size> read_wanted(const admin_request& request) {
  ROLLCALL_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  wanted_size wanted;
  const auto* flag = document.root().if_contains("give_up");
  wanted.is_given_up = flag != nullptr && flag->is_bool() && flag->get_bool();
  if (wanted.is_given_up)
    return wanted;
  ROLLCALL_TRY(const auto number, read_number(document.root(), "partitions"));
  const bool is_good = number >= 1 && number <= store::most_partitions && std::floor(number) == number
                       && std::has_single_bit(static_cast<std::uint32_t>(number));
  if (!is_good)
    return core::fail(core::error_code::constraint_violation, "A collection has a power of two of partitions, up to "
                                                                  + std::to_string(store::most_partitions)
                                                                  + ": 1, 2, 4, 8, 16, ...");
  wanted.partitions = static_cast<std::uint32_t>(number);
  return wanted;
}

core::status check_wanted(const store::collection_shape& now, const wanted_size& wanted) {
  const auto has = now.shape.serving.count;
  const auto is_building = now.shape.stage == doubling_stage::building;
  if (wanted.is_given_up && !is_building)
    return core::fail(core::error_code::conflict,
                      "The collection " + now.collection.id + " has " + std::to_string(has)
                          + " partitions, and no doubling of it is being prepared: there is nothing to give up.");
  if (wanted.is_given_up || wanted.partitions > has || (wanted.partitions == has && !is_building))
    return core::nothing{};
  if (is_building && wanted.partitions == has)
    return core::fail(core::error_code::conflict, "The collection " + now.collection.id + " is being doubled to "
                                                      + std::to_string(2 * has)
                                                      + " partitions: ask for these, or give it up.");
  return core::fail(core::error_code::constraint_violation,
                    "The collection " + now.collection.id + " has " + std::to_string(has)
                        + " partitions, and their number only ever grows: for fewer, make another collection and "
                          "import the faces into it.");
}

// A node of an older version would ask, and write to, partitions as they were.
asio::awaitable<core::status> check_versions(admin_request& request) {
  if (!request.context.with.parts.cluster)
    co_return core::nothing{};
  auto asking = ask_cluster<actors::cluster_view>(request, actors::cluster_request{});
  ROLLCALL_CO_TRY(const auto view, co_await std::move(asking));
  for (const auto& node : view.nodes)
    if (node.state != store::node_state::dead && node.version != request.context.with.parts.node_version)
      co_return core::fail(core::error_code::conflict, "The node " + node.name + " runs version " + node.version
                                                           + ", this one " + request.context.with.parts.node_version
                                                           + ": upgrade all nodes first.");
  co_return core::nothing{};
}

// Replicas of the new partitions that do not answer yet; none are counted on a node that is alone.
asio::awaitable<core::result<std::size_t>> count_missing(admin_request& request, store::collection_shape now) {
  if (!request.context.with.parts.cluster)
    co_return std::size_t{0};
  auto asking = ask_cluster<actors::cluster_view>(request, actors::cluster_request{});
  ROLLCALL_CO_TRY(const auto view, co_await std::move(asking));
  const auto tally = tally_of(view);
  const auto made = now.shape.doubled();
  std::size_t missing = 0;
  for (std::uint32_t at = 0; at < made.count; ++at)
    missing += tally.missing({now.collection.key, made.first + at});
  co_return missing;
}

// How many faces partitions answer with; none while an answer is not whole and current.
asio::awaitable<std::optional<std::uint64_t>> count_faces(request_context& context, store::collection_shape now,
                                                          store::partition_range asked) {
  actors::query message{.request = context.request,
                        .collection = now.collection.key,
                        .partitions = asked.count,
                        .first_partition = asked.first,
                        .probes = std::vector<float>(now.dimension),
                        .dimension = now.dimension,
                        .k = 1,
                        .lowest_cosine = 1,
                        .until = context.until};
  message.probes.front() = 1;
  auto asking =
      ask<actors::query_answer>(context.with.via, context.with.parts.coordinator, std::move(message), context.until);
  const auto answered = co_await std::move(asking);
  if (!answered || !answered->covered.is_complete() || !answered->covered.is_current)
    co_return std::nullopt;
  co_return answered->covered.references;
}

// The new partitions answer as queries would ask them, with as many faces as the old ones, which are asked before and
// after since others write meanwhile.
asio::awaitable<bool> can_serve(request_context& context, store::collection_shape now) {
  if (now.dimension == 0)
    co_return true; // there never was a face
  std::vector<std::uint64_t> counts;
  for (const auto& range : {now.shape.serving, now.shape.doubled(), now.shape.serving}) {
    auto counting = count_faces(context, now, range);
    const auto counted = co_await std::move(counting);
    if (!counted)
      co_return false;
    counts.push_back(*counted);
  }
  co_return counts[1] >= std::min(counts[0], counts[2]) && counts[1] <= std::max(counts[0], counts[2]);
}

// The step that can be taken now, if any.
asio::awaitable<core::result<std::optional<doubling_step>>>
choose_step(admin_request& request, store::collection_shape now, wanted_size wanted, std::size_t missing) {
  using chosen = std::optional<doubling_step>;
  auto& context = request.context;
  if (wanted.is_given_up)
    co_return chosen{doubling_step::give_up};
  if (now.shape.stage == doubling_stage::none)
    co_return wanted.partitions > now.shape.serving.count ? chosen{doubling_step::begin} : chosen{};
  if (now.shape.stage == doubling_stage::leaving) {
    const auto seen = std::chrono::steady_clock::now();
    const auto since = context.with.doublings.see(now.collection.key, now.shape.serving.count, seen);
    const bool is_over = seen - since >= context.with.settings.request_timeout + margin;
    co_return is_over ? chosen{doubling_step::end} : chosen{};
  }
  if (missing > 0)
    co_return chosen{};
  auto trying = can_serve(context, now);
  const bool is_ready = co_await std::move(trying);
  co_return is_ready ? chosen{doubling_step::serve} : chosen{};
}

asio::awaitable<core::result<store::collection_shape>> find_shape(admin_request& request) {
  auto looking = [id = request.arguments.front()](store::store& in) { return operations::find_shape_in(in, id); };
  auto reading = read(request.context, std::move(looking));
  auto found = co_await std::move(reading);
  co_return found;
}

// What somebody else did in this one's place, or what may have been done, is seen by looking again.
bool is_to_be_seen(core::error_code code) {
  return code == core::error_code::conflict || code == core::error_code::outcome_unknown;
}

asio::awaitable<core::result<store::collection_shape>> take(admin_request& request, store::collection_shape now,
                                                            doubling_step step) {
  auto taking = [id = now.collection.id, step, seen = now.shape](store::store& in) {
    return in.take_doubling_step(id, step, seen);
  };
  auto writing = write(request.context, std::move(taking));
  const auto taken = co_await std::move(writing);
  if (!taken && is_to_be_seen(taken.failure().code)) {
    auto looking = find_shape(request);
    auto found = co_await std::move(looking);
    co_return found;
  }
  if (!taken)
    co_return taken.failure();
  const auto& after = taken->now;
  if (after.shape.stage == doubling_stage::none)
    request.context.with.doublings.forget(after.collection.key);
  if (after.shape != now.shape)
    core::log(core::log_level::note, "front", "a collection's partitions are doubled",
              {{"collection", after.collection.id},
               {"partitions", std::to_string(after.shape.serving.count)},
               {"stage", std::string(stage_text(after.shape.stage))},
               {"by", request.context.who.principal}});
  co_return after;
}

json::object describe(const store::collection_shape& now, std::size_t missing) {
  return {{"collection_id", now.collection.id},
          {"partitions", now.shape.serving.count},
          {"first_partition", now.shape.serving.first},
          {"stage", stage_text(now.shape.stage)},
          {"missing", missing}};
}

} // namespace

admin_answer resize_collection(admin_request& request) {
  ROLLCALL_CO_TRY(const auto wanted, read_wanted(request));
  auto looking = find_shape(request);
  ROLLCALL_CO_TRY(auto now, co_await std::move(looking));
  ROLLCALL_CO_CHECK(check_wanted(now, wanted));
  std::size_t missing = 0;
  if (now.shape.stage == doubling_stage::building && !wanted.is_given_up) {
    auto counting = count_missing(request, now);
    ROLLCALL_CO_TRY(missing, co_await std::move(counting));
  }
  auto choosing = choose_step(request, now, wanted, missing);
  ROLLCALL_CO_TRY(const auto step, co_await std::move(choosing));
  if (step == doubling_step::begin) {
    auto checking = check_versions(request);
    ROLLCALL_CO_CHECK(co_await std::move(checking));
  }
  if (step) {
    auto taking = take(request, now, *step);
    ROLLCALL_CO_TRY(now, co_await std::move(taking));
  }
  co_return json_reply(describe(now, missing));
}

} // namespace rollcall::front::admin
