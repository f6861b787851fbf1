// bench_accuracy: error rates of the default models through the real pipeline, detector included.
//
// The face of a picture is the one whose centre is nearest to the picture's: the label of an LFW picture is the person
// in its middle, and bystanders may be larger. A picture without a face is a failure to enrol; it takes part in nothing
// else.

#include "bench/face_set.hpp"
#include "bench/recognition_metrics.hpp"
#include "bench/report.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace {

using namespace rollcall;

struct arguments {
  std::string lfw;
  std::string out = "build/bench/accuracy.json";
  std::string scores;
  std::string embeddings;
  std::string crops = "manifest";
  int replicates = 500;
  bench::pipeline_options pipeline;
};

/// One labelled picture and what the pipeline made of it.
struct labelled_picture {
  std::string file;
  std::string person;
  std::vector<float> embedding; ///< empty: failure to enrol
  std::string failure;
  vision::stage_times times;
};

const vision::face* most_central(const vision::analysis& of) {
  const vision::face* best = nullptr;
  double best_distance = 0;
  for (const auto& one : of.faces) {
    const double distance = std::hypot(one.box.left + one.box.width / 2 - of.width_px / 2.0,
                                       one.box.top + one.box.height / 2 - of.height_px / 2.0);
    if (best == nullptr || distance < best_distance) {
      best = &one;
      best_distance = distance;
    }
  }
  return best;
}

core::result<std::vector<labelled_picture>> list_pictures(const std::filesystem::path& folder) {
  ROLLCALL_TRY(const auto rows, bench::read_table(folder / "MANIFEST.tsv", {"file", "person"}));
  std::vector<labelled_picture> pictures;
  for (const auto& row : rows)
    pictures.push_back({row.at("file"), row.at("person"), {}, {}, {}});
  if (pictures.empty())
    return core::fail(core::error_code::malformed, "the manifest lists no picture");
  return pictures;
}

void analyse(const std::filesystem::path& folder, labelled_picture& picture, vision::face_analyzer& with) {
  vision::analyze_options options;
  options.embed = vision::embed_which::everybody;
  const auto done = with.analyze(bench::read_bytes(folder / picture.file), options);
  if (!done) {
    picture.failure = done.failure().message;
    return;
  }
  picture.times = done->times;
  if (const auto* face = most_central(*done))
    picture.embedding = face->embedding;
  else
    picture.failure = "no face";
}

bench::embedding_set collect(const std::vector<labelled_picture>& pictures, std::size_t dimension) {
  bench::embedding_set set;
  set.dimension = dimension;
  std::map<std::string, std::uint32_t> numbers;
  for (const auto& picture : pictures) {
    if (picture.embedding.empty())
      continue;
    const auto number = numbers.emplace(picture.person, static_cast<std::uint32_t>(numbers.size())).first->second;
    set.person_of.push_back(number);
    set.vectors.insert(set.vectors.end(), picture.embedding.begin(), picture.embedding.end());
  }
  set.persons = static_cast<std::uint32_t>(numbers.size());
  return set;
}

/// `file person component…` a line: for experiments outside of this program.
void write_embeddings(const std::vector<labelled_picture>& pictures, const std::string& file) {
  std::ofstream out{file};
  for (const auto& picture : pictures) {
    out << picture.file << '\t' << picture.person;
    for (const float each : picture.embedding)
      out << '\t' << each;
    out << '\n';
  }
}

/// `person person mated cosine` a line, for tools/fit_similarity.py.
void write_scores(const std::vector<labelled_picture>& pictures, const bench::cosine_table& cosines,
                  const std::string& file) {
  std::vector<const labelled_picture*> enrolled;
  for (const auto& picture : pictures)
    if (!picture.embedding.empty())
      enrolled.push_back(&picture);
  std::ofstream out{file};
  for (std::size_t a = 0; a < enrolled.size(); ++a)
    for (std::size_t b = a + 1; b < enrolled.size(); ++b)
      out << enrolled[a]->person << '\t' << enrolled[b]->person << '\t' << cosines.at(a, b) << '\n';
}

void put(boost::json::object& report, const std::string& key, const bench::estimate& figure) {
  report[key] = figure.value;
  report[key + "_low"] = figure.low;
  report[key + "_high"] = figure.high;
  std::printf("%-22s %8.4f   %.4f - %.4f\n", key.c_str(), figure.value, figure.low, figure.high);
}

std::string exponent(double rate) {
  return "1e-" + std::to_string(std::lround(-std::log10(rate)));
}

std::string decimal(double rate) {
  std::ostringstream text;
  text << rate;
  return text.str();
}

void measure(boost::json::object& report, const bench::embedding_set& set, const bench::cosine_table& cosines,
             int replicates) {
  std::printf("%-22s %8s   %s\n", "", "value", "95 % interval");
  const auto pairs = bench::verify_all(set, cosines, {1e-3, 1e-4, 1e-5, 1e-6}, replicates);
  report["mated_pairs"] = pairs.mated_pairs;
  report["non_mated_pairs"] = pairs.non_mated_pairs;
  for (const auto& point : pairs.points) {
    put(report, "fnmr_at_fmr_" + exponent(point.fmr), point.fnmr);
    report["threshold_at_fmr_" + exponent(point.fmr)] = point.threshold;
  }
  const auto search = bench::identify_all(set, cosines, {0.1, 0.03, 0.01}, {}, replicates);
  report["enrolled"] = search.enrolled;
  report["strangers"] = search.strangers;
  report["mean_mated_probes"] = search.mean_mated_probes;
  put(report, "rank1", search.rank1);
  for (const auto& point : search.points)
    put(report, "fnir_at_fpir_" + decimal(point.fpir), point.fnir);
}

/// Mean times of a picture, microseconds.
void add_times(boost::json::object& report, const std::vector<labelled_picture>& pictures) {
  double decode = 0;
  double vision = 0;
  double networks = 0;
  for (const auto& picture : pictures) {
    decode += static_cast<double>(picture.times.decode.count());
    vision += static_cast<double>((picture.times.detect + picture.times.landmark + picture.times.embed).count());
    networks += static_cast<double>(picture.times.networks.count());
  }
  const auto count = static_cast<double>(pictures.size());
  report["decode_us"] = decode / count;
  report["vision_us"] = vision / count;
  report["networks_us"] = networks / count;
  std::printf("\nper picture: decode %.2f ms, vision %.2f ms, of that networks %.2f ms\n", decode / count / 1000,
              vision / count / 1000, networks / count / 1000);
}

core::status run(const arguments& given) {
  auto options = given.pipeline;
  options.settings.crops = vision::parse_crop_set(given.crops);
  ROLLCALL_TRY(auto pictures, list_pictures(given.lfw));
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(options));
  auto report = bench::start_report("accuracy");
  pipeline->for_each(pictures.size(), [&](std::size_t index, vision::face_analyzer& analyzer) {
    analyse(given.lfw, pictures[index], analyzer);
  });
  const auto set = collect(pictures, pipeline->manifest().embedder.dimension);
  report["runtime"] = pipeline->runtime_name();
  report["crops"] = given.crops;
  report["images"] = pictures.size();
  report["persons"] = set.persons;
  report["failures_to_enrol"] = pictures.size() - set.size();
  std::printf("%s; %zu images of %u persons, %zu failures to enrol\n", pipeline->runtime_name().c_str(),
              pictures.size(), set.persons, pictures.size() - set.size());
  for (const auto& picture : pictures)
    if (!picture.failure.empty())
      std::printf("  %s: %s\n", picture.file.c_str(), picture.failure.c_str());
  if (set.size() < 2)
    return core::fail(core::error_code::no_face, "fewer than two faces were enrolled");
  const bench::cosine_table cosines{set};
  measure(report, set, cosines, given.replicates);
  add_times(report, pictures);
  if (!given.scores.empty())
    write_scores(pictures, cosines, given.scores);
  if (!given.embeddings.empty())
    write_embeddings(pictures, given.embeddings);
  return bench::write_report(report, given.out);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Error rates of the recognition pipeline on a folder of labelled pictures."};
  arguments given;
  app.add_option("--lfw", given.lfw, "folder with a MANIFEST.tsv (columns file, person)")->required();
  app.add_option("--out", given.out, "where the JSON goes")->capture_default_str();
  app.add_option("--scores", given.scores, "write the cosines of all pairs here");
  app.add_option("--embeddings", given.embeddings, "write the embeddings here");
  app.add_option("--crops", given.crops, "of a face, to embed")
      ->check(CLI::IsMember({"manifest", "one", "mirrored", "shifted"}))
      ->capture_default_str();
  app.add_option("--replicates", given.replicates, "bootstrap samples")->capture_default_str();
  app.add_option("--models", given.pipeline.manifest, "the model manifest")->capture_default_str();
  app.add_option("--deps", given.pipeline.deps, "folder with models/ and onnxruntime/");
  app.add_option("--runtime", given.pipeline.runtime, "auto, onnx or opencv")->capture_default_str();
  app.add_option("--threads", given.pipeline.threads, "0 = one per core")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto done = run(given);
  if (!done)
    std::cerr << "bench_accuracy: " << done.failure().message << '\n';
  return done ? 0 : 1;
}
