/// What the members of requests may be, kind by kind, at the edges of what is taken: the protocol's contract, told
/// apart from the code's own tables.
#pragma once

#include "core/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace rollcall::wire {

/// A JSON value and what becomes of it: accepted (both empty), malformed (`code`), or a violation at `path` under the
/// member.
struct edge {
  std::string value;
  std::string constraint = {};
  std::string path = {};
  core::error_code code = core::error_code::constraint_violation;
};

/// By the kind of member, e.g. "collection".
const std::map<std::string, std::vector<edge>>& edges_by_kind();

/// A face id in quotes.
inline const std::string a_face = "\"0123abcd-0123-abcd-0123-0123456789ab\"";

/// A text of that many characters, in quotes.
inline std::string text(std::size_t length, char c = 'a') {
  return '"' + std::string(length, c) + '"';
}

} // namespace rollcall::wire
