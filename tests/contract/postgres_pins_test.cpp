// What operators want of single partitions, over a real PostgreSQL.
#include "tests/contract/membership_fixture.hpp"

namespace rollcall::store::testing {

namespace {

class postgres_pins : public postgres_membership {
protected:
  void SetUp() override {
    ASSERT_SUCCESS(store_->create_collection(collection_, {}));
    for (const auto* name : {"a", "b", "c", "d"})
      join(name);
    token_ = become_controller("c", 100 * span);
    place(token_, 1, "a", placement_state::ready);
    place(token_, 1, "b", placement_state::ready);
  }
  core::status move(const std::string& from, const std::string& to, std::uint32_t partition = 1) {
    return members_->pin({"c", partition, from, to, 2});
  }
  placement_pin pin(const std::string& node, bool is_away) { return {collection_.key, 1, node, is_away}; }
  std::vector<placement_pin> pins() {
    const auto found = members_->list_pins();
    EXPECT_TRUE(found) << why(found);
    return found ? *found : std::vector<placement_pin>{};
  }

  std::uint64_t token_ = 0;
};

TEST_F(postgres_pins, stay_until_they_are_released) {
  const auto version = *members_->map_version();
  ASSERT_SUCCESS(move("a", "c"));
  EXPECT_EQ(pins(), (std::vector{pin("a", true), pin("c", false)}));
  EXPECT_GT(*members_->map_version(), version); // the controller looks at once
  ASSERT_SUCCESS(move("b", "d"));
  EXPECT_EQ(pins().size(), 4U);
  EXPECT_EQ(*members_->release_pins("c", 1), 4U);
  EXPECT_EQ(*members_->release_pins("c", 1), 0U);
  EXPECT_TRUE(pins().empty());
}

TEST_F(postgres_pins, a_later_wish_about_a_node_takes_the_place_of_the_earlier) {
  ASSERT_SUCCESS(move("a", "c"));
  place(token_, 1, "c", placement_state::ready);
  ASSERT_SUCCESS(move("c", "d"));
  EXPECT_EQ(pins(), (std::vector{pin("a", true), pin("c", true), pin("d", false)}));
}

TEST_F(postgres_pins, that_contradict_are_refused) {
  EXPECT_FAILURE(move("a", "a"), invalid_argument);
  EXPECT_FAILURE(move("c", "d"), conflict); // c holds none
  EXPECT_FAILURE(move("a", "b"), conflict); // b does already
  EXPECT_FAILURE(move("a", "nobody"), not_found);
  EXPECT_FAILURE(move("a", "c", 4), not_found);
  EXPECT_FAILURE(members_->pin({"nothing", 1, "a", "c", 2}), not_found);
  EXPECT_FAILURE(members_->release_pins("c", 4), not_found);
  ASSERT_SUCCESS(members_->drain("d", true));
  EXPECT_FAILURE(move("a", "d"), conflict);
  EXPECT_TRUE(pins().empty());
  ASSERT_SUCCESS(members_->drain("d", false));
  ASSERT_SUCCESS(move("a", "c"));
  ASSERT_SUCCESS(move("b", "d"));
  join("e");
  place(token_, 1, "e", placement_state::leaving);
  EXPECT_FAILURE(move("e", "a"), conflict); // a holds it still
  EXPECT_FAILURE(members_->pin({"c", 1, "e", "f", 2}), not_found);
  join("f");
  EXPECT_FAILURE(move("e", "f"), conflict); // two are pinned elsewhere
}

TEST_F(postgres_pins, go_with_their_collection_and_their_node) {
  ASSERT_SUCCESS(move("a", "c"));
  ASSERT_SUCCESS(members_->drain("c", true));
  ASSERT_SUCCESS(members_->leave("c", 1));
  ASSERT_SUCCESS(members_->remove_node("c", {find("c").lease, span}));
  EXPECT_EQ(pins(), std::vector{pin("a", true)});
  ASSERT_SUCCESS(store_->delete_collection("c"));
  EXPECT_TRUE(pins().empty());
}

} // namespace

} // namespace rollcall::store::testing
