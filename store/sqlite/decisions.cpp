#include "store/sqlite/decisions.hpp"

#include "store/checks.hpp"

#include <algorithm>
#include <limits>

namespace rollcall::store::sqlite {

namespace {

#define ROLLCALL_DECISION_COLUMNS                                                                                      \
  "request, at, principal, access_key, purpose, operation, collection, probe, model_version, threshold, "              \
  "gallery_size, partitions_asked, partitions_answered, is_exact, is_current"

void append(connection& db, const decision& each) {
  query(db,
        "INSERT INTO decisions (" ROLLCALL_DECISION_COLUMNS ") "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        each.request, each.at, each.principal, each.access_key, each.purpose, each.operation, each.collection,
        each.probe, each.model_version, each.threshold, each.gallery_size, each.partitions_asked,
        each.partitions_answered, each.is_exact, each.is_current)
      .run();
  const auto n = db.last_row();
  int place = 0;
  for (const auto& candidate : each.candidates)
    query(db, "INSERT INTO decision_candidates VALUES (?1, ?2, ?3, ?4)", n, place++, candidate.id, candidate.similarity)
        .run();
}

std::vector<decision_candidate> list_candidates(connection& db, std::int64_t n) {
  query q(db, "SELECT id, similarity FROM decision_candidates WHERE decision = ?1 ORDER BY place", n);
  std::vector<decision_candidate> candidates;
  while (q.next())
    candidates.push_back({q.text(0), q.real(1)});
  return candidates;
}

// A row of `SELECT n, columns`.
decision read_decision(connection& db, const query& q) {
  decision found;
  found.request = {q.id(1)};
  found.at = q.time(2);
  found.principal = q.text(3);
  found.access_key = q.text(4);
  found.purpose = q.text(5);
  found.operation = q.text(6);
  found.collection = q.text(7);
  found.probe = q.text(8);
  found.model_version = q.text(9);
  found.threshold = q.real(10);
  found.gallery_size = static_cast<std::uint64_t>(q.number(11));
  found.partitions_asked = static_cast<std::uint32_t>(q.number(12));
  found.partitions_answered = static_cast<std::uint32_t>(q.number(13));
  found.is_exact = q.number(14) != 0;
  found.is_current = q.number(15) != 0;
  found.candidates = list_candidates(db, q.number(0));
  return found;
}

// Only the conditions that are wanted, so that each can use its index.
std::string select(const decision_filter& filter) {
  std::string sql = "SELECT n, " ROLLCALL_DECISION_COLUMNS " FROM decisions WHERE n < ?4";
  if (filter.collection)
    sql += " AND collection = ?1";
  if (filter.principal)
    sql += " AND principal = ?2";
  if (filter.candidate)
    sql += " AND n IN (SELECT decision FROM decision_candidates WHERE id = ?3)";
  return sql + " ORDER BY n DESC LIMIT ?5";
}

} // namespace

core::status append_decisions(connection& db, std::span<const decision> decisions) {
  for (const auto& each : decisions)
    append(db, each);
  return core::nothing{};
}

core::result<page<decision, std::uint64_t>> list_decisions(connection& db, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  constexpr std::uint64_t newest = std::numeric_limits<std::int64_t>::max();
  query q(db, select(filter), filter.collection, filter.principal, filter.candidate,
          std::min(before.value_or(newest), newest), one_more(limit));
  page<decision, std::uint64_t> found;
  std::uint64_t last = 0;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = last;
      break;
    }
    last = static_cast<std::uint64_t>(q.number(0));
    found.rows.push_back(read_decision(db, q));
  }
  return found;
}

core::result<decision> find_decision(connection& db, core::request_id request) {
  query q(db, "SELECT n, " ROLLCALL_DECISION_COLUMNS " FROM decisions WHERE request = ?1 ORDER BY n DESC LIMIT 1",
          request);
  if (!q.next())
    return core::fail(core::error_code::not_found, "no decision was logged for request " + to_string(request));
  return read_decision(db, q);
}

} // namespace rollcall::store::sqlite
