/// The command line against a real node: exit codes, files, and what people read, held against tests/e2e/golden/.
#include "tests/e2e/node_test.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace rollcall::test {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Without what differs from run to run: ids, times, addresses, measured numbers, and the widths of columns.
std::string masked(std::string text) {
  const std::pair<const char*, const char*> masks[] = {
      {"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"},
      {"\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z", "TIME"},
      {"127\\.0\\.0\\.1:\\d+", "ADDRESS"},
      {"RKIA[A-Z2-7]{16}", "ACCESSKEY"},
      {"secret_key = \"[^\"]+\"", "secret_key = \"SECRET\""},
      {"(onnxruntime|opencv) [0-9.]+", "RUNTIME"},
      {"-?\\d+\\.\\d+", "N"},
      {" {2,}", "  "},
      {"\\d+ workers", "N workers"},
      {"up  \\d+ s", "up  N s"}};
  for (const auto& [pattern, name] : masks)
    text = std::regex_replace(text, std::regex{pattern}, name);
  return text;
}

class cli_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(pictures());
    ASSERT_TRUE(written) << why(written);
    start_node({{}, {"vision.workers=3", "decisions.wait=true"}}); // the log is read right after
  }

  finished_command rollcall(const std::vector<std::string>& arguments,
                            const std::vector<std::pair<std::string, std::string>>& environment = {}) {
    // Of two values for a variable the first counts.
    command asked{program("rollcall"), arguments, environment};
    asked.environment.insert(asked.environment.end(), {{"HOME", home_.path()}, {"ROLLCALL_ENDPOINT", node().url()}});
    for (const auto* unset : {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "ROLLCALL_ACCESS_KEY", "ROLLCALL_SECRET_KEY"})
      ::unsetenv(unset);
    auto done = run(asked, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }

  /// The command's exit code; what it said, when the code is another than `expected`.
  void expect_code(int expected, const std::vector<std::string>& arguments) {
    const auto done = rollcall(arguments);
    EXPECT_EQ(done.exit.exit_code, expected) << arguments.front() << ": " << done.out << done.err;
  }

  /// ROLLCALL_UPDATE_DOCUMENTS=1 writes the file anew.
  void expect_golden(const std::string& name, const std::vector<std::string>& arguments, int code = 0) {
    const auto done = rollcall(arguments);
    EXPECT_EQ(done.exit.exit_code, code) << done.err;
    const auto shown = masked(done.out + done.err);
    const auto file = "tests/e2e/golden/" + name + ".txt";
    if (std::getenv("ROLLCALL_UPDATE_DOCUMENTS") != nullptr)
      std::ofstream{file, std::ios::binary} << shown;
    EXPECT_EQ(shown, text_of(file));
  }

  [[nodiscard]] std::string picture(const std::string& name) const { return (pictures() / name).string(); }
  [[nodiscard]] const std::filesystem::path& pictures() const { return pictures_.path(); }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }

private:
  temp_dir pictures_;
  temp_dir home_;
};

TEST_F(cli_test, shows_what_people_read) {
  expect_golden("status_empty", {"status"});
  expect_golden("collections_create", {"collections", "create", "staff"});
  expect_golden("collections_create_twice", {"collections", "create", "staff"}, 1);
  expect_golden("index", {"index", picture("anna_1.jpg"), "--collection", "staff", "--id", "anna"});
  expect_golden("index_again", {"index", picture("anna_1.jpg"), "--collection", "staff", "--id", "anna"});
  expect_golden("search", {"search", picture("anna_2.jpg"), "--collection", "staff"});
  expect_golden("search_nobody", {"search", picture("bella.jpg"), "--collection", "staff"}, 5);
  expect_golden("search_no_face", {"search", picture("blank.png"), "--collection", "staff"}, 1);
  expect_golden("compare", {"compare", picture("anna_1.jpg"), picture("anna_2.jpg")});
  expect_golden("collections_list", {"collections", "list"});
  expect_golden("collections_show", {"collections", "show", "staff"});
  expect_golden("decisions_list", {"decisions", "list"});
  expect_golden("collections_missing", {"collections", "show", "nobody"}, 1);
  expect_golden("collections_delete", {"collections", "delete", "staff"});
}

TEST_F(cli_test, codes_tell_scripts_what_happened) {
  expect_code(2, {"no-such-command"});
  expect_code(2, {"search", "x.jpg"});
  expect_code(2, {"--endpoint", "ftp://127.0.0.1", "status"});
  expect_code(3, {"--endpoint", "http://127.0.0.1:1", "status"});
  expect_code(1, {"detect", "/nonexistent.jpg"});
  expect_code(5, {"detect", picture("blank.png")});
  expect_code(0, {"compare", picture("anna_1.jpg"), picture("anna_2.jpg")});
  expect_code(5, {"compare", picture("anna_1.jpg"), picture("bella.jpg")});
  expect_code(0, {"--help"});
}

TEST_F(cli_test, the_log_of_a_comparison_has_the_threshold_that_counted) {
  expect_code(5, {"compare", picture("anna_1.jpg"), picture("bella.jpg"), "--threshold", "62.5"});
  const auto logged = body_of({200, {}, rollcall({"decisions", "list", "--json"}).out});
  ASSERT_TRUE(logged.contains("threshold"));
  EXPECT_EQ(logged.at("threshold").to_number<double>(), 62.5);
  EXPECT_EQ(logged.at("candidates").as_array().size(), 1U);
  const auto shown = rollcall({"decisions", "list"}).out;
  EXPECT_NE(shown.find("  0  "), std::string::npos) << shown;
}

TEST_F(cli_test, status_counts_the_workers) {
  const auto status = body_of({200, {}, rollcall({"status", "--json"}).out});
  ASSERT_TRUE(status.contains("embedding_workers"));
  EXPECT_EQ(status.at("embedding_workers").to_number<int>(), 3);
}

TEST_F(cli_test, index_goes_on_where_it_stood_and_names_what_failed) {
  expect_code(0, {"collections", "create", "staff"});
  std::filesystem::create_directories(home() / "in/sub dir");
  std::filesystem::copy(picture("anna_1.jpg"), home() / "in/sub dir/anna@1.jpg");
  std::filesystem::copy(picture("bella.jpg"), home() / "in/bella.JPG");
  std::ofstream{home() / "in/broken.png"} << "no picture";
  const std::vector<std::string> index{"index", home() / "in", "--collection", "staff", "--json"};
  const auto first = rollcall(index);
  EXPECT_EQ(first.exit.exit_code, 6);
  EXPECT_EQ(first.out, "{\"pictures\":2,\"faces\":2,\"faces_refused\":0,\"skipped\":0,\"failed\":1}\n");
  EXPECT_NE(first.err.find("broken.png: InvalidImageFormatException"), std::string::npos) << first.err;
  std::filesystem::copy(picture("cora.jpg"), home() / "in/cora.jpg");
  EXPECT_EQ(rollcall(index).out, "{\"pictures\":1,\"faces\":1,\"faces_refused\":0,\"skipped\":2,\"failed\":1}\n");
  const auto faces = body_of(call("ListFaces", R"({"CollectionId": "staff"})")).at("Faces").as_array();
  std::set<std::string> ids;
  for (const auto& face : faces)
    ids.emplace(face.at("ExternalImageId").as_string());
  EXPECT_EQ(ids, (std::set<std::string>{"bella.JPG", "cora.jpg", "sub_dir:anna_1.jpg"}));
}

TEST_F(cli_test, draws_and_cuts_out_pictures) {
  const auto out = home() / "drawn.png";
  expect_code(0, {"detect", picture("group.jpg"), "--draw", out, "--cut-out", home() / "faces"});
  EXPECT_TRUE(text_of(out).starts_with("\x89PNG"));
  EXPECT_TRUE(text_of(home() / "faces/4.jpg").starts_with("\xff\xd8"));
  EXPECT_FALSE(std::filesystem::exists(home() / "faces/5.jpg"));
  expect_code(0, {"compare", picture("anna_1.jpg"), picture("anna_2.jpg"), "--draw", home() / "pair.png"});
  EXPECT_TRUE(text_of(home() / "pair.png").starts_with("\x89PNG"));
}

TEST_F(cli_test, every_face_finds_those_whom_the_largest_hides) {
  expect_code(0, {"collections", "create", "staff"});
  expect_code(0, {"index", picture("cora.jpg"), "--collection", "staff", "--id", "cora"});
  expect_code(5, {"search", picture("group.jpg"), "--collection", "staff"});
  const auto found = rollcall({"search", picture("group.jpg"), "--collection", "staff", "--every-face"});
  EXPECT_EQ(found.exit.exit_code, 0) << found.out;
  EXPECT_NE(found.out.find("  cora  "), std::string::npos) << found.out;
}

TEST_F(cli_test, watching_ends_where_nobody_can_be_searched_for) {
  std::filesystem::create_directories(home() / "frames");
  for (const auto* name : {"1.jpg", "2.jpg", "3.jpg"})
    std::filesystem::copy(picture("anna_1.jpg"), home() / "frames" / name);
  const std::vector<std::string> watch{"watch", home() / "frames", "--collection", "staff"};
  const auto refused = rollcall(watch);
  EXPECT_EQ(refused.exit.exit_code, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_NE(refused.err.find("ResourceNotFoundException"), std::string::npos) << refused.err;
  const auto table = rollcall({"search", picture("group.jpg"), "--collection", "staff", "--every-face"});
  EXPECT_EQ(table.exit.exit_code, 1);
  EXPECT_NE(table.err.find("ResourceNotFoundException"), std::string::npos) << table.out << table.err;
  expect_code(0, {"collections", "create", "staff"});
  expect_code(5, watch);
  expect_code(0, {"index", picture("anna_2.jpg"), "--collection", "staff", "--id", "anna"});
  expect_code(0, watch);
}

TEST_F(cli_test, a_collection_survives_export_and_import_in_both_forms) {
  for (const auto* name : {"one", "two", "three"})
    expect_code(0, {"collections", "create", name});
  expect_code(0, {"index", picture("group.jpg"), "--collection", "one", "--quality", "NONE"});
  expect_code(0, {"export", home() / "one.jsonl", "--collection", "one"});
  expect_code(0, {"export", home() / "one.npy", "--collection", "one"});
  expect_code(0, {"import", home() / "one.jsonl", "--collection", "two"});
  expect_code(0, {"import", home() / "one.npy", "--collection", "three"});
  expect_code(0, {"import", home() / "one.npy", "--collection", "three"});
  expect_code(0, {"export", home() / "two.jsonl", "--collection", "two"});
  expect_code(0, {"export", home() / "three.jsonl", "--collection", "three"});
  const auto exported = text_of(home() / "one.jsonl");
  EXPECT_EQ(std::count(exported.begin(), exported.end(), '\n'), 4);
  EXPECT_EQ(text_of(home() / "two.jsonl"), exported);
  EXPECT_EQ(text_of(home() / "three.jsonl"), exported);
  expect_code(1, {"import", home() / "one.ids.jsonl", "--collection", "two"});
}

TEST_F(cli_test, keys_close_the_node_and_say_who_may_do_what) {
  const auto made = body_of({200, {}, rollcall({"init", "--json"}).out});
  ASSERT_TRUE(made.contains("secret"));
  const auto as = [](const boost::json::object& key) -> std::vector<std::pair<std::string, std::string>> {
    return {{"ROLLCALL_ACCESS_KEY", std::string{key.at("access_key").as_string()}},
            {"ROLLCALL_SECRET_KEY", std::string{key.at("secret").as_string()}}};
  };
  expect_code(4, {"status"});
  expect_code(4, {"init"});
  EXPECT_EQ(rollcall({"collections", "create", "staff"}, as(made)).exit.exit_code, 0);
  const auto created = rollcall({"keys", "create", "--name", "gate", "--collection", "staff", "--json"}, as(made));
  const auto gate = body_of({200, {}, created.out});
  ASSERT_TRUE(gate.contains("secret")) << created.err;
  EXPECT_EQ(rollcall({"search", picture("anna_1.jpg"), "--collection", "staff"}, as(gate)).exit.exit_code, 5);
  EXPECT_EQ(rollcall({"index", picture("anna_1.jpg"), "--collection", "staff"}, as(gate)).exit.exit_code, 4);
  EXPECT_EQ(rollcall({"keys", "list"}, as(gate)).exit.exit_code, 4);
  const std::string id{gate.at("access_key").as_string()};
  EXPECT_EQ(rollcall({"keys", "revoke", id}, as(made)).exit.exit_code, 0);
  EXPECT_EQ(rollcall({"search", picture("anna_1.jpg"), "--collection", "staff"}, as(gate)).exit.exit_code, 4);
  auto wrong = made;
  wrong["secret"] = "another";
  EXPECT_EQ(rollcall({"status"}, as(wrong)).exit.exit_code, 4);
  const auto log = rollcall({"decisions", "list", "--principal", "gate", "--json"}, as(made)).out;
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
}

TEST_F(cli_test, a_profile_says_where_and_as_whom) {
  std::filesystem::create_directories(home() / ".config/rollcall");
  const auto file = home() / ".config/rollcall/profiles.toml";
  std::ofstream{file} << "[far]\nendpoint = \"http://127.0.0.1:1\"\n";
  expect_code(0, {"status"});
  EXPECT_EQ(rollcall({"--profile", "far", "status"}, {{"ROLLCALL_ENDPOINT", ""}}).exit.exit_code, 3);
  expect_code(1, {"--profile", "nowhere", "status"});
}

TEST_F(cli_test, completion_is_a_script_that_knows_the_commands) {
  const auto script = rollcall({"completion", "bash"}).out;
  std::ofstream{home() / "completion"}
      << script
      << "COMP_WORDS=(rollcall collections cr) COMP_CWORD=2; _rollcall; echo \"${COMPREPLY[*]}\"\n"
         "COMP_WORDS=(rollcall search x.jpg --ev) COMP_CWORD=3; _rollcall; echo "
         "\"${COMPREPLY[*]}\"\n";
  const auto done = run({"bash", {home() / "completion"}}, soon());
  ASSERT_TRUE(done) << why(done);
  EXPECT_EQ(done->out, "create\n--every-face\n") << done->err;
}

} // namespace
} // namespace rollcall::test
