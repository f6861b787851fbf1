/// One query over the replicas of its partitions: whom to ask, whom to ask instead, and what has come back. A plain
/// class, part of the COORDINATOR's state. Shards are indexes of its own choice.
#pragma once

#include "actors/interfaces.hpp"
#include "shard/merge.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace rollcall::actors {

/// The shards that can answer for a partition. May be empty.
using replica_lookup = std::function<std::vector<std::size_t>(core::collection_key, std::uint32_t partition)>;

/// Which of several shards that can answer for much the same is asked.
struct shard_choice {
  std::size_t own = 0;             ///< shards below it are this node's, and go first
  std::size_t turn = 0;            ///< of the query: others take turns
  std::set<std::size_t> last = {}; ///< asked for a partition when no other can be; they race nobody
};

class gathering {
public:
  /// One request: a shard and partitions of it, ascending.
  struct request {
    std::size_t shard = 0;
    std::vector<std::uint32_t> partitions;

    friend bool operator==(const request&, const request&) = default;
  };

  gathering(core::collection_key collection, const store::partition_range& partitions, const replica_lookup& replicas,
            shard_choice choice = {});

  /// The first requests: one to each shard, and to few shards, as one request costs much the same for one partition as
  /// for many. Call it once.
  [[nodiscard]] std::vector<request> begin();

  /// A shard's answer to what it was asked. What adds no partition is dropped. Gives further requests, for
  /// partitions that the shard had not loaded.
  [[nodiscard]] std::vector<request> take(std::size_t shard, shard::search_answer& answer);
  /// A shard failed, or is gone: gives requests to other replicas. Without effect when it owes nothing.
  [[nodiscard]] std::vector<request> miss(std::size_t shard, core::error why);
  /// A shard is slow: gives requests to other replicas of what it owes, which race it; where those owe an answer
  /// themselves, they are asked when that has come. Its own answer still counts if it comes first.
  [[nodiscard]] std::vector<request> hedge(std::size_t shard);

  [[nodiscard]] bool owes(std::size_t shard) const { return waiting_.contains(shard); }
  [[nodiscard]] std::vector<std::size_t> waiting() const;
  /// True when every partition has answered, or nobody is left to be asked.
  [[nodiscard]] bool is_over() const { return covered_.answered == covered_.asked || waiting_.empty(); }

  [[nodiscard]] const coverage& covered() const noexcept { return covered_; }
  [[nodiscard]] const std::vector<shard::hit_rows>& parts() const noexcept { return parts_; }
  /// A shard refused the query itself, as every other would.
  [[nodiscard]] bool is_refused() const;
  /// The first reason why a shard did not answer; the caller's own mistake before all others.
  [[nodiscard]] const std::optional<core::error>& first_error() const noexcept { return first_error_; }

private:
  struct partition_state {
    std::vector<std::size_t> untried; ///< replicas
    bool has_answered = false;
  };

  [[nodiscard]] std::vector<request> route(std::vector<std::uint32_t> partitions);
  [[nodiscard]] bool may_ask(std::size_t shard, std::uint32_t partition) const;
  [[nodiscard]] std::optional<std::size_t> choose(const std::vector<std::uint32_t>& partitions) const;
  [[nodiscard]] std::vector<request> go_on();
  [[nodiscard]] bool settle(std::size_t shard);
  [[nodiscard]] std::vector<std::uint32_t> unasked() const;

  shard_choice choice_;
  std::uint32_t first_; ///< number of the first partition; within, they are counted from 0
  std::vector<partition_state> partitions_;
  std::map<std::size_t, std::vector<std::uint32_t>> waiting_; ///< asked of each shard, unanswered
  std::set<std::size_t> slow_;                                ///< of those
  coverage covered_;
  std::vector<shard::hit_rows> parts_;
  std::optional<core::error> first_error_;
};

} // namespace rollcall::actors
