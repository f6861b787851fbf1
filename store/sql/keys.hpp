/// Access keys in SQL. Functions over a session within a transaction of the caller; they throw sql::failure.
/// Contracts: store/store.hpp.
#pragma once

#include "store/secret_box.hpp"
#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

[[nodiscard]] bool has_keys(session& db);

core::status add_key(session& db, const secret_box& secrets, const api_key& key);
/// Errors besides the contract's: `corrupt` when a secret can't be decrypted.
core::result<std::vector<api_key>> list_keys(session& db, const secret_box& secrets);
core::status revoke_key(session& db, std::string_view access_key, core::wall_time at);

} // namespace rollcall::store::sql
