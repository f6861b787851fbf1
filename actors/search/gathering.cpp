#include "actors/search/gathering.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

namespace {

// A caller's own mistake: no other shard would answer differently.
bool is_of_caller(core::error_code code) {
  return code == core::error_code::invalid_argument || code == core::error_code::model_mismatch;
}

} // namespace

gathering::gathering(core::collection_key collection, const store::partition_range& partitions,
                     const replica_lookup& replicas, shard_choice choice)
    : choice_(std::move(choice)), first_(partitions.first) {
  covered_ = {.asked = partitions.count, .is_exact = true, .is_current = true};
  partitions_.reserve(partitions.count);
  for (std::uint32_t at = 0; at < partitions.count; ++at)
    partitions_.push_back({replicas(collection, first_ + at), false});
}

std::vector<gathering::request> gathering::begin() {
  return route(unasked());
}

// Partitions that nobody has answered or is being asked for, but those who are slow.
std::vector<std::uint32_t> gathering::unasked() const {
  std::vector<bool> is_asked(partitions_.size());
  for (const auto& [shard, asked] : waiting_)
    if (!slow_.contains(shard))
      for (const auto partition : asked)
        is_asked[partition] = true;
  std::vector<std::uint32_t> found;
  for (std::uint32_t partition = 0; partition < partitions_.size(); ++partition)
    if (!is_asked[partition] && !partitions_[partition].has_answered)
      found.push_back(partition);
  return found;
}

// Only a partition that nobody else can be asked for, or is being asked for, goes to a shard of `shard_choice::last`.
bool gathering::may_ask(std::size_t shard, std::uint32_t partition) const {
  const auto& untried = partitions_[partition].untried;
  const auto is_free = [&](std::size_t one) { return !waiting_.contains(one); };
  if (!is_free(shard) || std::ranges::find(untried, shard) == untried.end())
    return false;
  if (!choice_.last.contains(shard))
    return true;
  const bool is_owed = std::ranges::any_of(slow_, [&](std::size_t slow) {
    const auto& asked = waiting_.at(slow);
    return std::ranges::find(asked, partition) != asked.end();
  });
  return !is_owed && std::ranges::none_of(untried, [&](std::size_t other) {
    return is_free(other) && !choice_.last.contains(other);
  });
}

// The one that can answer for most of what is left, or nearly so: this node's own, else whose turn it is.
std::optional<std::size_t> gathering::choose(const std::vector<std::uint32_t>& partitions) const {
  std::map<std::size_t, std::size_t> reach;
  for (const auto partition : partitions)
    for (const auto shard : partitions_[partition].untried)
      if (may_ask(shard, partition))
        ++reach[shard];
  std::size_t most = 0;
  for (const auto& [shard, count] : reach)
    most = std::max(most, count);
  std::vector<std::size_t> near; // to the most; ascending
  for (const auto& [shard, count] : reach)
    if (count * 4 >= most * 3)
      near.push_back(shard);
  if (near.empty())
    return std::nullopt;
  return near.front() < choice_.own ? near.front() : near[choice_.turn % near.size()];
}

// Again and again the shard that can answer for most of what is left. A shard that owes an answer is not asked a second
// thing.
// Source: the greedy algorithm for set cover, Chvátal, 1979.
std::vector<gathering::request> gathering::route(std::vector<std::uint32_t> partitions) {
  std::vector<request> requests;
  while (const auto chosen = choose(partitions)) {
    request next{*chosen, {}};
    std::vector<std::uint32_t> left;
    for (const auto partition : partitions)
      (may_ask(next.shard, partition) ? next.partitions : left).push_back(partition);
    for (const auto partition : next.partitions)
      std::erase(partitions_[partition].untried, next.shard);
    partitions = std::move(left);
    waiting_.emplace(next.shard, next.partitions);
    for (auto& partition : next.partitions)
      partition += first_;
    requests.push_back(std::move(next));
  }
  return requests;
}

// False when it owes nothing.
bool gathering::settle(std::size_t shard) {
  slow_.erase(shard);
  return waiting_.erase(shard) != 0;
}

// Of two replicas that raced, both answers may be merged: a hit that comes twice counts once, and one that only a
// replica behind the other has makes the whole not current.
std::vector<gathering::request> gathering::take(std::size_t shard, shard::search_answer& answer) {
  if (!settle(shard))
    return {};
  const auto adds = [this](const shard::partition_answer& one) {
    const auto at = one.partition - first_; // unsigned: one of others is beyond all
    return one.has_answered && at < partitions_.size() && !partitions_[at].has_answered;
  };
  if (std::none_of(answer.partitions.begin(), answer.partitions.end(), adds))
    return go_on();
  for (const auto& one : answer.partitions) {
    covered_.is_current &= one.is_current || !one.has_answered;
    if (!adds(one))
      continue;
    partitions_[one.partition - first_].has_answered = true;
    ++covered_.answered;
    covered_.references += one.references;
    covered_.is_exact &= one.exact == shard::exactness::proved;
    covered_.recall = std::min(covered_.recall, one.recall);
  }
  parts_.push_back(std::move(answer.rows));
  return go_on();
}

std::vector<gathering::request> gathering::miss(std::size_t shard, core::error why) {
  if (!settle(shard))
    return {};
  if (!first_error_ || (is_of_caller(why.code) && !is_of_caller(first_error_->code)))
    first_error_ = std::move(why);
  return go_on();
}

bool gathering::is_refused() const {
  return first_error_ && is_of_caller(first_error_->code);
}

std::vector<gathering::request> gathering::go_on() {
  return is_refused() ? std::vector<request>{} : route(unasked());
}

std::vector<gathering::request> gathering::hedge(std::size_t shard) {
  if (!waiting_.contains(shard))
    return {};
  slow_.insert(shard);
  return go_on();
}

std::vector<std::size_t> gathering::waiting() const {
  std::vector<std::size_t> shards;
  shards.reserve(waiting_.size());
  for (const auto& [shard, asked] : waiting_)
    shards.push_back(shard);
  return shards;
}

} // namespace rollcall::actors
