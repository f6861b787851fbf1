// Which snapshots a PostgreSQL store remembers.
#include "tests/contract/membership_fixture.hpp"

namespace rollcall::store::testing {

namespace {

class postgres_snapshots : public postgres_membership {
protected:
  void SetUp() override {
    join("a");
    join("b");
    ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  }
  [[nodiscard]] snapshot_note note(std::uint8_t number, std::uint32_t partition = 0) const {
    return {collection_.key, partition, core::sha256_digest{number}};
  }
  bool knows(const snapshot_note& what) {
    const auto known = members_->knows_snapshot(what);
    EXPECT_TRUE(known) << why(known);
    return known && *known;
  }
};

TEST_F(postgres_snapshots, a_node_has_the_new_one_and_the_one_it_keeps) {
  EXPECT_FALSE(knows(note(1)));
  ASSERT_SUCCESS(members_->remember_snapshot("a", note(1), std::nullopt));
  ASSERT_SUCCESS(members_->remember_snapshot("a", note(1), std::nullopt)); // once more
  ASSERT_SUCCESS(members_->remember_snapshot("b", note(1), std::nullopt));
  ASSERT_SUCCESS(members_->remember_snapshot("a", note(2), note(1).digest));
  EXPECT_TRUE(knows(note(1)) && knows(note(2)));
  EXPECT_FALSE(knows(note(2, 1))); // of another partition
  ASSERT_SUCCESS(members_->remember_snapshot("a", note(3), note(2).digest));
  EXPECT_TRUE(knows(note(1))); // the other node's
  ASSERT_SUCCESS(members_->remember_snapshot("b", note(4), note(3).digest));
  EXPECT_FALSE(knows(note(1)));
  EXPECT_TRUE(knows(note(2)) && knows(note(3)) && knows(note(4)));
}

TEST_F(postgres_snapshots, they_go_with_the_collection_and_with_the_node) {
  ASSERT_SUCCESS(members_->remember_snapshot("a", note(1), std::nullopt));
  ASSERT_SUCCESS(members_->remember_snapshot("b", note(2), std::nullopt));
  EXPECT_FAILURE(members_->remember_snapshot("a", note(1, 999), std::nullopt), not_found);
  ASSERT_SUCCESS(members_->drain("a", true));
  ASSERT_SUCCESS(members_->leave("a", 1));
  ASSERT_SUCCESS(members_->remove_node("a", {.seen = find("a").lease}));
  EXPECT_FALSE(knows(note(1)));
  EXPECT_TRUE(knows(note(2)));
  ASSERT_SUCCESS(store_->delete_collection("c"));
  EXPECT_FALSE(knows(note(2)));
  EXPECT_FAILURE(members_->remember_snapshot("b", note(3), std::nullopt), not_found);
}

} // namespace

} // namespace rollcall::store::testing
