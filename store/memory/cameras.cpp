// Stream processors and events.
#include "store/checks.hpp"
#include "store/memory/state.hpp"
#include "store/processor_course.hpp"

#include <algorithm>

namespace rollcall::store::memory {

namespace {

core::result<stream_processor> change(stream_processor& of,
                                      const std::function<core::status(stream_processor&)>& step) {
  auto changed = of;
  ROLLCALL_CHECK(step(changed));
  of = changed;
  return changed;
}

bool matches(const event_record& entry, const event_filter& filter) {
  return (!filter.camera || entry.camera == *filter.camera)
         && (!filter.collection || entry.collection == *filter.collection)
         && (!filter.kind || entry.kind == *filter.kind);
}

} // namespace

core::status create_processor(state& all, const stream_processor& made) {
  const auto has_key = [&](const auto& one) { return one.second.key == made.key; };
  if (all.processors.contains(made.name) || std::any_of(all.processors.begin(), all.processors.end(), has_key))
    return processor_exists(made.name);
  if (all.processors.size() >= most_processors)
    return too_many_processors();
  stream_processor stored;
  stored.key = made.key;
  stored.name = made.name;
  stored.input = made.input;
  stored.collection = made.collection;
  stored.threshold = made.threshold;
  stored.details = made.details;
  stored.created = stored.updated = made.created;
  all.processors.emplace(made.name, std::move(stored));
  return core::nothing{};
}

core::result<stream_processor> change_named(state& all, std::string_view name,
                                            const std::function<core::status(stream_processor&)>& step) {
  const auto found = all.processors.find(std::string(name));
  if (found == all.processors.end())
    return no_processor(name);
  return change(found->second, step);
}

core::result<stream_processor> change_keyed(state& all, const core::uuid& key,
                                            const std::function<core::status(stream_processor&)>& step) {
  for (auto& [name, one] : all.processors)
    if (one.key == key)
      return change(one, step);
  return no_processor(to_string(key));
}

std::vector<processor_claim> renew_claims(state& all, std::string_view node, core::wall_time until) {
  std::vector<processor_claim> held;
  for (auto& [name, one] : all.processors) {
    if (one.node != node || !is_under_way(one.status))
      continue;
    one.claimed_until = until;
    held.push_back({one.key, one.epoch});
  }
  std::ranges::sort(held, {}, &processor_claim::processor);
  return held;
}

core::result<page<stream_processor, std::string>> list_processors(const state& all, std::string_view after,
                                                                  std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  page<stream_processor, std::string> found;
  for (auto at = all.processors.upper_bound(std::string(after)); at != all.processors.end(); ++at) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().name;
      break;
    }
    found.rows.push_back(at->second);
  }
  return found;
}

core::result<std::vector<std::uint64_t>> append_events(state& all, std::span<const event_record> events) {
  std::vector<std::uint64_t> numbers;
  for (const auto& each : events) {
    const auto known = std::find_if(all.events.begin(), all.events.end(),
                                    [&](const auto& stored) { return stored.second.id == each.id; });
    if (known != all.events.end()) {
      numbers.push_back(known->first);
      continue;
    }
    numbers.push_back(++all.last_event);
    auto& stored = all.events[all.last_event];
    stored = each;
    stored.seq = all.last_event;
  }
  return numbers;
}

core::result<page<event_record, std::uint64_t>> list_events(const state& all, const event_filter& filter,
                                                            std::uint64_t after, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  page<event_record, std::uint64_t> found;
  for (auto at = all.events.upper_bound(after); at != all.events.end(); ++at) {
    if (!matches(at->second, filter))
      continue;
    if (found.rows.size() == limit) {
      found.next = found.rows.back().seq;
      break;
    }
    found.rows.push_back(at->second);
  }
  return found;
}

std::uint64_t last_event_of(const state& all, std::string_view camera, std::uint64_t before) {
  for (auto at = all.events.lower_bound(before); at != all.events.begin();)
    if ((--at)->second.camera == camera)
      return at->first;
  return 0;
}

core::result<std::uint64_t> prune_events(state& all, core::wall_time before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  std::uint64_t gone = 0;
  for (auto at = all.events.begin(); at != all.events.end() && gone < limit;) {
    const bool is_old = at->second.decided < before;
    at = is_old ? all.events.erase(at) : std::next(at);
    gone += is_old ? 1 : 0;
  }
  return gone;
}

} // namespace rollcall::store::memory
