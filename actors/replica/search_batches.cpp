#include "actors/replica/search_batches.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <tuple>

namespace rollcall::actors {

namespace {

std::size_t probes_of(const shard::search_request& of) {
  return of.dimension == 0 ? 0 : of.probes.size() / of.dimension;
}

// A common pass costs each as much as its own. Of much larger a k, it would cost the others more.
bool go_together(const accepted_search& a, const accepted_search& b) {
  const auto key = [](const shard::search_request& of) {
    return std::tuple(of.collection, of.kind, of.dimension, of.lowest_cosine, of.recall_floor, std::bit_width(of.k));
  };
  return key(a.request) == key(b.request) && a.request.partitions == b.request.partitions;
}

} // namespace

bool search_batches::add(accepted_search one) {
  if (idle_ == 0 && waiting_.size() >= queue_)
    return false;
  waiting_.push_back(std::move(one));
  return true;
}

search_batch search_batches::next() {
  search_batch batch;
  if (idle_ == 0 || waiting_.empty())
    return batch;
  --idle_;
  std::size_t probes = 0;
  std::deque<accepted_search> left;
  for (auto& one : waiting_) {
    const auto more = probes_of(one.request);
    if (batch.empty() || (probes + more <= most_probes && go_together(batch.front(), one))) {
      probes += more;
      batch.push_back(std::move(one));
    } else {
      left.push_back(std::move(one));
    }
  }
  waiting_ = std::move(left);
  return batch;
}

shard::search_request combine(const search_batch& batch) {
  auto made = batch.front().request;
  for (auto at = batch.begin() + 1; at != batch.end(); ++at) {
    const auto& more = at->request;
    made.probes.insert(made.probes.end(), more.probes.begin(), more.probes.end());
    made.k = std::max(made.k, more.k);
    made.until = std::max(made.until, more.until, [](const auto& a, const auto& b) { return a.at() < b.at(); });
  }
  return made;
}

search_outcomes split(const search_batch& batch, core::result<shard::search_answer> outcome) {
  search_outcomes parts;
  if (!outcome) {
    for (const auto& one : batch)
      parts.emplace_back(one.ticket, outcome);
    return parts;
  }
  auto row = outcome->rows.begin();
  const auto all = outcome->rows.size();
  for (const auto& one : batch) {
    shard::search_answer own;
    const auto end = row + static_cast<std::ptrdiff_t>(probes_of(one.request));
    own.rows.assign(std::move_iterator{row}, std::move_iterator{end});
    row = end;
    for (auto& hits : own.rows)
      hits.resize(std::min(hits.size(), one.request.k));
    own.partitions = outcome->partitions;
    for (auto& partition : own.partitions) {
      partition.is_current &= one.is_current;
      partition.compared = partition.compared * own.rows.size() / std::max<std::size_t>(all, 1);
    }
    for (const auto partition : one.unanswered)
      own.partitions.push_back({.partition = partition});
    std::sort(own.partitions.begin(), own.partitions.end(),
              [](const auto& a, const auto& b) { return a.partition < b.partition; });
    parts.emplace_back(one.ticket, std::move(own));
  }
  return parts;
}

} // namespace rollcall::actors
