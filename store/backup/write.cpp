#include "store/backup/site.hpp"

#include "core/big_endian.hpp"

#include <bit>
#include <cstring>

namespace rollcall::store {

namespace {

using namespace backup;

constexpr std::size_t rows_of_block = 1000;

void add_value(core::bytes& to, const sql::rows& from, int at, const column& of) {
  if (from.is_null(at))
    return core::add_big_endian(to, 0xffffffff, 4);
  if (of.kind == column_kind::number || of.kind == column_kind::real) {
    core::add_big_endian(to, 8, 4);
    const auto value = of.kind == column_kind::number ? static_cast<std::uint64_t>(from.number(at))
                                                      : std::bit_cast<std::uint64_t>(from.real(at));
    return core::add_big_endian(to, value, 8);
  }
  const auto bytes = from.bytes(at);
  core::add_big_endian(to, bytes.size(), 4);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

std::string select_text(const table& of, bool goes_on) {
  const auto order = names_of(of.columns.first(of.ordered_by));
  std::string sql = "SELECT " + names_of(of.columns) + " FROM " + std::string(of.name);
  if (goes_on) {
    sql += " WHERE (" + order + ") > (";
    for (std::size_t i = 1; i <= of.ordered_by; ++i)
      sql.append(i == 1 ? "?" : ", ?").append(std::to_string(i));
    sql += ")";
  }
  return sql + " ORDER BY " + order + " LIMIT " + std::to_string(rows_of_block);
}

// The rows after `last`, which becomes the last of them.
core::result<block> read_block(sql::session& db, const table& of, core::bytes& last) {
  std::vector<sql::value> after;
  if (!last.empty()) {
    std::span<std::uint8_t> rest = last;
    ROLLCALL_TRY(const auto row, take_row(of, rest));
    after = values_of(of, row);
    after.resize(of.ordered_by);
  }
  block made{&of, 0, {}};
  std::size_t begin = 0;
  const auto rows = db.select(select_text(of, !last.empty()), after);
  while (rows->next()) {
    ++made.rows;
    begin = made.payload.size();
    for (std::size_t i = 0; i < of.columns.size(); ++i)
      add_value(made.payload, *rows, static_cast<int>(i), of.columns[i]);
  }
  last.assign(made.payload.begin() + static_cast<std::ptrdiff_t>(begin), made.payload.end());
  return made;
}

core::result<backup_summary> write_all(site& from, std::ostream& to, const backup_watcher& watch) {
  from.renew();
  const sql::transaction snapshot(from.db(), sql::purpose::read);
  ROLLCALL_CHECK(check_schema(from)); // also begins the snapshot
  writer out(to);
  ROLLCALL_CHECK(out.begin(core::system_wall_clock{}.now()));
  for (const auto& each : tables()) {
    core::bytes last;
    for (bool is_more = true; is_more;) {
      from.renew();
      ROLLCALL_TRY(const auto rows, read_block(from.db(), each, last));
      if (rows.rows > 0)
        ROLLCALL_CHECK(out.add(rows));
      is_more = rows.rows == rows_of_block;
      watch(out.done());
    }
  }
  ROLLCALL_CHECK(out.finish());
  return out.done();
}

} // namespace

core::result<backup_summary> write_backup(const backup_place& from, std::ostream& to, const backup_watcher& watch) {
  try {
    ROLLCALL_TRY(const auto opened, open_source(from));
    return write_all(*opened, to, watch);
  } catch (...) {
    return sql::current_error();
  }
}

core::result<backup_summary> verify_backup(std::istream& from, const backup_watcher& watch) {
  reader in(from);
  ROLLCALL_CHECK(in.begin());
  for (;;) {
    ROLLCALL_TRY(const auto rows, in.next());
    watch(in.done());
    if (rows.of == nullptr)
      return in.done();
  }
}

} // namespace rollcall::store
