#include "store/sql/videos.hpp"

#include "store/checks.hpp"
#include "store/video_course.hpp"

#include <algorithm>

namespace rollcall::store::sql {

namespace {

#define ROLLCALL_VIDEO_COLUMNS                                                                                         \
  "n, results, id, kind, bucket, object, collection_key, collection, threshold, wants_all, tag, principal, "           \
  "access_key, purpose, created, status, message, metadata, frames, completed, epoch, node, claimed_until, steps"

// Of the column `status` alone: it is to be deleted, and nobody sees it.
constexpr int expired = 3;
constexpr int in_progress = static_cast<int>(video_status::in_progress);

struct video_row {
  std::int64_t n = 0;
  std::uint64_t results = 0;
  video_job job;
};

video_row read_video(const query& q) {
  video_row found;
  found.n = q.number(0);
  found.results = static_cast<std::uint64_t>(q.number(1));
  auto& job = found.job;
  job.id = q.text(2);
  job.kind = static_cast<video_kind>(q.number(3));
  job.bucket = q.text(4);
  job.object = q.text(5);
  job.collection_key = {q.id(6)};
  job.collection = q.text(7);
  job.threshold = q.real(8);
  job.wants_all = q.number(9) != 0;
  job.tag = q.text(10);
  job.principal = q.text(11);
  job.access_key = q.text(12);
  job.purpose = q.text(13);
  job.created = q.time(14);
  job.status = static_cast<video_status>(q.number(15));
  job.message = q.text(16);
  job.metadata = q.text(17);
  job.frames = static_cast<std::uint64_t>(q.number(18));
  job.completed = q.time(19);
  job.epoch = static_cast<std::uint64_t>(q.number(20));
  job.node = q.text(21);
  job.claimed_until = q.time(22);
  job.steps = static_cast<std::uint64_t>(q.number(23));
  return found;
}

core::result<video_row> find_row(session& db, std::string_view id) {
  query q(db, "SELECT " ROLLCALL_VIDEO_COLUMNS " FROM video_jobs WHERE id = ?1 AND status <> ?2", id, expired);
  if (!q.next())
    return no_video(id);
  return read_video(q);
}

core::result<video_row> lock_row(session& db, std::string_view id) {
  query q(db, "SELECT " ROLLCALL_VIDEO_COLUMNS " FROM video_jobs WHERE id = ?1 AND status <> ?2 FOR UPDATE", id,
          expired);
  if (!q.next())
    return no_video(id);
  return read_video(q);
}

core::result<video_row> lock_claimed(session& db, const video_claim& by) {
  ROLLCALL_TRY(auto found, lock_row(db, by.id));
  ROLLCALL_CHECK(check_claim(found.job, by));
  return found;
}

// Whoever starts a job waits here for whoever started one before to commit.
std::int64_t take_place(session& db) {
  query q(db, "INSERT INTO video_head (one, n) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = video_head.n + 1 "
              "RETURNING n");
  ROLLCALL_ASSERT(q.next());
  return q.number(0);
}

bool has_room(session& db) {
  query q(db, "SELECT count(*) FROM video_jobs WHERE status = ?1", in_progress);
  return q.next() && static_cast<std::size_t>(q.number(0)) < most_open_videos;
}

core::wall_time time_now(session& db, std::string_view clock) {
  query q(db, clock);
  ROLLCALL_ASSERT(q.next());
  return q.time(0);
}

video_result read_result(const query& q) {
  return {static_cast<std::uint64_t>(q.number(0)), std::chrono::milliseconds{q.number(1)},
          static_cast<std::uint32_t>(q.number(2)), static_cast<std::uint64_t>(q.number(3)),
          static_cast<std::uint32_t>(q.number(4)), q.text(5)};
}

query select_results(session& db, std::int64_t job, video_order order, const video_place& after, std::size_t limit) {
  if (order == video_order::time)
    return {db,
            "SELECT seq, time_ms, person, track, rank, body FROM video_results WHERE job = ?1 AND seq > ?2 "
            "ORDER BY seq LIMIT ?3",
            job, after.seq, one_more(limit)};
  return {db,
          "SELECT seq, time_ms, person, track, rank, body FROM video_results WHERE job = ?1 AND "
          "(person, rank, seq) > (?2, ?3, ?4) ORDER BY person, rank, seq LIMIT ?5",
          job,
          after.person,
          after.rank,
          after.seq,
          one_more(limit)};
}

// How many went.
std::uint64_t delete_results(session& db, std::int64_t job, std::size_t limit) {
  const auto gone = change(db,
                           "DELETE FROM video_results WHERE job = ?1 AND seq IN (SELECT seq FROM video_results "
                           "WHERE job = ?1 ORDER BY seq LIMIT ?2)",
                           job, one_more(limit) - 1);
  if (gone < limit)
    execute(db, "DELETE FROM video_matches WHERE job = ?1", job);
  return gone;
}

} // namespace

core::result<video_job> start_video(session& db, const video_job& made, const client_token& token) {
  const auto place = take_place(db);
  ROLLCALL_TRY(auto earlier, recall_video(db, token));
  if (earlier)
    return *std::move(earlier);
  if (!has_room(db))
    return too_many_videos();
  if (change(db,
             "INSERT INTO video_jobs (" ROLLCALL_VIDEO_COLUMNS ", token, fingerprint) VALUES (?1, 0, ?2, ?3, ?4, ?5, "
             "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, '', '', 0, 0, 0, '', 0, 0, ?15, ?16) ON CONFLICT DO NOTHING",
             place, made.id, static_cast<int>(made.kind), made.bucket, made.object, made.collection_key,
             made.collection, made.threshold, made.wants_all, made.tag, made.principal, made.access_key, made.purpose,
             made.created, token.token, token.fingerprint)
      == 0)
    return video_exists(made.id);
  return find_video(db, made.id);
}

core::result<std::optional<video_job>> recall_video(session& db, const client_token& token) {
  if (token.token.empty())
    return std::optional<video_job>{};
  std::string id;
  {
    query q(db, "SELECT id, fingerprint FROM video_jobs WHERE token = ?1", token.token);
    if (!q.next())
      return std::optional<video_job>{};
    if (q.text(1) != token.fingerprint)
      return token_reused(token.token);
    id = q.text(0);
  }
  ROLLCALL_TRY(auto found, find_row(db, id));
  return std::optional{std::move(found.job)};
}

core::result<video_job> find_video(session& db, std::string_view id) {
  ROLLCALL_TRY(auto found, find_row(db, id));
  return std::move(found.job);
}

core::result<std::vector<video_job>> list_open_videos(session& db) {
  query q(db, "SELECT " ROLLCALL_VIDEO_COLUMNS " FROM video_jobs WHERE status = ?1 ORDER BY n", in_progress);
  std::vector<video_job> found;
  while (q.next())
    found.push_back(read_video(q).job);
  return found;
}

core::result<video_job> claim_video(session& db, std::string_view id, std::string_view node,
                                    std::chrono::milliseconds span, std::string_view clock) {
  ROLLCALL_TRY(auto found, lock_row(db, id));
  auto& job = found.job;
  ROLLCALL_CHECK(claim(job, node, time_now(db, clock), span));
  execute(db, "UPDATE video_jobs SET epoch = ?2, node = ?3, claimed_until = ?4 WHERE n = ?1", found.n, job.epoch,
          job.node, job.claimed_until);
  return std::move(job);
}

core::result<std::vector<video_claim>> renew_videos(session& db, std::string_view node, std::chrono::milliseconds span,
                                                    std::string_view clock) {
  std::vector<video_claim> held; // locked in one order, so that two who renew do not wait for each other
  {
    query q(db, "SELECT id, epoch FROM video_jobs WHERE node = ?1 AND status = ?2 ORDER BY id FOR UPDATE", node,
            in_progress);
    while (q.next())
      held.push_back({q.text(0), static_cast<std::uint64_t>(q.number(1))});
  }
  const auto until = time_now(db, clock) + span;
  for (const auto& one : held)
    execute(db, "UPDATE video_jobs SET claimed_until = ?2 WHERE id = ?1", one.id, until);
  return held;
}

core::status append_to_video(session& db, const video_claim& by, const video_progress& what) {
  ROLLCALL_TRY(const auto found, lock_claimed(db, by));
  ROLLCALL_TRY(const bool is_wanted, is_due(found.job, what));
  if (!is_wanted)
    return core::nothing{};
  auto seq = found.results;
  for (const auto& one : what.results)
    execute(db,
            "INSERT INTO video_results (job, seq, time_ms, person, track, rank, body) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            found.n, ++seq, std::int64_t{one.at.count()}, one.person, one.track, one.rank, one.body);
  for (const auto& one : what.joined)
    execute(db, "UPDATE video_results SET person = ?3 WHERE job = ?1 AND person = ?2", found.n, one.later, one.earlier);
  for (const auto& one : what.matches)
    execute(db,
            "INSERT INTO video_matches (job, track, body) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (job, track) DO UPDATE SET body = excluded.body",
            found.n, one.track, one.body);
  execute(db, "UPDATE video_jobs SET results = ?2, frames = ?3, metadata = ?4, steps = ?5 WHERE n = ?1", found.n, seq,
          what.frames, what.metadata, what.step);
  return core::nothing{};
}

core::result<bool> rewind_video(session& db, const video_claim& by, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(const auto found, lock_claimed(db, by));
  if (delete_results(db, found.n, limit) >= limit)
    return true;
  execute(db, "UPDATE video_jobs SET results = 0, frames = 0 WHERE n = ?1", found.n);
  return false;
}

core::status finish_video(session& db, const video_claim& by, video_status how, std::string_view message,
                          core::wall_time at) {
  ROLLCALL_TRY(auto found, lock_claimed(db, by));
  finish(found.job, how, message, at);
  execute(db, "UPDATE video_jobs SET status = ?2, message = ?3, completed = ?4 WHERE n = ?1", found.n,
          static_cast<int>(found.job.status), found.job.message, found.job.completed);
  return core::nothing{};
}

core::result<page<video_result, video_place>> list_video_results(session& db, std::string_view id, video_order order,
                                                                 const std::optional<video_place>& after,
                                                                 std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_TRY(const auto job, find_row(db, id));
  auto q = select_results(db, job.n, order, after.value_or(video_place{}), limit);
  page<video_result, video_place> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      const auto& last = found.rows.back();
      found.next = video_place{last.person, last.rank, last.seq};
      break;
    }
    found.rows.push_back(read_result(q));
  }
  return found;
}

core::result<std::vector<video_matches>> find_video_matches(session& db, std::string_view id,
                                                            std::span<const std::uint64_t> tracks) {
  ROLLCALL_TRY(const auto job, find_row(db, id));
  std::vector<std::uint64_t> wanted(tracks.begin(), tracks.end());
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<video_matches> found;
  for (const auto track : wanted) {
    query q(db, "SELECT body FROM video_matches WHERE job = ?1 AND track = ?2", job.n, track);
    if (q.next())
      found.push_back({track, q.text(0)});
  }
  return found;
}

core::result<bool> prune_videos(session& db, core::wall_time before, std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  execute(db, "UPDATE video_jobs SET status = ?1, token = '' WHERE status IN (?2, ?3) AND completed < ?4", expired,
          static_cast<int>(video_status::succeeded), static_cast<int>(video_status::failed), before);
  std::int64_t n = 0;
  {
    query q(db, "SELECT n FROM video_jobs WHERE status = ?1 ORDER BY completed LIMIT 1 FOR UPDATE", expired);
    if (!q.next())
      return false;
    n = q.number(0);
  }
  if (delete_results(db, n, limit) < limit)
    execute(db, "DELETE FROM video_jobs WHERE n = ?1", n);
  return true;
}

} // namespace rollcall::store::sql
