#include "store/sqlite/users.hpp"

#include "store/checks.hpp"
#include "store/sqlite/client_tokens.hpp"
#include "store/sqlite/faces.hpp"
#include "store/sqlite/references.hpp"

namespace rollcall::store::sqlite {

namespace {

struct user_row {
  std::int64_t n = 0;
  user_record record;
  std::size_t faces = 0;
};

#define ROLLCALL_SELECT_USER "SELECT u.n, u.key, u.user_id, u.faces FROM users u "

user_row read_row(const query& q) {
  const auto faces = static_cast<std::size_t>(q.number(3));
  return {q.number(0), {{q.id(1)}, q.text(2), faces > 0 ? user_status::active : user_status::created}, faces};
}

std::optional<user_row> find_row(connection& db, const collection_row& collection, std::string_view user_id) {
  query q(db, ROLLCALL_SELECT_USER "WHERE u.collection = ?1 AND u.user_id = ?2", collection.n, user_id);
  if (!q.next())
    return std::nullopt;
  return read_row(q);
}

std::vector<std::vector<float>> list_vectors(connection& db, const collection_row& collection, const user_row& user) {
  query q(db, "SELECT id FROM faces WHERE user = ?1 ORDER BY id", user.n);
  std::vector<std::vector<float>> vectors;
  while (q.next())
    vectors.push_back(find_embedding(db, collection, reference_kind::face, q.id(0)));
  return vectors;
}

// Writes what changed in `user`'s faces: its counter, its vector, the mutation, the first reply.
core::result<changed_user> finish(connection& db, core::collection_key key, const collection_row& collection,
                                  user_row user, changed_user change, const client_token& token) {
  if (!change.faces.empty()) {
    query(db, "UPDATE users SET faces = ?2 WHERE n = ?1", user.n, user.faces).run();
    change_set changes(collection.partitions);
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
std::optional<refused_face> refuse(connection& db, const collection_row& collection, core::face_id id,
                                   const std::optional<face_row>& face, std::span<const float> vector,
                                   float lowest_cosine) {
  if (!face)
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

core::status create_user(connection& db, core::collection_key key, std::string_view user_id,
                         const client_token& token) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(const auto earlier, recall(db, collection, token));
  if (earlier)
    return core::nothing{};
  if (find_row(db, collection, user_id))
    return core::fail(core::error_code::conflict, "the user " + std::string(user_id) + " exists already");
  const user_record made{{db.settings().make_uuid()}, std::string(user_id), user_status::created};
  query(db, "INSERT INTO users (collection, key, user_id) VALUES (?1, ?2, ?3)", collection.n, made.key, user_id).run();
  add_to_counts(db, collection, 0, 1);
  remember(db, collection, token, {made, {}, {}, {}});
  return core::nothing{};
}

core::result<changed_user> delete_user(connection& db, core::collection_key key, std::string_view user_id,
                                       const client_token& token) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  const auto user = find_row(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  changed_user change{user->record, {}, {}, {}};
  {
    query q(db, "SELECT id FROM faces WHERE user = ?1 ORDER BY id", user->n);
    while (q.next())
      change.faces.push_back({q.id(0)});
  }
  query(db, "UPDATE faces SET user = NULL WHERE user = ?1", user->n).run();
  query(db, "DELETE FROM users WHERE n = ?1", user->n).run();
  add_to_counts(db, collection, 0, -1);
  if (!change.faces.empty()) {
    change_set changes(collection.partitions);
    changes.remove(reference_kind::user, user->record.key.id);
    change.mutations = record_changes(db, key, collection, std::move(changes));
  }
  remember(db, collection, token, change);
  return change;
}

core::result<page<user_record, std::string>> list_users(connection& db, core::collection_key key,
                                                        std::string_view after, std::size_t limit) {
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
    found.rows.push_back(read_row(q).record);
  }
  return found;
}

core::result<changed_user> associate_faces(connection& db, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  auto user = find_row(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  const auto vector = find_embedding(db, collection, reference_kind::user, user->record.key.id);
  changed_user change;
  for (const auto& id : without_repetitions(ids)) {
    const auto face = find_face_row(db, collection, id);
    if (face && face->user == user->n)
      continue;
    if (auto refused = refuse(db, collection, id, face, vector, lowest_cosine)) {
      change.refused.push_back(*std::move(refused));
      continue;
    }
    query(db, "UPDATE faces SET user = ?2 WHERE n = ?1", face->n, user->n).run();
    change.faces.push_back(id);
    if (++user->faces > most_faces_of_user)
      return too_many_faces(user_id);
  }
  return finish(db, key, collection, *std::move(user), std::move(change), token);
}

core::result<changed_user> disassociate_faces(connection& db, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(auto earlier, recall(db, collection, token));
  if (earlier)
    return *std::move(earlier);
  auto user = find_row(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  changed_user change;
  for (const auto& id : without_repetitions(ids)) {
    const auto face = find_face_row(db, collection, id);
    if (!face) {
      change.refused.push_back({id, face_refusal::not_found, {}, 0});
    } else if (face->user && face->user != user->n) {
      change.refused.push_back({id, face_refusal::other_user, face->user_id, 0});
    } else if (face->user) {
      query(db, "UPDATE faces SET user = NULL WHERE n = ?1", face->n).run();
      change.faces.push_back(id);
      --user->faces;
    }
  }
  return finish(db, key, collection, *std::move(user), std::move(change), token);
}

core::result<std::vector<user_record>> find_users(connection& db, core::collection_key key,
                                                  std::span<const core::user_key> keys) {
  std::vector<user_record> found;
  for (const auto& user : keys) {
    query q(db, ROLLCALL_SELECT_USER "JOIN collections c ON c.n = u.collection WHERE c.key = ?1 AND u.key = ?2", key,
            user);
    if (q.next())
      found.push_back(read_row(q).record);
  }
  return found;
}

core::result<std::pair<user_record, std::vector<float>>> find_user(connection& db, core::collection_key key,
                                                                   std::string_view user_id) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  auto user = find_row(db, collection, user_id);
  if (!user)
    return no_user(user_id);
  auto vector = find_embedding(db, collection, reference_kind::user, user->record.key.id);
  return std::pair(std::move(user->record), std::move(vector));
}

} // namespace rollcall::store::sqlite
