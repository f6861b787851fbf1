/// Users in SQL. Functions over a session within a transaction of the caller; they throw sql::failure.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sql/collections.hpp"

namespace rollcall::store::sql {

core::status create_user(session& db, core::collection_key key, std::string_view user_id, const client_token& token);
core::result<changed_user> delete_user(session& db, core::collection_key key, std::string_view user_id,
                                       const client_token& token);
core::result<page<user_record, std::string>> list_users(session& db, core::collection_key key, std::string_view after,
                                                        std::size_t limit);
core::result<changed_user> associate_faces(session& db, core::collection_key key, std::string_view user_id,
                                           std::span<const core::face_id> ids, float lowest_cosine,
                                           const client_token& token);
core::result<changed_user> disassociate_faces(session& db, core::collection_key key, std::string_view user_id,
                                              std::span<const core::face_id> ids, const client_token& token);
core::result<std::vector<user_record>> find_users(session& db, core::collection_key key,
                                                  std::span<const core::user_key> keys);
core::result<std::pair<user_record, std::vector<float>>> find_user(session& db, core::collection_key key,
                                                                   std::string_view user_id);

} // namespace rollcall::store::sql
