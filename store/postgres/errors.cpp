#include "store/postgres/errors.hpp"

#include <string>

namespace rollcall::store::postgres {

namespace {

struct row {
  std::string_view prefix;
  core::error_code code;
  std::string_view message;
};

using core::error_code;

// The first prefix that fits counts.
constexpr row known_states[] = {
    {"", error_code::unavailable,
     "the database can't be reached: repeat the request later"}, // only an empty state: see to_error
    {"53100", error_code::storage_full, "the database's disk is full: free some space and repeat"},
    {"53300", error_code::unavailable,
     "the database has no connection left: raise its max_connections or lower store.readers"},
    {"53", error_code::unavailable, "the database is short of a resource"},
    {"25006", error_code::storage_full, "the database is read-only: name its primary server"},
    {"57P", error_code::unavailable, "the database is stopping or starting"},
    {"57014", error_code::unavailable, "the database took too long"},
    {"25P03", error_code::unavailable, "the database took too long"},
    {"55P03", error_code::unavailable, "the database is busy with other writes"},
    {"08", error_code::unavailable, "the connection to the database was lost"},
    {"40", error_code::unavailable, "the write met others too often: repeat it later"},
    {"23505", error_code::unavailable, "the write met another of the same: repeat it"},
    {"28", error_code::invalid_config, "the database refused the user: check the name, the password and pg_hba.conf"},
    {"3D000", error_code::invalid_config, "the database does not exist: create it"},
    {"3F000", error_code::invalid_config, "the schema of the search_path does not exist: create it"},
    {"42501", error_code::invalid_config, "the database user lacks a right: grant it"},
    {"22021", error_code::invalid_argument, "a text is not valid UTF-8"},
    {"XX001", error_code::corrupt, "the database is damaged: restore it from a backup"},
    {"XX002", error_code::corrupt, "the database is damaged: restore it from a backup"},
};

} // namespace

core::error to_error(std::string_view state, std::string_view message) {
  const auto context = "postgresql " + std::string(state) + ": " + std::string(message);
  if (state.empty())
    return core::fail(known_states[0].code, std::string(known_states[0].message), context);
  for (const auto& each : known_states)
    if (!each.prefix.empty() && state.starts_with(each.prefix))
      return core::fail(each.code, std::string(each.message), context);
  return core::fail(error_code::internal, "the database refused a statement", context);
}

// libpq keeps no SQLSTATE of a refused connection: the server's own words are all there is.
core::error to_connect_error(std::string_view why) {
  const auto says = [why](std::string_view words) { return why.find(words) != std::string_view::npos; };
  const bool is_refused = says("FATAL:") && !says("the database system is ") // starting, stopping, recovering
                          && !says("too many") && !says("remaining connection slots");
  const auto context = std::string(why.substr(0, why.find('\n')));
  if (says("certificate"))
    return core::fail(error_code::invalid_config,
                      "the database's certificate is not trusted: check sslrootcert and the host in the store's URI",
                      context);
  if (is_refused)
    return core::fail(error_code::invalid_config,
                      "the database refused the connection: check the store's URI and pg_hba.conf", context);
  return core::fail(known_states[0].code, std::string(known_states[0].message), context);
}

bool is_passing(std::string_view state) {
  return state == "40001" || state == "40P01" || state == "23505" || state == "57P01" || state == "57P02"
         || state == "57P03";
}

} // namespace rollcall::store::postgres
