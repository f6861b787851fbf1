/// What clients of a cluster did and saw, and whether each answer was right: a face whose adding was acknowledged
/// before a search began is in its answer, one whose removal was acknowledged is not, none is there twice. Any thread.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace rollcall::bench {

class history {
public:
  // A face belongs to a person; a search for the person wants exactly the person's faces. Begin before the request is
  // sent; an end that never comes leaves open whether it happened.
  void begin_add(const std::string& person, const std::string& face, core::steady_time at);
  void end_add(const std::string& face, core::steady_time at);
  void begin_remove(const std::string& face, core::steady_time at);
  void end_remove(const std::string& face, core::steady_time at);

  struct answer {
    std::string person;
    core::steady_time begun;
    core::steady_time ended;
    std::vector<std::string> faces;
    bool is_complete = true; ///< as it says of itself
    bool is_current = true;
  };
  /// Faults of the answer go into the totals; gives one line for each.
  std::vector<std::string> check(const answer& seen);

  /// Faces of the person that may be removed: they are there for sure.
  [[nodiscard]] std::vector<std::string> living(const std::string& person) const;

  struct totals {
    std::size_t answers = 0;
    std::size_t not_current = 0;       ///< answers that said so
    std::size_t marked_partials = 0;   ///< the same
    std::size_t unmarked_partials = 0; ///< answers that lack a face and say that they are complete and current
    std::set<std::string> lost;        ///< faces missing in them
    std::set<std::string> resurrected; ///< faces found after their removal, or never added
    std::size_t duplicates = 0;
  };
  [[nodiscard]] totals sum() const;

private:
  static constexpr auto never = core::steady_time::max();
  struct life {
    std::string person;
    core::steady_time add_begun = never;
    core::steady_time add_ended = never;
    core::steady_time remove_begun = never;
    core::steady_time remove_ended = never;
  };

  mutable std::mutex mutex_;
  std::map<std::string, life> faces_;
  std::map<std::string, std::set<std::string>> by_person_;
  totals sum_;
};

} // namespace rollcall::bench
