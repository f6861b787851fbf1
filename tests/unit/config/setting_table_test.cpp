#include "config/setting_table.hpp"

#include "config/setting_value.hpp"

#include <gtest/gtest.h>
#include <set>

namespace rollcall::config {
namespace {

TEST(setting_table, every_default_is_allowed_and_survives_its_text) {
  const settings defaults;
  for (const auto& row : setting_table()) {
    settings copy;
    EXPECT_TRUE(assign(copy, row, value_text(defaults, row))) << row.name << " = " << value_text(defaults, row);
    EXPECT_EQ(value_text(copy, row), value_text(defaults, row)) << row.name;
  }
}

TEST(setting_table, names_and_environment_names_are_unique) {
  std::set<std::string> names;
  std::set<std::string> variables;
  for (const auto& row : setting_table()) {
    EXPECT_TRUE(names.insert(std::string{row.name}).second) << row.name;
    EXPECT_TRUE(variables.insert(environment_name(row.name)).second) << row.name;
  }
}

TEST(setting_table, no_two_rows_share_a_member) {
  for (const auto& a : setting_table())
    for (const auto& b : setting_table())
      EXPECT_TRUE(&a == &b || a.value != b.value) << a.name << " and " << b.name;
}

TEST(setting_table, nearest_finds_typing_errors_and_wrong_sections_only) {
  EXPECT_EQ(nearest_setting("http.thread"), "http.threads");
  EXPECT_EQ(nearest_setting("node.listen"), "http.listen");
  EXPECT_EQ(nearest_setting("vision.atributes.age"), "vision.attributes.age");
  EXPECT_EQ(nearest_setting("completely.different"), "");
}

} // namespace
} // namespace rollcall::config
