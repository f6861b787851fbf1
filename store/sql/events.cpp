#include "store/sql/events.hpp"

#include "store/checks.hpp"
#include "store/sql/processors.hpp"

#include <algorithm>
#include <limits>

namespace rollcall::store::sql {

namespace {

#define ROLLCALL_EVENT_COLUMNS "seq, id, processor, camera, collection, kind, captured, decided, body"

constexpr std::uint64_t newest = std::numeric_limits<std::int64_t>::max(); // that a number of SQL can be

event_record read_event(const query& q) {
  event_record found;
  found.seq = static_cast<std::uint64_t>(q.number(0));
  found.id = q.id(1);
  found.processor = q.id(2);
  found.camera = q.text(3);
  found.collection = q.text(4);
  found.kind = q.text(5);
  found.captured = q.time(6);
  found.decided = q.time(7);
  found.body = q.text(8);
  return found;
}

// 0 where there is none.
std::uint64_t find_number(session& db, const core::uuid& id) {
  query q(db, "SELECT seq FROM events WHERE id = ?1", id);
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

// Whoever appends waits here for whoever appended before to commit.
std::uint64_t take_number(session& db) {
  query q(db,
          "INSERT INTO event_head (one, seq) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET seq = event_head.seq + 1 "
          "RETURNING seq");
  ROLLCALL_ASSERT(q.next());
  return static_cast<std::uint64_t>(q.number(0));
}

std::uint64_t append(session& db, const event_record& each) {
  const auto seq = take_number(db);
  execute(db, "INSERT INTO events (" ROLLCALL_EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", seq,
          each.id, each.processor, each.camera, each.collection, each.kind, each.captured, each.decided, each.body);
  return seq;
}

query select(session& db, const event_filter& filter, std::uint64_t after, std::size_t limit) {
  std::string sql = "SELECT " ROLLCALL_EVENT_COLUMNS " FROM events WHERE seq > ?1";
  std::vector<value> parameters{to_value(after), to_value(one_more(limit))};
  const auto add = [&](const std::optional<std::string>& wanted, std::string_view column) {
    if (!wanted)
      return;
    parameters.push_back(to_value(*wanted));
    sql.append(" AND ").append(column).append(" = ?").append(std::to_string(parameters.size()));
  };
  add(filter.camera, "camera");
  add(filter.collection, "collection");
  add(filter.kind, "kind");
  return {db, sql + " ORDER BY seq LIMIT ?2", std::span<const value>(parameters)};
}

} // namespace

core::result<std::vector<std::uint64_t>> append_events(session& db, const core::uuid& processor, std::uint64_t epoch,
                                                       std::span<const event_record> events) {
  ROLLCALL_CHECK(lock_claim(db, processor, epoch));
  std::vector<std::uint64_t> numbers;
  numbers.reserve(events.size());
  for (const auto& each : events) {
    const auto known = find_number(db, each.id);
    numbers.push_back(known != 0 ? known : append(db, each));
  }
  return numbers;
}

core::result<page<event_record, std::uint64_t>> list_events(session& db, const event_filter& filter,
                                                            std::uint64_t after, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  auto q = select(db, filter, std::min(after, newest), limit);
  page<event_record, std::uint64_t> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().seq;
      break;
    }
    found.rows.push_back(read_event(q));
  }
  return found;
}

core::result<std::uint64_t> last_event(session& db) {
  query q(db, "SELECT seq FROM event_head");
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

core::result<std::uint64_t> last_event_of(session& db, std::string_view camera, std::uint64_t before) {
  query q(db, "SELECT seq FROM events WHERE camera = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1", camera,
          std::min(before, newest));
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

core::result<std::uint64_t> prune_events(session& db, core::wall_time before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  return change(db,
                "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE decided < ?1 ORDER BY decided LIMIT ?2)",
                before, one_more(limit) - 1);
}

} // namespace rollcall::store::sql
