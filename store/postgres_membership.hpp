/// Membership on the PostgreSQL server of the store, over connections of its own: a heartbeat never waits behind a
/// write of faces.
#pragma once

#include "store/membership.hpp"
#include "store/postgres_store.hpp"

namespace rollcall::store {

/// Connects; the schema is the one that `open_postgres_store` made. `settings.key_file`, `readers` and `writers` are
/// not used; `patience` bounds each call. Errors: as `open_postgres_store`; `unsupported` where there is no schema.
[[nodiscard]] core::result<std::unique_ptr<membership>> open_postgres_membership(const postgres_settings& settings);

} // namespace rollcall::store
