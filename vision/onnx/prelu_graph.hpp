/// Changes to a network's graph as ONNX Runtime has optimised it. Inside vision/ only.
///
/// ONNX Runtime runs convolutions on tensors whose channels lie in blocks, but has no PReLU for that layout: around
/// each one it orders the tensor back and forth. In a network of the MobileFaceNet family that takes three tenths of
/// the time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::vision::onnx {

/// Where the operator that takes a PReLU's place is defined, as in a node's `domain`.
inline constexpr const char* prelu_domain = "rollcall";

/// `model`, an ONNX file as ONNX Runtime writes it after its optimisations, in which each PReLU that stands alone
/// between two reorderings has become one node of the type `op` in `prelu_domain` that takes and gives blocked tensors.
/// Left as they are: those whose slopes are not one constant for each of a multiple of `channels` channels, and those
/// whose value, ordered or not, is used elsewhere. Empty where none can be replaced or `model` is no ONNX file. Pure.
[[nodiscard]] std::optional<std::string> keep_prelu_blocked(std::string_view model, const std::string& op,
                                                            std::int64_t channels);

} // namespace rollcall::vision::onnx
