/// Who the persons in view of one camera are: turns what searches find for each track into the few statements that are
/// worth an alert. A plain class; one thread; no clock.
#pragma once

#include "wire/events.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

class recogniser {
public:
  /// `confirmations`: searches in a row that must find the same person, with none that finds another between them. ≥ 1
  explicit recogniser(std::size_t confirmations) : confirmations_(confirmations) {}

  /// Takes what a search for a track found at or above the threshold, most similar first. A person is a UserId, else an
  /// ExternalImageId, else a face. A search that finds nobody says nothing: the face may have been seen badly.
  /// Gives what is to be told: `recognised`, `identity_changed`, or nothing.
  [[nodiscard]] std::optional<wire::event_kind> add(std::uint64_t track,
                                                    const std::vector<wire::event_candidate>& found);

  /// A track goes on as a later one: one search that finds the same person is enough to tell that.
  void follow(std::uint64_t later, std::uint64_t earlier);
  /// Nothing more of the track will come.
  void forget(std::uint64_t track) { tracks_.erase(track); }

  [[nodiscard]] std::size_t tracks() const noexcept { return tracks_.size(); }

private:
  struct knowledge {
    std::string identity;  ///< told; empty: none was
    std::string suspected; ///< of the searches in a row
    std::size_t in_a_row = 0;
  };

  std::size_t confirmations_;
  std::map<std::uint64_t, knowledge> tracks_;
};

} // namespace rollcall::actors
