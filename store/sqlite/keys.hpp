/// Access keys in SQLite. Functions over a connection within a transaction of the caller; they throw SQLite::Exception.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/secret_box.hpp"

namespace rollcall::store::sqlite {

[[nodiscard]] bool has_keys(connection& db);

core::status add_key(connection& db, const secret_box& secrets, const api_key& key);
/// Errors besides the contract's: `corrupt` when a secret can't be decrypted.
core::result<std::vector<api_key>> list_keys(connection& db, const secret_box& secrets);
core::status revoke_key(connection& db, std::string_view access_key, core::wall_time at);

} // namespace rollcall::store::sqlite
