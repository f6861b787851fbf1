/// Where the vision tests find photographs and models. Tests that need them skip, with the reason, where they are
/// absent.
#pragma once

#include "core/bytes.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>

namespace rollcall::test {

/// The folder in environment variable `name`, else `otherwise`.
inline std::filesystem::path folder_from(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// Labelled photographs that are not part of the source tree.
inline std::filesystem::path shared_data() {
  return folder_from("ROLLCALL_TEST_DATA", "../shared/data");
}

/// What `./dev setup` fetched: models/, onnxruntime/, photos/.
inline std::filesystem::path deps() {
  return folder_from("ROLLCALL_DEPS", "build/deps");
}

/// Empty when the file can't be read.
inline core::bytes read_file(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
}

/// The manifest of the source tree; null (with a message) when it does not load.
inline std::shared_ptr<const vision::model_manifest> load_manifest() {
  auto loaded = vision::load("config/models.toml", deps() / "models");
  if (!loaded) {
    ADD_FAILURE() << loaded.failure().message;
    return nullptr;
  }
  return std::make_shared<const vision::model_manifest>(*std::move(loaded));
}

} // namespace rollcall::test

/// Skips the test when `path` is not there.
#define ROLLCALL_NEED(path)                                                                                            \
  do {                                                                                                                 \
    if (!std::filesystem::exists(path))                                                                                \
      GTEST_SKIP() << (path) << " is not there";                                                                       \
  } while (false)
