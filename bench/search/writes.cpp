#include "bench/search/writes.hpp"

#include "bench/figures.hpp"
#include "bench/search/our_gallery.hpp"
#include "bench/search/report.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr int writes_per_s = 500;
constexpr std::size_t writes = 5'000;
constexpr std::size_t lone_deletions = 2'000;
constexpr std::chrono::seconds read_only_for{10};
constexpr std::size_t looked_for_every = 100;

/// Searches until told to stop.
class searching {
public:
  searching(const shard::gallery& in, const population& all)
      : thread_([this, &in, &all](const std::stop_token& stop) {
          const auto started = clock::now();
          for (std::size_t p = 0; !stop.stop_requested(); p = (p + 1) % all.probe_count()) {
            const auto one = clock::now();
            (void)find_nearest(in, all.probe(p, 1));
            done_.ms.push_back(milliseconds_since(one));
          }
          done_.seconds = milliseconds_since(started) / 1000;
        }) {}

  [[nodiscard]] load_done stop() {
    thread_.request_stop();
    thread_.join();
    return std::move(done_);
  }

private:
  load_done done_;
  std::jthread thread_;
};

/// Upkeep on a thread of its own, as a SHARD has it.
class keeping {
public:
  explicit keeping(shard::gallery& of)
      : thread_([this, &of](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [this] { return is_due_; });
            is_due_ = false;
            lock.unlock();
            while (!stop.stop_requested() && of.upkeep())
              std::this_thread::yield();
          }
        }) {}

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      is_due_ = true;
    }
    changed_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_due_ = false;
  std::jthread thread_;
};

/// Milliseconds that each write took; `rate` a second where one is given.
struct written {
  std::vector<double> ms;
  double seconds = 0;
};

written write(shard::gallery& into, std::vector<core::mutation>& mutations, int rate,
              const std::function<void(const core::mutation&)>& after = {}) {
  written done;
  keeping up(into);
  const auto started = clock::now();
  core::mutation_batch batch{our_gallery::collection(), 0, std::vector<core::mutation>(1)};
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    if (rate > 0)
      std::this_thread::sleep_until(started + std::chrono::nanoseconds{std::chrono::seconds{1}} * i / rate);
    batch.mutations.front() = mutations[i];
    const auto one = clock::now();
    if (const auto applied = into.apply(batch); !applied)
      throw std::runtime_error{applied.failure().message};
    done.ms.push_back(milliseconds_since(one));
    up.wake();
    if (after)
      after(mutations[i]);
  }
  done.seconds = milliseconds_since(started) / 1000;
  return done;
}

std::vector<core::mutation> enrolments(const population& all) {
  synthetic_faces faces{7};
  std::vector<core::mutation> made;
  for (std::uint64_t row = all.size(); made.size() < writes; ++row) {
    std::vector<float> values(population::dimension);
    faces.photograph(faces.identity(), values);
    made.push_back({row + 1, core::reference_kind::face, our_gallery::id_of(row), std::move(values)});
  }
  return made;
}

/// Of rows [first, first + count), which the sequence goes on with.
std::vector<core::mutation> deletions(std::uint64_t& seq, std::uint64_t first, std::size_t count) {
  std::vector<core::mutation> made;
  for (std::uint64_t row = first; made.size() < count; ++row)
    made.push_back({++seq, core::reference_kind::face, our_gallery::id_of(row), {}});
  return made;
}

/// Share of the probes whose nearest reference is found by a search that need not find all; only with lists is there
/// a difference.
double share_found(shard::gallery& in, const population& all) {
  constexpr float floor = 0.99F;
  (void)find_nearest(in, all.probe(0, 1), 1, floor); // from now on there are to be lists
  (void)settle(in);
  std::size_t found = 0;
  for (std::size_t p = 0; p < all.probe_count(); ++p)
    found += find_nearest(in, all.probe(p, 1), 1, floor).front() == find_nearest(in, all.probe(p, 1)).front() ? 1 : 0;
  return static_cast<double>(found) / static_cast<double>(all.probe_count());
}

/// The second half of the rows become other persons.
void replace_half(shard::gallery& in, const population& all, std::uint64_t seq) {
  synthetic_faces faces{8};
  const auto first = all.size() / 2;
  apply_all(in, all.size() - first, [&](std::size_t i) {
    std::vector<float> values(population::dimension);
    faces.photograph(faces.identity(), values);
    return core::mutation{++seq, core::reference_kind::face, our_gallery::id_of(first + i), std::move(values)};
  });
}

} // namespace

void measure_writes(const population& all, boost::json::object& report) {
  our_gallery ours(all);
  auto enrolled = enrolments(all);
  auto seq = enrolled.back().seq;

  searching read_only(ours.held, all);
  std::this_thread::sleep_for(read_only_for); // the load's length
  const auto alone = read_only.stop();

  std::size_t looked_for = 0;
  std::size_t found = 0;
  searching under_writes(ours.held, all);
  const auto enrolling = write(ours.held, enrolled, writes_per_s, [&](const core::mutation& one) {
    if (one.seq % looked_for_every != 0)
      return;
    ++looked_for;
    found += find_nearest(ours.held, one.embedding).front().id == one.id ? 1U : 0U;
  });
  const auto beside = under_writes.stop();

  auto gone = deletions(seq, 0, writes);
  searching under_deletions(ours.held, all);
  const auto deleting = write(ours.held, gone, writes_per_s);
  (void)under_deletions.stop();
  gone = deletions(seq, writes, lone_deletions);
  const auto deleting_alone = write(ours.held, gone, 0);

  const auto rate = [](const load_done& of) { return static_cast<double>(of.ms.size()) / of.seconds; };
  std::printf("%zu faces; read only: %.0f probes/s, p99 %.2f ms; under writes: %.0f, %.2f ms\n", all.size(),
              rate(alone), quantile(alone.ms, 0.99), rate(beside), quantile(beside.ms, 0.99));
  report["n"] = all.size();
  report_key(report, "writes_share_kept", rate(beside) / rate(alone));
  report_key(report, "writes_p99_ratio", quantile(beside.ms, 0.99) / quantile(alone.ms, 0.99));
  report_key(report, "writes_per_s", static_cast<double>(enrolling.ms.size()) / enrolling.seconds);
  report_key(report, "writes_found_share", static_cast<double>(found) / static_cast<double>(looked_for));
  report_key(report, "enrol_p99_ms", quantile(enrolling.ms, 0.99));
  report_key(report, "delete_p99_ms", quantile(deleting.ms, 0.99));
  report_key(report, "delete_alone_p99_ms", quantile(deleting_alone.ms, 0.99));
  report_key(report, "lists_found_before", share_found(ours.held, all));
  replace_half(ours.held, all, seq);
  report_key(report, "lists_found_after_half_was_replaced", share_found(ours.held, all));
}

} // namespace rollcall::bench
