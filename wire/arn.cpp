#include "wire/arn.hpp"

#include "wire/patterns.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rollcall::wire {

namespace {

constexpr std::string_view collection_prefix = "collection/";
constexpr std::string_view processor_prefix = "streamprocessor/";

std::string service_prefix_of(const arn_scope& scope) {
  return "arn:aws:rekognition:" + scope.region + ":" + scope.account + ":";
}

/// Takes what stands before the next ":" off the front of `rest`; empty when there is none.
std::optional<std::string_view> take_part(std::string_view& rest) {
  const auto colon = rest.find(':');
  if (colon == rest.npos)
    return std::nullopt;
  const auto part = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return part;
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct resource {
  arn_scope scope;
  std::string name;
};

/// The resource whose ARN ends in `prefix` and a name of at most `longest` characters.
std::optional<resource> parse_resource(std::string_view arn, std::string_view prefix, std::size_t longest) {
  auto rest = arn;
  if (rest.starts_with("arn:"))
    rest.remove_prefix(4);
  std::array<std::string_view, 4> parts; // partition, service, region, account
  for (auto& part : parts) {
    const auto taken = take_part(rest);
    if (!taken)
      return std::nullopt;
    part = *taken;
  }
  const auto [partition, service, region, account] = parts;
  if ((partition != "aws" && !partition.starts_with("aws-")) || service != "rekognition")
    return std::nullopt;
  if (!matches(pattern::client_token, region) || !is_account(account) || !rest.starts_with(prefix))
    return std::nullopt;
  const auto name = rest.substr(prefix.size());
  if (name.size() > longest || !matches(pattern::collection_id, name))
    return std::nullopt;
  return resource{{std::string{region}, std::string{account}}, std::string{name}};
}

} // namespace

std::string make_collection_arn(const arn_scope& scope, std::string_view collection_id) {
  return service_prefix_of(scope).append(collection_prefix).append(collection_id);
}

std::string make_stream_processor_arn(const arn_scope& scope, std::string_view name) {
  return service_prefix_of(scope).append(processor_prefix).append(name);
}

core::result<collection_arn> parse_collection_arn(std::string_view arn) {
  auto read = parse_resource(arn, collection_prefix, 255);
  if (!read)
    return core::fail(core::error_code::invalid_argument,
                      "ResourceArn must be that of a collection or stream processor: "
                      "arn:aws:rekognition:<region>:<account>:collection/<id>.");
  return collection_arn{std::move(read->scope), std::move(read->name)};
}

core::result<stream_processor_arn> parse_stream_processor_arn(std::string_view arn) {
  auto read = parse_resource(arn, processor_prefix, 128);
  if (!read)
    return core::fail(core::error_code::invalid_argument,
                      "ResourceArn must be that of a stream processor: "
                      "arn:aws:rekognition:<region>:<account>:streamprocessor/<name>.");
  return stream_processor_arn{std::move(read->scope), std::move(read->name)};
}

} // namespace rollcall::wire
