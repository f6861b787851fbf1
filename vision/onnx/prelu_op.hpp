/// PReLU on tensors whose channels lie in blocks, as an operator of ONNX Runtime's. Inside vision/ only.
#pragma once

#include "vision/onnx/api.hpp"

#include <array>
#include <cstddef>

namespace rollcall::vision::onnx {

/// A length of channel blocks, and the operator for it.
struct blocked_prelu_op {
  std::size_t block = 0;
  const char* op = nullptr;
};

/// What ONNX Runtime blocks channels by: 16 with AVX-512 or on arm64, 8 otherwise. It does not say which.
inline constexpr std::array<blocked_prelu_op, 2> blocked_prelus{{{16, "PRelu16"}, {8, "PRelu8"}}};

/// A tensor of `channels` × `positions` in blocks: channels / block groups, of each all positions, of each `block`
/// channels side by side. `channels` is a multiple of `block`, `block` one of 8's.
struct blocked_shape {
  std::size_t channels = 0;
  std::size_t positions = 0;
  std::size_t block = 0;
};

/// out = in where in is not negative, else in times its channel's slope (`slopes`: one for each channel). `in` and
/// `out` may be the same. Pure; the same numbers whatever the processor.
void blocked_prelu(const float* in, const float* slopes, float* out, blocked_shape shape) noexcept;

/// The operators' descriptions, one for each of `blocked_prelus`, in its order; they live as long as the program.
[[nodiscard]] std::array<const custom_op*, 2> describe_prelu_ops() noexcept;

} // namespace rollcall::vision::onnx
