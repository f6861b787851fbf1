// StartFaceDetection, StartFaceSearch, StartPersonTracking, GetFaceDetection, GetFaceSearch, GetPersonTracking.
#include "core/digest.hpp"
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"

#include <algorithm>
#include <charconv>

namespace rollcall::front::operations {

namespace {

constexpr std::uintmax_t largest_video_bytes = 10ULL << 30;
constexpr std::size_t most_results = 1'000;

/// 64 hexadecimal digits that nobody can guess: whoever knows them may ask for the results.
std::string new_job_id() {
  const auto a = core::random_uuid();
  const auto b = core::random_uuid();
  core::bytes all(a.value.begin(), a.value.end());
  all.insert(all.end(), b.value.begin(), b.value.end());
  return core::to_hex(core::sha256(all));
}

store::video_job make_job(const request_context& context, store::video_kind kind, const wire::video& of,
                          const std::optional<std::string>& tag) {
  store::video_job made;
  made.id = new_job_id();
  made.kind = kind;
  made.bucket = of.s3.bucket;
  made.object = of.s3.name;
  made.tag = tag.value_or("");
  made.principal = context.who.principal;
  made.access_key = context.who.access_key;
  made.purpose = context.who.purpose;
  made.created = context.with.parts.clock.now();
  return made;
}

/// Notes which collection is searched. Errors: `not_found`, `model_mismatch`.
core::status bind_collection(store::store& in, store::video_job& job, const std::string& model) {
  if (job.kind != store::video_kind::face_search)
    return core::nothing{};
  ROLLCALL_TRY(const auto found, find_collection_in(in, job.collection));
  if (found.model_version != model)
    return core::fail(core::error_code::model_mismatch,
                      "The collection was made with face model " + found.model_version + ", this node runs " + model);
  job.collection_key = found.key;
  return core::nothing{};
}

asio::awaitable<core::status> check_video(request_context& context, wire::s3_object object) {
  auto measuring = context.with.objects.measure(std::move(object));
  ROLLCALL_CO_TRY(const auto size, co_await std::move(measuring));
  if (size > largest_video_bytes)
    co_return core::fail(core::error_code::image_too_large,
                         "Video size in bytes: " + std::to_string(size)
                             + " is more than the maximum limit of: " + std::to_string(largest_video_bytes) + " bytes");
  co_return core::nothing{};
}

core::error explain(core::error failed, const std::optional<std::string>& token) {
  if (failed.code == core::error_code::idempotency_mismatch)
    failed.message = token_in_use(token);
  return failed;
}

/// The id of the job, or of the one that was started with this token, whose video may be gone by now.
asio::awaitable<core::result<std::string>> start_job(request_context& context, store::video_job job,
                                                     wire::s3_object object, std::optional<std::string> token) {
  auto mark = make_token(context, token,
                         {job.bucket, job.object, job.collection, std::to_string(job.threshold),
                          std::to_string(static_cast<int>(job.wants_all)), job.tag});
  if (token) {
    auto recalling = [mark](store::store& in) { return in.videos().recall(mark); };
    auto asked = read(context, std::move(recalling));
    auto earlier = co_await std::move(asked);
    if (!earlier)
      co_return explain(std::move(earlier).failure(), token);
    if (*earlier)
      co_return std::move((*earlier)->id);
  }
  auto checking = check_video(context, std::move(object));
  ROLLCALL_CO_CHECK(co_await std::move(checking));
  auto writing = [job = std::move(job), mark = std::move(mark),
                  model = context.with.parts.models.version](store::store& in) -> core::result<store::video_job> {
    auto made = job;
    ROLLCALL_CHECK(bind_collection(in, made, model));
    return in.videos().start(made, mark);
  };
  auto asked = write(context, std::move(writing));
  auto started = co_await std::move(asked);
  if (!started)
    co_return explain(std::move(started).failure(), token);
  co_return std::move(started->id);
}

core::error missing_job(const std::string& id) {
  return core::fail(core::error_code::not_found, "Could not find JobId " + id);
}

/// The job, if its author may see it. Errors: `not_found` (also where it is of another kind), `access_denied`.
asio::awaitable<core::result<store::video_job>> find_job(request_context& context, std::string id,
                                                         store::video_kind kind) {
  auto reading = [id](store::store& in) { return in.videos().find(id); };
  auto asked = read(context, std::move(reading));
  auto found = co_await std::move(asked);
  if (!found && found.failure().code != core::error_code::not_found)
    co_return std::move(found).failure();
  if (!found || found->kind != kind)
    co_return missing_job(id);
  if (kind == store::video_kind::face_search) {
    const auto action = "rekognition:" + std::string{context.operation};
    ROLLCALL_CO_CHECK(context.with.gate.permit(context.who, {action, store::role::search, found->collection}));
  }
  co_return *std::move(found);
}

std::string to_key(const store::video_place& of) {
  return std::to_string(of.person) + "." + std::to_string(of.rank) + "." + std::to_string(of.seq);
}

/// Takes a number and the "." behind it off the front.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{})
    return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  if (text.starts_with('.'))
    text.remove_prefix(1);
  return true;
}

core::result<std::optional<store::video_place>> to_place(std::string_view key) {
  if (key.empty())
    return std::optional<store::video_place>{};
  store::video_place at;
  const bool is_read = take_number(key, at.person) && take_number(key, at.rank) && take_number(key, at.seq);
  if (!is_read || !key.empty())
    return core::fail(core::error_code::invalid_token, "Invalid Pagination Token");
  return std::optional{at};
}

struct job_page {
  wire::video_job_state state;
  std::vector<store::video_result> rows;
  std::vector<store::video_matches> matches;
};

struct page_wish {
  store::video_kind kind = store::video_kind::face_detection;
  store::video_order order = store::video_order::time;
  std::string job;
  std::optional<int> max_results;
  std::optional<std::string> next_token;
};

wire::video_job_state to_wire_job(store::video_job job) {
  wire::video_job_state made;
  made.job_id = std::move(job.id);
  made.status = job.status == store::video_status::succeeded ? wire::video_job_status::succeeded
                : job.status == store::video_status::failed  ? wire::video_job_status::failed
                                                             : wire::video_job_status::in_progress;
  if (!job.message.empty())
    made.status_message = std::move(job.message);
  made.metadata = std::move(job.metadata);
  made.video.s3 = {std::move(job.bucket), std::move(job.object), std::nullopt};
  if (!job.tag.empty())
    made.job_tag = std::move(job.tag);
  return made;
}

/// One page of what a job found: nothing before it has succeeded.
asio::awaitable<core::result<job_page>> read_page(request_context& context, wire::page_scope scope, page_wish wish) {
  ROLLCALL_CO_TRY(const auto key, open_token(context, scope, wish.next_token));
  ROLLCALL_CO_TRY(const auto after, to_place(key));
  auto finding = find_job(context, wish.job, wish.kind);
  ROLLCALL_CO_TRY(auto job, co_await std::move(finding));
  job_page page{to_wire_job(std::move(job)), {}, {}};
  if (page.state.status != wire::video_job_status::succeeded)
    co_return page;
  const auto limit = std::min(static_cast<std::size_t>(wish.max_results.value_or(most_results)), most_results);
  using found_rows = std::pair<store::page<store::video_result, store::video_place>, std::vector<store::video_matches>>;
  auto reading = [id = wish.job, order = wish.order, after, limit,
                  with_matches =
                      wish.kind == store::video_kind::face_search](store::store& in) -> core::result<found_rows> {
    found_rows found;
    ROLLCALL_TRY(found.first, in.videos().list_results(id, order, after, limit));
    std::vector<std::uint64_t> tracks;
    for (const auto& row : found.first.rows)
      tracks.push_back(row.track);
    if (with_matches) {
      ROLLCALL_TRY(found.second, in.videos().find_matches(id, tracks));
    }
    return found;
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  page.rows = std::move(found.first.rows);
  page.matches = std::move(found.second);
  if (found.first.next)
    page.state.next_token = next_token(context, scope, to_key(*found.first.next));
  co_return page;
}

std::vector<wire::video_person> to_persons(job_page& from) {
  std::vector<wire::video_person> made;
  made.reserve(from.rows.size());
  for (auto& row : from.rows) {
    wire::video_person one{row.at.count(), row.person, std::move(row.body), {}};
    const auto found = std::ranges::lower_bound(from.matches, row.track, {}, &store::video_matches::track);
    if (found != from.matches.end() && found->track == row.track)
      one.matches = found->body;
    made.push_back(std::move(one));
  }
  return made;
}

store::video_order to_store(wire::video_sort from) noexcept {
  return from == wire::video_sort::index ? store::video_order::person : store::video_order::time;
}

} // namespace

answer<wire::start_face_detection_response> start_face_detection(request_context& context,
                                                                 wire::start_face_detection_request request) {
  auto job = make_job(context, store::video_kind::face_detection, request.video, request.job_tag);
  job.wants_all = request.face_attributes == wire::video_attributes::all;
  auto starting = start_job(context, std::move(job), std::move(request.video.s3), request.client_request_token);
  ROLLCALL_CO_TRY(auto id, co_await std::move(starting));
  co_return wire::start_face_detection_response{std::move(id)};
}

answer<wire::start_face_search_response> start_face_search(request_context& context,
                                                           wire::start_face_search_request request) {
  auto job = make_job(context, store::video_kind::face_search, request.video, request.job_tag);
  job.collection = std::move(request.collection_id);
  job.threshold = request.face_match_threshold;
  auto starting = start_job(context, std::move(job), std::move(request.video.s3), request.client_request_token);
  ROLLCALL_CO_TRY(auto id, co_await std::move(starting));
  co_return wire::start_face_search_response{std::move(id)};
}

answer<wire::start_person_tracking_response> start_person_tracking(request_context& context,
                                                                   wire::start_person_tracking_request request) {
  auto job = make_job(context, store::video_kind::person_tracking, request.video, request.job_tag);
  auto starting = start_job(context, std::move(job), std::move(request.video.s3), request.client_request_token);
  ROLLCALL_CO_TRY(auto id, co_await std::move(starting));
  co_return wire::start_person_tracking_response{std::move(id)};
}

answer<wire::get_face_detection_response> get_face_detection(request_context& context,
                                                             wire::get_face_detection_request request) {
  auto scope = wire::scope_of(request);
  page_wish wish{store::video_kind::face_detection, store::video_order::time, std::move(request.job_id),
                 request.max_results, std::move(request.next_token)};
  auto reading = read_page(context, std::move(scope), std::move(wish));
  ROLLCALL_CO_TRY(auto page, co_await std::move(reading));
  wire::get_face_detection_response response{std::move(page.state), {}};
  for (auto& row : page.rows)
    response.faces.push_back({row.at.count(), std::move(row.body)});
  co_return response;
}

answer<wire::get_face_search_response> get_face_search(request_context& context,
                                                       wire::get_face_search_request request) {
  auto scope = wire::scope_of(request);
  page_wish wish{store::video_kind::face_search, to_store(request.sort_by), std::move(request.job_id),
                 request.max_results, std::move(request.next_token)};
  auto reading = read_page(context, std::move(scope), std::move(wish));
  ROLLCALL_CO_TRY(auto page, co_await std::move(reading));
  auto persons = to_persons(page);
  co_return wire::get_face_search_response{std::move(page.state), std::move(persons)};
}

answer<wire::get_person_tracking_response> get_person_tracking(request_context& context,
                                                               wire::get_person_tracking_request request) {
  auto scope = wire::scope_of(request);
  page_wish wish{store::video_kind::person_tracking, to_store(request.sort_by), std::move(request.job_id),
                 request.max_results, std::move(request.next_token)};
  auto reading = read_page(context, std::move(scope), std::move(wish));
  ROLLCALL_CO_TRY(auto page, co_await std::move(reading));
  auto persons = to_persons(page);
  co_return wire::get_person_tracking_response{std::move(page.state), std::move(persons)};
}

} // namespace rollcall::front::operations
