/// A bounded map that forgets what was used longest ago, and what is too old. Header only; one thread at a time.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace rollcall::core {

template <class Key, class Value, class Hash = std::hash<Key>>
class recent {
public:
  /// At most `most` ≥ 1 values, none older than `age`.
  recent(std::size_t most, std::chrono::milliseconds age) : most_(most), age_(age) {}

  /// In place of what was there.
  void put(Key key, Value value, steady_time now) {
    erase(key);
    if (places_.size() >= most_) {
      places_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front({key, std::move(value), now});
    places_.emplace(std::move(key), entries_.begin());
  }

  [[nodiscard]] std::optional<Value> find(const Key& key, steady_time now) {
    const auto found = places_.find(key);
    if (found == places_.end())
      return std::nullopt;
    if (now - found->second->since > age_) {
      erase(key);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  void erase(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end())
      return;
    entries_.erase(found->second);
    places_.erase(found);
  }

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

private:
  struct entry {
    Key key;
    Value value;
    steady_time since;
  };

  std::size_t most_;
  std::chrono::milliseconds age_;
  std::list<entry> entries_; ///< used last comes first
  std::unordered_map<Key, typename std::list<entry>::iterator, Hash> places_;
};

} // namespace rollcall::core
