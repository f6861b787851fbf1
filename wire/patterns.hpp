/// The character patterns of Rekognition's model, checked by hand as full matches. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::wire {

/// One pattern of the model. `anything` always matches.
enum class pattern : std::uint8_t {
  anything,
  collection_id, ///< one or more of [a-zA-Z0-9_.-]
  user_id,       ///< the same and ":"; ExternalImageId too
  uuid,          ///< lower case, 8-4-4-4-12
  client_token,  ///< one or more of [a-zA-Z0-9_-]
  bucket,        ///< any number of [0-9A-Za-z._-]
  tag_key,       ///< Unicode letters, separators, digits and _.:/=+-@, not beginning with "aws:"
  tag_value,     ///< the same, without the exception
  kinesis_arn,   ///< of a data stream
  role_arn,      ///< of an IAM role
  topic_arn,     ///< of an SNS topic
  job_tag,       ///< one or more of [a-zA-Z0-9_.:+=/-]
};

/// True when the whole of `text` (valid UTF-8) matches.
[[nodiscard]] bool matches(pattern expected, std::string_view text) noexcept;

/// The model's regular expression, for messages.
[[nodiscard]] std::string_view expression_of(pattern expected) noexcept;

/// Unicode characters of valid UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// The longest prefix of valid UTF-8 that has at most `characters` characters.
[[nodiscard]] std::string_view first_characters(std::string_view text, std::size_t characters) noexcept;

} // namespace rollcall::wire
