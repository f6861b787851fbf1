/// The file of a backup: its tables, and blocks of their rows. See docs/decisions/0011-backup.md for the grammar.
/// Pure but for the streams; one thread.
#pragma once

#include "core/bytes.hpp"
#include "core/digest.hpp"
#include "store/backup.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace rollcall::store::backup {

enum class column_kind { number, real, text, bytes, id };

struct column {
  std::string_view name; ///< as SQL writes it
  column_kind kind;
  bool may_be_null = false;
};

enum class table_id : std::uint32_t {
  end,
  keys,
  key_collections,
  collections,
  tags,
  users,
  faces,
  embeddings,
  client_tokens,
  client_token_faces,
  decisions,
  decision_candidates,
  stream_processors,
  events,
  event_head
};

struct table {
  table_id id;
  std::string_view name;
  std::span<const column> columns;
  std::size_t ordered_by; ///< how many of its first columns are its unique order
};

/// In the order of the file.
[[nodiscard]] std::span<const table> tables();

/// Where a column's value stands in a row; null has no bytes.
struct field {
  bool is_null = false;
  std::span<std::uint8_t> bytes;
};

/// Rows of one table.
struct block {
  const table* of = nullptr; ///< null: the end of the file
  std::uint32_t rows = 0;
  core::bytes payload;
};

void write_number(const field& to, std::uint64_t value); ///< over a number, which is not null

/// Takes the next row of `of` off the front of `rest`. Errors: `corrupt`.
[[nodiscard]] core::result<std::vector<field>> take_row(const table& of, std::span<std::uint8_t>& rest);

class writer {
public:
  explicit writer(std::ostream& to) : to_(to) {}
  [[nodiscard]] core::status begin(core::wall_time now);
  /// Errors: `storage_full`.
  [[nodiscard]] core::status add(const block& what);
  [[nodiscard]] core::status finish() { return add({}); }
  [[nodiscard]] const backup_summary& done() const noexcept { return done_; }

private:
  [[nodiscard]] core::status put(core::byte_view what);

  std::ostream& to_;
  core::sha256_digest digest_{};
  backup_summary done_;
};

class reader {
public:
  explicit reader(std::istream& from) : from_(from) {}
  /// Errors: `corrupt`, `unsupported`.
  [[nodiscard]] core::status begin();
  /// Every row of a block that comes out is of its table's shape. Errors: `corrupt`.
  [[nodiscard]] core::result<block> next();
  [[nodiscard]] const backup_summary& done() const noexcept { return done_; }

private:
  [[nodiscard]] core::status get(core::bytes& into, std::size_t size);

  std::istream& from_;
  core::sha256_digest digest_{};
  table_id last_ = table_id::end;
  backup_summary done_;
};

} // namespace rollcall::store::backup
