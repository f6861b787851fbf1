/// One session on a PostgreSQL server, connected when it is first wanted and again after it was lost. Used by one
/// thread at a time (a `lending_pool` sees to it).
#pragma once

#include "store/postgres/channel.hpp"
#include "store/postgres_store.hpp"
#include "store/sql/lending_pool.hpp"

#include <optional>
#include <unordered_map>

namespace rollcall::store::postgres {

class connection final : public sql::session {
public:
  /// Does not connect yet. `settings` outlives the connection.
  explicit connection(const postgres_settings& settings);

  /// Bounds all that follows, until the next call of this.
  void set_deadline(core::deadline until) noexcept { until_ = until; }

  [[nodiscard]] std::unique_ptr<sql::rows> select(std::string_view sql,
                                                  std::span<const sql::value> parameters) override;
  void execute(std::string_view sql, std::span<const sql::value> parameters) override;
  std::uint64_t change(std::string_view sql, std::span<const sql::value> parameters) override;
  void run_script(const std::string& text) override;
  void begin(sql::purpose wanted) override;
  [[nodiscard]] bool has_table(std::string_view name) override;
  void lock_schema() override;
  [[nodiscard]] core::status commit() override;
  void roll_back() noexcept override;

  /// Adds rows in PostgreSQL's binary COPY format, without its header and trailer.
  void copy(const std::string& table_and_columns, std::string_view rows);
  /// True after an error that the same transaction may not meet when it is run again.
  [[nodiscard]] bool may_try_again() const;

private:
  void send(std::string_view sql, std::span<const sql::value> parameters);
  void open();
  [[nodiscard]] result_ptr run(std::string_view sql, std::span<const sql::value> parameters);

  const postgres_settings& of_postgres_;
  core::deadline until_;
  std::optional<channel> channel_;
  std::unordered_map<std::string, std::string> names_; ///< of prepared statements, by text
  std::vector<std::string> fresh_;                     ///< texts prepared in the present transaction
  std::uint64_t prepared_ = 0;
  bool was_open_ = false;      ///< the channel was there when the transaction began
  bool is_committing_ = false; ///< the commit may have reached the server
};

} // namespace rollcall::store::postgres
