/// The EMBEDDING actors that a pool knows, by indexes that stay theirs, and which of them gets the next picture. A
/// plain class, part of the pool's state.
#pragma once

#include "actors/interfaces.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

class embedder_table {
public:
  /// How long one that was out of reach is asked only where there is nobody else.
  static constexpr std::chrono::milliseconds avoidance{1'000};

  /// Of this node, which has `workers` threads.
  void add_own(embedding_actor actor, std::size_t workers) { members_.push_back({std::move(actor), workers, true}); }
  /// Those of other nodes, by node, in place of the ones before. Gives the indexes of the new ones.
  std::vector<std::size_t> follow(const std::map<std::string, embedding_actor>& remote);
  /// Another node's one has so many threads; until then one is assumed.
  void learn(std::size_t index, std::size_t workers);

  /// Who would begin at once goes before who has a queue, this node's own before others', then fewest pictures for each
  /// worker; ties: the first. `except`: who had the picture before.
  [[nodiscard]] std::optional<std::size_t> choose(std::optional<std::size_t> except, core::steady_time now) const;
  void begin(std::size_t index) { ++members_[index].outstanding; }
  void end(std::size_t index) { --members_[index].outstanding; }
  /// It was out of reach, or refused what others might take.
  void avoid(std::size_t index, core::steady_time now);
  /// It is gone for good.
  void lose(std::size_t index) { members_[index].is_up = false; }

  [[nodiscard]] const embedding_actor& at(std::size_t index) const { return members_[index].actor; }
  [[nodiscard]] bool is_own(std::size_t index) const { return members_[index].is_own; }
  [[nodiscard]] std::optional<std::size_t> find(const caf::actor_addr& address) const;
  [[nodiscard]] std::size_t workers() const; ///< of all that are up

private:
  struct member {
    embedding_actor actor;
    std::size_t workers = 1;
    bool is_own = false;
    bool is_up = true;
    std::size_t outstanding = 0;
    core::steady_time avoided_until{};
  };
  struct burden;

  [[nodiscard]] burden burden_of(const member& one, core::steady_time now) const;

  std::vector<member> members_; ///< only ever grows: pictures under way know them by index
  std::map<std::string, std::size_t> remote_;
};

} // namespace rollcall::actors
