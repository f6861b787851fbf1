// `rollcall search`: who of a collection is in a picture.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "vision/draw.hpp"

#include <cmath>

namespace rollcall::cli {

namespace {

struct search_options {
  std::string picture;
  std::string collection;
  std::string drawing;
  double threshold = 80;
  int max_faces = 5;
  bool wants_every_face = false;
};

/// One face of the picture and who it may be, best first. `was_searched`: false when its cut-out could not be searched.
struct searched_face {
  core::ratio_box box;
  bool was_searched = true;
  std::string why_not;
  json::array matches;
};

core::result<json::object> search_picture(client& node, const search_options& wanted, core::byte_view picture) {
  json::object request;
  request["CollectionId"] = wanted.collection;
  request["FaceMatchThreshold"] = wanted.threshold;
  request["MaxFaces"] = wanted.max_faces;
  request["Image"] = image_member(picture);
  return node.call("SearchFacesByImage", request);
}

core::result<std::vector<searched_face>> search_largest(client& node, const search_options& wanted,
                                                        const core::bytes& picture) {
  ROLLCALL_TRY(const auto reply, search_picture(node, wanted, picture));
  return std::vector<searched_face>{
      {box_of(object_at(reply, "SearchedFaceBoundingBox")), true, {}, array_at(reply, "FaceMatches")}};
}

/// A bystander may be larger in the cut-out than the face it was made for: then the answer is about somebody else.
bool is_in_the_middle(const core::ratio_box& found) {
  const auto x = found.left + found.width / 2;
  const auto y = found.top + found.height / 2;
  return std::abs(x - 0.5F) < 0.25F && std::abs(y - 0.5F) < 0.25F;
}

/// `is_cut`: the face is near the picture's edge, so that it is not in the middle of its cut-out.
searched_face search_one(client& node, const search_options& wanted, const core::bytes& picture,
                         const core::ratio_box& box, std::pair<int, int> size) {
  searched_face made{box, false, {}, {}};
  const auto cut = vision::cut_face(picture, to_pixels(box, size));
  if (!cut) {
    made.why_not = cut.failure().message;
    return made;
  }
  const auto reply = search_picture(node, wanted, *cut);
  if (!reply) {
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

core::result<std::vector<searched_face>> search_everybody(client& node, const search_options& wanted,
                                                          const core::bytes& picture) {
  json::object request;
  request["Image"] = image_member(picture);
  ROLLCALL_TRY(const auto detected, node.call("DetectFaces", request));
  ROLLCALL_TRY(const auto size, upright_size(picture));
  std::vector<searched_face> faces;
  for (const auto& each : array_at(detected, "FaceDetails"))
    faces.push_back(search_one(node, wanted, picture, box_of(object_at(as_row(each), "BoundingBox")), size));
  return faces;
}

std::string name_of(const json::object& match) {
  const auto& face = object_at(match, "Face");
  const auto external = text_at(face, "ExternalImageId");
  return external.empty() ? text_at(face, "FaceId") : external;
}

core::status draw(const core::bytes& picture, const std::vector<searched_face>& faces, const std::string& to) {
  ROLLCALL_TRY(const auto size, upright_size(picture));
  std::vector<vision::labelled_box> boxes;
  for (const auto& face : faces) {
    vision::labelled_box one{to_pixels(face.box, size), "unknown", {200, 200, 200}};
    if (!face.matches.empty()) {
      const auto& best = as_row(face.matches.front());
      one.label = name_of(best) + " " + fixed(number_at(best, "Similarity"), 1);
      one.colour_rgb = {0, 200, 0};
    }
    boxes.push_back(std::move(one));
  }
  const auto format = to.ends_with(".png") ? vision::picture_format::png : vision::picture_format::jpeg;
  ROLLCALL_TRY(const auto drawn, vision::draw_boxes(picture, boxes, format));
  return write_whole_file(to, drawn);
}

json::value to_json(const std::vector<searched_face>& faces) {
  json::array shown;
  for (const auto& face : faces) {
    json::object one{
        {"BoundingBox",
         {{"Left", face.box.left}, {"Top", face.box.top}, {"Width", face.box.width}, {"Height", face.box.height}}},
        {"Searched", face.was_searched}};
    if (!face.was_searched)
      one["Reason"] = face.why_not;
    one["FaceMatches"] = face.matches;
    shown.push_back(std::move(one));
  }
  return json::object{{"Faces", std::move(shown)}};
}

std::string table_of(const std::vector<searched_face>& faces) {
  text_table table{{"FACE", "SIMILARITY", "WHO", "FACE ID"}};
  std::size_t number = 0;
  for (const auto& face : faces) {
    const auto label = std::to_string(++number);
    if (face.matches.empty())
      table.add({label, "-", face.was_searched ? "nobody" : "not searched: " + face.why_not, ""});
    for (const auto& each : face.matches) {
      const auto& match = as_row(each);
      table.add({label, fixed(number_at(match, "Similarity"), 2), text_at(object_at(match, "Face"), "ExternalImageId"),
                 text_at(object_at(match, "Face"), "FaceId")});
    }
  }
  return table.text();
}

core::result<exit_code> search(session& with, const search_options& wanted) {
  ROLLCALL_TRY(const auto picture, read_whole_file(wanted.picture));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto faces, wanted.wants_every_face ? search_everybody(node, wanted, picture)
                                                         : search_largest(node, wanted, picture));
  if (!wanted.drawing.empty())
    ROLLCALL_CHECK(draw(picture, faces, wanted.drawing));
  if (with.wants_json)
    print_json(to_json(faces));
  else
    print(table_of(faces));
  const bool found = std::any_of(faces.begin(), faces.end(), [](const auto& face) { return !face.matches.empty(); });
  return found ? exit_code::done : exit_code::nobody;
}

} // namespace

void add_search(CLI::App& app, session& with) {
  auto wanted = std::make_shared<search_options>();
  auto* command = app.add_subcommand("search", "look a picture's largest face up in a collection");
  command->add_option("FILE", wanted->picture, "JPEG or PNG")->required();
  command->add_option("--collection", wanted->collection)->required();
  command->add_option("--threshold", wanted->threshold, "lowest similarity")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--max", wanted->max_faces, "matches for each face")
      ->check(CLI::Range(1, 4'096))
      ->capture_default_str();
  command->add_flag("--every-face", wanted->wants_every_face,
                    "look for everybody in the picture: each face is cut out and searched by itself");
  command->add_option("--draw", wanted->drawing, "write the picture with names here (.png or .jpg)");
  on_chosen(*command, with, [wanted](session& chosen) { return search(chosen, *wanted); });
}

} // namespace rollcall::cli
