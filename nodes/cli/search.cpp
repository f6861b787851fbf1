// `rollcall search`: who of a collection is in a picture.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "nodes/cli/searched_face.hpp"
#include "vision/draw.hpp"

namespace rollcall::cli {

namespace {

struct search_options {
  std::string picture;
  face_wish wish;
  std::string drawing;
  bool wants_every_face = false;
};

core::result<std::vector<searched_face>> search_largest(client& node, const search_options& wanted,
                                                        const core::bytes& picture) {
  ROLLCALL_TRY(const auto reply, search_picture(node, wanted.wish, picture));
  return std::vector<searched_face>{
      {box_of(object_at(reply, "SearchedFaceBoundingBox")), true, {}, array_at(reply, "FaceMatches")}};
}

core::result<std::vector<searched_face>> search_everybody(client& node, const search_options& wanted,
                                                          const core::bytes& picture) {
  json::object request;
  request["Image"] = image_member(picture);
  ROLLCALL_TRY(const auto detected, node.call("DetectFaces", request));
  ROLLCALL_TRY(const auto size, upright_size(picture));
  std::vector<searched_face> faces;
  for (const auto& each : array_at(detected, "FaceDetails")) {
    const auto box = box_of(object_at(as_row(each), "BoundingBox"));
    ROLLCALL_TRY(auto searched, search_one(node, wanted.wish, picture, box, size));
    faces.push_back(std::move(searched));
  }
  return faces;
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
  command->add_option("--collection", wanted->wish.collection)->required();
  command->add_option("--threshold", wanted->wish.threshold, "lowest similarity")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--max", wanted->wish.max_faces, "matches for each face")
      ->check(CLI::Range(1, 4'096))
      ->capture_default_str();
  command->add_flag("--every-face", wanted->wants_every_face,
                    "look for everybody in the picture: each face is cut out and searched by itself");
  command->add_option("--draw", wanted->drawing, "write the picture with names here (.png or .jpg)");
  on_chosen(*command, with, [wanted](session& chosen) { return search(chosen, *wanted); });
}

} // namespace rollcall::cli
