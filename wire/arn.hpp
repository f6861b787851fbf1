/// Names of resources as AWS writes them (ARNs). Pure; any thread.
///
///     arn = ["arn:"] "aws" … ":rekognition:" region ":" account ":" ("collection/" collection_id | "streamprocessor/"
///     name)
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace rollcall::wire {

/// What an ARN says besides its collection.
struct arn_scope {
  std::string region = "us-east-1";
  std::string account = "000000000000"; ///< 12 digits
};

struct collection_arn {
  arn_scope scope;
  std::string collection_id;
};

struct stream_processor_arn {
  arn_scope scope;
  std::string name;
};

/// "arn:aws:rekognition:<region>:<account>:collection/<id>".
[[nodiscard]] std::string make_collection_arn(const arn_scope& scope, std::string_view collection_id);

/// "arn:aws:rekognition:<region>:<account>:streamprocessor/<name>".
[[nodiscard]] std::string make_stream_processor_arn(const arn_scope& scope, std::string_view name);

/// Reads both forms in use: with and without the leading "arn:" (AWS's own examples leave it out in places). Any
/// partition ("aws", "aws-cn", …).
/// Errors: `invalid_argument` when it is not the ARN of a collection.
[[nodiscard]] core::result<collection_arn> parse_collection_arn(std::string_view arn);

/// The same of a stream processor.
[[nodiscard]] core::result<stream_processor_arn> parse_stream_processor_arn(std::string_view arn);

} // namespace rollcall::wire
