/// The error table of the whole system. One list yields the enum, its text and whether a retry of the same call can
/// help. A code exists only where a caller can act on it; `front/` maps every code to a protocol error, tested to be
/// total.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::core {

// X(code, retryable, what happened)
#define ROLLCALL_ERROR_CODES(X)                                                                                        \
  X(invalid_argument, false, "a parameter is invalid")                                                                 \
  X(constraint_violation, false, "a field violates its constraint")                                                    \
  X(malformed, false, "the request is not well-formed")                                                                \
  X(unknown_operation, false, "no such operation")                                                                     \
  X(unsupported, false, "the operation exists but is not built")                                                       \
  X(invalid_token, false, "the pagination token is invalid")                                                           \
  X(invalid_image_format, false, "the image is not a readable JPEG or PNG")                                            \
  X(image_too_large, false, "the image is too large")                                                                  \
  X(invalid_s3_object, false, "the S3 object can't be read")                                                           \
  X(no_face, false, "there is no face in the image")                                                                   \
  X(not_found, false, "no such resource")                                                                              \
  X(already_exists, false, "the resource exists already")                                                              \
  X(conflict, false, "the resource is in another state")                                                               \
  X(in_use, false, "the resource is in use")                                                                           \
  X(quota_exceeded, false, "a quota is exhausted")                                                                     \
  X(idempotency_mismatch, false, "the client request token was used with other parameters")                            \
  X(missing_authentication, false, "the request carries no credentials")                                               \
  X(incomplete_signature, false, "the signature is incomplete")                                                        \
  X(unknown_client, false, "the access key is unknown")                                                                \
  X(invalid_signature, false, "the signature does not match")                                                          \
  X(access_denied, false, "the caller may not do this")                                                                \
  X(overloaded, true, "a queue is full")                                                                               \
  X(deadline_exceeded, true, "the deadline passed")                                                                    \
  X(not_ready, true, "the part asked is still loading")                                                                \
  X(unavailable, true, "a part of the system is out of reach")                                                         \
  X(incomplete, true, "not every partition answered")                                                                  \
  X(outcome_unknown, true, "the write may or may not have happened")                                                   \
  X(gap, true, "mutations are missing before this one")                                                                \
  X(over_budget, false, "the memory budget is exhausted")                                                              \
  X(storage_full, true, "the disk is full or not writable")                                                            \
  X(corrupt, false, "stored bytes are damaged")                                                                        \
  X(model_mismatch, false, "the embedding comes from another model")                                                   \
  X(invalid_config, false, "the configuration is invalid")                                                             \
  X(internal, true, "an internal error")

enum class error_code : std::uint8_t {
#define ROLLCALL_ENUM(code, retry, text) code,
  ROLLCALL_ERROR_CODES(ROLLCALL_ENUM)
#undef ROLLCALL_ENUM
};

/// What went wrong. `message` is written for the caller and names the way out; `context` (may be empty) is for logs
/// only and never holds an embedding, a picture or a secret.
struct error {
  error_code code = error_code::internal;
  std::string message;
  std::string context;
};

/// Number of codes in the table; codes are 0 … count - 1.
inline constexpr std::size_t error_code_count = 0
#define ROLLCALL_COUNT(code, retry, text) +1
    ROLLCALL_ERROR_CODES(ROLLCALL_COUNT)
#undef ROLLCALL_COUNT
    ;

/// The code's name as written in the table.
[[nodiscard]] std::string_view to_string(error_code code) noexcept;

/// The table's one-line description.
[[nodiscard]] std::string_view describe(error_code code) noexcept;

/// True when repeating the same call later can succeed.
[[nodiscard]] bool is_retryable(error_code code) noexcept;

} // namespace rollcall::core
