/// Which faces of a picture IndexFaces stores, and why not the others. Pure; any thread.
#pragma once

#include "actors/interfaces.hpp"
#include "wire/enums.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::front {

struct left_out_face {
  std::size_t index = 0; ///< into the faces given
  std::vector<wire::face_reason> reasons;
};

/// Indexes into the faces given, each in exactly one of the two lists.
struct index_selection {
  std::vector<std::size_t> chosen;     ///< largest box first
  std::vector<left_out_face> left_out; ///< largest box first
};

/// Splits `faces` (any order): those with reasons of the quality filter are left out first; when more than `max_faces`
/// (none given: no limit) remain, the smallest boxes follow with EXCEEDS_MAX_FACES, among equal boxes the lower
/// quality. Source: AWS, IndexFaces, MaxFaces.
[[nodiscard]] index_selection select_faces(std::span<const vision::face> faces, std::optional<int> max_faces);

} // namespace rollcall::front
