// A collection whose searches may miss some: said by an operator, kept by the node, marked in every answer.
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/e2e/node_test.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/random_references.hpp"

#include "core/uuid.hpp"

#include <regex>

namespace rollcall::test {
namespace {

namespace json = boost::json;

constexpr std::size_t dimension = 512;
constexpr std::size_t persons = 150;
constexpr std::size_t photographs = 20; ///< of each

class recall_test : public ::testing::Test {
protected:
  void TearDown() override {
    if (HasFailure() && node_)
      std::cerr << "--- log of the node:\n" << node_->child().output(stream::err) << "---\n";
  }
  void SetUp() override {
    node_options options;
    options.settings = settings();
    auto started = rollcalld_process::start(std::move(options));
    ASSERT_TRUE(started) << why(started);
    node_ = *std::move(started);
    const auto made = call(port(), "CreateCollection", R"({"CollectionId": "c"})", soon());
    ASSERT_TRUE(made && made->status == 200) << why(made);
    for (std::size_t person = 0; person < persons; ++person)
      ASSERT_NO_FATAL_FAILURE(enrol_one());
  }
  [[nodiscard]] virtual std::vector<std::string> settings() const {
    return {"vision.workers=1", "search.partitions=1", "search.lists_from=1024"};
  }
  void enrol_one() {
    const auto face = random_.embedding(dimension);
    std::string body;
    for (std::size_t i = 0; i < photographs; ++i) {
      faces_.push_back(core::to_string(core::random_uuid()));
      body += face_line(faces_.back(), core::to_string(core::random_uuid()), random_.near(face, 0.9F));
    }
    auto connection = http_connection::open(port(), soon());
    ASSERT_TRUE(connection && connection->send(import_request("c", body), soon()));
    const auto reply = connection->read_reply(soon());
    ASSERT_TRUE(reply && reply->status == 200) << why(reply);
  }
  [[nodiscard]] std::uint16_t port() const { return node_->http_port(); }

  finished_command rollcall(std::vector<std::string> arguments) {
    command what{program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", node_->url()}, {"HOME", scratch_.path().string()}};
    auto done = run(what, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }
  /// By a face of the next person; all of theirs must be found.
  std::map<std::string, std::string> search() {
    at_ = (at_ + photographs + 1) % faces_.size();
    const json::object input{
        {"CollectionId", "c"}, {"FaceId", faces_[at_]}, {"FaceMatchThreshold", 70}, {"MaxFaces", 1}};
    const auto reply = call(port(), "SearchFaces", json::serialize(input), soon());
    EXPECT_TRUE(reply && reply->status == 200) << (reply ? reply->body : why(reply));
    if (!reply || reply->status != 200)
      return {};
    EXPECT_EQ(body_of(*reply).at("FaceMatches").as_array().size(), 1U);
    return {reply->headers.begin(), reply->headers.end()};
  }
  bool becomes_approximate() {
    return comes_true([&] { return search()["x-rollcall-exact"] == "false"; });
  }

  temp_dir scratch_;
  testing::random_references random_{23};
  std::vector<std::string> faces_;
  std::size_t at_ = 0;
  std::unique_ptr<rollcalld_process> node_;
};

TEST_F(recall_test, searches_look_at_lists_once_they_may_and_say_so) {
  EXPECT_EQ(search()["x-rollcall-exact"], "true");
  const auto set = rollcall({"collections", "recall", "c", "--floor", "0.95"});
  EXPECT_EQ(set.exit, (exit_state{0, 0})) << set.err;
  EXPECT_EQ(set.out, "c: 0.9500\n");
  ASSERT_TRUE(becomes_approximate());
  ASSERT_TRUE(comes_true([&] {
    const auto headers = search();
    return headers.contains("x-rollcall-recall-estimate") && std::stod(headers.at("x-rollcall-recall-estimate")) > 0.5;
  }));

  const auto listed = rollcall({"collections", "list"});
  EXPECT_NE(listed.out.find("0.9500"), std::string::npos) << listed.out;
  node_->crash();
  const auto restarted = node_->restart();
  ASSERT_TRUE(restarted) << why(restarted);
  ASSERT_TRUE(becomes_approximate()); // the floor is in the store

  const auto exact = rollcall({"collections", "recall", "c", "--exact"});
  EXPECT_EQ(exact.out, "c: exact\n") << exact.err;
  const auto headers = search();
  EXPECT_EQ(headers.at("x-rollcall-exact"), "true");
  EXPECT_FALSE(headers.contains("x-rollcall-recall-estimate"));
}

TEST_F(recall_test, refuses_what_is_no_share_and_names_the_way_out) {
  const auto low = rollcall({"collections", "recall", "c", "--floor", "0.3"});
  EXPECT_NE(low.exit, (exit_state{0, 0}));
  EXPECT_NE(low.err.find("at least 0.5"), std::string::npos) << low.err;
  const auto unknown = rollcall({"collections", "recall", "none", "--floor", "0.9"});
  EXPECT_NE(unknown.err.find("ResourceNotFoundException"), std::string::npos) << unknown.err;
  const auto neither = rollcall({"collections", "recall", "c"});
  EXPECT_NE(neither.err.find("--floor SHARE, or --exact"), std::string::npos) << neither.err;
  EXPECT_EQ(search()["x-rollcall-exact"], "true");
}

class recall_of_a_cluster : public recall_test {
protected:
  [[nodiscard]] std::vector<std::string> settings() const override {
    auto all = recall_test::settings();
    all.insert(all.end(), {"store.uri=" + uri_, "store.key_file=" + key_file_.string(), "node.name=a"});
    return all;
  }
  json::object ask(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto done = rollcall(std::move(arguments));
    EXPECT_EQ(done.exit, (exit_state{0, 0})) << done.err;
    return json::parse(done.out.empty() ? "{}" : done.out).as_object();
  }

  temp_dir keys_;
  std::filesystem::path key_file_ = write_secrets_key(keys_.path());
  postgres_server server_;
  std::string uri_ = server_.make_schema();
};

TEST_F(recall_of_a_cluster, operators_see_it_and_what_each_part_takes_of_the_memory) {
  EXPECT_FALSE(ask({"cluster", "status"}).at("nodes").at(0).as_object().contains("recall"));
  ASSERT_EQ(rollcall({"collections", "recall", "c", "--floor", "0.95"}).exit, (exit_state{0, 0}));
  json::object node;
  ASSERT_TRUE(comes_true([&] {
    search();
    node = ask({"cluster", "status"}).at("nodes").at(0).as_object();
    return node.contains("recall");
  }));
  const auto number = [](const json::value& of) { return of.to_number<double>(); };
  const auto& recall = node.at("recall").as_object();
  EXPECT_GE(number(recall.at("searches")), 1);
  EXPECT_GE(number(recall.at("high")), number(recall.at("share")));
  EXPECT_LE(number(recall.at("low")), number(recall.at("share")));
  EXPECT_GT(number(node.at("memory").at("budget_bytes")), number(node.at("memory").at("used_bytes")));

  const auto held = ask({"partitions", "memory"});
  EXPECT_EQ(held.at("collection_id"), "c");
  EXPECT_EQ(held.at("node"), "a");
  EXPECT_EQ(number(held.at("references")), persons * photographs);
  const auto& bytes = held.at("bytes").as_object();
  EXPECT_GE(number(bytes.at("embeddings")), persons * photographs * dimension * sizeof(float));
  for (const auto* part : {"coarse_codes", "fine_codes", "ids", "lists"})
    EXPECT_GT(number(bytes.at(part)), 0) << part;
  EXPECT_NE(rollcall({"partitions", "memory"}).out.find("B/REFERENCE  COARSE"), std::string::npos);
  EXPECT_EQ(rollcall({"partitions", "memory", "--node", "b", "--json"}).out, "");
  const auto shown = rollcall({"cluster", "status"}).out;
  EXPECT_TRUE(std::regex_search(shown, std::regex{R"( MiB  [01]\.\d{3} \([01]\.\d{3}-[01]\.\d{3}\))"})) << shown;
}

} // namespace
} // namespace rollcall::test
