/// One SQLite connection with the statements prepared on it. Used by one thread at a time (a `lending_pool` sees to
/// it).
#pragma once

#include "store/sql/lending_pool.hpp"
#include "store/sql/session.hpp"
#include "store/sqlite_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rollcall::store::sqlite {

class connection final : public sql::session {
public:
  /// Opens `file` (made where missing) with Rollcall's pragmas. `settings` outlives the connection. Throws
  /// sql::failure.
  connection(const std::filesystem::path& file, const sqlite_settings& settings);

  [[nodiscard]] std::unique_ptr<sql::rows> select(std::string_view sql,
                                                  std::span<const sql::value> parameters) override;
  void execute(std::string_view sql, std::span<const sql::value> parameters) override;
  std::uint64_t change(std::string_view sql, std::span<const sql::value> parameters) override;
  void run_script(const std::string& text) override;
  void begin(sql::purpose wanted) override;
  [[nodiscard]] bool has_table(std::string_view name) override;
  void lock_schema() override {} // a writer excludes all others
  [[nodiscard]] core::status commit() override;
  void roll_back() noexcept override;

  /// How long later statements wait for another connection's lock; at first the settings' patience.
  void wait_for_locks(std::chrono::milliseconds patience) noexcept;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept { return patience_; }

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  [[nodiscard]] SQLite::Statement& prepare(std::string_view sql);

  const std::chrono::milliseconds patience_;
  SQLite::Database db_;
  std::unordered_map<std::string, SQLite::Statement, text_hash, std::equal_to<>> statements_;
};

using connection_pool = sql::lending_pool<connection>;

} // namespace rollcall::store::sqlite
