/// Names of Rekognition's operations: those that Rollcall builds as an enumeration, and those that exist but are not
/// built, so that a caller is told which of the two it met. Pure; any thread.
#pragma once

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace rollcall::wire {

// X(enumerator, the protocol's name). The enumerator names the request and response too.
#define ROLLCALL_OPERATIONS(X)                                                                                         \
  X(create_collection, "CreateCollection")                                                                             \
  X(delete_collection, "DeleteCollection")                                                                             \
  X(describe_collection, "DescribeCollection")                                                                         \
  X(list_collections, "ListCollections")                                                                               \
  X(index_faces, "IndexFaces")                                                                                         \
  X(list_faces, "ListFaces")                                                                                           \
  X(delete_faces, "DeleteFaces")                                                                                       \
  X(search_faces, "SearchFaces")                                                                                       \
  X(search_faces_by_image, "SearchFacesByImage")                                                                       \
  X(detect_faces, "DetectFaces")                                                                                       \
  X(compare_faces, "CompareFaces")                                                                                     \
  X(create_user, "CreateUser")                                                                                         \
  X(delete_user, "DeleteUser")                                                                                         \
  X(list_users, "ListUsers")                                                                                           \
  X(associate_faces, "AssociateFaces")                                                                                 \
  X(disassociate_faces, "DisassociateFaces")                                                                           \
  X(search_users, "SearchUsers")                                                                                       \
  X(search_users_by_image, "SearchUsersByImage")                                                                       \
  X(tag_resource, "TagResource")                                                                                       \
  X(untag_resource, "UntagResource")                                                                                   \
  X(list_tags_for_resource, "ListTagsForResource")                                                                     \
  X(create_stream_processor, "CreateStreamProcessor")                                                                  \
  X(describe_stream_processor, "DescribeStreamProcessor")                                                              \
  X(list_stream_processors, "ListStreamProcessors")                                                                    \
  X(start_stream_processor, "StartStreamProcessor")                                                                    \
  X(stop_stream_processor, "StopStreamProcessor")                                                                      \
  X(update_stream_processor, "UpdateStreamProcessor")                                                                  \
  X(delete_stream_processor, "DeleteStreamProcessor")                                                                  \
  X(start_face_detection, "StartFaceDetection")                                                                        \
  X(get_face_detection, "GetFaceDetection")                                                                            \
  X(start_face_search, "StartFaceSearch")                                                                              \
  X(get_face_search, "GetFaceSearch")                                                                                  \
  X(start_person_tracking, "StartPersonTracking")                                                                      \
  X(get_person_tracking, "GetPersonTracking")

/// An operation that is built. The values are stable: pagination tokens hold them.
enum class operation : std::uint8_t {
#define ROLLCALL_ENUM(code, text) code,
  ROLLCALL_OPERATIONS(ROLLCALL_ENUM)
#undef ROLLCALL_ENUM
};

/// All of them, in the order of the enumeration.
inline constexpr std::array all_operations{
#define ROLLCALL_VALUE(code, text) operation::code,
    ROLLCALL_OPERATIONS(ROLLCALL_VALUE)
#undef ROLLCALL_VALUE
};

/// The protocol's name, e.g. "CreateCollection".
[[nodiscard]] std::string_view to_string(operation op) noexcept;

/// The operation that a value of the header `X-Amz-Target` names, e.g. "RekognitionService.CreateCollection"
/// (case-sensitive).
/// Errors: `unsupported` for an operation of Rekognition that is not built; `unknown_operation` for everything else.
[[nodiscard]] core::result<operation> parse_target(std::string_view target);

} // namespace rollcall::wire
