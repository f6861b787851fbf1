/// A node that can't start says in one line what to do, before it does anything slow; one whose disk is full refuses
/// writes and loses nothing.
#include "tests/e2e/node_test.hpp"
#include "tests/support/small_disk.hpp"

#include <fstream>
#include <set>

namespace rollcall::test {
namespace {

constexpr std::size_t mib = 1024 * 1024;

class start_up_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "models"))
      GTEST_SKIP() << "no models under " << fetched_dir() << ": run ./dev setup";
  }

  /// Options of a node of its own.
  [[nodiscard]] node_options fresh() const { return {scratch() / "data"}; }

  [[nodiscard]] const std::filesystem::path& scratch() const { return scratch_.path(); }

private:
  temp_dir scratch_;
};

TEST_F(start_up_test, a_port_in_use_names_the_way_out) {
  start_node();
  auto options = fresh();
  options.http = "127.0.0.1:" + std::to_string(node().http_port());
  expect_refusal(options, {options.http, "Address already in use", "--http HOST:PORT", "--http 127.0.0.1:0"});
  std::swap(options.http, options.management);
  expect_refusal(options, {options.management, "Address already in use", "--management 127.0.0.1:0"});
}

TEST_F(start_up_test, an_address_that_is_none_or_another_machines_is_refused) {
  auto options = fresh();
  options.http = "no.such.host:0";
  expect_refusal(options, {"'no.such.host' is not an IP address"});
  options = fresh();
  options.management = "192.0.2.1:0"; // TEST-NET-1, RFC 5737
  expect_refusal(options, {"192.0.2.1:0", "--management HOST:PORT"});
}

TEST_F(start_up_test, other_machines_are_not_served_without_a_key) {
  auto options = fresh();
  options.http = "0.0.0.0:0";
  expect_refusal(options, {"0.0.0.0:0", "without an API key", "rollcall init"});
}

TEST_F(start_up_test, a_data_directory_in_use_names_its_user) {
  start_node();
  expect_refusal({node().data_dir()}, {node().data_dir(), std::to_string(node().child().pid()), "stop that process"});
}

TEST_F(start_up_test, mistakes_in_settings_name_their_place) {
  auto options = fresh();
  options.settings = {"http.lissten=127.0.0.1:0"};
  expect_refusal(options, {"http.lissten", "did you mean http.listen?"});
  options.settings = {"vision.workers=many"};
  expect_refusal(options, {"vision.workers", "0 to 256"});
  options.settings = {"node.roles=front,shard"}; // and no other node to do the rest
  expect_refusal(options, {"node.roles", "leave them out, or set store.uri"});
  options.settings = {"buckets.photos=" + (scratch() / "nowhere").string()};
  expect_refusal(options, {"photos", "nowhere", "not a directory"});
  const auto file = scratch() / "rollcall.toml";
  std::ofstream{file} << "[http]\nlisten = \"127.0.0.1:0\"\n\n[htp]\nlisten = 5\n";
  options = fresh();
  options.arguments = {"--config", file};
  expect_refusal(options, {file.string() + ":4", "htp"});
  options.arguments = {"--config", scratch() / "none.toml"};
  expect_refusal(options, {"none.toml", "can't be read"});
}

TEST_F(start_up_test, a_wrong_model_is_not_run) {
  const auto models = scratch() / "models";
  std::filesystem::create_directory(models);
  for (const auto& file : std::filesystem::directory_iterator{fetched_dir() / "models"})
    std::filesystem::create_symlink(std::filesystem::absolute(file.path()), models / file.path().filename());
  const auto embedder = models / "fr_feature.onnx";
  auto content = bytes_of(embedder);
  ASSERT_GT(content.size(), 1'000U);
  content[content.size() / 2] ^= 1;
  std::filesystem::remove(embedder);
  auto options = fresh();
  options.settings = {"vision.models_dir=" + models.string()};
  expect_refusal(options, {"fr_feature.onnx", "can't be read", "./dev setup"});
  std::ofstream{embedder, std::ios::binary}.write(reinterpret_cast<const char*>(content.data()),
                                                  static_cast<std::streamsize>(content.size()));
  expect_refusal(options, {"fr_feature.onnx", "another SHA-256", "./dev setup"});
}

TEST_F(start_up_test, a_data_directory_must_be_writable) {
  if (::geteuid() != 0) {
    const auto dir = scratch() / "closed";
    std::filesystem::create_directory(dir);
    std::filesystem::permissions(dir, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    return expect_refusal({dir}, {dir, "Permission denied", "give a directory that this user can write to"});
  }
  small_disk disk{mib};
  if (!disk.is_mounted() || !disk.make_read_only())
    GTEST_SKIP() << "root may write everywhere, and no read-only file system can be mounted: " << disk.why_not();
  expect_refusal({disk.path()}, {disk.path(), "Read-only file system", "give a directory that this user can write to"});
}

TEST_F(start_up_test, a_full_disk_is_told_at_the_start) {
  small_disk disk{mib};
  if (!disk.is_mounted())
    GTEST_SKIP() << "no small file system can be mounted: " << disk.why_not();
  std::filesystem::create_directory(disk.path() / "data");
  std::filesystem::permissions(disk.path() / "data", std::filesystem::perms::owner_all);
  ASSERT_TRUE(disk.fill());
  expect_refusal({disk.path() / "data"}, {disk.path(), "No space left on device", "free some space"});
}

/// A node whose data lie on a disk of 24 MiB.
class full_disk_test : public start_up_test {
protected:
  void SetUp() override {
    if (!disk_.is_mounted())
      GTEST_SKIP() << "no small file system can be mounted: " << disk_.why_not();
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch());
    ASSERT_TRUE(written) << why(written);
    start_node({disk_.path() / "data"});
  }

  /// Makes collections until one is refused; the names of those that were acknowledged.
  std::set<std::string> create_until_refused() {
    std::set<std::string> made;
    http_reply reply{200, {}, {}};
    for (int i = 0; i < 2'000 && reply.status == 200; ++i) {
      const auto name = "more-" + std::to_string(i);
      reply = call("CreateCollection", {{"CollectionId", name}});
      if (reply.status == 200)
        made.insert(name);
    }
    EXPECT_EQ(reply.status, 500) << reply.body;
    EXPECT_EQ(error_type(reply), "InternalServerError") << reply.body;
    return made;
  }

  std::set<std::string> collections() {
    std::set<std::string> found;
    for (const auto& id : list_all("ListCollections", {}, "CollectionIds"))
      found.emplace(id.as_string());
    return found;
  }

  small_disk& disk() { return disk_; }

private:
  small_disk disk_{24 * mib};
};

TEST_F(full_disk_test, writes_are_refused_and_nothing_is_lost) {
  const auto picture = image_of(bytes_of(scratch() / "small.jpg"));
  const boost::json::object index{{"CollectionId", "staff"}, {"Image", picture}};
  ASSERT_EQ(call("CreateCollection", {{"CollectionId", "staff"}}).status, 200);
  const auto face = body_of(call("IndexFaces", index)).at("FaceRecords").at(0).at("Face").at("FaceId");
  ASSERT_TRUE(disk().fill());
  auto expected = create_until_refused();
  expected.insert("staff");
  const boost::json::object search{{"CollectionId", "staff"}, {"FaceId", face}};
  EXPECT_EQ(call("ListFaces", {{"CollectionId", "staff"}}).status, 200);
  EXPECT_EQ(call("DetectFaces", {{"Image", picture}}).status, 200);
  EXPECT_EQ(collections(), expected);

  disk().empty();
  EXPECT_EQ(call("CreateCollection", {{"CollectionId", "after"}}).status, 200);
  EXPECT_EQ(call("SearchFaces", search).status, 200);
  expected.insert("after");
  EXPECT_EQ(collections(), expected);
  stop_node();
  restart_node();
  EXPECT_EQ(collections(), expected);
  const auto faces = body_of(call("ListFaces", {{"CollectionId", "staff"}})).at("Faces").as_array();
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_EQ(faces.front().at("FaceId"), face);
}

TEST_F(full_disk_test, a_node_killed_on_a_full_disk_comes_back) {
  ASSERT_EQ(call("CreateCollection", {{"CollectionId", "staff"}}).status, 200);
  ASSERT_TRUE(disk().fill());
  auto expected = create_until_refused();
  expected.insert("staff");
  node().crash();
  restart_node(); // for reading
  EXPECT_EQ(collections(), expected);
  disk().empty();
  EXPECT_EQ(call("CreateCollection", {{"CollectionId", "after"}}).status, 200);
}

} // namespace
} // namespace rollcall::test
