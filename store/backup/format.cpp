#include "store/backup/format.hpp"

#include "core/big_endian.hpp"

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

namespace rollcall::store::backup {

namespace {

using enum column_kind;

constexpr std::string_view magic = "ROLLCALL-BACKUP\n";
constexpr std::uint32_t version = 4;
constexpr std::size_t largest_block = 64 * 1024 * 1024;
constexpr std::size_t head_size = 12; // of a block: table, rows, size

constexpr column key_columns[] = {
    {"n", number},    {"access_key", text}, {"secret", bytes},         {"name", text},
    {"role", number}, {"created", number},  {"revoked", number, true}, {"curve_key", text}};
constexpr column key_collection_columns[] = {{"key", number}, {"place", number}, {"collection", text}};
constexpr column collection_columns[] = {{"n", number},           {"key", column_kind::id}, {"id", text},
                                         {"model_version", text}, {"partitions", number},   {"dimension", number},
                                         {"created", number},     {"recall_floor", real}};
constexpr column tag_columns[] = {{"collection", number}, {"name", text}, {"value", text}};
constexpr column user_columns[] = {
    {"n", number}, {"collection", number}, {"key", column_kind::id}, {"user_id", text}, {"faces", number}};
constexpr column face_columns[] = {{"n", number},
                                   {"collection", number},
                                   {"id", column_kind::id},
                                   {"image", column_kind::id},
                                   {"external_image_id", text, true},
                                   {"box_left", real},
                                   {"box_top", real},
                                   {"box_width", real},
                                   {"box_height", real},
                                   {"confidence", real},
                                   {"\"user\"", number, true},
                                   {"quality", real}};
constexpr column embedding_columns[] = {{"collection", number},  {"part", number}, {"kind", number},
                                        {"id", column_kind::id}, {"seq", number},  {"vector", bytes}};
constexpr column token_columns[] = {{"n", number},         {"collection", number}, {"token", text},
                                    {"fingerprint", text}, {"created", number},    {"user_key", bytes},
                                    {"user_id", text},     {"user_status", number}};
constexpr column token_face_columns[] = {{"token", number},     {"place", number}, {"id", bytes},
                                         {"why", number, true}, {"user_id", text}, {"cosine", real}};
constexpr column decision_columns[] = {{"n", number},
                                       {"request", column_kind::id},
                                       {"at", number},
                                       {"principal", text},
                                       {"access_key", text},
                                       {"purpose", text},
                                       {"operation", text},
                                       {"collection", text},
                                       {"probe", text},
                                       {"model_version", text},
                                       {"threshold", real},
                                       {"gallery_size", number},
                                       {"partitions_asked", number},
                                       {"partitions_answered", number},
                                       {"is_exact", number},
                                       {"is_current", number}};
constexpr column candidate_columns[] = {{"decision", number}, {"place", number}, {"id", text}, {"similarity", real}};

constexpr column processor_columns[] = {
    {"key", column_kind::id},  {"name", text},      {"input", text},   {"collection", text}, {"threshold", real},
    {"details", text},         {"started", number}, {"run", number},   {"epoch", number},    {"node", text},
    {"claimed_until", number}, {"status", number},  {"message", text}, {"created", number},  {"updated", number}};
constexpr column event_columns[] = {{"seq", number},      {"id", column_kind::id}, {"processor", column_kind::id},
                                    {"camera", text},     {"collection", text},    {"kind", text},
                                    {"captured", number}, {"decided", number},     {"body", text}};

constexpr column event_head_columns[] = {{"one", number}, {"seq", number}};

constexpr table all_tables[] = {
    {table_id::keys, "keys", key_columns, 1},
    {table_id::key_collections, "key_collections", key_collection_columns, 2},
    {table_id::collections, "collections", collection_columns, 1},
    {table_id::tags, "tags", tag_columns, 2},
    {table_id::users, "users", user_columns, 1},
    {table_id::faces, "faces", face_columns, 1},
    {table_id::embeddings, "embeddings", embedding_columns, 4},
    {table_id::client_tokens, "client_tokens", token_columns, 1},
    {table_id::client_token_faces, "client_token_faces", token_face_columns, 2},
    {table_id::decisions, "decisions", decision_columns, 1},
    {table_id::decision_candidates, "decision_candidates", candidate_columns, 2},
    {table_id::stream_processors, "stream_processors", processor_columns, 1},
    {table_id::events, "events", event_columns, 1},
    {table_id::event_head, "event_head", event_head_columns, 1},
};

core::error damaged(std::string what) {
  return core::fail(core::error_code::corrupt, "the backup is damaged or cut off (" + std::move(what)
                                                   + "): nothing of it can be trusted, take another copy");
}

bool has_right_size(column_kind kind, std::size_t size) {
  switch (kind) {
    case number:
    case real:
      return size == 8;
    case column_kind::id:
      return size == 16;
    default:
      return true;
  }
}

// What a block's digest is of: all that came before, and the block.
core::sha256_digest follow(const core::sha256_digest& before, core::byte_view head, core::byte_view payload) {
  return core::sha256_joined({before, head, payload});
}

void count(backup_summary& done, const block& what) {
  switch (what.of->id) {
    case table_id::collections:
      done.collections += what.rows;
      break;
    case table_id::users:
      done.users += what.rows;
      break;
    case table_id::faces:
      done.faces += what.rows;
      break;
    case table_id::keys:
      done.keys += what.rows;
      break;
    case table_id::decisions:
      done.decisions += what.rows;
      break;
    default:
      break;
  }
}

core::status check_rows(block& what) {
  std::span<std::uint8_t> rest = what.payload;
  for (std::uint32_t i = 0; i < what.rows; ++i)
    ROLLCALL_CHECK(take_row(*what.of, rest));
  if (!rest.empty())
    return damaged("bytes after the rows of a block");
  return core::nothing{};
}

} // namespace

std::span<const table> tables() {
  return all_tables;
}

void write_number(const field& to, std::uint64_t value) {
  core::bytes number;
  core::add_big_endian(number, value, 8);
  std::copy(number.begin(), number.end(), to.bytes.begin());
}

core::result<std::vector<field>> take_row(const table& of, std::span<std::uint8_t>& rest) {
  constexpr std::uint64_t null_size = 0xffffffff;
  std::vector<field> row;
  row.reserve(of.columns.size());
  for (const auto& each : of.columns) {
    if (rest.size() < 4)
      return damaged("a row ends early");
    const auto size = core::read_big_endian(rest.first(4));
    rest = rest.subspan(4);
    if (size == null_size) {
      if (!each.may_be_null)
        return damaged("a value is missing");
      row.push_back({true, {}});
      continue;
    }
    if (size > rest.size() || !has_right_size(each.kind, size))
      return damaged("a value has a wrong size");
    row.push_back({false, rest.first(size)});
    rest = rest.subspan(size);
  }
  return row;
}

core::status writer::put(core::byte_view what) {
  to_.write(reinterpret_cast<const char*>(what.data()), static_cast<std::streamsize>(what.size()));
  if (!to_)
    return core::fail(core::error_code::storage_full, "the backup can't be written: is the disk full?");
  done_.bytes += what.size();
  return core::nothing{};
}

core::status writer::begin(core::wall_time now) {
  core::bytes head(magic.begin(), magic.end());
  core::add_big_endian(head, version, 4);
  core::add_big_endian(head, static_cast<std::uint64_t>(now.time_since_epoch().count()), 8);
  digest_ = core::sha256(head);
  done_.taken = now;
  ROLLCALL_CHECK(put(head));
  return put(digest_);
}

core::status writer::add(const block& what) {
  core::bytes head;
  core::add_big_endian(head, what.of == nullptr ? 0 : static_cast<std::uint32_t>(what.of->id), 4);
  core::add_big_endian(head, what.rows, 4);
  core::add_big_endian(head, what.payload.size(), 4);
  if (what.payload.size() > largest_block)
    return core::fail(core::error_code::internal, "a block of the backup would be too large to read again");
  digest_ = follow(digest_, head, what.payload);
  if (what.of != nullptr)
    count(done_, what);
  ROLLCALL_CHECK(put(head));
  ROLLCALL_CHECK(put(what.payload));
  return put(digest_);
}

core::status reader::get(core::bytes& into, std::size_t size) {
  constexpr std::size_t piece = 1U << 20; // a size that lies costs no more memory than there are bytes
  into.clear();
  while (into.size() < size) {
    const auto had = into.size();
    into.resize(had + std::min(piece, size - had));
    from_.read(reinterpret_cast<char*>(into.data() + had), static_cast<std::streamsize>(into.size() - had));
    if (!from_)
      return damaged("it ends early");
  }
  done_.bytes += size;
  return core::nothing{};
}

core::status reader::begin() {
  core::bytes head;
  core::bytes digest;
  if (!get(head, magic.size() + 12) || core::as_text(core::byte_view(head).first(magic.size())) != magic)
    return core::fail(core::error_code::corrupt, "this is not a backup that `rollcall backup` wrote");
  ROLLCALL_CHECK(get(digest, digest_.size()));
  digest_ = core::sha256(head);
  if (!std::equal(digest.begin(), digest.end(), digest_.begin()))
    return damaged("its beginning does not match its digest");
  const auto found = core::read_big_endian(core::byte_view(head).subspan(magic.size(), 4));
  if (found != version) // which is what was written: the beginning is the same in every format
    return core::fail(core::error_code::unsupported, "the backup has format " + std::to_string(found)
                                                         + ", this program reads " + std::to_string(version)
                                                         + ": use the program that wrote it");
  const auto taken = static_cast<std::int64_t>(core::read_big_endian(core::byte_view(head).subspan(magic.size() + 4)));
  done_.taken = core::wall_time{std::chrono::milliseconds{taken}};
  return core::nothing{};
}

core::result<block> reader::next() {
  core::bytes head;
  core::bytes digest;
  block found;
  ROLLCALL_CHECK(get(head, head_size));
  const core::byte_view numbers(head);
  const auto id = static_cast<table_id>(core::read_big_endian(numbers.first(4)));
  found.rows = static_cast<std::uint32_t>(core::read_big_endian(numbers.subspan(4, 4)));
  const auto size = core::read_big_endian(numbers.subspan(8, 4));
  if (size > largest_block)
    return damaged("a block is too large");
  ROLLCALL_CHECK(get(found.payload, size));
  ROLLCALL_CHECK(get(digest, digest_.size()));
  digest_ = follow(digest_, head, found.payload);
  if (!std::equal(digest.begin(), digest.end(), digest_.begin()))
    return damaged("a block does not match its digest");
  if (id == table_id::end) {
    if (found.rows != 0 || size != 0 || from_.peek() != std::istream::traits_type::eof())
      return damaged("something follows its end");
    return found;
  }
  const auto of = std::find_if(std::begin(all_tables), std::end(all_tables), [&](const auto& t) { return t.id == id; });
  if (of == std::end(all_tables) || id < last_)
    return damaged("a table that is unknown, or out of order");
  last_ = id;
  found.of = of;
  ROLLCALL_CHECK(check_rows(found));
  count(done_, found);
  return found;
}

} // namespace rollcall::store::backup
