#include "wire/arn.hpp"

#include "wire/patterns.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rollcall::wire {

namespace {

constexpr std::string_view resource_prefix = "collection/";

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

} // namespace

std::string make_collection_arn(const arn_scope& scope, std::string_view collection_id) {
  return service_prefix_of(scope).append(resource_prefix).append(collection_id);
}

std::string make_stream_processor_arn(const arn_scope& scope, std::string_view name) {
  return service_prefix_of(scope).append("streamprocessor/").append(name);
}

core::result<collection_arn> parse_collection_arn(std::string_view arn) {
  const auto refused =
      core::fail(core::error_code::invalid_argument, "ResourceArn must be that of a collection: "
                                                     "arn:aws:rekognition:<region>:<account>:collection/<id>.");
  auto rest = arn;
  if (rest.starts_with("arn:"))
    rest.remove_prefix(4);
  std::array<std::string_view, 4> parts; // partition, service, region, account
  for (auto& part : parts) {
    const auto taken = take_part(rest);
    if (!taken)
      return refused;
    part = *taken;
  }
  const auto [partition, service, region, account] = parts;
  if ((partition != "aws" && !partition.starts_with("aws-")) || service != "rekognition")
    return refused;
  if (!matches(pattern::client_token, region) || !is_account(account) || !rest.starts_with(resource_prefix))
    return refused;
  const auto id = rest.substr(resource_prefix.size());
  if (id.size() > 255 || !matches(pattern::collection_id, id))
    return refused;
  return collection_arn{{std::string{region}, std::string{account}}, std::string{id}};
}

} // namespace rollcall::wire
