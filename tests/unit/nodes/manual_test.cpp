// The pages of docs/cli/ name every command and option that the program has, and none that it has not.
#include "nodes/cli/commands.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace rollcall::cli {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string section_of(const std::string& page, const std::string& name) {
  const auto begin = page.find("\n## " + name + "\n");
  if (begin == std::string::npos)
    return {};
  return page.substr(begin, page.find("\n## ", begin + 1) - begin);
}

std::vector<const CLI::App*> commands_below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// The long options of a command and of all below it.
std::set<std::string> options_of(const CLI::App& app) {
  std::set<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames())
      names.insert("--" + name);
  for (const auto* command : commands_below(app))
    names.merge(options_of(*command));
  return names;
}

std::set<std::string> options_named_in(const std::string& page) {
  static const std::regex option{"--[a-z][a-z-]*"};
  return {std::sregex_token_iterator{page.begin(), page.end(), option}, {}};
}

/// What may be typed after `path` stands in the synopsis: the words of commands, the names of arguments.
void expect_synopsis(const CLI::App& app, const std::string& path, const std::string& synopsis) {
  const auto below = commands_below(app);
  if (below.empty()) {
    EXPECT_NE(synopsis.find("    " + path), std::string::npos) << path;
  }
  for (const auto* option : app.get_options([](const CLI::Option* one) { return one->get_positional(); })) {
    EXPECT_NE(synopsis.find(option->get_name(true)), std::string::npos) << path << ": " << option->get_name(true);
  }
  for (const auto* command : below)
    expect_synopsis(*command, path + " " + command->get_name(), synopsis);
}

class manual : public ::testing::Test {
protected:
  manual() {
    declare_program(app_, with_);
    for (const auto* option : app_.get_options())
      for (const auto& name : option->get_lnames())
        global_.insert("--" + name);
  }

  session with_;
  CLI::App app_;
  std::set<std::string> global_;
};

TEST_F(manual, has_a_page_for_each_command_and_for_nothing_else) {
  std::set<std::string> expected{"rollcall.md"};
  for (const auto* command : commands_below(app_))
    expected.insert(command->get_name() + ".md");
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator{"docs/cli"})
    found.insert(entry.path().filename());
  EXPECT_EQ(found, expected);
  const auto index = text_of("docs/cli.md");
  for (const auto& name : found)
    EXPECT_NE(index.find("](cli/" + name + ")"), std::string::npos) << name;
}

TEST_F(manual, every_page_has_its_parts) {
  for (const auto& entry : std::filesystem::directory_iterator{"docs/cli"}) {
    const auto page = text_of(entry.path());
    for (const auto* name : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "OUTPUT", "EXIT STATUS", "EXAMPLES"})
      EXPECT_GT(section_of(page, name).size(), std::string_view{name}.size() + 8) << entry.path() << ": " << name;
  }
}

TEST_F(manual, pages_name_the_options_that_there_are) {
  for (const auto* command : commands_below(app_)) {
    const auto page = text_of("docs/cli/" + command->get_name() + ".md");
    expect_synopsis(*command, "rollcall " + command->get_name(), section_of(page, "SYNOPSIS"));
    const auto has = options_of(*command);
    for (const auto& option : has)
      if (!global_.contains(option)) {
        EXPECT_TRUE(std::regex_search(section_of(page, "OPTIONS"), std::regex{"- `" + option + "[ `]"}))
            << command->get_name() << " " << option;
      }
    for (const auto& option : options_named_in(page))
      EXPECT_TRUE(has.contains(option) || global_.contains(option)) << command->get_name() << ".md: " << option;
  }
  const auto page = text_of("docs/cli/rollcall.md");
  EXPECT_EQ(options_named_in(section_of(page, "OPTIONS")), global_);
}

} // namespace
} // namespace rollcall::cli
