// What is deleted is in no file of the database any more.
#include "store/sqlite_store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

namespace rollcall::store::testing {

namespace {

constexpr std::size_t dimension = 512;
constexpr std::size_t piece_bytes = 64;

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class scrub : public ::testing::Test {
protected:
  void SetUp() override {
    open();
    key_ = make_collection("c").key;
    ASSERT_SUCCESS(store_->create_collection(make_collection("c"), {}));
    std::vector<face_with_embedding> faces;
    for (std::uint64_t seed = 0; seed < 30; ++seed)
      faces.push_back(make_face(seed, dimension));
    ASSERT_SUCCESS(store_->add_faces(key_, faces));
  }
  void open() {
    sqlite_settings settings;
    settings.scrub_after = std::chrono::milliseconds{1};
    auto opened = open_sqlite_store(directory_.path(), settings);
    ASSERT_SUCCESS(opened);
    store_ = *std::move(opened);
  }
  /// Whether any part of the embedding stands in any file.
  [[nodiscard]] bool is_on_disk(const std::vector<float>& embedding) const {
    const std::string bytes(reinterpret_cast<const char*>(embedding.data()), embedding.size() * sizeof(float));
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
      const auto content = read_file(file.path());
      for (std::size_t at = 0; at + piece_bytes <= bytes.size(); at += piece_bytes)
        if (content.find(std::string_view(bytes).substr(at, piece_bytes)) != std::string::npos)
          return true;
    }
    return false;
  }
  [[nodiscard]] bool goes_from_disk(const std::vector<float>& embedding) const {
    const auto until = core::deadline::in(std::chrono::seconds{20});
    while (is_on_disk(embedding)) {
      if (until.has_passed())
        return false;
      std::this_thread::yield();
    }
    return true;
  }

  test::temp_dir directory_;
  std::unique_ptr<store> store_;
  core::collection_key key_;
};

TEST_F(scrub, a_removed_faces_embedding_leaves_the_files) {
  const auto face = make_face(17, dimension);
  ASSERT_TRUE(is_on_disk(face.embedding));
  ASSERT_SUCCESS(store_->remove_faces(key_, {&face.face.id, 1}));
  EXPECT_TRUE(goes_from_disk(face.embedding));
  EXPECT_TRUE(is_on_disk(make_embedding(18, dimension)));
}

TEST_F(scrub, it_is_gone_when_the_store_is_closed_at_once) {
  const auto face = make_face(3, dimension);
  ASSERT_SUCCESS(store_->remove_faces(key_, {&face.face.id, 1}));
  store_.reset();
  EXPECT_FALSE(is_on_disk(face.embedding));
}

TEST_F(scrub, a_replaced_and_a_removed_user_vector_leave_the_files) {
  const std::vector<core::face_id> ids{make_face(1).face.id, make_face(2).face.id};
  ASSERT_SUCCESS(store_->create_user(key_, "u", {}));
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", ids, -2, {"token", "print"}));
  const auto first = store_->find_user(key_, "u")->second;
  const auto third = make_face(4).face.id;
  ASSERT_TRUE(is_on_disk(first));
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", {&third, 1}, -2, {}));
  EXPECT_TRUE(goes_from_disk(first));
  const auto second = store_->find_user(key_, "u")->second;
  ASSERT_TRUE(is_on_disk(second));
  ASSERT_SUCCESS(store_->delete_user(key_, "u", {}));
  EXPECT_TRUE(goes_from_disk(second));
}

TEST_F(scrub, a_deleted_collections_embeddings_leave_the_files) {
  ASSERT_SUCCESS(store_->delete_collection("c"));
  for (const std::uint64_t seed : {0U, 11U, 29U})
    EXPECT_TRUE(goes_from_disk(make_embedding(seed, dimension)));
}

TEST_F(scrub, a_secret_is_never_there_in_clear) {
  const std::string secret = "a secret of forty characters, as AWS's 1";
  ASSERT_SUCCESS(store_->add_key({"RKIA1", secret, "n", role::admin, {}, {}, {}}));
  for (const auto& file : std::filesystem::directory_iterator(directory_.path()))
    EXPECT_EQ(read_file(file.path()).find(secret), std::string::npos) << file.path();
}

} // namespace

} // namespace rollcall::store::testing
