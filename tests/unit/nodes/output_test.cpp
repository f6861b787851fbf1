#include "nodes/cli/output.hpp"

#include "nodes/cli/client.hpp"

#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

TEST(output, table_pads_columns_and_trims_ends) {
  text_table table{{"A", "LONG"}};
  table.add({"value", "x"});
  table.add({"v"});
  EXPECT_EQ(table.text(), "A      LONG\nvalue  x\nv\n");
}

TEST(output, table_lets_no_control_character_through) {
  text_table table{{"A"}};
  table.add({"\x1b[2J\n"});
  EXPECT_EQ(table.text(), "A\n?[2J?\n");
}

TEST(output, numbers_and_times) {
  EXPECT_EQ(fixed(99.456, 2), "99.46");
  EXPECT_EQ(moment(0.9), "1970-01-01 00:00:00Z");
}

TEST(client, url_encoding_keeps_unreserved_characters_only) {
  EXPECT_EQ(url_encoded("a-_.~/ %\xC3\xA9"), "a-_.~%2F%20%25%C3%A9");
}

TEST(client, endpoints_are_http_urls) {
  const auto is_good = [](const std::string& endpoint) {
    connection_settings settings;
    settings.endpoint = endpoint;
    return client::make(settings).has_value();
  };
  EXPECT_TRUE(is_good("http://127.0.0.1:8750"));
  EXPECT_TRUE(is_good("http://node/"));
  EXPECT_TRUE(is_good("http://[::1]:80"));
  EXPECT_TRUE(is_good("https://node"));
  EXPECT_TRUE(is_good("https://[::1]:8750"));
  EXPECT_FALSE(is_good("ftp://node"));
  EXPECT_FALSE(is_good("https://"));
  EXPECT_FALSE(is_good("127.0.0.1:8750"));
  EXPECT_FALSE(is_good("http://:80"));
  EXPECT_FALSE(is_good("http://node:x"));
}

TEST(client, secrets_go_where_nobody_reads_along) {
  const auto make = [](const std::string& endpoint, bool may_expose) {
    connection_settings settings;
    settings.endpoint = endpoint;
    settings.may_expose = may_expose;
    return client::make_for_secrets(settings);
  };
  for (const auto* safe :
       {"https://node:8750", "http://localhost", "http://127.0.0.1:8750", "http://127.1.2.3", "http://[::1]:80"})
    EXPECT_TRUE(make(safe, false)) << safe;
  for (const auto* exposed : {"http://node:8750", "http://10.0.0.11", "http://localhost.example.org",
                              "http://127.0.0.1.example.org", "http://[fe80::1]:80", "http://0.0.0.0:8750"}) {
    const auto refused = make(exposed, false);
    ASSERT_FALSE(refused) << exposed;
    EXPECT_EQ(refused.failure().code, core::error_code::invalid_config);
    EXPECT_NE(refused.failure().message.find("--insecure-http"), std::string::npos) << refused.failure().message;
    EXPECT_TRUE(make(exposed, true)) << exposed;
  }
}

} // namespace
} // namespace rollcall::cli
