// The contract of store/store.hpp over every implementation: users, retry marks, and what shards read.
#include "store/store.hpp"

#include "store/checks.hpp"
#include "tests/contract/store_fixture.hpp"

#include <algorithm>

namespace rollcall::store::testing {

namespace {

class user_contract : public store_contract {
protected:
  void SetUp() override {
    key_ = add_collection();
    for (std::uint64_t seed = 0; seed < 6; ++seed)
      faces_.push_back(add_face(key_, seed));
    ASSERT_SUCCESS(store_->create_user(key_, "u", {}));
  }
  [[nodiscard]] std::span<const core::face_id> some(std::size_t from, std::size_t count) const {
    return std::span(faces_).subspan(from, count);
  }
  /// The user's stored vector.
  [[nodiscard]] std::vector<float> vector(std::string_view user = "u") {
    const auto found = store_->find_user(key_, user);
    EXPECT_TRUE(found) << why(found);
    return found ? found->second : std::vector<float>{};
  }
  /// What the vector should be.
  [[nodiscard]] std::vector<float> mean_of(std::vector<core::face_id> ids) {
    std::sort(ids.begin(), ids.end());
    std::vector<std::vector<float>> embeddings;
    for (const auto& id : ids)
      embeddings.push_back(store_->find_face(key_, id)->embedding);
    return normalised_mean(embeddings);
  }

  core::collection_key key_;
  std::vector<core::face_id> faces_;
};

TEST_P(user_contract, creates_users_once) {
  EXPECT_FAILURE(store_->create_user(key_, "u", {}), conflict);
  EXPECT_FAILURE(store_->create_user({}, "u", {}), not_found);
  ASSERT_SUCCESS(store_->create_user(key_, "U", {}));
  EXPECT_EQ(store_->count(key_)->users, 2U);
  const auto found = store_->find_user(key_, "u");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->first.status, user_status::created);
  EXPECT_TRUE(found->second.empty());
  EXPECT_FAILURE(store_->find_user(key_, "x"), not_found);
}

TEST_P(user_contract, lists_users_by_id_in_pages) {
  for (const auto* id : {"z", "a", "B"})
    ASSERT_SUCCESS(store_->create_user(key_, id, {}));
  const auto first = store_->list_users(key_, "", 3);
  ASSERT_SUCCESS(first);
  ASSERT_EQ(first->rows.size(), 3U);
  EXPECT_EQ(first->rows[0].user_id, "B");
  EXPECT_EQ(first->rows[1].user_id, "a");
  EXPECT_EQ(first->next, "u");
  const auto rest = store_->list_users(key_, *first->next, 3);
  ASSERT_SUCCESS(rest);
  EXPECT_EQ(rest->rows.size(), 1U);
  EXPECT_FALSE(rest->next);
  EXPECT_FAILURE(store_->list_users({}, "", 3), not_found);
}

TEST_P(user_contract, finds_users_in_the_order_asked) {
  ASSERT_SUCCESS(store_->create_user(key_, "v", {}));
  const auto u = store_->find_user(key_, "u")->first.key;
  const auto v = store_->find_user(key_, "v")->first.key;
  const std::vector<core::user_key> keys{v, core::user_key{}, u};
  const auto found = store_->find_users(key_, keys);
  ASSERT_SUCCESS(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].user_id, "v");
  EXPECT_EQ((*found)[1].user_id, "u");
}

TEST_P(user_contract, a_users_vector_is_the_mean_of_its_faces) {
  const auto tied = store_->associate_faces(key_, "u", some(0, 3), -2, {});
  ASSERT_SUCCESS(tied);
  EXPECT_EQ(tied->faces, std::vector(faces_.begin(), faces_.begin() + 3));
  EXPECT_EQ(tied->user.status, user_status::active);
  store_.reopen();
  EXPECT_EQ(vector(), mean_of({faces_[0], faces_[1], faces_[2]}));
  EXPECT_EQ(store_->find_face(key_, faces_[0])->face.user_id, "u");
  ASSERT_EQ(tied->mutations.size(), 1U);
  ASSERT_EQ(tied->mutations[0].mutations.size(), 1U);
  const auto& put = tied->mutations[0].mutations[0];
  EXPECT_EQ(put.kind, reference_kind::user);
  EXPECT_EQ(put.id, tied->user.key.id);
  EXPECT_EQ(put.embedding, vector());
  const auto untied = store_->disassociate_faces(key_, "u", some(1, 1), {});
  ASSERT_SUCCESS(untied);
  EXPECT_EQ(vector(), mean_of({faces_[0], faces_[2]}));
  EXPECT_EQ(store_->find_face(key_, faces_[1])->face.user_id, std::nullopt);
}

TEST_P(user_contract, losing_its_last_face_removes_the_vector) {
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(0, 2), -2, {}));
  const auto untied = store_->disassociate_faces(key_, "u", some(0, 2), {});
  ASSERT_SUCCESS(untied);
  EXPECT_EQ(untied->user.status, user_status::created);
  EXPECT_TRUE(untied->mutations.at(0).mutations.at(0).embedding.empty());
  EXPECT_TRUE(vector().empty());
  ASSERT_SUCCESS(store_->remove_faces(key_, some(0, 2)));
}

TEST_P(user_contract, faces_tied_already_are_left_out_of_both_lists) {
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(0, 1), -2, {}));
  const auto again = store_->associate_faces(key_, "u", some(0, 1), 2, {});
  ASSERT_SUCCESS(again);
  EXPECT_TRUE(again->faces.empty());
  EXPECT_TRUE(again->refused.empty());
  EXPECT_TRUE(again->mutations.empty());
  EXPECT_EQ(again->user.status, user_status::active);
  const auto free = store_->disassociate_faces(key_, "u", some(1, 1), {});
  ASSERT_SUCCESS(free);
  EXPECT_TRUE(free->faces.empty());
  EXPECT_TRUE(free->refused.empty());
}

TEST_P(user_contract, refuses_faces_by_reason) {
  ASSERT_SUCCESS(store_->create_user(key_, "v", {}));
  ASSERT_SUCCESS(store_->associate_faces(key_, "v", some(0, 1), -2, {}));
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(1, 1), 2, {})); // the first one needs no likeness
  const std::vector<core::face_id> ids{faces_[0], make_face(99).face.id, faces_[2], faces_[2]};
  const auto tied = store_->associate_faces(key_, "u", ids, 1.5F, {});
  ASSERT_SUCCESS(tied);
  EXPECT_TRUE(tied->faces.empty());
  ASSERT_EQ(tied->refused.size(), 3U);
  EXPECT_EQ(tied->refused[0].why, face_refusal::other_user);
  EXPECT_EQ(tied->refused[0].user_id, "v");
  EXPECT_EQ(tied->refused[1].why, face_refusal::not_found);
  EXPECT_EQ(tied->refused[2].why, face_refusal::low_match);
  EXPECT_EQ(tied->refused[2].cosine, cosine(make_embedding(1), make_embedding(2)));
  const auto untied = store_->disassociate_faces(key_, "u", std::span(ids).first(2), {});
  ASSERT_SUCCESS(untied);
  ASSERT_EQ(untied->refused.size(), 2U);
  EXPECT_EQ(untied->refused[0].why, face_refusal::other_user);
  EXPECT_EQ(untied->refused[0].user_id, "v");
  EXPECT_EQ(untied->refused[1].why, face_refusal::not_found);
}

TEST_P(user_contract, the_lowest_cosine_itself_is_enough) {
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(0, 1), -2, {}));
  const float exact = cosine(make_embedding(0), make_embedding(1));
  const auto tied = store_->associate_faces(key_, "u", some(1, 1), exact, {});
  ASSERT_SUCCESS(tied);
  EXPECT_EQ(tied->faces.size(), 1U);
}

TEST_P(user_contract, takes_100_faces_and_no_more) {
  std::vector<core::face_id> ids;
  for (std::uint64_t seed = 100; seed < 201; ++seed)
    ids.push_back(add_face(key_, seed));
  EXPECT_FAILURE(store_->associate_faces(key_, "u", ids, -2, {}), quota_exceeded);
  EXPECT_EQ(store_->find_user(key_, "u")->first.status, user_status::created);
  EXPECT_EQ(store_->find_face(key_, ids[0])->face.user_id, std::nullopt);
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", std::span(ids).first(100), -2, {}));
  EXPECT_FAILURE(store_->associate_faces(key_, "u", std::span(ids).last(1), -2, {}), quota_exceeded);
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", std::span(ids).first(100), -2, {}));
}

TEST_P(user_contract, deleting_a_user_unties_its_faces_and_keeps_them) {
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(0, 2), -2, {}));
  const auto gone = store_->delete_user(key_, "u", {});
  ASSERT_SUCCESS(gone);
  EXPECT_EQ(gone->faces.size(), 2U);
  EXPECT_TRUE(gone->mutations.at(0).mutations.at(0).embedding.empty());
  EXPECT_EQ(store_->count(key_)->users, 0U);
  EXPECT_EQ(store_->count(key_)->faces, 6U);
  EXPECT_EQ(store_->find_face(key_, faces_[0])->face.user_id, std::nullopt);
  EXPECT_FAILURE(store_->delete_user(key_, "u", {}), not_found);
  EXPECT_FAILURE(store_->associate_faces(key_, "u", some(0, 1), -2, {}), not_found);
  EXPECT_FAILURE(store_->disassociate_faces(key_, "u", some(0, 1), {}), not_found);
  // One of the same name is another user.
  ASSERT_SUCCESS(store_->create_user(key_, "u", {}));
  EXPECT_NE(store_->find_user(key_, "u")->first.key, gone->user.key);
}

// -- retry marks

TEST_P(user_contract, a_repeated_token_gives_the_first_reply_without_effect) {
  const client_token token{"t", "f"};
  std::vector<core::face_id> ids{faces_[0], make_face(99).face.id};
  const auto first = store_->associate_faces(key_, "u", ids, -2, token);
  ASSERT_SUCCESS(first);
  ASSERT_SUCCESS(store_->disassociate_faces(key_, "u", some(0, 1), {}));
  store_.reopen();
  const auto again = store_->associate_faces(key_, "u", ids, -2, token);
  ASSERT_SUCCESS(again);
  EXPECT_EQ(again->faces, first->faces);
  EXPECT_EQ(again->user.key, first->user.key);
  EXPECT_EQ(again->user.status, user_status::active);
  ASSERT_EQ(again->refused.size(), 1U);
  EXPECT_EQ(again->refused[0].id, ids[1]);
  EXPECT_EQ(again->refused[0].why, face_refusal::not_found);
  EXPECT_TRUE(again->mutations.empty());
  EXPECT_TRUE(vector().empty());
}

TEST_P(user_contract, every_write_of_users_honours_its_token) {
  ASSERT_SUCCESS(store_->create_user(key_, "v", {"t1", "create v"}));
  ASSERT_SUCCESS(store_->create_user(key_, "v", {"t1", "create v"}));
  EXPECT_FAILURE(store_->create_user(key_, "w", {"t1", "create w"}), idempotency_mismatch);
  ASSERT_SUCCESS(store_->delete_user(key_, "v", {"t2", "delete v"}));
  ASSERT_SUCCESS(store_->delete_user(key_, "v", {"t2", "delete v"}));
  EXPECT_FAILURE(store_->delete_user(key_, "u", {"t2", "delete u"}), idempotency_mismatch);
  EXPECT_FAILURE(store_->associate_faces(key_, "u", some(0, 1), -2, {"t2", "x"}), idempotency_mismatch);
  EXPECT_FAILURE(store_->disassociate_faces(key_, "u", some(0, 1), {"t2", "x"}), idempotency_mismatch);
  EXPECT_EQ(store_->count(key_)->users, 1U);
}

TEST_P(user_contract, a_call_that_failed_leaves_its_token_free) {
  EXPECT_FAILURE(store_->delete_user(key_, "v", {"t", "f"}), not_found);
  ASSERT_SUCCESS(store_->create_user(key_, "v", {"t", "g"}));
}

TEST_P(user_contract, tokens_end_after_seven_days) {
  ASSERT_SUCCESS(store_->create_user(key_, "v", {"t", "f"}));
  store_.clock().advance(std::chrono::hours{7 * 24});
  EXPECT_FAILURE(store_->create_user(key_, "w", {"t", "g"}), idempotency_mismatch);
  store_.clock().advance(std::chrono::milliseconds{1});
  ASSERT_SUCCESS(store_->create_user(key_, "w", {"t", "g"}));
  EXPECT_FAILURE(store_->create_user(key_, "x", {"t", "f"}), idempotency_mismatch);
}

TEST_P(user_contract, tokens_are_bounded_and_the_oldest_go_first) {
  opened_store small(GetParam(), {.tokens_kept = 2});
  const auto key = small->create_collection(make_collection("c"), {})->key;
  for (const auto* id : {"a", "b", "c"})
    ASSERT_SUCCESS(small->create_user(key, id, {id, "f"}));
  EXPECT_FAILURE(small->create_user(key, "a", {"a", "f"}), conflict); // forgotten: not a repetition any more
  ASSERT_SUCCESS(small->create_user(key, "b", {"b", "f"}));
  ASSERT_SUCCESS(small->create_user(key, "c", {"c", "f"}));
}

// -- what shards read

TEST_P(user_contract, heads_count_every_mutation) {
  const auto other = add_collection("other", 2);
  const auto heads = store_->list_heads();
  ASSERT_SUCCESS(heads);
  ASSERT_EQ(heads->size(), 6U);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < heads->size(); ++i) {
    const auto& head = (*heads)[i];
    if (i > 0) {
      EXPECT_LT(std::pair((*heads)[i - 1].collection, (*heads)[i - 1].partition),
                std::pair(head.collection, head.partition));
    }
    total += head.seq;
    if (head.collection == other) {
      EXPECT_EQ(head.seq, 0U);
    }
  }
  EXPECT_EQ(total, 6U);
}

TEST_P(user_contract, lists_references_by_kind_and_id) {
  ASSERT_SUCCESS(store_->associate_faces(key_, "u", some(0, 1), -2, {}));
  const auto user = store_->find_user(key_, "u")->first.key;
  std::size_t total = 0;
  for (std::uint32_t part = 0; part < 4; ++part) {
    std::optional<std::pair<reference_kind, core::uuid>> after;
    std::optional<std::pair<reference_kind, core::uuid>> last;
    do {
      const auto chunk = store_->list_references(key_, part, after, 1);
      ASSERT_SUCCESS(chunk);
      for (const auto& each : chunk->references) {
        const std::pair name(each.kind, each.id);
        EXPECT_TRUE(!last || *last < name);
        last = name;
        EXPECT_EQ(partition_of(each.id, 4), part);
        if (each.kind == reference_kind::user) {
          EXPECT_EQ(each.id, user.id);
        } else {
          EXPECT_EQ(each.embedding, store_->find_face(key_, {each.id})->embedding);
        }
        ++total;
      }
      after = chunk->next;
    } while (after);
  }
  EXPECT_EQ(total, 7U);
  EXPECT_FAILURE(store_->list_references(key_, 4, std::nullopt, 1), not_found);
  EXPECT_FAILURE(store_->list_references({}, 0, std::nullopt, 1), not_found);
}

TEST_P(user_contract, a_removed_or_replaced_references_mutation_reads_as_a_removal) {
  const auto key = add_collection("one", 1);
  const auto first = add_face(key, 1);
  const auto second = add_face(key, 2);
  ASSERT_SUCCESS(store_->create_user(key, "u", {}));
  ASSERT_SUCCESS(store_->associate_faces(key, "u", {&first, 1}, -2, {}));  // 3
  ASSERT_SUCCESS(store_->associate_faces(key, "u", {&second, 1}, -2, {})); // 4 replaces 3
  const auto third = add_face(key, 3);                                     // 5
  ASSERT_SUCCESS(store_->remove_faces(key, {&third, 1}));                  // 6
  store_.reopen();
  const auto all = store_->tail_mutations(key, 0, 0, 100);
  ASSERT_SUCCESS(all);
  ASSERT_EQ(all->mutations.size(), 6U);
  const std::vector<bool> is_put{true, true, false, true, false, false};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(all->mutations[i].seq, i + 1);
    EXPECT_EQ(!all->mutations[i].embedding.empty(), is_put[i]) << i;
  }
  EXPECT_EQ(all->mutations[3].kind, reference_kind::user);
  const auto some_of_them = store_->tail_mutations(key, 0, 4, 1);
  ASSERT_SUCCESS(some_of_them);
  ASSERT_EQ(some_of_them->mutations.size(), 1U);
  EXPECT_EQ(some_of_them->mutations[0].seq, 5U);
  EXPECT_TRUE(store_->tail_mutations(key, 0, 6, 1)->mutations.empty());
  EXPECT_FAILURE(store_->tail_mutations(key, 1, 0, 1), not_found);
}

TEST_P(user_contract, forgotten_mutations_are_a_gap) {
  opened_store small(GetParam(), {.mutations_kept = 8});
  const auto key = small->create_collection(make_collection("c", 1), {})->key;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto face = make_face(seed);
    ASSERT_SUCCESS(small->add_faces(key, {&face, 1}));
  }
  EXPECT_FAILURE(small->tail_mutations(key, 0, 0, 100), gap);
  const auto kept = small->tail_mutations(key, 0, 22, 100);
  ASSERT_SUCCESS(kept);
  ASSERT_EQ(kept->mutations.size(), 8U);
  EXPECT_EQ(kept->mutations[0].seq, 23U);
  EXPECT_EQ(small->list_references(key, 0, std::nullopt, 100)->references.size(), 30U);
}

} // namespace

ROLLCALL_OVER_ALL_STORES(user_contract);

} // namespace rollcall::store::testing
