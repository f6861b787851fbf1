#include "bench/face_set.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace rollcall::bench {

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream{line};
  for (std::string field; std::getline(stream, field, '\t');)
    fields.push_back(field);
  return fields;
}

std::filesystem::path deps_of(const pipeline_options& options) {
  const char* from_environment = std::getenv("ROLLCALL_DEPS");
  if (!options.deps.empty())
    return options.deps;
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "build/deps";
}

} // namespace

core::result<std::vector<table_row>> read_table(const std::filesystem::path& file,
                                                const std::vector<std::string>& needed) {
  std::ifstream stream{file};
  std::string line;
  if (!std::getline(stream, line))
    return core::fail(core::error_code::not_found, "can't read " + file.string());
  const auto names = split(line);
  for (const auto& name : needed)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return core::fail(core::error_code::malformed, file.string() + " has no column " + name);
  std::vector<table_row> rows;
  while (std::getline(stream, line)) {
    const auto fields = split(line);
    table_row row;
    for (std::size_t i = 0; i < names.size(); ++i)
      row[names[i]] = i < fields.size() ? fields[i] : "";
    rows.push_back(std::move(row));
  }
  return rows;
}

core::bytes read_bytes(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
}

core::result<std::unique_ptr<pipeline>> pipeline::make(const pipeline_options& options) {
  std::unique_ptr<pipeline> made{new pipeline};
  const auto deps = deps_of(options);
  ROLLCALL_TRY(auto manifest, vision::load(options.manifest, deps / "models"));
  made->manifest_ = std::make_shared<const vision::model_manifest>(std::move(manifest));
  ROLLCALL_TRY(const auto choice, vision::parse_runtime_choice(options.runtime));
  ROLLCALL_TRY(made->runtime_, vision::make_runtime(choice, {}));
  const auto threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < threads; ++i) {
    ROLLCALL_TRY(auto analyzer, vision::face_analyzer::make(made->manifest_, *made->runtime_, options.settings));
    made->analyzers_.push_back(std::move(analyzer));
  }
  return made;
}

void pipeline::for_each(std::size_t count, const std::function<void(std::size_t, vision::face_analyzer&)>& each) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (auto& analyzer : analyzers_)
    threads.emplace_back([&, mine = analyzer.get()] {
      for (std::size_t index = next++; index < count; index = next++)
        each(index, *mine);
    });
}

} // namespace rollcall::bench
