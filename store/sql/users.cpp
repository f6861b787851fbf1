#include "store/sql/users.hpp"

#include "store/checks.hpp"
#include "store/sql/client_tokens.hpp"
#include "store/sql/faces.hpp"
#include "store/sql/references.hpp"

namespace rollcall::store::sql {

namespace {

struct user_row {
  std::int64_t n = 0;
  user_record record;
  std::size_t faces = 0;
};

#define ROLLCALL_SELECT_USER "SELECT u.n, u.key, u.user_id, u.faces FROM users u "

user_row read_user(const query& q) {
  const auto faces = static_cast<std::size_t>(q.number(3));
  return {q.number(0), {{q.id(1)}, q.text(2), faces > 0 ? user_status::active : user_status::created}, faces};
}

std::optional<user_row> read_one_user(query q) {
  if (!q.next())
    return std::nullopt;
  return read_user(q);
}

std::optional<user_row> find_row(session& db, const collection_row& collection, std::string_view user_id) {
  return read_one_user({db, ROLLCALL_SELECT_USER "WHERE u.collection = ?1 AND u.user_id = ?2", collection.n, user_id});
}

// The user as it stays until the transaction ends.
std::optional<user_row> hold_user(session& db, const collection_row& collection, std::string_view user_id) {
  return read_one_user(
      {db, ROLLCALL_SELECT_USER "WHERE u.collection = ?1 AND u.user_id = ?2 FOR UPDATE", collection.n, user_id});
}

// A user is counted in the partition of its vector.
core::status count_user(session& db, core::collection_key key, collection_row collection, const user_record& user,
                        int by) {
  while (change(db, "UPDATE partitions SET users = users + ?3 WHERE collection = ?1 AND part = ?2", collection.n,
                collection.shape.numbered().number_of(user.key.id), by)
         == 0) {
    ROLLCALL_TRY(collection, find_row(db, key)); // a doubling has ended since it was read
  }
  return core::nothing{};
}

std::vector<std::vector<float>> list_vectors(session& db, const collection_row& collection, const user_row& user) {
  query q(db, "SELECT id FROM faces WHERE \"user\" = ?1 ORDER BY id", user.n);
  std::vector<std::vector<float>> vectors;
  while (q.next())
    vectors.push_back(find_embedding(db, collection, reference_kind::face, q.id(0)));
  return vectors;
}

// Writes what changed in `user`'s faces: its counter, its vector, the mutation, the first reply.
core::result<changed_user> finish(session& db, core::collection_key key, const collection_row& collection,
                                  user_row user, changed_user change, const client_token& token) {
  if (!change.faces.empty()) {
    execute(db, "UPDATE users SET faces = ?2 WHERE n = ?1", user.n, user.faces);
    change_set changes(collection.shape.numbered());
    if (user.faces > 0)
      changes.put(reference_kind::user, user.record.key.id, normalised_mean(list_vectors(db, collection, user)));
    else
      changes.remove(reference_kind::user, user.record.key.id);
    change.mutations = record_changes(db, key, collection, std::move(changes));
  }
  user.record.status = user.faces > 0 ? user_status::active : user_status::created;
  change.user = std::move(user.record);
  remember(db, collection, token, change);
  return change;
}

// Why a face can't join the user, if so. `vector`: the user's, empty when it has no faces yet.
std::optional<refused_face> refuse(session& db, const collection_row& collection, core::face_id id,
                                   const face_row* face, std::span<const float> vector, float lowest_cosine) {
  if (face == nullptr)
    return refused_face{id, face_refusal::not_found, {}, 0};
  if (face->user)
    return refused_face{id, face_refusal::other_user, face->user_id, 0};
  if (vector.empty())
    return std::nullopt;
  const float to_user = cosine(find_embedding(db, collection, reference_kind::face, id.id), vector);
  if (to_user >= lowest_cosine)
    return std::nullopt;
  return refused_face{id, face_refusal::low_match, {}, to_user};
}

} // namespace

core::status create_user(session& db, core::collection_key key, std::string_view user_id, const client_token& token) {
  ROLLCALL_TRY(const auto collection, hold_row(db, key));
  ROLLCALL_TRY(const auto earlier, recall(db, collection, token));
  if (earlier)
    return core::nothing{};
  if (find_row(db, collection, user_id))
    return core::fail(core::error_code::conflict, "the user " + std::string(user_id) + " exists already");
  const user_record made{{db.settings().make_uuid()}, std::string(user_id), user_status::created};
  execute(db, "INSERT INTO users (collection, key, user_id) VALUES (?1, ?2, ?3)", collection.n, made.key, user_id);
  ROLLCALL_CHECK(count_user(db, key, collection, made, 1));
  remember(db, collection, token, {made, {}, {}, {}});
  return core::nothing{};
}

core::result<changed_user> delete_user(session& db, core::collection_key key, std::string_view user_id,
                                       const client_token& token) {
  ROLLCALL_TRY(const auto collection, hold_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  const auto user = hold_user(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  changed_user change{user->record, {}, {}, {}};
  {
    query q(db, "SELECT id FROM faces WHERE \"user\" = ?1 ORDER BY id FOR UPDATE", user->n);
    while (q.next())
      change.faces.push_back({q.id(0)});
  }
  execute(db, "UPDATE faces SET \"user\" = NULL WHERE \"user\" = ?1", user->n);
  execute(db, "DELETE FROM users WHERE n = ?1", user->n);
  ROLLCALL_CHECK(count_user(db, key, collection, user->record, -1));
  if (!change.faces.empty()) {
    change_set changes(collection.shape.numbered());
    changes.remove(reference_kind::user, user->record.key.id);
    change.mutations = record_changes(db, key, collection, std::move(changes));
  }
  remember(db, collection, token, change);
  return change;
}

core::result<page<user_record, std::string>> list_users(session& db, core::collection_key key, std::string_view after,
                                                        std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  query q(db, ROLLCALL_SELECT_USER "WHERE u.collection = ?1 AND u.user_id > ?2 ORDER BY u.user_id LIMIT ?3",
          collection.n, after, one_more(limit));
  page<user_record, std::string> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().user_id;
      break;
    }
    found.rows.push_back(read_user(q).record);
  }
  return found;
}

core::result<changed_user> associate_faces(session& db, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token) {
  ROLLCALL_TRY(const auto collection, hold_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  auto user = hold_user(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  const auto vector = find_embedding(db, collection, reference_kind::user, user->record.key.id);
  changed_user change;
  const auto held = hold_face_rows(db, collection, ids);
  for (const auto& id : without_repetitions(ids)) {
    const auto* face = find_held(held, id);
    if (face != nullptr && face->user == user->n)
      continue;
    if (auto refused = refuse(db, collection, id, face, vector, lowest_cosine)) {
      change.refused.push_back(*std::move(refused));
      continue;
    }
    execute(db, "UPDATE faces SET \"user\" = ?2 WHERE n = ?1", face->n, user->n);
    change.faces.push_back(id);
    if (++user->faces > most_faces_of_user)
      return too_many_faces(user_id);
  }
  return finish(db, key, collection, *std::move(user), std::move(change), token);
}

core::result<changed_user> disassociate_faces(session& db, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token) {
  ROLLCALL_TRY(const auto collection, hold_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  auto user = hold_user(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  changed_user change;
  const auto held = hold_face_rows(db, collection, ids);
  for (const auto& id : without_repetitions(ids)) {
    const auto* face = find_held(held, id);
    if (face == nullptr) {
      change.refused.push_back({id, face_refusal::not_found, {}, 0});
    } else if (face->user && face->user != user->n) {
      change.refused.push_back({id, face_refusal::other_user, face->user_id, 0});
    } else if (face->user) {
      execute(db, "UPDATE faces SET \"user\" = NULL WHERE n = ?1", face->n);
      change.faces.push_back(id);
      --user->faces;
    }
  }
  return finish(db, key, collection, *std::move(user), std::move(change), token);
}

core::result<std::vector<user_record>> find_users(session& db, core::collection_key key,
                                                  std::span<const core::user_key> keys) {
  std::vector<user_record> found;
  for (const auto& user : keys) {
    query q(db, ROLLCALL_SELECT_USER "JOIN collections c ON c.n = u.collection WHERE c.key = ?1 AND u.key = ?2", key,
            user);
    if (q.next())
      found.push_back(read_user(q).record);
  }
  return found;
}

core::result<std::pair<user_record, std::vector<float>>> find_user(session& db, core::collection_key key,
                                                                   std::string_view user_id) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  auto user = find_row(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  auto vector = find_embedding(db, collection, reference_kind::user, user->record.key.id);
  return std::pair(std::move(user->record), std::move(vector));
}

} // namespace rollcall::store::sql
