#include "config/documents.hpp"

#include "config/loader.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace rollcall::config {
namespace {

std::string read(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// ROLLCALL_UPDATE_DOCUMENTS=1 writes the files anew.
void expect_same(const std::string& file, const std::string& made) {
  if (std::getenv("ROLLCALL_UPDATE_DOCUMENTS") != nullptr)
    std::ofstream{file, std::ios::binary} << made;
  EXPECT_EQ(read(file), made) << file << " is not what the table says: ROLLCALL_UPDATE_DOCUMENTS=1 writes it anew";
}

TEST(documents, sample_file_is_in_step) {
  expect_same("config/rollcall.sample.toml", sample_file());
}

TEST(documents, reference_page_is_in_step) {
  expect_same("docs/settings.md", reference_page());
}

TEST(documents, sample_with_every_default_uncommented_loads) {
  auto text = sample_file();
  for (auto at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1))
    if (at + 2 < text.size() && text[at + 2] != ' ')
      text.erase(at + 1, 1);
  const auto file = testing::TempDir() + "rollcall_sample.toml";
  std::ofstream{file} << text;
  const auto loaded = load({file, {}, {}});
  ASSERT_TRUE(loaded) << loaded.failure().message;
  EXPECT_EQ(loaded->http_listen, settings{}.http_listen);
  EXPECT_EQ(loaded->buckets.at("photos"), "/srv/photos");
}

} // namespace
} // namespace rollcall::config
