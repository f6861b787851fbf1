#include "nodes/cli/searched_face.hpp"

#include "nodes/cli/pictures.hpp"
#include "vision/draw.hpp"

#include <cmath>

namespace rollcall::cli {

namespace {

/// A bystander may be larger in the cut-out than the face it was made for: then the answer is about somebody else.
bool is_in_the_middle(const core::ratio_box& found) {
  const auto x = found.left + found.width / 2;
  const auto y = found.top + found.height / 2;
  return std::abs(x - 0.5F) < 0.25F && std::abs(y - 0.5F) < 0.25F;
}

} // namespace

core::result<json::object> search_picture(client& node, const face_wish& wanted, core::byte_view picture) {
  json::object request;
  request["CollectionId"] = wanted.collection;
  request["FaceMatchThreshold"] = wanted.threshold;
  request["MaxFaces"] = wanted.max_faces;
  request["Image"] = image_member(picture);
  return node.call("SearchFacesByImage", request);
}

// `is_cut`: the face is near the picture's edge, so that it is not in the middle of its cut-out.
core::result<searched_face> search_one(client& node, const face_wish& wanted, const core::bytes& picture,
                                       const core::ratio_box& box, std::pair<int, int> size) {
  searched_face made{box, false, {}, {}};
  const auto cut = vision::cut_face(picture, to_pixels(box, size));
  if (!cut) {
    made.why_not = cut.failure().message;
    return made;
  }
  auto reply = search_picture(node, wanted, *cut);
  if (!reply && reply.failure().code != core::error_code::invalid_argument)
    return std::move(reply).failure();
  if (!reply) { // no face in it, as the node sees it
    made.why_not = reply.failure().message;
    return made;
  }
  const bool is_cut = box.left < box.width / 2 || box.top < box.height / 2 || box.left + 1.5F * box.width > 1
                      || box.top + 1.5F * box.height > 1;
  made.was_searched = is_cut || is_in_the_middle(box_of(object_at(*reply, "SearchedFaceBoundingBox")));
  if (made.was_searched)
    made.matches = array_at(*reply, "FaceMatches");
  else
    made.why_not = "a larger face is too near";
  return made;
}

std::string name_of(const json::object& match) {
  const auto& face = object_at(match, "Face");
  const auto external = text_at(face, "ExternalImageId");
  return external.empty() ? text_at(face, "FaceId") : external;
}

} // namespace rollcall::cli
