#include "config/setting_value.hpp"

#include <gtest/gtest.h>

namespace rollcall::config {
namespace {

bool takes(std::string_view name, std::string_view text) {
  settings scratch;
  return assign(scratch, *find_setting(name), text).has_value();
}

std::string after(std::string_view name, std::string_view text) {
  settings scratch;
  return assign(scratch, *find_setting(name), text) ? value_text(scratch, *find_setting(name)) : "refused";
}

TEST(setting_value, ranges_are_inclusive) {
  EXPECT_TRUE(takes("http.threads", "1"));
  EXPECT_TRUE(takes("http.threads", "64"));
  EXPECT_FALSE(takes("http.threads", "0"));
  EXPECT_FALSE(takes("http.threads", "65"));
  EXPECT_FALSE(takes("http.threads", "1.5"));
  EXPECT_FALSE(takes("http.threads", ""));
  EXPECT_FALSE(takes("http.threads", "99999999999999999999"));
}

TEST(setting_value, times_and_sizes_take_units_and_bare_numbers) {
  EXPECT_EQ(after("http.idle_timeout", "1500"), "1500ms");
  EXPECT_EQ(after("http.idle_timeout", "60000ms"), "1m");
  EXPECT_EQ(after("http.idle_timeout", "1h"), "1h");
  EXPECT_EQ(after("http.idle_timeout", "1y"), "refused");
  EXPECT_EQ(after("http.idle_timeout", "-1s"), "refused");
  EXPECT_EQ(after("http.max_body", "1048576"), "1MiB");
  EXPECT_EQ(after("http.max_body", "20MB"), "refused");
  EXPECT_EQ(after("http.max_body", "99999999999999999GiB"), "refused");
}

TEST(setting_value, endpoints) {
  EXPECT_TRUE(takes("http.listen", "localhost:80"));
  EXPECT_TRUE(takes("http.listen", "[::]:65535"));
  EXPECT_FALSE(takes("http.listen", "::1:80"));
  EXPECT_FALSE(takes("http.listen", "localhost"));
  EXPECT_FALSE(takes("http.listen", "localhost:65536"));
  EXPECT_FALSE(takes("http.listen", ":80"));
}

TEST(setting_value, choices_digits_flags_and_powers_of_two) {
  EXPECT_TRUE(takes("vision.runtime", "onnx"));
  EXPECT_FALSE(takes("vision.runtime", "auto|onnx"));
  EXPECT_FALSE(takes("vision.runtime", ""));
  EXPECT_TRUE(takes("aws.account", "123456789012"));
  EXPECT_FALSE(takes("aws.account", "12345678901"));
  EXPECT_FALSE(takes("decisions.wait", "yes"));
  EXPECT_TRUE(takes("search.partitions", "8"));
  EXPECT_FALSE(takes("search.partitions", "6"));
}

TEST(setting_value, refused_value_leaves_the_old_one) {
  settings scratch;
  EXPECT_FALSE(assign(scratch, *find_setting("aws.account"), "x"));
  EXPECT_EQ(scratch.aws_account, settings{}.aws_account);
}

TEST(setting_value, toml_quotes_texts_only) {
  settings scratch;
  scratch.vision_models = "a\"b\\c";
  EXPECT_EQ(toml_value(scratch, *find_setting("vision.models")), R"("a\"b\\c")");
  EXPECT_EQ(toml_value(scratch, *find_setting("http.threads")), "2");
  EXPECT_EQ(toml_value(scratch, *find_setting("http.idle_timeout")), "\"75s\"");
}

} // namespace
} // namespace rollcall::config
