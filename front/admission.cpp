#include "front/admission.hpp"

#include "core/digest.hpp"
#include "front/sigv4.hpp"

#include <algorithm>

namespace rollcall::front {

namespace {

constexpr std::size_t max_purpose_length = 256;

core::status check_purpose(std::string_view purpose) {
  const bool is_printable = std::ranges::all_of(purpose, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (purpose.size() > max_purpose_length || !is_printable)
    return core::fail(core::error_code::constraint_violation,
                      "A purpose (x-rollcall-purpose, Purpose) has at most 256 printable characters");
  return core::nothing{};
}

bool may_touch(const caller& who, std::string_view collection) {
  return who.collections.empty() || collection.empty()
         || std::ranges::find(who.collections, collection) != who.collections.end();
}

core::error unknown_client() {
  return core::fail(core::error_code::unknown_client, "The security token included in the request is invalid.");
}

} // namespace

bool is_loopback_name(std::string_view host) noexcept {
  if (host.starts_with('['))
    return host.substr(0, host.find(']') + 1) == "[::1]";
  const auto name = host.substr(0, host.find(':'));
  const bool is_number = std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return is_same_name(name, "localhost") || (name.starts_with("127.") && is_number);
}

admission::admission(const core::wall_clock& clock, wire::arn_scope scope, bool is_open_allowed)
    : clock_(clock), scope_(std::move(scope)), is_open_allowed_(is_open_allowed) {}

void admission::use_keys(std::vector<store::api_key> keys) {
  auto table = std::make_shared<key_table>();
  auto curves = std::make_shared<curve_table>();
  for (auto& key : keys) {
    if (!key.curve_key.empty() && !key.revoked)
      curves->insert_or_assign(key.curve_key, key.access_key);
    auto name = key.access_key;
    table->insert_or_assign(std::move(name), std::move(key));
  }
  const std::lock_guard lock(mutex_);
  keys_ = std::move(table);
  if (!curves_ || *curves_ != *curves)
    curves_ = std::move(curves);
}

std::shared_ptr<const std::map<std::string, std::string>> admission::curve_keys() const {
  const std::lock_guard lock(mutex_);
  return curves_;
}

core::result<caller> admission::admit_curve(const std::string& curve_key, std::string purpose) const {
  const auto known = keys();
  const auto curves = curve_keys();
  if (!known || !curves)
    return core::fail(core::error_code::not_ready, "The node is starting");
  const auto owner = curves->find(curve_key);
  const auto key = owner == curves->end() ? known->end() : known->find(owner->second);
  if (key == known->end() || key->second.revoked)
    return unknown_client();
  ROLLCALL_CHECK(check_purpose(purpose));
  return caller{key->second.name, key->second.access_key, std::move(purpose), key->second.allowed,
                key->second.collections};
}

std::shared_ptr<const admission::key_table> admission::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool admission::has_no_keys() const {
  const auto known = keys();
  return known && known->empty();
}

core::result<caller> admission::admit(const http_request& request) const {
  const auto known = keys();
  if (!known)
    return core::fail(core::error_code::not_ready, "The node is starting");
  const auto purpose = request.header("x-rollcall-purpose");
  core::result<caller> who = caller{};
  if (known->empty() && is_open_allowed_) {
    if (!is_loopback_name(request.header("Host")))
      return core::fail(core::error_code::access_denied,
                        "This node has no API key yet; it serves callers that name it by a loopback address only");
    who->allowed = store::role::admin;
  } else {
    who = authenticate(request, *known);
  }
  if (!who)
    return who;
  ROLLCALL_CHECK(check_purpose(purpose));
  who->purpose = purpose;
  return who;
}

core::result<caller> admission::authenticate(const http_request& request, const key_table& known) const {
  std::vector<header_field> fields;
  fields.reserve(request.headers.size());
  for (const auto& header : request.headers)
    fields.push_back({header.name, header.value});
  const signed_request claimed{request.method, request.path, request.query, fields, core::as_bytes(request.body.view()),
                               clock_.now()};
  ROLLCALL_TRY(const auto authorization, parse_authorization(claimed));
  const auto found = known.find(authorization.access_key);
  // The work is done for an unknown key too, so that the time does not tell which keys exist.
  const std::string_view secret = found == known.end() ? std::string_view{"no such key"} : found->second.secret;
  const auto verified = verify(claimed, authorization, secret);
  if (found == known.end() || found->second.revoked)
    return unknown_client();
  if (!verified)
    return verified.failure();
  const auto& key = found->second;
  return caller{key.name, key.access_key, {}, key.allowed, key.collections};
}

core::status admission::permit(const caller& who, const wish& wanted) const {
  if (who.allowed >= wanted.needed && may_touch(who, wanted.collection))
    return core::nothing{};
  const auto resource =
      wanted.collection.empty() ? std::string{"*"} : wire::make_collection_arn(scope_, wanted.collection);
  return core::fail(core::error_code::access_denied,
                    "User: arn:aws:iam::" + scope_.account + ":user/" + who.principal
                        + " is not authorized to perform: " + std::string{wanted.action} + " on resource: " + resource);
}

} // namespace rollcall::front
