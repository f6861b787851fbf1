// `rollcall compare`: the largest face of one picture against the faces of another.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "vision/draw.hpp"

namespace rollcall::cli {

namespace {

struct compare_options {
  std::string source;
  std::string target;
  std::string drawing;
  double threshold = 80;
};

/// The target's face to show: the best match, else the largest face that was compared. Every pair is asked for with
/// threshold 0, so that its similarity is known whether it matches or not; the decision log gets the one that counts.
const json::object& best_match(const json::object& reply) {
  const auto& matches = array_at(reply, "FaceMatches");
  static const json::object none;
  return matches.empty() ? none : as_row(matches.front());
}

core::status draw(const core::bytes& source, const core::bytes& target, const json::object& reply,
                  const std::string& to) {
  ROLLCALL_TRY(const auto source_size, upright_size(source));
  ROLLCALL_TRY(const auto target_size, upright_size(target));
  const auto& best = best_match(reply);
  const auto a = to_pixels(box_of(object_at(object_at(reply, "SourceImageFace"), "BoundingBox")), source_size);
  const auto b = to_pixels(box_of(object_at(object_at(best, "Face"), "BoundingBox")), target_size);
  const auto text = "similarity " + fixed(number_at(best, "Similarity"), 2);
  ROLLCALL_TRY(const auto drawn, vision::draw_comparison(source, a, target, b, text));
  return write_whole_file(to, drawn);
}

std::string table_of(const json::object& reply, double threshold) {
  text_table table{{"SIMILARITY", "MATCH", "FACE OF THE SECOND PICTURE (left, top, width, height as ratios)"}};
  for (const auto& each : array_at(reply, "FaceMatches")) {
    const auto& match = as_row(each);
    const auto box = box_of(object_at(object_at(match, "Face"), "BoundingBox"));
    const auto similarity = number_at(match, "Similarity");
    table.add({fixed(similarity, 2), similarity >= threshold ? "yes" : "no",
               fixed(box.left, 3) + " " + fixed(box.top, 3) + " " + fixed(box.width, 3) + " " + fixed(box.height, 3)});
  }
  return table.text();
}

core::result<exit_code> compare(session& with, const compare_options& wanted) {
  ROLLCALL_TRY(const auto source, read_whole_file(wanted.source));
  ROLLCALL_TRY(const auto target, read_whole_file(wanted.target));
  ROLLCALL_TRY(auto node, client::make(with.connection));
  json::object request;
  request["SourceImage"] = image_member(source);
  request["TargetImage"] = image_member(target);
  request["SimilarityThreshold"] = 0;
  const auto decides_from = fixed(wanted.threshold, 4);
  ROLLCALL_TRY(const auto reply, node.call("CompareFaces", request, {{"x-rollcall-decides-from", decides_from}}));
  if (!wanted.drawing.empty() && !array_at(reply, "FaceMatches").empty())
    ROLLCALL_CHECK(draw(source, target, reply, wanted.drawing));
  if (with.wants_json)
    print_json(reply);
  else
    print(table_of(reply, wanted.threshold));
  return number_at(best_match(reply), "Similarity") >= wanted.threshold ? exit_code::done : exit_code::nobody;
}

} // namespace

void add_compare(CLI::App& app, session& with) {
  auto wanted = std::make_shared<compare_options>();
  auto* command = app.add_subcommand("compare", "compare the largest face of A with every face of B");
  command->add_option("A", wanted->source, "JPEG or PNG")->required();
  command->add_option("B", wanted->target, "JPEG or PNG")->required();
  command->add_option("--draw", wanted->drawing, "write the face and its best match side by side here, as PNG");
  command->add_option("--threshold", wanted->threshold, "similarity that counts as a match")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  on_chosen(*command, with, [wanted](session& chosen) { return compare(chosen, *wanted); });
}

} // namespace rollcall::cli
