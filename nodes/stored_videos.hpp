/// What video jobs need of the rest of the node: the files of buckets as feeds, and faces in the protocol's words. Any
/// thread.
#pragma once

#include "actors/ingest/video_worker.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace rollcall::nodes {

using bucket_map = std::map<std::string, std::filesystem::path>;

/// Opens the video `object` of `bucket`, which no name or link leads out of. Errors tell the object, never its path:
/// `invalid_s3_object` where there is no such bucket or file; those of vision::video_source::open.
[[nodiscard]] core::result<std::unique_ptr<actors::feed>>
open_stored_video(const bucket_map& buckets, const std::string& bucket, const std::string& object);

/// A face as the JSON of Rekognition's FaceDetail: its DEFAULT members, or all that were measured.
[[nodiscard]] std::string describe_face(const vision::face& of, int width_px, int height_px, bool wants_all);

} // namespace rollcall::nodes
