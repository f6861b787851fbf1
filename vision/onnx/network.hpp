/// A network that ONNX Runtime runs. Inside vision/ only.
#pragma once

#include "vision/onnx/objects.hpp"
#include "vision/runtime.hpp"

#include <memory>

namespace rollcall::vision::onnx {

/// `session` with buffers as `spec` says, run once on zeros. Errors: `internal`, where it is not what `spec` says.
[[nodiscard]] core::result<std::unique_ptr<network>> make_network(table api, const memory_info* where,
                                                                  owned_session session, const network_spec& spec);

} // namespace rollcall::vision::onnx
