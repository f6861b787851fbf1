#include "store/sql/processors.hpp"

#include "store/checks.hpp"
#include "store/processor_course.hpp"

namespace rollcall::store::sql {

namespace {

#define ROLLCALL_PROCESSOR_COLUMNS                                                                                     \
  "key, name, input, collection, threshold, details, started, run, epoch, node, status, message, created, updated, "   \
  "claimed_until"

stream_processor read_processor(const query& q) {
  stream_processor found;
  found.key = q.id(0);
  found.name = q.text(1);
  found.input = q.text(2);
  found.collection = q.text(3);
  found.threshold = q.real(4);
  found.details = q.text(5);
  found.is_started = q.number(6) != 0;
  found.run = static_cast<std::uint64_t>(q.number(7));
  found.epoch = static_cast<std::uint64_t>(q.number(8));
  found.node = q.text(9);
  found.status = static_cast<processor_status>(q.number(10));
  found.message = q.text(11);
  found.created = q.time(12);
  found.updated = q.time(13);
  found.claimed_until = q.time(14);
  return found;
}

core::result<stream_processor> lock_named(session& db, std::string_view name) {
  query q(db, "SELECT " ROLLCALL_PROCESSOR_COLUMNS " FROM stream_processors WHERE name = ?1 FOR UPDATE", name);
  if (!q.next())
    return no_processor(name);
  return read_processor(q);
}

core::result<stream_processor> lock_keyed(session& db, const core::uuid& key) {
  query q(db, "SELECT " ROLLCALL_PROCESSOR_COLUMNS " FROM stream_processors WHERE key = ?1 FOR UPDATE", key);
  if (!q.next())
    return no_processor(to_string(key));
  return read_processor(q);
}

void write_course(session& db, const stream_processor& of) {
  execute(db,
          "UPDATE stream_processors SET started = ?2, run = ?3, epoch = ?4, node = ?5, status = ?6, message = ?7, "
          "updated = ?8, claimed_until = ?9 WHERE key = ?1",
          of.key, of.is_started, of.run, of.epoch, of.node, static_cast<int>(of.status), of.message, of.updated,
          of.claimed_until);
}

core::wall_time time_of(session& db, std::string_view clock) {
  query q(db, clock);
  ROLLCALL_ASSERT(q.next());
  return q.time(0);
}

// The row after a step of its course, which `step` takes or refuses.
template <class Step>
core::result<stream_processor> change_course(session& db, core::result<stream_processor> locked, const Step& step) {
  ROLLCALL_TRY(auto found, std::move(locked));
  ROLLCALL_CHECK(step(found));
  write_course(db, found);
  return found;
}

} // namespace

core::status create_processor(session& db, const stream_processor& made) {
  {
    query q(db, "SELECT 1 FROM stream_processors WHERE name = ?1 OR key = ?2", made.name, made.key);
    if (q.next())
      return processor_exists(made.name);
  }
  query q(db, "SELECT count(*) FROM stream_processors");
  if (q.next() && static_cast<std::size_t>(q.number(0)) >= most_processors)
    return too_many_processors();
  if (change(db,
             "INSERT INTO stream_processors (" ROLLCALL_PROCESSOR_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, "
             "'', 0, '', ?7, ?7, 0) ON CONFLICT DO NOTHING",
             made.key, made.name, made.input, made.collection, made.threshold, made.details, made.created)
      == 0)
    return processor_exists(made.name);
  return core::nothing{};
}

core::result<stream_processor> find_processor(session& db, std::string_view name) {
  query q(db, "SELECT " ROLLCALL_PROCESSOR_COLUMNS " FROM stream_processors WHERE name = ?1", name);
  if (!q.next())
    return no_processor(name);
  return read_processor(q);
}

core::result<page<stream_processor, std::string>> list_processors(session& db, std::string_view after,
                                                                  std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  query q(db, "SELECT " ROLLCALL_PROCESSOR_COLUMNS " FROM stream_processors WHERE name > ?1 ORDER BY name LIMIT ?2",
          after, one_more(limit));
  page<stream_processor, std::string> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().name;
      break;
    }
    found.rows.push_back(read_processor(q));
  }
  return found;
}

core::result<stream_processor> start_processor(session& db, std::string_view name, core::wall_time at) {
  return change_course(db, lock_named(db, name), [&](stream_processor& of) { return start(of, at); });
}

core::result<stream_processor> stop_processor(session& db, std::string_view name, core::wall_time at) {
  return change_course(db, lock_named(db, name), [&](stream_processor& of) { return stop(of, at); });
}

core::result<stream_processor> replace_details(session& db, std::string_view name, std::string_view seen,
                                               std::string_view details, core::wall_time at) {
  ROLLCALL_TRY(auto found, lock_named(db, name));
  ROLLCALL_CHECK(change_details(found, seen, details, at));
  execute(db, "UPDATE stream_processors SET details = ?2, updated = ?3 WHERE key = ?1", found.key, found.details,
          found.updated);
  return found;
}

core::result<stream_processor> delete_processor(session& db, std::string_view name) {
  ROLLCALL_TRY(auto found, lock_named(db, name));
  ROLLCALL_CHECK(check_at_rest(found));
  execute(db, "DELETE FROM stream_processors WHERE key = ?1", found.key);
  return found;
}

core::result<stream_processor> claim_processor(session& db, const core::uuid& key, std::string_view node,
                                               std::chrono::milliseconds span, std::string_view clock) {
  return change_course(db, lock_keyed(db, key),
                       [&](stream_processor& of) { return claim(of, node, time_of(db, clock), span); });
}

core::result<std::vector<processor_claim>> renew_claims(session& db, std::string_view node,
                                                        std::chrono::milliseconds span, std::string_view clock) {
  // Locked in one order, so that two who renew for one node do not wait for each other.
  std::vector<processor_claim> held;
  {
    query q(db, "SELECT key, epoch, status FROM stream_processors WHERE node = ?1 ORDER BY key FOR UPDATE", node);
    while (q.next())
      if (is_under_way(static_cast<processor_status>(q.number(2))))
        held.push_back({q.id(0), static_cast<std::uint64_t>(q.number(1))});
  }
  const auto until = time_of(db, clock) + span;
  for (const auto& one : held)
    execute(db, "UPDATE stream_processors SET claimed_until = ?2 WHERE key = ?1", one.processor, until);
  return held;
}

core::result<stream_processor> report_processor(session& db, const core::uuid& key, std::uint64_t epoch,
                                                processor_status status, std::string_view message, core::wall_time at) {
  return change_course(db, lock_claim(db, key, epoch),
                       [&](stream_processor& of) { return report(of, status, message, at); });
}

core::result<stream_processor> lock_claim(session& db, const core::uuid& key, std::uint64_t epoch) {
  ROLLCALL_TRY(auto found, lock_keyed(db, key));
  ROLLCALL_CHECK(check_claim(found, epoch));
  return found;
}

} // namespace rollcall::store::sql
