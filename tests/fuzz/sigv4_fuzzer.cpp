// Signatures: the input is a request, a line each for the request line and the headers, an empty line, and the body.
// Nothing that was not signed with the secret gets in, and the same request signed here does.
#include "front/sigv4.hpp"

#include "core/ascii.hpp"
#include "front/sigv4_canonical.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace rollcall;
using front::header_field;

constexpr std::string_view secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const core::wall_time now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

std::string_view take_until(std::string_view& rest, char end) {
  const auto at = std::min(rest.find(end), rest.size());
  const auto part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

void require(bool condition) {
  if (!condition)
    std::abort();
}

bool is_admitted(const front::signed_request& request) {
  const auto parsed = front::parse_authorization(request);
  return parsed && front::verify(request, *parsed, secret);
}

/// Signs the request with the headers that a name can have, and expects to be let in.
void sign_and_admit(front::signed_request request, std::string_view path) {
  request.path = path;
  std::vector<header_field> headers{{"Host", "h"}, {"X-Amz-Target", "RekognitionService.ListFaces"}};
  for (const auto& header : request.headers) {
    const auto name = core::lower_case(header.name);
    const bool is_plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == name.npos;
    if (!name.empty() && is_plain && name.find("amz") == name.npos && name != "host" && name != "authorization")
      headers.push_back(header);
  }
  request.headers = headers;
  const auto made = front::sign(request, {"KEY", std::string{secret}, "eu-central-1"});
  headers.push_back({"X-Amz-Date", made.amz_date});
  headers.push_back({"Authorization", made.authorization});
  request.headers = headers;
  require(is_admitted(request));
  const std::string longer = std::string{core::as_text(request.body)} + "x";
  request.body = core::as_bytes(longer);
  require(!is_admitted(request));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  std::string_view rest = core::as_text({input, size});
  auto line = take_until(rest, '\n');
  const auto method = take_until(line, ' ');
  const auto path = take_until(line, '?');
  std::vector<header_field> headers;
  while (!rest.empty()) {
    auto header = take_until(rest, '\n');
    if (header.empty())
      break;
    const auto name = take_until(header, ':');
    headers.push_back({name, header});
  }
  const front::signed_request request{method, path, line, headers, core::as_bytes(rest), now};
  require(!is_admitted(request));
  sign_and_admit(request, path);
  return 0;
}
