#include "store/checks.hpp"
#include "store/memory/state.hpp"

namespace rollcall::store::memory {

namespace {

core::result<std::optional<changed_user>> recall(const state& all, core::collection_key key,
                                                 const client_token& token) {
  const auto oldest = all.settings.clock->now() - all.settings.token_lifetime;
  for (const auto& entry : all.tokens) {
    if (token.token.empty() || entry.collection != key || entry.token.token != token.token || entry.created < oldest)
      continue;
    if (entry.token.fingerprint != token.fingerprint)
      return token_reused(token.token);
    return std::optional(entry.reply);
  }
  return std::optional<changed_user>{};
}

void remember(state& all, core::collection_key key, const client_token& token, changed_user reply) {
  if (token.token.empty())
    return;
  reply.mutations.clear();
  const auto now = all.settings.clock->now();
  const auto oldest = now - all.settings.token_lifetime;
  std::erase_if(all.tokens, [&](const token_entry& entry) {
    return entry.created < oldest || (entry.collection == key && entry.token.token == token.token);
  });
  all.tokens.push_back({key, token, now, std::move(reply)});
  while (all.tokens.size() > all.settings.tokens_kept)
    all.tokens.pop_front();
}

/// What every change of a user begins with.
struct opened_user {
  collection_entry* collection = nullptr;
  std::map<std::string, user_entry>::iterator user;
  std::optional<changed_user> earlier; ///< the first reply, where the call is a repetition; `user` isn't set then
};

core::result<opened_user> open_user(state& all, core::collection_key key, std::string_view user_id,
                                    const client_token& token) {
  opened_user opened;
  opened.collection = find_entry(all, key);
  if (opened.collection == nullptr)
    return no_collection();
  ROLLCALL_TRY(opened.earlier, recall(all, key, token));
  opened.user = opened.collection->users.find(std::string(user_id));
  if (!opened.earlier && opened.user == opened.collection->users.end())
    return no_user(user_id);
  return opened;
}

// Recomputes the vector of a user whose faces changed, and completes the reply.
changed_user finish(state& all, const opened_user& opened, changed_user change, const client_token& token) {
  auto& [user_id, user] = *opened.user;
  if (!change.faces.empty()) {
    change_set changes(opened.collection->shape.numbered());
    std::vector<std::vector<float>> vectors;
    for (const auto& id : user.faces)
      vectors.push_back(opened.collection->faces.at(id).embedding);
    user.vector = vectors.empty() ? std::vector<float>{} : normalised_mean(vectors);
    if (vectors.empty())
      changes.remove(reference_kind::user, user.key.id);
    else
      changes.put(reference_kind::user, user.key.id, user.vector);
    change.mutations = record_changes(all.settings, *opened.collection, std::move(changes));
  }
  change.user = to_record(user_id, user);
  remember(all, opened.collection->record.key, token, change);
  return change;
}

} // namespace

user_record to_record(const std::string& user_id, const user_entry& user) {
  return {user.key, user_id, user.faces.empty() ? user_status::created : user_status::active};
}

core::status create_user(state& all, core::collection_key key, std::string_view user_id, const client_token& token) {
  auto* collection = find_entry(all, key);
  if (collection == nullptr)
    return no_collection();
  ROLLCALL_TRY(const auto earlier, recall(all, key, token));
  if (earlier)
    return core::nothing{};
  if (collection->users.contains(std::string(user_id)))
    return core::fail(core::error_code::conflict, "the user " + std::string(user_id) + " exists already");
  auto& user = collection->users[std::string(user_id)];
  user.key = {all.settings.make_uuid()};
  remember(all, key, token, {to_record(std::string(user_id), user), {}, {}, {}});
  return core::nothing{};
}

core::result<changed_user> delete_user(state& all, core::collection_key key, std::string_view user_id,
                                       const client_token& token) {
  ROLLCALL_TRY(auto opened, open_user(all, key, user_id, token));
  if (opened.earlier)
    return *std::move(opened.earlier);
  const auto& user = opened.user->second;
  changed_user change{to_record(opened.user->first, user), {user.faces.begin(), user.faces.end()}, {}, {}};
  for (const auto& id : user.faces)
    opened.collection->faces.at(id).record.user_id.reset();
  if (!user.faces.empty()) {
    change_set changes(opened.collection->shape.numbered());
    changes.remove(reference_kind::user, user.key.id);
    change.mutations = record_changes(all.settings, *opened.collection, std::move(changes));
  }
  opened.collection->users.erase(opened.user);
  remember(all, key, token, change);
  return change;
}

core::result<changed_user> associate_faces(state& all, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token) {
  ROLLCALL_TRY(auto opened, open_user(all, key, user_id, token));
  if (opened.earlier)
    return *std::move(opened.earlier);
  auto& user = opened.user->second;
  changed_user change;
  for (const auto& id : without_repetitions(ids)) {
    const auto face = opened.collection->faces.find(id);
    const bool is_there = face != opened.collection->faces.end();
    if (is_there && face->second.record.user_id == user_id)
      continue;
    const float to_user = is_there && !user.vector.empty() ? cosine(face->second.embedding, user.vector) : 0;
    if (!is_there)
      change.refused.push_back({id, face_refusal::not_found, {}, 0});
    else if (face->second.record.user_id)
      change.refused.push_back({id, face_refusal::other_user, *face->second.record.user_id, 0});
    else if (!user.vector.empty() && to_user < lowest_cosine)
      change.refused.push_back({id, face_refusal::low_match, {}, to_user});
    else
      change.faces.push_back(id);
  }
  if (!change.faces.empty() && user.faces.size() + change.faces.size() > most_faces_of_user)
    return too_many_faces(user_id);
  for (const auto& id : change.faces) {
    opened.collection->faces.at(id).record.user_id = std::string(user_id);
    user.faces.insert(id);
  }
  return finish(all, opened, std::move(change), token);
}

core::result<changed_user> disassociate_faces(state& all, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token) {
  ROLLCALL_TRY(auto opened, open_user(all, key, user_id, token));
  if (opened.earlier)
    return *std::move(opened.earlier);
  changed_user change;
  for (const auto& id : without_repetitions(ids)) {
    const auto face = opened.collection->faces.find(id);
    if (face == opened.collection->faces.end()) {
      change.refused.push_back({id, face_refusal::not_found, {}, 0});
    } else if (auto& tied = face->second.record.user_id; tied && *tied != user_id) {
      change.refused.push_back({id, face_refusal::other_user, *tied, 0});
    } else if (tied) {
      tied.reset();
      opened.user->second.faces.erase(id);
      change.faces.push_back(id);
    }
  }
  return finish(all, opened, std::move(change), token);
}

std::vector<user_record> find_users(state& all, core::collection_key key, std::span<const core::user_key> keys) {
  std::vector<user_record> found;
  if (const auto* entry = find_entry(all, key))
    for (const auto& wanted : keys)
      for (const auto& [user_id, user] : entry->users)
        if (user.key == wanted)
          found.push_back(to_record(user_id, user));
  return found;
}

core::result<std::pair<user_record, std::vector<float>>> find_user(state& all, core::collection_key key,
                                                                   std::string_view user_id) {
  const auto* entry = find_entry(all, key);
  if (entry == nullptr)
    return no_collection();
  const auto found = entry->users.find(std::string(user_id));
  if (found == entry->users.end())
    return no_user(user_id);
  return std::pair(to_record(found->first, found->second), found->second.vector);
}

} // namespace rollcall::store::memory
