// `rollcall detect`: the faces of a picture, as a table, as JSON, drawn.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "vision/draw.hpp"

#include <filesystem>

namespace rollcall::cli {

namespace {

struct detect_options {
  std::string picture;
  std::string drawing;
  std::string cut_out;
  bool wants_all = false;
};

core::status draw(const core::bytes& picture, const json::array& faces, const std::string& to) {
  ROLLCALL_TRY(const auto size, upright_size(picture));
  std::vector<vision::labelled_box> boxes;
  for (const auto& each : faces) {
    const auto& face = as_row(each);
    const auto number = std::to_string(boxes.size() + 1);
    boxes.push_back({to_pixels(box_of(object_at(face, "BoundingBox")), size), number});
  }
  const auto format = to.ends_with(".png") ? vision::picture_format::png : vision::picture_format::jpeg;
  ROLLCALL_TRY(const auto drawn, vision::draw_boxes(picture, boxes, format));
  return write_whole_file(to, drawn);
}

/// Each face as a picture of its own: DIR/1.jpg for the largest, and so on.
core::status cut_out(const core::bytes& picture, const json::array& faces, const std::filesystem::path& to) {
  ROLLCALL_TRY(const auto size, upright_size(picture));
  std::error_code failed;
  std::filesystem::create_directories(to, failed);
  std::size_t number = 0;
  for (const auto& each : faces) {
    const auto box = to_pixels(box_of(object_at(as_row(each), "BoundingBox")), size);
    ROLLCALL_TRY(const auto cut, vision::cut_face(picture, box));
    ROLLCALL_CHECK(write_whole_file(to / (std::to_string(++number) + ".jpg"), cut));
  }
  return core::nothing{};
}

core::result<std::string> table_of(const core::bytes& picture, const json::array& faces) {
  ROLLCALL_TRY(const auto size, upright_size(picture));
  text_table table{{"FACE", "LEFT", "TOP", "WIDTH", "HEIGHT", "CONFIDENCE", "YAW", "PITCH", "ROLL", "BRIGHT", "SHARP"}};
  std::size_t number = 0;
  for (const auto& each : faces) {
    const auto& face = as_row(each);
    const auto box = to_pixels(box_of(object_at(face, "BoundingBox")), size);
    const auto& pose = object_at(face, "Pose");
    const auto& quality = object_at(face, "Quality");
    table.add({std::to_string(++number), fixed(box.left, 0), fixed(box.top, 0), fixed(box.width, 0),
               fixed(box.height, 0), fixed(number_at(face, "Confidence"), 1), fixed(number_at(pose, "Yaw"), 0),
               fixed(number_at(pose, "Pitch"), 0), fixed(number_at(pose, "Roll"), 0),
               fixed(number_at(quality, "Brightness"), 0), fixed(number_at(quality, "Sharpness"), 0)});
  }
  return table.text();
}

core::result<exit_code> detect(session& with, const detect_options& wanted) {
  ROLLCALL_TRY(const auto picture, read_whole_file(wanted.picture));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  json::object request{{"Attributes", json::array{wanted.wants_all ? "ALL" : "DEFAULT"}}};
  request["Image"] = image_member(picture);
  ROLLCALL_TRY(const auto reply, node.call("DetectFaces", request));
  const auto& faces = array_at(reply, "FaceDetails");
  if (!wanted.drawing.empty())
    ROLLCALL_CHECK(draw(picture, faces, wanted.drawing));
  if (!wanted.cut_out.empty())
    ROLLCALL_CHECK(cut_out(picture, faces, wanted.cut_out));
  if (with.wants_json) {
    print_json(reply);
  } else {
    ROLLCALL_TRY(const auto table, table_of(picture, faces));
    print(table);
  }
  return faces.empty() ? exit_code::nobody : exit_code::done;
}

} // namespace

void add_detect(CLI::App& app, session& with) {
  auto wanted = std::make_shared<detect_options>();
  auto* command = app.add_subcommand("detect", "find the faces of a picture, the largest first; boxes in pixels");
  command->add_option("FILE", wanted->picture, "JPEG or PNG")->required();
  command->add_option("--draw", wanted->drawing, "write the picture with numbered boxes here (.png or .jpg)");
  command
      ->add_option("--cut-out", wanted->cut_out, "write each face with its surroundings to DIR/1.jpg, DIR/2.jpg, ...")
      ->type_name("DIR");
  command->add_flag("--all", wanted->wants_all, "ask for all attributes (seen with --json)");
  on_chosen(*command, with, [wanted](session& chosen) { return detect(chosen, *wanted); });
}

} // namespace rollcall::cli
