#include "bench/chaos/history.hpp"

namespace rollcall::bench {

void history::begin_add(const std::string& person, const std::string& face, core::steady_time at) {
  const std::lock_guard lock(mutex_);
  auto& one = faces_[face];
  one.person = person;
  one.add_begun = at;
  by_person_[person].insert(face);
}

void history::end_add(const std::string& face, core::steady_time at) {
  const std::lock_guard lock(mutex_);
  faces_.at(face).add_ended = at;
}

void history::begin_remove(const std::string& face, core::steady_time at) {
  const std::lock_guard lock(mutex_);
  faces_.at(face).remove_begun = at;
}

void history::end_remove(const std::string& face, core::steady_time at) {
  const std::lock_guard lock(mutex_);
  faces_.at(face).remove_ended = at;
}

std::vector<std::string> history::check(const answer& seen) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> faults;
  ++sum_.answers;
  sum_.not_current += seen.is_current ? 0 : 1;
  sum_.marked_partials += seen.is_complete ? 0 : 1;
  std::set<std::string> found;
  for (const auto& face : seen.faces) {
    if (!found.insert(face).second) {
      ++sum_.duplicates;
      faults.push_back("twice: " + face);
    }
    const auto known = faces_.find(face);
    const bool is_strange =
        known == faces_.end() || known->second.person != seen.person || known->second.add_begun > seen.ended;
    if (is_strange || (seen.is_current && known->second.remove_ended <= seen.begun)) {
      sum_.resurrected.insert(face);
      faults.push_back((is_strange ? "never added: " : "removed before: ") + face);
    }
  }
  if (!seen.is_complete || !seen.is_current)
    return faults;
  const auto before = faults.size();
  for (const auto& face : by_person_[seen.person]) {
    const auto& one = faces_.at(face);
    if (one.add_ended <= seen.begun && one.remove_begun > seen.ended && !found.contains(face)) {
      sum_.lost.insert(face);
      faults.push_back("missing: " + face);
    }
  }
  sum_.unmarked_partials += faults.size() > before ? 1 : 0;
  return faults;
}

std::vector<std::string> history::living(const std::string& person) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  const auto all = by_person_.find(person);
  if (all != by_person_.end())
    for (const auto& face : all->second)
      if (const auto& one = faces_.at(face); one.add_ended != never && one.remove_begun == never)
        found.push_back(face);
  return found;
}

history::totals history::sum() const {
  const std::lock_guard lock(mutex_);
  return sum_;
}

} // namespace rollcall::bench
