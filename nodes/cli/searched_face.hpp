/// Searches for one face of a picture, for commands that look for everybody in it. Blocks; one thread.
#pragma once

#include "core/geometry.hpp"
#include "nodes/cli/client.hpp"

#include <boost/json/array.hpp>

#include <string>
#include <utility>

namespace rollcall::cli {

struct face_wish {
  std::string collection;
  double threshold = 80;
  int max_faces = 5;
};

/// One face of the picture and who it may be, best first. `was_searched`: false when its cut-out could not be searched.
struct searched_face {
  core::ratio_box box;
  bool was_searched = true;
  std::string why_not;
  json::array matches;
};

/// SearchFacesByImage of the largest face. Errors: those of `client::call`.
[[nodiscard]] core::result<json::object> search_picture(client& node, const face_wish& wanted, core::byte_view picture);

/// The face in `box` of a picture of `size`, cut out. Errors: those of `client::call`, but where it is the cut-out that
/// can't be searched, which is told in the face.
[[nodiscard]] core::result<searched_face> search_one(client& node, const face_wish& wanted, const core::bytes& picture,
                                                     const core::ratio_box& box, std::pair<int, int> size);

/// Who a match is, in the words of whoever enrolled it.
[[nodiscard]] std::string name_of(const json::object& match);

} // namespace rollcall::cli
