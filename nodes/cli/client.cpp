#include "nodes/cli/client.hpp"

#include "core/clock.hpp"
#include "front/sigv4.hpp"
#include "nodes/cli/output.hpp"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <thread>

namespace rollcall::cli {

namespace {

constexpr std::string_view json_type = "application/x-amz-json-1.1";

struct protocol_name {
  std::string_view type;
  core::error_code code;
};

constexpr std::array protocol_names{
    protocol_name{"ThrottlingException", core::error_code::overloaded},
    protocol_name{"ProvisionedThroughputExceededException", core::error_code::overloaded},
    protocol_name{"InternalServerError", core::error_code::internal},
    protocol_name{"MissingAuthenticationTokenException", core::error_code::missing_authentication},
    protocol_name{"IncompleteSignatureException", core::error_code::incomplete_signature},
    protocol_name{"UnrecognizedClientException", core::error_code::unknown_client},
    protocol_name{"InvalidSignatureException", core::error_code::invalid_signature},
    protocol_name{"ExpiredTokenException", core::error_code::invalid_signature},
    protocol_name{"AccessDeniedException", core::error_code::access_denied},
    protocol_name{"ResourceNotFoundException", core::error_code::not_found},
    protocol_name{"ResourceAlreadyExistsException", core::error_code::already_exists},
};

core::error_code code_of(std::string_view type) {
  for (const auto& each : protocol_names)
    if (each.type == type)
      return each.code;
  return core::error_code::invalid_argument;
}

core::result<json::object> parse(const std::string& body) {
  boost::system::error_code failed;
  auto value = json::parse(body, failed);
  if (failed || !value.is_object())
    return core::fail(core::error_code::malformed, "the node's answer is no JSON object");
  return std::move(value.as_object());
}

core::error refusal(const http_response& reply) {
  const auto parsed = parse(reply.body);
  if (!parsed)
    return core::fail(core::error_code::malformed, "the node answered HTTP status " + std::to_string(reply.status));
  const auto type = text_at(*parsed, "__type");
  const auto lower = text_at(*parsed, "message");
  return core::fail(code_of(type), type + ": " + (lower.empty() ? text_at(*parsed, "Message") : lower));
}

bool is_worth_a_retry(const core::error& failed) {
  return core::is_retryable(failed.code) && failed.code != core::error_code::deadline_exceeded;
}

// By what it says, as a name server may say anything.
bool is_loopback(const std::string& host) {
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return not_an_address ? host == "localhost" : address.is_loopback();
}

const json::array no_array;
const json::object no_object;

} // namespace

std::string text_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : std::string{text->data(), text->size()};
}

double number_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  boost::system::error_code not_a_number;
  return value == nullptr ? 0 : value->to_number<double>(not_a_number);
}

std::string whole_at(const json::object& from, std::string_view key) {
  return fixed(number_at(from, key), 0);
}

std::string words_at(const json::object& from, std::string_view key) {
  std::string line;
  for (const auto& each : array_at(from, key))
    if (const auto* text = each.if_string())
      line += (line.empty() ? "" : ",") + std::string{text->data(), text->size()};
  return line;
}

std::string seconds_at(const json::object& from, std::string_view key) {
  return fixed(number_at(from, key) / 1'000, 1) + " s";
}

const json::array& array_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? no_array : *list;
}

const json::object& object_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? no_object : *object;
}

bool flag_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string heard(const json::object& node) {
  const auto since = ago(number_at(node, "silent_ms"));
  return flag_at(node, "signed_off") ? "signed off " + since : since;
}

std::string last_sign_of(const json::object& node) {
  return (flag_at(node, "signed_off") ? "" : "heard ") + heard(node);
}

const json::object& as_row(const json::value& element) {
  const auto* object = element.if_object();
  return object == nullptr ? no_object : *object;
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code) != 0 || std::string_view{"-_.~"}.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += digits[code >> 4U];
    encoded += digits[code & 15U];
  }
  return encoded;
}

core::result<client> client::make(const connection_settings& settings) {
  const std::string_view url{settings.endpoint};
  const bool is_secure = url.starts_with("https://");
  const std::string_view scheme = is_secure ? "https://" : "http://";
  const auto authority = url.substr(0, std::min(url.size(), url.find('/', scheme.size())))
                             .substr(url.starts_with(scheme) ? scheme.size() : 0);
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string host{authority.substr(0, colon)};
  const std::string_view usual_port = is_secure ? "443" : "80";
  const std::string port{colon == std::string_view::npos ? usual_port : authority.substr(colon + 1)};
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (!url.starts_with(scheme) || host.empty() || port.find_first_not_of("0123456789") != std::string::npos)
    return core::fail(core::error_code::invalid_config,
                      "the endpoint must be http://HOST:PORT or https://HOST:PORT, not '" + settings.endpoint + "'");
  client made{settings, {host, port, is_secure, settings.ca_file}};
  made.authority_ = authority;
  return made;
}

core::result<client> client::make_for_secrets(const connection_settings& settings) {
  ROLLCALL_TRY(auto made, make(settings));
  if (!made.is_private_ && !settings.may_expose)
    return core::fail(core::error_code::invalid_config,
                      "a secret would travel unencrypted to " + made.authority_
                          + ": use an https:// endpoint, ask on the node's own machine, or add --insecure-http");
  return made;
}

client::client(connection_settings settings, node_address node)
    : settings_(std::move(settings)),
      is_private_(node.is_secure || is_loopback(node.host)),
      connection_(std::move(node), settings_.timeout) {}

core::result<http_response> client::send(http_request request, std::string_view target, const piece_sink& sink) {
  request.headers.insert(
      request.headers.end(),
      {{"Host", authority_}, {"Content-Type", std::string{json_type}}, {"X-Amz-Target", std::string{target}}});
  if (!settings_.purpose.empty())
    request.headers.emplace_back("x-rollcall-purpose", settings_.purpose);
  if (!settings_.access_key.empty()) {
    std::vector<front::header_field> fields;
    for (const auto& [name, value] : request.headers)
      fields.push_back({name, value});
    const auto question = std::min(request.target.find('?'), request.target.size());
    const std::string_view whole{request.target};
    const auto query = whole.substr(std::min(question + 1, whole.size()));
    const front::signed_request what{request.method, whole.substr(0, question),    query,
                                     fields,         core::as_bytes(request.body), core::system_wall_clock{}.now()};
    const auto made = front::sign(what, {settings_.access_key, settings_.secret_key, settings_.region});
    request.headers.emplace_back("X-Amz-Date", made.amz_date);
    request.headers.emplace_back("Authorization", made.authorization);
  }
  ROLLCALL_TRY(auto reply, connection_.exchange(request, sink));
  if (reply.status != 200)
    return refusal(reply);
  return reply;
}

core::result<json::object> client::send_with_retries(const http_request& request, std::string_view target) {
  constexpr int tries = 5;
  std::chrono::milliseconds pause{200};
  for (int attempt = 1;; ++attempt) {
    auto reply = send(request, target);
    if (reply)
      return parse(reply->body);
    if (attempt == tries || !is_worth_a_retry(reply.failure()))
      return std::move(reply).failure();
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

core::result<json::object> client::call(std::string_view operation, const json::object& request,
                                        const http_headers& more) {
  const auto body = json::serialize(request);
  return send_with_retries({"POST", "/", more, body}, "RekognitionService." + std::string{operation});
}

core::result<json::object> client::read(const std::string& path) {
  return send_with_retries({"GET", "/admin/v1/" + path, {}, {}}, "RollcallAdmin.v1");
}

core::result<json::object> client::write(const std::string& method, const std::string& path, std::string_view body) {
  ROLLCALL_TRY(const auto reply, send({method, "/admin/v1/" + path, {}, body}, "RollcallAdmin.v1"));
  return parse(reply.body);
}

core::status client::read_stream(const std::string& path, const piece_sink& sink) {
  ROLLCALL_TRY(const auto reply, send({"GET", "/admin/v1/" + path, {}, {}}, "RollcallAdmin.v1", sink));
  static_cast<void>(reply);
  return core::nothing{};
}

} // namespace rollcall::cli
