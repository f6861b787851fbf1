// Video jobs.
#include "store/checks.hpp"
#include "store/memory/state.hpp"
#include "store/video_course.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace rollcall::store::memory {

namespace {

struct video_entry {
  std::uint64_t n = 0;
  client_token token;
  video_job job;
  std::vector<video_result> results; ///< place i has seq i + 1
  std::map<std::uint64_t, std::string> matches;
};

video_place place_of(const video_result& of) {
  return {of.person, of.rank, of.seq};
}

// Of a listing by time, seq alone counts.
video_place place_in(video_order order, const video_result& of) {
  return order == video_order::time ? video_place{0, 0, of.seq} : place_of(of);
}

class memory_video_store final : public video_store {
public:
  core::result<video_job> start(const video_job& made, const client_token& token) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_TRY(auto earlier, find_started(token));
    if (earlier)
      return *std::move(earlier);
    const auto open = std::ranges::count_if(
        jobs_, [](const auto& one) { return one.second.job.status == video_status::in_progress; });
    if (static_cast<std::size_t>(open) >= most_open_videos)
      return too_many_videos();
    if (jobs_.contains(made.id))
      return video_exists(made.id);
    jobs_[made.id] = {++last_, token, made, {}, {}};
    return made;
  }

  core::result<std::optional<video_job>> recall(const client_token& token) override {
    const std::lock_guard lock(mutex_);
    return find_started(token);
  }

  core::result<video_job> find(std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto* found = entry(id);
    if (found == nullptr)
      return no_video(id);
    return found->job;
  }

  core::result<std::vector<video_job>> list_open() override {
    const std::lock_guard lock(mutex_);
    std::map<std::uint64_t, video_job> open;
    for (const auto& [id, one] : jobs_)
      if (one.job.status == video_status::in_progress)
        open.emplace(one.n, one.job);
    std::vector<video_job> found;
    found.reserve(open.size());
    for (auto& [n, job] : open)
      found.push_back(std::move(job));
    return found;
  }

  core::result<video_job> claim(std::string_view id, std::string_view node, std::chrono::milliseconds span) override {
    const std::lock_guard lock(mutex_);
    auto* found = entry(id);
    if (found == nullptr)
      return no_video(id);
    ROLLCALL_CHECK(rollcall::store::claim(found->job, node, core::system_wall_clock{}.now(), span));
    return found->job;
  }

  core::result<std::vector<video_claim>> renew(std::string_view node, std::chrono::milliseconds span) override {
    const std::lock_guard lock(mutex_);
    std::vector<video_claim> held;
    for (auto& [id, one] : jobs_) {
      if (one.job.node != node || one.job.status != video_status::in_progress)
        continue;
      one.job.claimed_until = core::system_wall_clock{}.now() + span;
      held.push_back({id, one.job.epoch});
    }
    return held;
  }

  core::status append(const video_claim& by, const video_progress& what) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_TRY(auto* const found, claimed(by));
    ROLLCALL_TRY(const bool is_wanted, is_due(found->job, what));
    if (!is_wanted)
      return core::nothing{};
    found->job.steps = what.step;
    for (const auto& one : what.results) {
      found->results.push_back(one);
      found->results.back().seq = found->results.size();
    }
    for (const auto& both : what.joined)
      for (auto& one : found->results)
        if (one.person == both.later)
          one.person = both.earlier;
    for (const auto& one : what.matches)
      found->matches[one.track] = one.body;
    found->job.frames = what.frames;
    found->job.metadata = what.metadata;
    return core::nothing{};
  }

  core::result<bool> rewind(const video_claim& by, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(check_limit(limit));
    ROLLCALL_TRY(auto* const found, claimed(by));
    if (forget_results(*found, limit))
      return true;
    found->job.frames = 0;
    return false;
  }

  core::status finish(const video_claim& by, video_status how, std::string_view message, core::wall_time at) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_TRY(auto* const found, claimed(by));
    rollcall::store::finish(found->job, how, message, at);
    return core::nothing{};
  }

  core::result<page<video_result, video_place>>
  list_results(std::string_view id, video_order order, std::optional<video_place> after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(check_limit(limit));
    const auto* job = entry(id);
    if (job == nullptr)
      return no_video(id);
    std::map<video_place, const video_result*> ordered;
    for (const auto& one : job->results)
      ordered.emplace(place_in(order, one), &one);
    page<video_result, video_place> found;
    auto from = after.value_or(video_place{});
    if (order == video_order::time)
      from = {0, 0, from.seq};
    for (auto at = ordered.upper_bound(from); at != ordered.end(); ++at) {
      if (found.rows.size() == limit) {
        found.next = place_of(found.rows.back());
        break;
      }
      found.rows.push_back(*at->second);
    }
    return found;
  }

  core::result<std::vector<video_matches>> find_matches(std::string_view id,
                                                        std::span<const std::uint64_t> tracks) override {
    const std::lock_guard lock(mutex_);
    const auto* job = entry(id);
    if (job == nullptr)
      return no_video(id);
    std::vector<video_matches> found;
    for (const auto& [track, body] : job->matches)
      if (std::ranges::find(tracks, track) != tracks.end())
        found.push_back({track, body});
    return found;
  }

  core::result<bool> prune(core::wall_time before, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(check_limit(limit));
    for (auto at = jobs_.begin(); at != jobs_.end();) {
      const auto& job = at->second.job;
      if (job.status == video_status::in_progress || job.completed >= before) {
        ++at;
        continue;
      }
      expired_.push_back(std::move(at->second));
      at = jobs_.erase(at);
    }
    if (expired_.empty())
      return false;
    if (!forget_results(expired_.front(), limit))
      expired_.pop_front();
    return true;
  }

private:
  core::result<std::optional<video_job>> find_started(const client_token& token) const {
    const auto found =
        std::ranges::find_if(jobs_, [&](const auto& one) { return one.second.token.token == token.token; });
    if (token.token.empty() || found == jobs_.end())
      return std::optional<video_job>{};
    if (found->second.token.fingerprint != token.fingerprint)
      return token_reused(token.token);
    return std::optional{found->second.job};
  }

  video_entry* entry(std::string_view id) {
    const auto found = jobs_.find(std::string(id));
    return found == jobs_.end() ? nullptr : &found->second;
  }

  core::result<video_entry*> claimed(const video_claim& by) {
    auto* found = entry(by.id);
    if (found == nullptr)
      return no_video(by.id);
    ROLLCALL_CHECK(check_claim(found->job, by));
    return found;
  }

  // True when `limit` went, and more may be left.
  static bool forget_results(video_entry& of, std::size_t limit) {
    const auto gone = std::min(limit, of.results.size());
    of.results.erase(of.results.begin(), of.results.begin() + static_cast<std::ptrdiff_t>(gone));
    if (gone == limit)
      return true;
    of.matches.clear();
    return false;
  }

  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::string, video_entry> jobs_; ///< by id
  std::deque<video_entry> expired_;
};

} // namespace

std::unique_ptr<video_store> make_video_store() {
  return std::make_unique<memory_video_store>();
}

} // namespace rollcall::store::memory
