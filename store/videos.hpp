/// Video jobs, which are the analyses of stored videos, and what they found: a part of the store, `store::videos`. What
/// store/store.hpp says of all calls holds here too.
///
/// A job:   in_progress ──finish──► succeeded or failed ──prune──► gone
///
/// A job in progress is done by the node whose claim is the last; with it goes a number, the epoch, and a write that
/// shows an earlier one is refused.
#pragma once

#include "core/result.hpp"
#include "store/records.hpp"

#include <chrono>
#include <span>
#include <string_view>

namespace rollcall::store {

inline constexpr std::size_t most_open_videos = 20; ///< jobs in progress at once

enum class video_kind : std::uint8_t { face_detection, face_search, person_tracking };
enum class video_status : std::uint8_t { in_progress, succeeded, failed };

struct video_job {
  std::string id; ///< 64 hexadecimal digits
  video_kind kind = video_kind::face_detection;
  std::string bucket; ///< where the video lies
  std::string object;
  core::collection_key collection_key{}; ///< that is searched; nil where none is
  std::string collection;                ///< its id; empty where none is searched
  float threshold = 80;                  ///< similarity, 0–100
  bool wants_all = false;                ///< all attributes of faces
  std::string tag;                       ///< the caller's; may be empty
  std::string principal;                 ///< who started it: for the decision log, as are the next two
  std::string access_key;
  std::string purpose;
  core::wall_time created{};

  // Its course, by the store.
  video_status status = video_status::in_progress;
  std::string message;             ///< why it failed
  std::string metadata;            ///< JSON, of the video; empty until it is known
  std::uint64_t frames = 0;        ///< of the video, up to which its results are stored
  std::uint64_t steps = 0;         ///< how often something was appended
  core::wall_time completed{};     ///< of one that is not in progress
  std::uint64_t epoch = 0;         ///< how often it was claimed
  std::string node;                ///< of the last claim
  core::wall_time claimed_until{}; ///< by the store's clock
};

/// Who holds it may write for a job.
struct video_claim {
  std::string id;
  std::uint64_t epoch = 0;

  friend bool operator==(const video_claim&, const video_claim&) = default;
};

/// A face at a time of the video.
struct video_result {
  std::uint64_t seq = 0; ///< given by the store: from 1, in the order in which they are appended
  std::chrono::milliseconds at{0};
  std::uint32_t person = 0; ///< which person of the video; 0 in all of a face detection
  std::uint64_t track = 0;  ///< which visit of that person
  std::uint32_t rank = 0;   ///< order among those of one person; lower is first, ties by seq
  std::string body;         ///< JSON
};

/// Whom a visit shows, by its search.
struct video_matches {
  std::uint64_t track = 0;
  std::string body; ///< JSON; empty: nobody
};

/// A later person turned out to be an earlier one.
struct joined_persons {
  std::uint32_t later = 0;
  std::uint32_t earlier = 0;
};

/// What a node has found since it said so last.
struct video_progress {
  std::uint64_t step = 1;             ///< one more than the job's steps
  std::uint64_t frames = 0;           ///< as of a job
  std::string metadata;               ///< as of a job
  std::vector<video_result> results;  ///< in the order of time
  std::vector<joined_persons> joined; ///< concerns those stored and these
  std::vector<video_matches> matches; ///< replace those of the same visit
};

enum class video_order : std::uint8_t {
  time,   ///< by seq
  person, ///< by person, rank, seq
};

/// Where a listing of results goes on.
struct video_place {
  std::uint32_t person = 0;
  std::uint32_t rank = 0;
  std::uint64_t seq = 0;

  friend auto operator<=>(const video_place&, const video_place&) = default;
};

class video_store {
public:
  virtual ~video_store() = default;

  /// Stores a job in progress, or gives the one that was started with this token (whose text no two operations share),
  /// as long as that is kept. `made`: without its course. Errors: `idempotency_mismatch`, `already_exists` (id),
  /// `quota_exceeded` (most_open_videos are in progress).
  virtual core::result<video_job> start(const video_job& made, const client_token& token) = 0;
  /// The job that was started with this token, as `start` would give it; none where none was. Errors:
  /// `idempotency_mismatch`.
  virtual core::result<std::optional<video_job>> recall(const client_token& token) = 0;
  /// Errors: `not_found`.
  virtual core::result<video_job> find(std::string_view id) = 0;
  /// Those in progress, in the order in which they were started.
  virtual core::result<std::vector<video_job>> list_open() = 0;

  /// From now on the node alone may write for it, under the epoch of what is given, and nobody else may claim it for
  /// `span` on the store's clock. Errors: `not_found`, `conflict` (it is over; another node's claim has not run out).
  virtual core::result<video_job> claim(std::string_view id, std::string_view node, std::chrono::milliseconds span) = 0;
  /// Prolongs the claims of a node on jobs in progress to `span` from now; gives them, ordered by id.
  virtual core::result<std::vector<video_claim>> renew(std::string_view node, std::chrono::milliseconds span) = 0;

  /// Stores all of it or nothing; nothing where this step was stored before, so that it may be said again. Errors of
  /// this and the next two: `not_found`, `conflict` (another claim came, the job is over; a step is missing).
  virtual core::status append(const video_claim& by, const video_progress& what) = 0;
  /// Forgets what the job has found, up to `limit` results; true when more are left: repeat. It begins anew then.
  virtual core::result<bool> rewind(const video_claim& by, std::size_t limit) = 0;
  /// `how`: succeeded or failed.
  virtual core::status finish(const video_claim& by, video_status how, std::string_view message,
                              core::wall_time at) = 0;

  /// Results after `after` (exclusive). Errors: `not_found` (job).
  virtual core::result<page<video_result, video_place>>
  list_results(std::string_view id, video_order order, std::optional<video_place> after, std::size_t limit) = 0;
  /// What is known of these visits, ordered by track. Errors: `not_found` (job).
  virtual core::result<std::vector<video_matches>> find_matches(std::string_view id,
                                                                std::span<const std::uint64_t> tracks) = 0;

  /// Forgets jobs that were completed before `before`: nobody sees them from now on, and up to `limit` of their results
  /// go. True when there is more to do: repeat.
  virtual core::result<bool> prune(core::wall_time before, std::size_t limit) = 0;
};

} // namespace rollcall::store
