/// Users in SQLite. Functions over a connection within a transaction of the caller; they throw SQLite::Exception.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sqlite/collections.hpp"

namespace rollcall::store::sqlite {

core::status create_user(connection& db, core::collection_key key, std::string_view user_id, const client_token& token);
core::result<changed_user> delete_user(connection& db, core::collection_key key, std::string_view user_id,
                                       const client_token& token);
core::result<page<user_record, std::string>> list_users(connection& db, core::collection_key key,
                                                        std::string_view after, std::size_t limit);
core::result<changed_user> associate_faces(connection& db, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token);
core::result<changed_user> disassociate_faces(connection& db, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token);
core::result<std::vector<user_record>> find_users(connection& db, core::collection_key key,
                                                  std::span<const core::user_key> keys);
core::result<std::pair<user_record, std::vector<float>>> find_user(connection& db, core::collection_key key,
                                                                   std::string_view user_id);

} // namespace rollcall::store::sqlite
