// The contract of store/store.hpp over every implementation: collections, tags, faces.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <algorithm>

namespace rollcall::store::testing {

namespace {

// -- collections

TEST_P(store_contract, creates_and_finds_a_collection) {
  const auto record = make_collection("people", 8);
  ASSERT_SUCCESS(store_->create_collection(record, {{"team", "blue"}}));
  store_.reopen();
  const auto found = store_->find_collection("people");
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->key, record.key);
  EXPECT_EQ(found->id, "people");
  EXPECT_EQ(found->model_version, record.model_version);
  EXPECT_EQ(found->partitions, 8U);
  EXPECT_EQ(found->created, record.created);
  const auto labels = store_->find_tags(record.key);
  ASSERT_SUCCESS(labels);
  EXPECT_EQ(*labels, (tags{{"team", "blue"}}));
}

TEST_P(store_contract, refuses_a_second_collection_of_a_name_or_key) {
  const auto record = make_collection("people");
  ASSERT_SUCCESS(store_->create_collection(record, {}));
  EXPECT_FAILURE(store_->create_collection(record, {}), already_exists);
  auto same_name = make_collection("other");
  same_name.id = "people";
  EXPECT_FAILURE(store_->create_collection(same_name, {}), already_exists);
  auto same_key = make_collection("other");
  same_key.key = record.key;
  EXPECT_FAILURE(store_->create_collection(same_key, {}), already_exists);
}

TEST_P(store_contract, refuses_a_number_of_partitions_that_is_no_power_of_two) {
  for (const std::uint32_t partitions : {0U, 3U, 12U, 131'072U})
    EXPECT_FAILURE(store_->create_collection(make_collection("people", partitions), {}), invalid_argument);
  EXPECT_FAILURE(store_->find_collection("people"), not_found);
}

TEST_P(store_contract, names_of_collections_are_told_apart_by_case) {
  add_collection("people");
  EXPECT_FAILURE(store_->find_collection("People"), not_found);
  ASSERT_SUCCESS(store_->create_collection(make_collection("People"), {}));
}

TEST_P(store_contract, lists_collections_by_id_in_pages) {
  for (const auto* id : {"b", "a", "C", "a-2"})
    add_collection(id);
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 5; ++pages) {
    const auto part = store_->list_collections(after, 2);
    ASSERT_SUCCESS(part);
    for (const auto& row : part->rows)
      seen.push_back(row.id);
    if (!part->next)
      break;
    after = *part->next;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"C", "a", "a-2", "b"}));
  EXPECT_FAILURE(store_->list_collections("", 0), invalid_argument);
}

TEST_P(store_contract, the_last_full_page_has_no_next) {
  add_collection("a");
  add_collection("b");
  const auto part = store_->list_collections("", 2);
  ASSERT_SUCCESS(part);
  EXPECT_EQ(part->rows.size(), 2U);
  EXPECT_FALSE(part->next);
}

TEST_P(store_contract, a_page_may_be_as_large_as_any_number) {
  add_collection("a");
  const auto part = store_->list_collections("", std::numeric_limits<std::size_t>::max());
  ASSERT_SUCCESS(part);
  EXPECT_EQ(part->rows.size(), 1U);
}

TEST_P(store_contract, deletes_a_collection_with_all_it_holds) {
  const auto key = add_collection("people");
  const auto other = add_collection("others");
  const auto face = add_face(key, 1);
  add_face(other, 1);
  ASSERT_SUCCESS(store_->create_user(key, "u", {"token", "print"}));
  ASSERT_SUCCESS(store_->associate_faces(key, "u", {&face, 1}, -2, {}));
  const auto gone = store_->delete_collection("people");
  ASSERT_SUCCESS(gone);
  EXPECT_EQ(gone->key, key);
  store_.reopen();
  EXPECT_FAILURE(store_->find_collection("people"), not_found);
  EXPECT_FAILURE(store_->delete_collection("people"), not_found);
  EXPECT_FAILURE(store_->count(key), not_found);
  EXPECT_FAILURE(store_->find_face(key, face), not_found);
  EXPECT_FAILURE(store_->find_tags(key), not_found);
  EXPECT_FAILURE(store_->list_references(key, 0, std::nullopt, 10), not_found);
  EXPECT_FAILURE(store_->tail_mutations(key, 0, 0, 10), not_found);
  EXPECT_EQ(store_->list_heads()->size(), 4U);
  EXPECT_EQ(store_->count(other)->faces, 1U);
}

TEST_P(store_contract, a_collection_made_anew_begins_empty) {
  const auto key = add_collection("people");
  add_face(key, 1);
  ASSERT_SUCCESS(store_->create_user(key, "u", {"token", "print"}));
  ASSERT_SUCCESS(store_->delete_collection("people"));
  auto record = make_collection("people");
  record.key.id.value[0] ^= 1;
  ASSERT_SUCCESS(store_->create_collection(record, {}));
  EXPECT_EQ(store_->count(record.key)->faces, 0U);
  const auto heads = store_->list_heads();
  ASSERT_SUCCESS(heads);
  for (const auto& head : *heads)
    EXPECT_EQ(head.seq, 0U);
  // Its tokens are its own, too.
  ASSERT_SUCCESS(store_->create_user(record.key, "u", {"token", "another"}));
  EXPECT_EQ(store_->count(record.key)->users, 1U);
}

// -- tags

TEST_P(store_contract, adds_replaces_and_removes_tags) {
  const auto key = add_collection();
  ASSERT_SUCCESS(store_->add_tags(key, {{"a", "1"}, {"b", ""}}));
  ASSERT_SUCCESS(store_->add_tags(key, {{"a", "2"}, {"ü", "日本"}}));
  const std::vector<std::string> names{"b", "missing"};
  ASSERT_SUCCESS(store_->remove_tags(key, names));
  EXPECT_EQ(*store_->find_tags(key), (tags{{"a", "2"}, {"ü", "日本"}}));
  EXPECT_FAILURE(store_->add_tags({}, {}), not_found);
  EXPECT_FAILURE(store_->remove_tags({}, names), not_found);
}

TEST_P(store_contract, takes_200_tags_and_no_more) {
  const auto key = add_collection();
  tags many;
  for (int i = 0; i < 199; ++i)
    many["t" + std::to_string(i)] = "v";
  ASSERT_SUCCESS(store_->add_tags(key, many));
  EXPECT_FAILURE(store_->add_tags(key, {{"x", "1"}, {"y", "2"}}), quota_exceeded);
  EXPECT_EQ(store_->find_tags(key)->size(), 199U);
  ASSERT_SUCCESS(store_->add_tags(key, {{"x", "1"}, {"t0", "new"}}));
  EXPECT_EQ(store_->find_tags(key)->size(), 200U);
  many["t199"] = many["t200"] = "v";
  EXPECT_FAILURE(store_->create_collection(make_collection("more"), many), quota_exceeded);
  EXPECT_FAILURE(store_->find_collection("more"), not_found);
}

// -- faces

TEST_P(store_contract, adds_and_finds_a_face) {
  const auto key = add_collection();
  auto face = make_face(1);
  face.face.external_image_id = "Zoë:1.jpg";
  face.face.user_id = "not taken over";
  const auto added = store_->add_faces(key, {&face, 1});
  ASSERT_SUCCESS(added);
  EXPECT_EQ(added->faces.at(0).user_id, std::nullopt);
  store_.reopen();
  const auto found = store_->find_face(key, face.face.id);
  ASSERT_SUCCESS(found);
  EXPECT_EQ(found->face.id, face.face.id);
  EXPECT_EQ(found->face.image, face.face.image);
  EXPECT_EQ(found->face.external_image_id, "Zoë:1.jpg");
  EXPECT_EQ(found->face.box, face.face.box);
  EXPECT_EQ(std::pair(found->face.confidence, found->face.quality), std::pair(99.5F, 71.25F));
  EXPECT_EQ(found->face.model_version, model);
  EXPECT_EQ(found->face.user_id, std::nullopt);
  EXPECT_EQ(found->embedding, face.embedding);
  EXPECT_EQ(store_->count(key)->faces, 1U);
  EXPECT_FAILURE(store_->find_face(key, make_face(2).face.id), not_found);
}

TEST_P(store_contract, numbers_the_mutations_of_added_faces) {
  const auto key = add_collection("c", 4);
  std::vector<face_with_embedding> faces;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    faces.push_back(make_face(seed));
  const auto added = store_->add_faces(key, faces);
  ASSERT_SUCCESS(added);
  std::size_t total = 0;
  std::uint32_t next_partition = 0;
  for (const auto& batch : added->mutations) {
    EXPECT_EQ(batch.collection, key);
    EXPECT_GE(batch.partition, next_partition);
    next_partition = batch.partition + 1;
    std::uint64_t seq = 0;
    for (const auto& change : batch.mutations) {
      EXPECT_EQ(change.seq, ++seq);
      EXPECT_EQ(partition_of(change.id, 4), batch.partition);
      EXPECT_FALSE(change.embedding.empty());
      ++total;
    }
  }
  EXPECT_EQ(total, 20U);
}

TEST_P(store_contract, indexing_the_same_picture_again_adds_nothing) {
  const auto key = add_collection();
  auto face = make_face(1);
  face.face.external_image_id = "a";
  ASSERT_SUCCESS(store_->add_faces(key, {&face, 1}));
  auto again = face;
  again.face.id = make_face(2).face.id;
  const auto repeated = store_->add_faces(key, {&again, 1});
  ASSERT_SUCCESS(repeated);
  EXPECT_EQ(repeated->faces.at(0).id, face.face.id);
  EXPECT_TRUE(repeated->mutations.empty());
  EXPECT_EQ(store_->count(key)->faces, 1U);
  EXPECT_FAILURE(store_->find_face(key, again.face.id), not_found);
}

TEST_P(store_contract, another_box_picture_or_name_is_another_face) {
  const auto key = add_collection();
  auto face = make_face(1);
  face.face.external_image_id = "a";
  auto box = face;
  box.face.id = make_face(2).face.id;
  box.face.box.left += 0.001F;
  auto picture = face;
  picture.face.id = make_face(3).face.id;
  picture.face.image = make_face(3).face.image;
  auto name = face;
  name.face.id = make_face(4).face.id;
  name.face.external_image_id = "b";
  const std::vector<face_with_embedding> all{face, box, picture, name};
  ASSERT_SUCCESS(store_->add_faces(key, all));
  EXPECT_EQ(store_->count(key)->faces, 4U);
}

TEST_P(store_contract, without_an_external_id_the_same_picture_is_indexed_again) {
  const auto key = add_collection();
  const auto face = make_face(1);
  auto again = face;
  again.face.id = make_face(2).face.id;
  ASSERT_SUCCESS(store_->add_faces(key, {&face, 1}));
  ASSERT_SUCCESS(store_->add_faces(key, {&again, 1}));
  EXPECT_EQ(store_->count(key)->faces, 2U);
}

TEST_P(store_contract, repeats_within_one_call_are_added_once) {
  const auto key = add_collection();
  auto face = make_face(1);
  face.face.external_image_id = "a";
  auto again = face;
  again.face.id = make_face(2).face.id;
  const std::vector<face_with_embedding> both{face, again};
  const auto added = store_->add_faces(key, both);
  ASSERT_SUCCESS(added);
  EXPECT_EQ(added->faces.at(1).id, face.face.id);
  EXPECT_EQ(store_->count(key)->faces, 1U);
}

TEST_P(store_contract, a_face_id_is_repeated_with_the_same_content_only) {
  const auto key = add_collection();
  const auto face = make_face(1);
  ASSERT_SUCCESS(store_->add_faces(key, {&face, 1}));
  const auto repeated = store_->add_faces(key, {&face, 1});
  ASSERT_SUCCESS(repeated);
  EXPECT_TRUE(repeated->mutations.empty());
  auto other = make_face(2);
  other.face.id = face.face.id;
  const std::vector<face_with_embedding> two{make_face(3), other};
  EXPECT_FAILURE(store_->add_faces(key, two), already_exists);
  EXPECT_EQ(store_->count(key)->faces, 1U);
  EXPECT_FAILURE(store_->find_face(key, two[0].face.id), not_found);
}

TEST_P(store_contract, the_same_face_id_may_live_in_two_collections) {
  const auto first = add_collection("first");
  const auto second = add_collection("second");
  const auto id = add_face(first, 1);
  EXPECT_EQ(add_face(second, 1), id);
  ASSERT_SUCCESS(store_->remove_faces(first, {&id, 1}));
  ASSERT_SUCCESS(store_->find_face(second, id));
}

TEST_P(store_contract, refuses_faces_of_another_model_or_dimension) {
  const auto key = add_collection();
  auto face = make_face(1);
  face.face.model_version = "2.0";
  EXPECT_FAILURE(store_->add_faces(key, {&face, 1}), model_mismatch);
  add_face(key, 1);
  face = make_face(2, 32);
  EXPECT_FAILURE(store_->add_faces(key, {&face, 1}), model_mismatch);
  face = make_face(3, 0);
  EXPECT_FAILURE(store_->add_faces(key, {&face, 1}), invalid_argument);
  face = make_face(4);
  face.embedding[3] = std::nanf("");
  EXPECT_FAILURE(store_->add_faces(key, {&face, 1}), invalid_argument);
  face = make_face(5);
  face.face.box.width = HUGE_VALF;
  EXPECT_FAILURE(store_->add_faces(key, {&face, 1}), invalid_argument);
  EXPECT_FAILURE(store_->add_faces({}, {}), not_found);
  EXPECT_EQ(store_->count(key)->faces, 1U);
}

TEST_P(store_contract, removes_faces_and_says_why_not) {
  const auto key = add_collection();
  const auto free = add_face(key, 1);
  const auto tied = add_face(key, 2);
  const auto missing = make_face(3).face.id;
  ASSERT_SUCCESS(store_->create_user(key, "u", {}));
  ASSERT_SUCCESS(store_->associate_faces(key, "u", {&tied, 1}, -2, {}));
  const std::vector<core::face_id> ids{missing, tied, free, free};
  const auto removed = store_->remove_faces(key, ids);
  ASSERT_SUCCESS(removed);
  EXPECT_EQ(removed->removed, std::vector<core::face_id>{free});
  ASSERT_EQ(removed->refused.size(), 2U);
  EXPECT_EQ(removed->refused[0].id, missing);
  EXPECT_EQ(removed->refused[0].why, face_refusal::not_found);
  EXPECT_EQ(removed->refused[1].why, face_refusal::associated_with_user);
  EXPECT_EQ(removed->refused[1].user_id, "u");
  ASSERT_EQ(removed->mutations.size(), 1U);
  EXPECT_TRUE(removed->mutations[0].mutations.at(0).embedding.empty());
  store_.reopen();
  EXPECT_EQ(store_->count(key)->faces, 1U);
  EXPECT_FAILURE(store_->find_face(key, free), not_found);
  EXPECT_FAILURE(store_->remove_faces({}, ids), not_found);
}

TEST_P(store_contract, lists_faces_by_id_in_pages_and_by_filter) {
  const auto key = add_collection();
  std::vector<core::face_id> ids;
  for (std::uint64_t seed = 0; seed < 7; ++seed)
    ids.push_back(add_face(key, seed));
  ASSERT_SUCCESS(store_->create_user(key, "u", {}));
  ASSERT_SUCCESS(store_->associate_faces(key, "u", std::span(ids).first(3), -2, {}));
  const auto list = [&](const face_filter& filter, std::size_t limit) {
    std::vector<core::face_id> seen;
    std::optional<core::face_id> after;
    do {
      const auto part = store_->list_faces(key, filter, after, limit);
      EXPECT_TRUE(part) << why(part);
      for (const auto& row : part->rows)
        seen.push_back(row.id);
      after = part->next;
    } while (after);
    return seen;
  };
  auto sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(list({}, 3), sorted);
  EXPECT_EQ(list({}, 7), sorted);
  std::vector<core::face_id> of_user(ids.begin(), ids.begin() + 3);
  std::sort(of_user.begin(), of_user.end());
  EXPECT_EQ(list({"u", {}}, 2), of_user);
  const std::vector<core::face_id> chosen{ids[6], ids[1], make_face(99).face.id, ids[1]};
  auto there = std::vector{ids[6], ids[1]};
  std::sort(there.begin(), there.end());
  EXPECT_EQ(list({std::nullopt, chosen}, 1), there);
  EXPECT_EQ(list({"u", chosen}, 1), std::vector{ids[1]});
  EXPECT_TRUE(list({"nobody", {}}, 1).empty());
  EXPECT_FAILURE(store_->list_faces({}, {}, std::nullopt, 1), not_found);
}

TEST_P(store_contract, finds_faces_in_the_order_asked) {
  const auto key = add_collection();
  const auto first = add_face(key, 1);
  const auto second = add_face(key, 2);
  ASSERT_SUCCESS(store_->create_user(key, "u", {}));
  ASSERT_SUCCESS(store_->associate_faces(key, "u", {&first, 1}, -2, {}));
  const std::vector<core::face_id> ids{second, make_face(3).face.id, first, second};
  const auto found = store_->find_faces(key, ids);
  ASSERT_SUCCESS(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[0].id, second);
  EXPECT_EQ((*found)[1].id, first);
  EXPECT_EQ((*found)[1].user_id, "u");
  EXPECT_EQ((*found)[2].id, second);
}

TEST_P(store_contract, lists_embeddings_by_id) {
  const auto key = add_collection();
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    add_face(key, seed);
  const auto first = store_->list_embeddings(key, std::nullopt, 3);
  ASSERT_SUCCESS(first);
  ASSERT_EQ(first->rows.size(), 3U);
  const auto rest = store_->list_embeddings(key, first->next, 3);
  ASSERT_SUCCESS(rest);
  ASSERT_EQ(rest->rows.size(), 2U);
  EXPECT_FALSE(rest->next);
  for (const auto& row : first->rows)
    EXPECT_EQ(store_->find_face(key, row.face.id)->embedding, row.embedding);
  EXPECT_FAILURE(store_->list_embeddings({}, std::nullopt, 3), not_found);
}

} // namespace

ROLLCALL_OVER_ALL_STORES(store_contract);

} // namespace rollcall::store::testing
