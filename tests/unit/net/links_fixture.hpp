/// One link of a node "a" to a node "server" in simulated time.
#pragma once

#include "tests/unit/net/simulated_network.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace rollcall::net::testing {

using core::error_code;
using outcome = std::optional<core::result<core::shared_bytes>>;

class links : public ::testing::Test {
protected:
  static client_link::done into(outcome& where) {
    return [&where](core::result<core::shared_bytes> got) {
      EXPECT_FALSE(where.has_value()) << "a request ended twice";
      where.emplace(std::move(got));
    };
  }
  void open(const std::string& name = "a") {
    network_.add_client(name);
    network_.run_for(milliseconds{10});
    ASSERT_TRUE(network_.client(name).is_open());
  }
  void ask(outcome& where, std::size_t bytes = 3, milliseconds patience = milliseconds{500}) {
    network_.client("a").ask("echo", make_body(bytes), network_.in(patience), into(where), network_.now());
  }
  static error_code code(const outcome& of) { return of.value().failure().code; }
  simulated_network network_;
};

} // namespace rollcall::net::testing
