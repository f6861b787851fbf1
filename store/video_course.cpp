#include "store/video_course.hpp"

#include "core/assert.hpp"
#include "store/claims.hpp"

namespace rollcall::store {

namespace {

core::error job_in_use(const video_job& of, std::string_view what) {
  return core::fail(core::error_code::conflict, "The job " + of.id + " " + std::string(what));
}

} // namespace

core::error no_video(std::string_view id) {
  return core::fail(core::error_code::not_found, "the job " + std::string(id) + " does not exist");
}

core::error video_exists(std::string_view id) {
  return core::fail(core::error_code::already_exists, "the job " + std::string(id) + " exists already");
}

core::error too_many_videos() {
  return core::fail(core::error_code::quota_exceeded,
                    std::to_string(most_open_videos)
                        + " video jobs are in progress, which is the limit: wait for one of them to end");
}

core::status claim(video_job& of, std::string_view node, core::wall_time now, std::chrono::milliseconds span) {
  if (of.status != video_status::in_progress)
    return job_in_use(of, "is over.");
  if (is_claimed_by_another(of, node, now))
    return job_in_use(of, "is done by the node " + of.node + ".");
  take_claim(of, node, now + span);
  return core::nothing{};
}

core::status check_claim(const video_job& of, const video_claim& by) {
  if (of.epoch != by.epoch || of.status != video_status::in_progress)
    return job_in_use(of, "is not this node's any more.");
  return core::nothing{};
}

core::result<bool> is_due(const video_job& of, const video_progress& what) {
  if (what.step > of.steps + 1)
    return job_in_use(of, "has not got the step before " + std::to_string(what.step) + ".");
  return what.step > of.steps;
}

void finish(video_job& of, video_status how, std::string_view message, core::wall_time at) {
  ROLLCALL_ASSERT(how != video_status::in_progress);
  of.status = how;
  of.message = message;
  of.completed = at;
}

} // namespace rollcall::store
