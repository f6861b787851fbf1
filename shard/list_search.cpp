// How a coded index is searched by lists.
#include "shard/coded_index.hpp"
#include "shard/shared_search.hpp"

#include <algorithm>
#include <array>

namespace rollcall::shard {

namespace {

// Lists that each probe of a search looks at alone before the others, since they raise its threshold most.
constexpr std::size_t looked_at_first = 2;
// Lists after which the candidates are bounded more closely.
constexpr std::size_t lists_at_once = 32;

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
  return depth > all / 2 ? 0 : std::max(depth, looked_at_first); // the pass over everything costs no more
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
  explicit list_visits(const inverted_lists& in) : in_(in) {}

  void add(probe_scan& probe, std::size_t depth) {
    in_.centres()->nearest(probe.coded, depth, nearest_);
    const std::array<probe_scan*, 1> alone{&probe};
    for (std::size_t i = 0; i < looked_at_first; ++i)
      look_at(nearest_[i], alone);
    for (auto at = looked_at_first; at < depth; ++at)
      later_.push_back({nearest_[at], &probe});
  }

  /// Those that `add` left. `after(list)` is called now and then.
  template <class After>
  void finish(std::size_t probes, const After& after) {
    if (probes > 1) // else the nearest come first
      std::stable_sort(later_.begin(), later_.end(), [](const auto& a, const auto& b) { return a.list < b.list; });
    std::vector<probe_scan*> together;
    std::size_t lists = 0;
    for (std::size_t at = 0; at < later_.size();) {
      const auto list = later_[at].list;
      together.clear();
      for (; at < later_.size() && later_[at].list == list && together.size() < probes_at_once(); ++at)
        together.push_back(later_[at].probe);
      look_at(list, together);
      if (++lists % lists_at_once == 0)
        after();
    }
    after();
  }

private:
  void look_at(std::uint32_t list, std::span<probe_scan* const> probes) {
    const auto what = in_.list(list);
    scan_run(what.codes, {what.rows.size(), 0, 0, what.rows.data()}, probes, bounds_);
  }

  struct visit {
    std::uint32_t list = 0;
    probe_scan* probe = nullptr;
  };
  const inverted_lists& in_;
  std::vector<tile_bounds> bounds_ = make_bounds(probes_at_once());
  std::vector<std::uint32_t> nearest_;
  std::vector<visit> later_;
};

void coded_index::scan_lists(const probe_matrix& probes, std::size_t depth, std::span<probe_scan> scans) const {
  list_visits visits{*lists_};
  for (std::size_t p = 0; p < scans.size(); ++p) {
    scans[p].coded = code_for_lists({probes.rows(p, 1).data, dimension()});
    visits.add(scans[p], depth);
    refine(scans[p]);
  }
  visits.finish(scans.size(), [&] {
    for (auto& scan : scans)
      refine(scan);
  });
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
  return lists_ && limits_.lists_looked_at == 0 && lists_->depths().seen() < list_depths::least_seen;
}

void coded_index::note_nearest(std::span<const float> probe, const core::uuid& id) const {
  const auto row = rows_.row_of(id);
  if (!lists_ || !row || *row >= lists_->size())
    return;
  lists_->depths().note(lists_->centres()->rank(code_for_lists(probe), lists_->list_of(*row)));
}

} // namespace rollcall::shard
