#include "nodes/record.hpp"

#include "nodes/wiring.hpp"
#include "store/postgres_membership.hpp"

#include <fstream>

namespace rollcall::nodes {

namespace {

// Empty: SQLite.
core::result<std::string> find_uri(const config::settings& with) {
  if (with.store_uri_file.empty())
    return with.store_uri;
  if (!with.store_uri.empty())
    return core::fail(core::error_code::invalid_config, "store.uri and store.uri_file are both given: give one");
  std::ifstream file(with.store_uri_file);
  std::string uri;
  if (!std::getline(file, uri) || uri.empty())
    return core::fail(core::error_code::invalid_config,
                      "store.uri_file: the first line of " + with.store_uri_file + " can't be read, or is empty");
  return uri;
}

core::status make_directory(const std::filesystem::path& at) {
  std::error_code failed;
  if (std::filesystem::create_directories(at, failed))
    std::filesystem::permissions(at, std::filesystem::perms::owner_all, failed);
  if (failed)
    return core::fail(core::error_code::storage_full, "the data directory " + at.string() + " can't be made: "
                                                          + failed.message() + "; choose another with --data-dir DIR");
  return core::nothing{};
}

} // namespace

core::result<opened_record> open_record(const config::settings& with, const std::filesystem::path& data_dir) {
  opened_record made;
  ROLLCALL_TRY(const auto uri, find_uri(with));
  if (uri.empty()) {
    ROLLCALL_TRY(made.store, store::open_sqlite_store(data_dir, sqlite_settings_of(with)));
    return made;
  }
  ROLLCALL_CHECK(make_directory(data_dir));
  auto settings = postgres_settings_of(with, data_dir);
  settings.uri = uri;
  ROLLCALL_TRY(made.store, store::open_postgres_store(settings));
  ROLLCALL_TRY(made.members, store::open_postgres_membership(settings));
  return made;
}

} // namespace rollcall::nodes
