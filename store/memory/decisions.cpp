// The decision log.
#include "store/checks.hpp"
#include "store/memory/state.hpp"

#include <algorithm>

namespace rollcall::store::memory {

namespace {

bool matches(const decision& entry, const decision_filter& filter) {
  const auto is_wanted = [&](const decision_candidate& each) { return each.id == *filter.candidate; };
  return (!filter.collection || entry.collection == *filter.collection)
         && (!filter.principal || entry.principal == *filter.principal)
         && (!filter.candidate || std::any_of(entry.candidates.begin(), entry.candidates.end(), is_wanted));
}

} // namespace

core::status append_missing_decisions(state& all, std::span<const decision> decisions) {
  for (const auto& one : decisions)
    if (std::ranges::find(all.decisions, one.request, &decision::request) == all.decisions.end())
      all.decisions.push_back(one);
  return core::nothing{};
}

core::result<page<decision, std::uint64_t>> list_decisions(const state& all, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  page<decision, std::uint64_t> found;
  std::uint64_t last = 0;
  const std::uint64_t count = all.decisions.size();
  for (auto n = before && *before <= count ? std::max<std::uint64_t>(*before, 1) - 1 : count; n > 0; --n) {
    if (!matches(all.decisions[n - 1], filter))
      continue;
    if (found.rows.size() == limit) {
      found.next = last;
      break;
    }
    last = n;
    found.rows.push_back(all.decisions[n - 1]);
  }
  return found;
}

core::result<decision> find_decision(const state& all, core::request_id request) {
  const auto found = std::find_if(all.decisions.rbegin(), all.decisions.rend(),
                                  [&](const decision& each) { return each.request == request; });
  if (found == all.decisions.rend())
    return core::fail(core::error_code::not_found, "no decision was logged for request " + to_string(request));
  return *found;
}

} // namespace rollcall::store::memory
