/// What is to be said about a node and its cluster, from what they told of themselves. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

enum class finding_state { fine, warning, failure };

[[nodiscard]] std::string_view to_string(finding_state state);

struct finding {
  std::string check; ///< what was looked at
  finding_state state = finding_state::fine;
  std::string found;
  std::string advice; ///< what to do; empty where all is fine
};

struct examined {
  boost::json::object node;    ///< reply of GET doctor
  boost::json::object cluster; ///< reply of GET cluster; empty of a node that is alone
  double now_ms = 0;           ///< by this machine's clock, when the node looked at its own
  double doubt_ms = 0;         ///< by how much that may be wrong
};

/// One finding for each check that could be made, in a fixed order.
[[nodiscard]] std::vector<finding> diagnose(const examined& what);

} // namespace rollcall::cli
