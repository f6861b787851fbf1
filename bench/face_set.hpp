/// A folder of labelled face pictures, run through the real pipeline. Shared by the vision benchmarks.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "vision/analysis.hpp"
#include "vision/face_analyzer.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::bench {

/// The rows of a tab-separated file with a header line; each row maps a column's name to its text.
/// Errors: `not_found`; `malformed` when a column of `needed` is missing.
using table_row = std::map<std::string, std::string>;
[[nodiscard]] core::result<std::vector<table_row>> read_table(const std::filesystem::path& file,
                                                              const std::vector<std::string>& needed);

/// The bytes of a file; empty when it can't be read.
[[nodiscard]] core::bytes read_bytes(const std::filesystem::path& file);

/// What the pipeline is made of, from a benchmark's command line.
struct pipeline_options {
  std::string manifest = "config/models.toml";
  std::string deps; ///< empty: $ROLLCALL_DEPS, else build/deps
  std::string runtime = "auto";
  vision::analyzer_settings settings;
  std::size_t threads = 0; ///< 0: one per core
};

/// The pipeline of one machine: manifest, runtime, one analyzer per thread.
class pipeline {
public:
  [[nodiscard]] static core::result<std::unique_ptr<pipeline>> make(const pipeline_options& options);

  /// Analyses `count` pictures in parallel: `each(index, analyzer)` runs once for every index, on any thread.
  void for_each(std::size_t count, const std::function<void(std::size_t, vision::face_analyzer&)>& each);

  [[nodiscard]] std::string runtime_name() const { return runtime_->name(); }
  [[nodiscard]] const vision::model_manifest& manifest() const { return *manifest_; }

private:
  pipeline() = default;

  std::shared_ptr<const vision::model_manifest> manifest_;
  std::unique_ptr<vision::runtime> runtime_;
  std::vector<std::unique_ptr<vision::face_analyzer>> analyzers_;
};

} // namespace rollcall::bench
