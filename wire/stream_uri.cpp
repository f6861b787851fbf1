#include "wire/stream_uri.hpp"

#include "core/ascii.hpp"
#include "wire/patterns.hpp"

#include <algorithm>
#include <array>

namespace rollcall::wire {

namespace {

constexpr std::string_view hidden = "***";
constexpr std::size_t max_channel_length = 128;

constexpr std::array<std::string_view, 4> network_schemes{"rtsp://", "rtsps://", "http://", "https://"};

/// Parts of a parameter's name that tell of a secret.
constexpr std::array<std::string_view, 7> secret_words{"pass", "pwd", "token", "secret", "auth", "key", "sig"};

std::size_t authority_begin(std::string_view uri) {
  const auto slashes = uri.find("://");
  return slashes == uri.npos ? uri.size() : slashes + 3;
}

bool names_a_host(std::string_view uri) {
  const auto place = place_of(uri);
  return !place.empty() && place.front() != ':';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_taken(std::string_view uri) {
  const auto has_scheme = [uri](std::string_view scheme) { return uri.starts_with(scheme); };
  if (std::any_of(network_schemes.begin(), network_schemes.end(), has_scheme))
    return names_a_host(uri);
  constexpr std::string_view file = "file:///";
  constexpr std::string_view channel = "zmq://";
  constexpr std::string_view device = "v4l2:///dev/video";
  if (uri.starts_with(file))
    return uri.size() > file.size();
  if (uri.starts_with(channel))
    return uri.size() <= channel.size() + max_channel_length
           && matches(pattern::collection_id, uri.substr(channel.size()));
  return uri.starts_with(device) && is_digits(uri.substr(device.size()));
}

bool is_secret(std::string_view parameter) {
  const auto lower = core::lower_case(parameter);
  return std::any_of(secret_words.begin(), secret_words.end(),
                     [&](std::string_view word) { return lower.find(word) != lower.npos; });
}

/// "a=1&pwd=2" as "a=1&pwd=***".
std::string hide_values(std::string_view query) {
  std::string shown;
  while (!query.empty()) {
    const auto end = std::min(query.find_first_of("&;"), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != pair.npos && is_secret(pair.substr(0, equals)))
      shown.append(pair.substr(0, equals + 1)).append(hidden);
    else
      shown.append(pair);
    shown.append(query.substr(end, 1));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return shown;
}

} // namespace

core::status check_stream_uri(std::string_view uri) {
  if (uri.size() > max_stream_uri_length)
    return core::fail(core::error_code::invalid_argument,
                      "must have at most " + std::to_string(max_stream_uri_length) + " bytes.");
  if (!std::all_of(uri.begin(), uri.end(), [](unsigned char c) { return c > 0x20 && c != 0x7F; }))
    return core::fail(core::error_code::invalid_argument, "must not have spaces or control characters.");
  if (is_taken(uri))
    return core::nothing{};
  const std::string taken = "rtsp://, rtsps://, http:// or https:// with a host, file:///PATH, zmq://NAME or "
                            "v4l2:///dev/videoN.";
  if (uri.starts_with("arn:"))
    return core::fail(core::error_code::invalid_argument,
                      "can't be that of a stream in Kinesis: this server reads cameras itself. Give the stream's URI "
                      "in its place: "
                          + taken);
  return core::fail(core::error_code::invalid_argument, "must be the URI of a stream: " + taken);
}

std::string_view place_of(std::string_view uri) noexcept {
  const auto rest = uri.substr(authority_begin(uri));
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  return authority.substr(authority.rfind('@') + 1); // npos + 1 is 0
}

// A password may hold what ought to be escaped, so everything before the last "@" counts as one.
std::string without_secrets(std::string_view uri) {
  const auto begin = authority_begin(uri);
  const auto at = uri.rfind('@');
  const auto colon = uri.find(':', begin);
  std::string shown{uri.substr(0, begin)};
  auto rest = uri.substr(begin);
  if (at != uri.npos && colon < at) {
    shown.append(uri.substr(begin, colon + 1 - begin)).append(hidden);
    rest = uri.substr(at);
  }
  const auto query = rest.find('?');
  if (query == rest.npos)
    return shown.append(rest);
  return shown.append(rest.substr(0, query + 1)).append(hide_values(rest.substr(query + 1)));
}

} // namespace rollcall::wire
