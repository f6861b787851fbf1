#include "store/sql/decisions.hpp"

#include "store/checks.hpp"

#include <algorithm>
#include <limits>

namespace rollcall::store::sql {

namespace {

#define ROLLCALL_DECISION_COLUMNS                                                                                      \
  "request, at, principal, access_key, purpose, operation, collection, probe, model_version, threshold, "              \
  "gallery_size, partitions_asked, partitions_answered, is_exact, is_current"

void append(session& db, const decision& each) {
  query made(db,
             "INSERT INTO decisions (" ROLLCALL_DECISION_COLUMNS ") "
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING n",
             each.request, each.at, each.principal, each.access_key, each.purpose, each.operation, each.collection,
             each.probe, each.model_version, each.threshold, each.gallery_size, each.partitions_asked,
             each.partitions_answered, each.is_exact, each.is_current);
  ROLLCALL_ASSERT(made.next());
  const auto n = made.number(0);
  int place = 0;
  for (const auto& candidate : each.candidates)
    execute(db, "INSERT INTO decision_candidates VALUES (?1, ?2, ?3, ?4)", n, place++, candidate.id,
            candidate.similarity);
}

std::vector<decision_candidate> list_candidates(session& db, std::int64_t n) {
  query q(db, "SELECT id, similarity FROM decision_candidates WHERE decision = ?1 ORDER BY place", n);
  std::vector<decision_candidate> candidates;
  while (q.next())
    candidates.push_back({q.text(0), q.real(1)});
  return candidates;
}

// A row of `SELECT n, columns`.
decision read_decision(session& db, const query& q) {
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
query select(session& db, const decision_filter& filter, std::uint64_t before, std::size_t limit) {
  std::string sql = "SELECT n, " ROLLCALL_DECISION_COLUMNS " FROM decisions WHERE n < ?1";
  std::vector<value> parameters{to_value(before), to_value(limit)};
  const auto add = [&](const std::optional<std::string>& wanted, std::string_view condition, std::string_view end) {
    if (!wanted)
      return;
    parameters.push_back(to_value(*wanted));
    sql.append(condition).append(" = ?").append(std::to_string(parameters.size())).append(end);
  };
  add(filter.collection, " AND collection", "");
  add(filter.principal, " AND principal", "");
  add(filter.candidate, " AND n IN (SELECT decision FROM decision_candidates WHERE id", ")");
  return {db, sql + " ORDER BY n DESC LIMIT ?2", std::span<const value>(parameters)};
}

} // namespace

core::status append_decisions(session& db, std::span<const decision> decisions) {
  for (const auto& each : decisions)
    append(db, each);
  return core::nothing{};
}

core::status append_missing_decisions(session& db, std::span<const decision> decisions) {
  for (const auto& each : decisions)
    if (query made(db, "SELECT 1 FROM decisions WHERE request = ?1", each.request); !made.next())
      append(db, each);
  return core::nothing{};
}

core::result<page<decision, std::uint64_t>> list_decisions(session& db, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  constexpr std::uint64_t last_of_all = std::numeric_limits<std::int64_t>::max();
  auto q = select(db, filter, std::min(before.value_or(last_of_all), last_of_all), one_more(limit));
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

core::result<decision> find_decision(session& db, core::request_id request) {
  query q(db, "SELECT n, " ROLLCALL_DECISION_COLUMNS " FROM decisions WHERE request = ?1 ORDER BY n DESC LIMIT 1",
          request);
  if (!q.next())
    return core::fail(core::error_code::not_found, "no decision was logged for request " + to_string(request));
  return read_decision(db, q);
}

} // namespace rollcall::store::sql
