#include "config/loader.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>

namespace rollcall::config {
namespace {

std::string write(const std::string& text) {
  const auto file = testing::TempDir() + "rollcall_loader_test.toml";
  std::ofstream{file} << text;
  return file;
}

sources with_file(const std::string& text) {
  return {write(text), {}, {}};
}

std::string error_of(const sources& from) {
  const auto loaded = load(from);
  return loaded ? "no error" : loaded.failure().message;
}

TEST(loader, no_source_gives_the_defaults) {
  const auto loaded = load({});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->http_listen, "127.0.0.1:8750");
  EXPECT_EQ(loaded->http_max_body.value, 16 * mib);
  EXPECT_FALSE(loaded->vision_attributes_age);
}

TEST(loader, file_sets_nested_sections_and_buckets) {
  const auto loaded = load(with_file("[http]\nlisten = \"[::1]:0\"\nidle_timeout = \"2m\"\n[vision.attributes]\nage = "
                                     "true\n[buckets]\n\"my.photos\" = \"/srv/p\"\n"));
  ASSERT_TRUE(loaded) << loaded.failure().message;
  EXPECT_EQ(loaded->http_listen, "[::1]:0");
  EXPECT_EQ(loaded->http_idle_timeout, std::chrono::minutes{2});
  EXPECT_TRUE(loaded->vision_attributes_age);
  EXPECT_EQ(loaded->buckets.at("my.photos"), "/srv/p");
}

TEST(loader, command_line_beats_environment_beats_file) {
  auto from = with_file("[http]\nthreads = 3\ngateways = 3\nmax_in_flight = 3\n");
  const std::map<std::string, std::string> variables{{"ROLLCALL_HTTP_GATEWAYS", "4"}, {"ROLLCALL_HTTP_THREADS", "4"}};
  from.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  from.assignments = {"http.threads=5"};
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << loaded.failure().message;
  EXPECT_EQ(loaded->http_threads, 5);
  EXPECT_EQ(loaded->http_gateways, 4);
  EXPECT_EQ(loaded->http_max_in_flight, 3);
}

TEST(loader, error_names_file_line_key_range_and_value) {
  const auto from = with_file("[http]\n\nthreads = 65\n");
  EXPECT_EQ(error_of(from),
            from.file.string() + ":3: http.threads must be an integer from 1 to 64 (threads), not '65'");
}

TEST(loader, unknown_key_names_the_nearest) {
  const auto from = with_file("[http]\nlisen = \"127.0.0.1:0\"\n");
  EXPECT_EQ(error_of(from), from.file.string() + ":2: there is no setting 'http.lisen'; did you mean http.listen?");
}

TEST(loader, wrong_section_array_and_broken_toml_are_errors_with_a_line) {
  const auto file = write("");
  EXPECT_EQ(error_of(with_file("\n[htp]\nlisten = \"x\"\n")), file + ":2: there is no section [htp]");
  EXPECT_EQ(error_of(with_file("[http]\nlisten = [1]\n")), file + ":2: http.listen must be a single value");
  EXPECT_TRUE(error_of(with_file("a = 1\nb = = 2\n")).starts_with(file + ":2: not TOML: "));
}

TEST(loader, other_sources_are_named) {
  EXPECT_EQ(error_of({"", {}, {"http.threads=none"}}),
            "--set http.threads=none: http.threads must be an integer from 1 to 64 (threads), not 'none'");
  EXPECT_EQ(error_of({"", {}, {"http.threads"}}), "--set http.threads: must be section.key=value");
  const sources from{"",
                     [](const std::string& name) {
                       return name == "ROLLCALL_LOG_LEVEL" ? std::optional<std::string>{"loud"} : std::nullopt;
                     },
                     {}};
  EXPECT_EQ(
      error_of(from),
      "environment variable ROLLCALL_LOG_LEVEL: log.level must be one of debug, info, warning, error, not 'loud'");
}

TEST(loader, an_empty_file_is_no_error) {
  EXPECT_TRUE(load(with_file("")));
  EXPECT_TRUE(load({"/dev/null", {}, {}}));
}

TEST(loader, missing_file_and_bad_bucket_are_errors) {
  EXPECT_EQ(error_of({"/nonexistent/rollcall.toml", {}, {}}),
            "the configuration file /nonexistent/rollcall.toml can't be read");
  EXPECT_TRUE(error_of({"", {}, {"buckets.a/b=/srv"}}).find("is no bucket name") != std::string::npos);
  EXPECT_TRUE(error_of({"", {}, {"buckets.photos="}}).find("must be a directory") != std::string::npos);
}

} // namespace
} // namespace rollcall::config
