// bench_detect: faces found against labelled counts, false finds where there are none, and the cost a megapixel.
//
// A picture's label is the `faces` column of MANIFEST.tsv: "~30 (27 found)" counts as 30, "~30 players + 120-150 tiny
// spectators" as 150. Labels are rough and say nothing of places, so --draw writes the pictures with what was found.

#include "bench/face_set.hpp"
#include "bench/report.hpp"
#include "vision/draw.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace {

using namespace rollcall;

constexpr int most_labelled = 100;

struct arguments {
  std::string dir;
  std::string negatives;
  std::string out = "build/bench/detect.json";
  std::string draw;
  bench::pipeline_options pipeline;
};

struct picture {
  std::filesystem::path file;
  int labelled = 0;
  std::size_t found = 0;
  std::string failure;
  double megapixels = 0;
  vision::stage_times times;
};

/// The faces that a label speaks of; 0 when it names no number.
int parse_label(const std::string& label) {
  int sum = 0;
  bool takes_number = true; // the first number of each part that a '+' divides
  for (std::size_t at = 0; at < label.size();) {
    if (label[at] == '+')
      takes_number = true;
    if (std::isdigit(static_cast<unsigned char>(label[at])) == 0) {
      ++at;
      continue;
    }
    std::size_t digits = 0;
    const int number = std::stoi(label.substr(at), &digits);
    if (takes_number)
      sum += number;
    takes_number = false;
    at += digits;
  }
  return sum;
}

void draw(const std::filesystem::path& folder, const picture& of, const core::bytes& encoded,
          const vision::analysis& seen) {
  std::vector<vision::labelled_box> boxes;
  for (const auto& face : seen.faces) {
    vision::labelled_box box;
    box.box = face.box;
    box.label = seen.faces.size() <= 12 ? std::to_string(static_cast<int>(face.confidence)) : "";
    boxes.push_back(std::move(box));
  }
  const auto drawn = vision::draw_boxes(encoded, boxes, vision::picture_format::png);
  if (!drawn)
    return;
  std::ofstream file{folder / (of.file.stem().string() + ".png"), std::ios::binary};
  file.write(reinterpret_cast<const char*>(drawn->data()), static_cast<std::streamsize>(drawn->size()));
}

void analyse(picture& one, vision::face_analyzer& with, const std::string& draw_folder) {
  const auto encoded = bench::read_bytes(one.file);
  const auto seen = with.analyze(encoded, {});
  if (!seen) {
    one.failure = seen.failure().message;
    return;
  }
  one.found = seen->faces.size();
  one.megapixels = seen->width_px * static_cast<double>(seen->height_px) / 1e6;
  one.times = seen->times;
  if (!draw_folder.empty())
    draw(draw_folder, one, encoded, *seen);
}

core::result<std::vector<picture>> list_labelled(const std::filesystem::path& folder) {
  ROLLCALL_TRY(const auto rows, bench::read_table(folder / "MANIFEST.tsv", {"file", "faces"}));
  std::vector<picture> pictures;
  for (const auto& row : rows) {
    picture one;
    one.file = folder / row.at("file");
    one.labelled = parse_label(row.at("faces"));
    pictures.push_back(std::move(one));
  }
  return pictures;
}

std::vector<picture> list_all(const std::filesystem::path& folder) {
  std::vector<picture> pictures;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator{folder, absent})
    if (entry.is_regular_file() && entry.path().extension() != ".tsv") {
      picture one;
      one.file = entry.path();
      pictures.push_back(std::move(one));
    }
  std::sort(pictures.begin(), pictures.end(), [](const picture& a, const picture& b) { return a.file < b.file; });
  return pictures;
}

void report_labelled(boost::json::object& report, const std::vector<picture>& pictures) {
  double labelled = 0;
  double found = 0;
  double milliseconds = 0;
  double megapixels = 0;
  boost::json::array rows;
  std::printf("%-60s %8s %8s %9s %8s\n", "picture", "labelled", "found", "Mpixel", "ms");
  for (const auto& one : pictures) {
    const double detect_ms = static_cast<double>(one.times.detect.count()) / 1000;
    std::printf("%-60s %8d %8zu %9.2f %8.1f %s\n", one.file.filename().c_str(), one.labelled, one.found, one.megapixels,
                detect_ms, one.failure.c_str());
    rows.push_back({{"file", one.file.filename().string()}, {"labelled", one.labelled}, {"found", one.found}});
    milliseconds += detect_ms;
    megapixels += one.megapixels;
    if (one.labelled > most_labelled)
      continue;
    labelled += one.labelled;
    found += std::min(static_cast<double>(one.found), static_cast<double>(one.labelled));
  }
  report["pictures"] = std::move(rows);
  report["labelled"] = labelled;
  report["found"] = found;
  report["found_ratio"] = labelled > 0 ? found / labelled : 0;
  report["ms_per_megapixel"] = megapixels > 0 ? milliseconds / megapixels : 0;
  std::printf("\nfound %.0f of %.0f labelled faces in pictures of at most %d: %.3f\n", found, labelled, most_labelled,
              labelled > 0 ? found / labelled : 0);
  std::printf("detection %.1f ms a megapixel\n", megapixels > 0 ? milliseconds / megapixels : 0);
}

void report_negatives(boost::json::object& report, const std::vector<picture>& pictures) {
  std::size_t false_finds = 0;
  for (const auto& one : pictures) {
    false_finds += one.found;
    if (one.found > 0 || !one.failure.empty())
      std::printf("%-60s %zu false %s\n", one.file.filename().c_str(), one.found, one.failure.c_str());
  }
  report["negatives"] = pictures.size();
  report["false_finds"] = false_finds;
  std::printf("%zu false finds in %zu pictures without a face\n", false_finds, pictures.size());
}

core::status run(const arguments& given) {
  ROLLCALL_TRY(auto pictures, list_labelled(given.dir));
  const auto folder = given.negatives.empty() ? std::filesystem::path{given.dir} / "../people/negatives"
                                              : std::filesystem::path{given.negatives};
  auto negatives = list_all(folder);
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(given.pipeline));
  if (!given.draw.empty())
    std::filesystem::create_directories(given.draw);
  auto report = bench::start_report("detect");
  report["runtime"] = pipeline->runtime_name();
  report["min_face_px"] = given.pipeline.settings.min_face_px;
  const auto run_over = [&](std::vector<picture>& all) {
    pipeline->for_each(all.size(), [&](std::size_t index, vision::face_analyzer& analyzer) {
      analyse(all[index], analyzer, given.draw);
    });
  };
  run_over(pictures);
  run_over(negatives);
  report_labelled(report, pictures);
  if (!negatives.empty()) // no figure that was not measured
    report_negatives(report, negatives);
  return bench::write_report(report, given.out);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Faces found in labelled group photographs."};
  arguments given;
  given.pipeline.threads = 1;
  app.add_option("--dir", given.dir, "folder with a MANIFEST.tsv (columns file, faces)")->required();
  app.add_option("--negatives", given.negatives, "pictures without a face; default: DIR/../people/negatives");
  app.add_option("--out", given.out, "where the JSON goes")->capture_default_str();
  app.add_option("--draw", given.draw, "write the pictures with the faces found into this folder");
  app.add_option("--min-face", given.pipeline.settings.min_face_px, "smallest face, pixels of a full HD picture")
      ->capture_default_str();
  app.add_option("--min-confidence", given.pipeline.settings.min_confidence, "0-100; default: the manifest's");
  app.add_option("--models", given.pipeline.manifest, "the model manifest")->capture_default_str();
  app.add_option("--deps", given.pipeline.deps, "folder with models/ and onnxruntime/");
  app.add_option("--runtime", given.pipeline.runtime, "auto, onnx or opencv")->capture_default_str();
  app.add_option("--threads", given.pipeline.threads, "0 = one per core; 1 keeps the times clean")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto done = run(given);
  if (!done)
    std::cerr << "bench_detect: " << done.failure().message << '\n';
  return done ? 0 : 1;
}
