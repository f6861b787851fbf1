/// A key for the ZeroMQ plane of a node that has none yet. From then on its HTTP wants signatures, too.
#pragma once

#include "core/result.hpp"
#include "tests/support/rollcalld_process.hpp"
#include "tests/support/zmq_client.hpp"

#include <string>

namespace rollcall::bench {

struct zmq_access {
  std::string queries; ///< HOST:PORT; empty where the node has no such socket
  std::string events;
  test::zmq_keys keys;
};

/// Errors: `internal`, with what the command line said.
[[nodiscard]] core::result<zmq_access> make_zmq_access(const test::rollcalld_process& node);

} // namespace rollcall::bench
