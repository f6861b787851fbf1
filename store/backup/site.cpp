#include "store/backup/site.hpp"

#include "core/big_endian.hpp"
#include "store/postgres/connection.hpp"
#include "store/sql/migration.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/data_directory.hpp"

#include <bit>
#include <optional>

namespace rollcall::store::backup {

namespace {

// A page of rows, a block of a copy, a check of all that was stored: none takes longer.
constexpr std::chrono::minutes patience{30};

core::wall_time now() {
  return core::system_wall_clock{}.now();
}

class sqlite_site final : public site {
public:
  sqlite_site(const std::filesystem::path& file, std::optional<sqlite::data_directory> lock)
      : lock_(std::move(lock)), db_(file, settings_) {}

  sql::session& db() override { return db_; }
  core::status keep_nodes_out() override { return core::nothing{}; } // the directory is locked
  void settle() override {}
  [[nodiscard]] std::size_t schema() const override { return sql::sqlite_migrations().size(); }
  core::status make_schema() override { return sql::migrate(db_, sql::sqlite_migrations(), now()); }

  void add(block& rows) override {
    std::string sql = "INSERT INTO " + std::string(rows.of->name) + " (" + names_of(rows.of->columns) + ") VALUES (";
    for (std::size_t i = 1; i <= rows.of->columns.size(); ++i)
      sql.append(i == 1 ? "?" : ", ?").append(std::to_string(i));
    sql += ")";
    std::span<std::uint8_t> rest = rows.payload;
    while (!rest.empty()) {
      const auto row = take_row(*rows.of, rest);
      ROLLCALL_ASSERT(row);
      db_.execute(sql, values_of(*rows.of, *row));
    }
  }

private:
  sqlite_settings settings_;
  std::optional<sqlite::data_directory> lock_;
  sqlite::connection db_;
};

class postgres_site final : public site {
public:
  explicit postgres_site(const std::string& uri) : settings_(with(uri)), db_(settings_) {}

  sql::session& db() override { return db_; }
  void renew() override { db_.set_deadline(core::deadline::in(patience)); }
  [[nodiscard]] std::size_t schema() const override { return sql::postgres_migrations().size(); }
  core::status make_schema() override { return sql::migrate(db_, sql::postgres_migrations(), now()); }

  void add(block& rows) override {
    // A row of a backup is one of the binary COPY format, but for its count of columns.
    std::string all;
    all.reserve(rows.payload.size() + 2 * rows.rows);
    const auto columns = rows.of->columns.size();
    std::span<std::uint8_t> rest = rows.payload;
    while (!rest.empty()) {
      const auto* begin = rest.data();
      ROLLCALL_ASSERT(take_row(*rows.of, rest));
      all.push_back('\0');
      all.push_back(static_cast<char>(columns));
      all.append(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(rest.data() - begin));
    }
    db_.copy(std::string(rows.of->name) + " (" + names_of(rows.of->columns) + ")", all);
  }

  core::status keep_nodes_out() override {
    // A node that starts meanwhile waits for the end of the transaction, or gives up.
    db_.run_script("LOCK TABLE nodes IN EXCLUSIVE MODE");
    sql::query q(
        db_,
        "SELECT name FROM nodes WHERE state < 2 AND instance <> ?1 AND beat_at > store_now() - 60000 ORDER BY name "
        "LIMIT 1",
        core::uuid{}); // nobody's: it signed off
    if (q.next())
      return core::fail(core::error_code::conflict, "the node " + q.text(0)
                                                        + " is at work on this store: stop all nodes, wait a minute, "
                                                          "and repeat");
    return core::nothing{};
  }

  void settle() override {
    for (const auto& each : tables())
      if (each.columns[0].name == "n") {
        const std::string name(each.name);
        std::string sql = "SELECT setval(pg_get_serial_sequence('";
        sql.append(name).append("', 'n'), coalesce(max(n), 0) + 1, false) FROM ").append(name);
        sql::query q(db_, sql);
        static_cast<void>(q.next());
      }
    db_.run_script("ANALYZE"); // what follows reads all of it
  }

private:
  static postgres_settings with(const std::string& uri) {
    postgres_settings settings;
    settings.uri = uri;
    settings.patience = patience;
    return settings;
  }

  postgres_settings settings_;
  postgres::connection db_;
};

} // namespace

core::status check_schema(site& of) {
  if (!of.db().has_table("schema_versions"))
    return core::fail(core::error_code::not_found, "there is no record in this database");
  sql::query q(of.db(), "SELECT coalesce(max(version), 0) FROM schema_versions");
  const auto found = q.next() ? static_cast<std::size_t>(q.number(0)) : 0;
  if (found != of.schema())
    return core::fail(core::error_code::unsupported, "the database has schema version " + std::to_string(found)
                                                         + ", this program's is " + std::to_string(of.schema())
                                                         + ": use the program of the version that the nodes run");
  return core::nothing{};
}

std::string names_of(std::span<const column> columns) {
  std::string names;
  for (const auto& each : columns)
    names.append(names.empty() ? "" : ", ").append(each.name);
  return names;
}

std::vector<sql::value> values_of(const table& of, std::span<const field> row) {
  std::vector<sql::value> values;
  values.reserve(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const core::byte_view bytes = row[i].bytes;
    const auto kind = of.columns[i].kind;
    if (row[i].is_null)
      values.emplace_back();
    else if (kind == column_kind::number)
      values.emplace_back(static_cast<std::int64_t>(core::read_big_endian(bytes)));
    else if (kind == column_kind::real)
      values.emplace_back(std::bit_cast<double>(core::read_big_endian(bytes)));
    else if (kind == column_kind::text)
      values.emplace_back(core::as_text(bytes));
    else
      values.emplace_back(bytes);
  }
  return values;
}

core::result<std::unique_ptr<site>> open_source(const backup_place& at) {
  if (!at.uri.empty())
    return std::unique_ptr<site>(std::make_unique<postgres_site>(at.uri));
  const auto file = at.data_dir / "rollcall.db";
  if (std::error_code failed; !std::filesystem::exists(file, failed))
    return core::fail(core::error_code::not_found, "there is no " + file.string()
                                                       + ": name the node's data directory with --data-dir, or the "
                                                         "server with --store-file");
  return std::unique_ptr<site>(std::make_unique<sqlite_site>(file, std::nullopt));
}

core::result<std::unique_ptr<site>> open_target(const backup_place& at) {
  if (!at.uri.empty())
    return std::unique_ptr<site>(std::make_unique<postgres_site>(at.uri));
  ROLLCALL_TRY(auto place, sqlite::data_directory::open(at.data_dir));
  const auto file = place.database();
  return std::unique_ptr<site>(std::make_unique<sqlite_site>(file, std::move(place)));
}

} // namespace rollcall::store::backup
