#include "store/postgres/connection.hpp"

#include "core/big_endian.hpp"
#include "store/postgres/errors.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace rollcall::store::postgres {

namespace {

// Ours are numbered by ?1, PostgreSQL's by $1. No text of ours holds a question mark otherwise.
std::string in_dialect(std::string_view sql) {
  std::string text(sql);
  for (auto& each : text)
    if (each == '?')
      each = '$';
  return text;
}

class result_rows final : public sql::rows {
public:
  explicit result_rows(result_ptr result) : result_(std::move(result)) {}

  [[nodiscard]] bool next() override { return ++row_ < PQntuples(result_.get()); }
  [[nodiscard]] bool is_null(int column) const override { return PQgetisnull(result_.get(), row_, column) == 1; }
  [[nodiscard]] std::int64_t number(int column) const override {
    // A null reads as 0; a 4-byte number (a literal of a statement) keeps its sign.
    const auto cell = bytes(column);
    const auto value = core::read_big_endian(cell);
    return cell.size() == 4 ? static_cast<std::int32_t>(value) : static_cast<std::int64_t>(value);
  }
  [[nodiscard]] double real(int column) const override {
    const auto cell = bytes(column);
    return cell.empty() ? 0.0 : std::bit_cast<double>(core::read_big_endian(cell));
  }
  [[nodiscard]] core::byte_view bytes(int column) const override {
    return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row_, column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
  }

private:
  result_ptr result_;
  int row_ = -1;
};

} // namespace

connection::connection(const postgres_settings& settings)
    : session(settings), of_postgres_(settings), until_(core::deadline::in(settings.patience)) {}

void connection::open() {
  names_.clear();
  fresh_.clear();
  channel_.reset();
  channel_.emplace(of_postgres_.uri, until_);
  // The server gives up soon after we do, and frees what a lost connection held. There is an index for whatever nodes
  // ask, and statistics lag behind a table that grows: a plan by them reads all of it.
  const auto ms = std::to_string(of_postgres_.patience.count());
  channel_->run_script(
      "SET statement_timeout = " + ms + "; SET lock_timeout = " + ms
      + "; SET idle_in_transaction_session_timeout = " + std::to_string(2 * of_postgres_.patience.count())
      + "; SET synchronous_commit = on; SET bytea_output = hex; SET enable_seqscan = off; SET jit = off");
}

void connection::begin(sql::purpose wanted) {
  is_committing_ = false;
  was_open_ = channel_ && channel_->is_good();
  if (!was_open_)
    open();
  fresh_.clear();
  channel_->set_deadline(until_);
  channel_->send(wanted == sql::purpose::write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                               : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

void connection::send(std::string_view sql, std::span<const sql::value> parameters) {
  const std::string text(sql);
  auto found = names_.find(text);
  if (found == names_.end()) {
    found = names_.emplace(text, "s" + std::to_string(++prepared_)).first;
    fresh_.push_back(text);
    channel_->send_prepare(found->second, in_dialect(sql));
  }
  channel_->send_run(found->second, parameters);
}

result_ptr connection::run(std::string_view sql, std::span<const sql::value> parameters) {
  send(sql, parameters);
  auto result = channel_->take_last();
  fresh_.clear(); // it answers for all that was sent before
  return result;
}

std::unique_ptr<sql::rows> connection::select(std::string_view sql, std::span<const sql::value> parameters) {
  return std::make_unique<result_rows>(run(sql, parameters));
}

void connection::execute(std::string_view sql, std::span<const sql::value> parameters) {
  send(sql, parameters);
}

std::uint64_t connection::change(std::string_view sql, std::span<const sql::value> parameters) {
  const auto done = run(sql, parameters);
  const std::string_view count = PQcmdTuples(done.get());
  std::uint64_t changed = 0;
  std::from_chars(count.data(), count.data() + count.size(), changed);
  return changed;
}

void connection::run_script(const std::string& text) {
  channel_->run_script(text);
}

bool connection::has_table(std::string_view name) {
  return sql::query(*this, "SELECT 1 WHERE to_regclass(CAST(?1 AS TEXT)) IS NOT NULL", name).next();
}

void connection::lock_schema() {
  channel_->run_script("SELECT pg_advisory_xact_lock(hashtext('rollcall'), hashtext(current_schema()))");
}

void connection::copy(const std::string& table_and_columns, std::string_view rows) {
  // Signature, flags, no header extension; the trailer is a row of -1 columns.
  static constexpr std::string_view header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  static constexpr std::string_view trailer("\377\377", 2);
  std::string all;
  all.reserve(header.size() + rows.size() + trailer.size());
  all.append(header).append(rows).append(trailer);
  channel_->copy("COPY " + table_and_columns + " FROM STDIN (FORMAT binary)", all);
}

core::status connection::commit() {
  try {
    is_committing_ = true;
    channel_->send("COMMIT");
    channel_->send_sync();
    channel_->take_all();
    return core::nothing{};
  } catch (...) {
    auto failed = sql::current_error();
    // Refused by the server: nothing is stored. Where it stopped or did not answer, it can't be told.
    if (channel_->last_state().empty() || channel_->last_state().starts_with("57P"))
      failed.code = core::error_code::outcome_unknown;
    return failed;
  }
}

void connection::roll_back() noexcept {
  try {
    for (const auto& text : fresh_)
      names_.erase(text); // they may not have been prepared
    if (!channel_ || !channel_->is_good())
      return channel_.reset();
    if (!channel_->is_settled()) { // the server may be skipping all until a point to begin from again
      channel_->ignore_queued();
      channel_->send_sync();
      channel_->ignore_queued();
    }
    channel_->send("ROLLBACK");
    channel_->send_sync();
  } catch (...) {
    channel_.reset(); // the server ends the transaction of a lost connection
  }
}

bool connection::may_try_again() const {
  if (channel_ && channel_->is_good())
    return is_passing(channel_->last_state());
  // A connection from before, which broke: the server may have been restarted meanwhile.
  return was_open_ && !is_committing_;
}

} // namespace rollcall::store::postgres
