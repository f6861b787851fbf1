#include "vision/capture/source_uri.hpp"

#include "core/ascii.hpp"

#include <charconv>
#include <string_view>

namespace rollcall::vision {

namespace {

core::error bad_uri(const std::string& text) {
  return core::fail(core::error_code::invalid_argument, text);
}

/// "%20" and the like resolved; what is no escape stays as it is. Source: RFC 3986, 2.1.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const auto digits = text.substr(at + 1, 2);
    if (text[at] == '%' && digits.size() == 2
        && std::from_chars(digits.data(), digits.data() + 2, value, 16).ptr == digits.data() + 2) {
      result.push_back(static_cast<char>(value));
      at += 2;
    } else {
      result.push_back(text[at]);
    }
  }
  return result;
}

/// Host and port of what follows "//": user and password end at the last '@' before the path.
std::string_view host_of(std::string_view rest) {
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

} // namespace

core::result<source_uri> parse_source_uri(const std::string& uri) {
  const auto end = uri.find("://");
  if (end == std::string::npos)
    return bad_uri("a video source is named by a URI such as rtsp://camera/stream or file:///videos/door.mp4");
  source_uri result;
  result.scheme = core::lower_case(std::string_view{uri}.substr(0, end));
  const auto rest = std::string_view{uri}.substr(end + 3);
  if (result.scheme == "file" || result.scheme == "v4l2") {
    result.kind = result.scheme == "file" ? source_kind::file : source_kind::device;
    result.target = result.shown = unescape(rest);
    if (result.target.empty() || result.target.front() != '/' || result.target.find('\0') != std::string::npos)
      return bad_uri("the path of a video source must be absolute: " + result.scheme + ":///path");
    return result;
  }
  if (result.scheme != "rtsp" && result.scheme != "rtsps" && result.scheme != "http" && result.scheme != "https")
    return bad_uri("video sources are named by rtsp://, rtsps://, http://, https://, file:/// or v4l2:///");
  const auto host = host_of(rest);
  if (host.empty())
    return bad_uri("a stream's URI needs a host: " + result.scheme + "://host/path");
  result.kind = source_kind::stream;
  result.target = result.scheme + "://" + std::string{rest};
  result.shown = result.scheme + "://" + std::string{host};
  return result;
}

} // namespace rollcall::vision
