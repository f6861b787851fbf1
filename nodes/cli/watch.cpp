// `rollcall watch`: a video, seen by a node: who comes, who it is, who goes; drawn into a copy of it.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "nodes/cli/searched_face.hpp"
#include "nodes/cli/watched_people.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/capture/video_writer.hpp"
#include "vision/draw.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

namespace rollcall::cli {

namespace {

using std::chrono::milliseconds;
using people = std::vector<watched_people::person>;

struct watch_options {
  std::string source;
  face_wish wish{{}, 80, 1};
  std::string drawing;
  std::string timeline;
  double looks_per_s = 5;
  double most_s = 0; ///< 0: to the end
};

std::string uri_of(const std::string& source) {
  if (source.find("://") != source.npos)
    return source;
  return "file://" + std::filesystem::absolute(source).string();
}

std::string clock_of(milliseconds at) {
  const auto tenths = at.count() / 100;
  const auto padded = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return padded(tenths / 600) + ":" + padded(tenths / 10 % 60) + "." + std::to_string(tenths % 10);
}

/// One face of DetectFaces, as the tracker takes it.
vision::face face_of(const json::object& shown, std::pair<int, int> size) {
  vision::face made;
  made.box_ratio = box_of(object_at(shown, "BoundingBox"));
  made.box = to_pixels(made.box_ratio, size);
  made.confidence = static_cast<float>(number_at(shown, "Confidence"));
  made.quality = static_cast<float>(number_at(object_at(shown, "Quality"), "Sharpness"));
  return made;
}

class watcher {
public:
  watcher(session& with, client node, const watch_options& wanted)
      : with_(with), node_(std::move(node)), wanted_(wanted) {}

  core::status run();
  [[nodiscard]] const watched_people& seen() const noexcept { return seen_; }
  [[nodiscard]] std::size_t searches() const noexcept { return searches_; }

private:
  core::status look(const vision::video_frame& frame);
  core::status search(people& in_view, const core::bytes& picture, std::pair<int, int> size, milliseconds at);
  core::status draw_waiting(const people& after);
  core::status finish(milliseconds at);
  void tell();

  session& with_;
  client node_;
  const watch_options& wanted_;
  watched_people seen_;
  people in_view_;
  std::vector<vision::bgr8_image> waiting_; ///< frames since the last look, which are drawn when the next one is known
  std::unique_ptr<vision::video_writer> drawn_;
  int frames_per_s_ = 25;
  std::size_t searches_ = 0;
};

core::status watcher::run() {
  ROLLCALL_TRY(auto source, vision::video_source::open(uri_of(wanted_.source)));
  const auto told = source->facts().frames_per_s;
  frames_per_s_ = told > 0 ? std::clamp(static_cast<int>(std::lround(told)), 1, 240) : 25;
  const auto each = std::max<std::uint64_t>(1, std::llround(frames_per_s_ / wanted_.looks_per_s));
  milliseconds at{0};
  for (std::uint64_t number = 0;; ++number) {
    ROLLCALL_TRY(auto frame, source->read());
    if (!frame || (wanted_.most_s > 0 && frame->position > std::chrono::duration<double>(wanted_.most_s)))
      break;
    at = frame->position;
    if (number % each == 0)
      ROLLCALL_CHECK(look(*frame));
    if (!wanted_.drawing.empty())
      waiting_.push_back(std::move(frame->image));
    tell();
  }
  return finish(at);
}

core::status watcher::look(const vision::video_frame& frame) {
  const std::pair size{frame.image.width_px, frame.image.height_px};
  ROLLCALL_TRY(const auto picture, vision::encode_picture(frame.image, vision::picture_format::jpeg));
  json::object request;
  request["Image"] = image_member(picture);
  ROLLCALL_TRY(const auto reply, node_.call("DetectFaces", request));
  std::vector<vision::face> faces;
  for (const auto& each : array_at(reply, "FaceDetails"))
    faces.push_back(face_of(as_row(each), size));
  auto in_view = seen_.look(frame.position, faces);
  ROLLCALL_CHECK(search(in_view, picture, size, frame.position));
  ROLLCALL_CHECK(draw_waiting(in_view));
  in_view_ = std::move(in_view);
  return core::nothing{};
}

core::status watcher::search(people& in_view, const core::bytes& picture, std::pair<int, int> size, milliseconds at) {
  for (auto& one : in_view) {
    if (!one.is_to_search)
      continue;
    const core::ratio_box box{
        one.box.left / static_cast<float>(size.first), one.box.top / static_cast<float>(size.second),
        one.box.width / static_cast<float>(size.first), one.box.height / static_cast<float>(size.second)};
    ROLLCALL_TRY(const auto found, search_one(node_, wanted_.wish, picture, box, size));
    ++searches_;
    if (!found.matches.empty()) {
      const auto& best = as_row(found.matches.front());
      one.name = name_of(best);
      one.similarity = number_at(best, "Similarity");
    }
    seen_.note_search(one.track, at, one.name, one.similarity);
  }
  return core::nothing{};
}

core::status watcher::draw_waiting(const people& after) {
  if (!drawn_ && !waiting_.empty()) {
    const auto& first = waiting_.front();
    ROLLCALL_TRY(drawn_, vision::video_writer::open(wanted_.drawing, first.width_px, first.height_px, frames_per_s_));
  }
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const auto boxes = between(in_view_, after, static_cast<double>(i) / static_cast<double>(waiting_.size()));
    ROLLCALL_TRY(const auto frame, vision::draw_boxes(waiting_[i], boxes));
    ROLLCALL_CHECK(drawn_->add(frame));
  }
  waiting_.clear();
  return core::nothing{};
}

core::status watcher::finish(milliseconds at) {
  seen_.finish(at);
  tell();
  ROLLCALL_CHECK(draw_waiting(in_view_));
  if (drawn_)
    ROLLCALL_CHECK(drawn_->finish());
  if (wanted_.timeline.empty())
    return core::nothing{};
  ROLLCALL_TRY(const auto picture, vision::draw_timeline(seen_.timeline(), std::chrono::duration<double>(at).count()));
  return write_whole_file(wanted_.timeline, picture);
}

void watcher::tell() {
  for (const auto& one : seen_.take_news()) {
    if (with_.wants_json)
      print_json(to_json(one));
    else
      print(clock_of(one.at) + "  " + printable(text_of(one)) + "\n");
  }
}

core::status check_collection(client& node, const std::string& id) {
  ROLLCALL_TRY(const auto found, node.call("DescribeCollection", {{"CollectionId", id}}));
  static_cast<void>(found);
  return core::nothing{};
}

core::result<exit_code> watch(session& with, const watch_options& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_CHECK(check_collection(node, wanted.wish.collection));
  watcher one{with, std::move(node), wanted};
  ROLLCALL_CHECK(one.run());
  const auto& seen = one.seen();
  if (!with.wants_json)
    print(std::to_string(seen.tracks()) + " tracks, " + std::to_string(seen.recognised()) + " recognised, "
          + std::to_string(one.searches()) + " searches\n");
  return seen.recognised() > 0 ? exit_code::done : exit_code::nobody;
}

} // namespace

void add_watch(CLI::App& app, session& with) {
  auto wanted = std::make_shared<watch_options>();
  auto* command = app.add_subcommand("watch", "look through a video for people of a collection");
  command->add_option("SOURCE", wanted->source, "a video file, a folder of pictures, or the URL of a stream")
      ->required();
  command->add_option("--collection", wanted->wish.collection)->required();
  command->add_option("--threshold", wanted->wish.threshold, "lowest similarity")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--draw", wanted->drawing, "write the video with boxes, tracks and names here (.mp4)");
  command->add_option("--timeline", wanted->timeline, "write a picture of who was seen when here (.png)");
  command->add_option("--looks", wanted->looks_per_s, "frames of a second that the node sees")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  command->add_option("--seconds", wanted->most_s, "end after so much of the video")->check(CLI::Range(0.1, 1e6));
  on_chosen(*command, with, [wanted](session& chosen) { return watch(chosen, *wanted); });
}

} // namespace rollcall::cli
