// How a coded index is searched by lists.
#include "shard/coded_index.hpp"
#include "shard/shared_search.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace rollcall::shard {

namespace {

// Lists that each probe of a search looks at alone before the others, nearest first, since they raise its threshold
// most: so many, and a part of all.
constexpr std::size_t fewest_alone = 2;
constexpr std::size_t part_alone = 8;
// Lists that a probe looks at before what it found raises its threshold; fewer at first, where that brings most.
constexpr std::size_t lists_at_once = 32;

// The bound on what a code lost is attained by a vector along the probe alone. Losses lie along it by chance, with a
// standard deviation of their length over the root of the coordinates: three of these are enough here.
void expect_likely_losses(coded_probe& probe) {
  constexpr float deviations = 3;
  probe.per_loss *= std::min(1.0F, deviations / std::sqrt(static_cast<float>(probe.values.size())));
}

} // namespace

// 0: all rows are to be looked at.
std::size_t coded_index::lists_for(float recall_floor) const noexcept {
  wants_lists_.store(true, std::memory_order_relaxed);
  if (!lists_)
    return 0;
  const auto all = lists_->centres()->lists();
  const auto depth = limits_.lists_looked_at != 0
                         ? limits_.lists_looked_at
                         : lists_->depths().within(static_cast<double>(recall_floor)).value_or(all);
  return depth > all / 2 ? 0 : std::max(depth, fewest_alone); // the pass over everything costs no more
}

double coded_index::longest() const noexcept {
  double most = 0;
  for (const auto& block : blocks_)
    most = std::max(most, block.codes().longest());
  return most;
}

coded_probe coded_index::code_for_lists(std::span<const float> probe) const {
  coded_probe coded;
  code_probe(*lists_->centres()->by(), probe, longest(), coded);
  return coded;
}

/// Which probes look at which lists, in the order in which it is done.
class coded_index::list_visits {
public:
  list_visits(const coded_index& of, std::span<probe_scan> probes)
      : of_(of), probes_(probes), whole_(probes.size()), looked_at_(probes.size()) {}

  void add(std::size_t probe, std::span<const float> values, std::size_t depth) {
    whole_[probe] = of_.code_for_lists(values);
    of_.lists_->centres()->nearest(whole_[probe], depth, nearest_);
    expect_likely_losses(whole_[probe]);
    of_.lists_->coder()->code(values, of_.longest(), probes_[probe].coded);
    expect_likely_losses(probes_[probe].coded);
    const auto alone = probes_.size() == 1 ? depth : std::max(fewest_alone, depth / part_alone);
    const auto soon = [&](std::size_t i) { return nearest_[std::min(i, alone - 1)]; };
    for (std::size_t i = 0; i < alone; ++i)
      look_at(nearest_[i], {&probe, 1}, soon(i + 1), soon(i + 2));
    refine(probe);
    for (auto at = alone; at < depth; ++at)
      later_.push_back({nearest_[at], probe});
  }

  /// Those that `add` left.
  void finish() {
    std::stable_sort(later_.begin(), later_.end(), [](const auto& a, const auto& b) { return a.list < b.list; });
    std::vector<std::size_t> together;
    for (std::size_t at = 0; at < later_.size();) {
      const auto list = later_[at].list;
      together.clear();
      for (; at < later_.size() && later_[at].list == list && together.size() < probes_at_once(); ++at)
        together.push_back(later_[at].probe);
      const auto then = at < later_.size() ? later_[at].list : list;
      look_at(list, together, then, then);
    }
    for (std::size_t probe = 0; probe < probes_.size(); ++probe)
      refine(probe);
  }

private:
  // `then`: the list that is looked at next; `after`: the one after it.
  void look_at(std::uint32_t list, std::span<const std::size_t> probes, std::uint32_t then, std::uint32_t after) {
    auto what = of_.lists_->list(list);
    const auto next = of_.lists_->ask_for(then);
    what.codes.then = next.count == 0 ? nullptr : next.codes;
    what.codes.then_count = next.count;
    of_.lists_->ask_where(after);
    scans_.clear();
    for (const auto probe : probes)
      scans_.push_back(&probes_[probe]);
    scan_run(what.codes, {what.rows.size(), 0, 0, what.rows.data()}, scans_, views_);
    for (const auto probe : probes)
      if (const auto done = ++looked_at_[probe]; done % lists_at_once == 0 || std::has_single_bit(done))
        probes_[probe].found.compare_best();
  }
  void refine(std::size_t probe) { of_.refine(probes_[probe], whole_[probe]); }

  struct visit {
    std::uint32_t list = 0;
    std::size_t probe = 0;
  };
  const coded_index& of_;
  std::span<probe_scan> probes_;
  std::vector<coded_probe> whole_;     ///< by the index's own codes
  std::vector<std::size_t> looked_at_; ///< lists, by probe
  std::vector<scan_probe> views_;
  std::vector<probe_scan*> scans_; ///< of the list at hand
  std::vector<std::uint32_t> nearest_;
  std::vector<visit> later_;
};

void coded_index::scan_lists(const probe_matrix& probes, std::size_t depth, std::span<probe_scan> scans) const {
  list_visits visits{*this, scans};
  for (std::size_t p = 0; p < scans.size(); ++p)
    visits.add(p, {probes.rows(p, 1).data, dimension()}, depth);
  visits.finish();
}

search_outcome coded_index::search_lists(const probe_matrix& probes, std::size_t depth, std::span<top_k> best) const {
  shared_search alone(best, block_rows / tile_rows, lists_->size());
  auto scans = begin(probes, best, alone);
  scan_lists(probes, depth, scans);
  scan_rows(probes, scans, alone);
  auto outcome = end(scans);
  if (outcome.exact == exactness::proved)
    outcome.exact = exactness::approximate;
  return outcome;
}

bool coded_index::wants_nearest() const noexcept {
  return lists_ && limits_.lists_looked_at == 0 && !lists_->depths().is_known();
}

void coded_index::note_nearest(nearest_to what, std::span<const float> values, const core::uuid& id) const {
  const auto row = rows_.row_of(id);
  if (!lists_ || !row || *row >= lists_->size())
    return;
  lists_->depths().note(what, lists_->centres()->rank(code_for_lists(values), lists_->list_of(*row)));
}

} // namespace rollcall::shard
