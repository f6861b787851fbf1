#include "vision/onnx/prelu_op.hpp"

#include "core/assert.hpp"

#include <cstdint>
#include <cstring>

namespace rollcall::vision::onnx {

namespace {

constexpr std::size_t width = 8;
using lanes __attribute__((vector_size(width * sizeof(float)))) = float;

/// Eight channels at a time, at all positions.
[[gnu::always_inline]] inline void all_channels(const float* in, const float* slopes, float* out, blocked_shape shape) {
  const std::size_t group = shape.positions * shape.block;
  for (std::size_t first = 0; first < shape.channels; first += width) {
    lanes slope;
    std::memcpy(&slope, slopes + first, sizeof slope);
    const std::size_t begin = first / shape.block * group + first % shape.block;
    for (std::size_t at = begin; at < begin + group; at += shape.block) {
      lanes x;
      std::memcpy(&x, in + at, sizeof x);
      x = x < 0 ? x * slope : x;
      std::memcpy(out + at, &x, sizeof x);
    }
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void with_avx2(const float* in, const float* slopes, float* out, blocked_shape shape) {
  all_channels(in, slopes, out, shape);
}
#endif

/// What an operator's kernel knows: the library's table, and the block of its tensors.
struct kernel {
  table api = nullptr;
  std::size_t block = 0;
};

/// Numbers of a tensor; null where the library refuses.
float* numbers_of(table api, value* of) {
  void* data = nullptr;
  return tensor_data::call(api, of, &data) == nullptr ? static_cast<float*>(data) : nullptr;
}

using shape_of_four = std::array<std::int64_t, 4>;

bool read_shape(table api, const value* of, shape_of_four& shape) {
  tensor_info* info = nullptr;
  if (tensor_type_and_shape::call(api, of, &info) != nullptr)
    return false;
  std::size_t count = 0;
  const bool read = dimensions_count::call(api, info, &count) == nullptr && count == shape.size()
                    && dimensions::call(api, info, shape.data(), count) == nullptr;
  release_tensor_info::call(api, info);
  return read && shape[0] == 1;
}

/// Nothing here can fail but by a graph that `keep_prelu_blocked` did not make: then the output is not made, and the
/// library refuses the run.
void compute(void* opaque, kernel_context* context) {
  const auto& own = *static_cast<const kernel*>(opaque);
  const value* in = nullptr;
  const value* slopes = nullptr;
  value* out = nullptr;
  shape_of_four shape{};
  if (kernel_input::call(own.api, context, 0, &in) != nullptr
      || kernel_input::call(own.api, context, 1, &slopes) != nullptr || !read_shape(own.api, in, shape)
      || kernel_output::call(own.api, context, 0, shape.data(), shape.size(), &out) != nullptr)
    return;
  const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(shape[axis]); };
  blocked_prelu(numbers_of(own.api, const_cast<value*>(in)), numbers_of(own.api, const_cast<value*>(slopes)),
                numbers_of(own.api, out), {size(1), size(2) * size(3), own.block});
}

template <std::size_t Index>
custom_op describe() {
  custom_op made;
  made.create_kernel = [](const custom_op*, table api, const kernel_info*) -> void* {
    return new kernel{api, blocked_prelus[Index].block};
  };
  made.name = [](const custom_op*) { return blocked_prelus[Index].op; };
  made.provider = [](const custom_op*) -> const char* { return nullptr; };
  made.input_type = [](const custom_op*, std::size_t) { return float32; };
  made.input_count = [](const custom_op*) -> std::size_t { return 2; };
  made.output_type = [](const custom_op*, std::size_t) { return float32; };
  made.output_count = [](const custom_op*) -> std::size_t { return 1; };
  made.compute = &compute;
  made.destroy_kernel = [](void* opaque) { delete static_cast<kernel*>(opaque); };
  made.input_kind = [](const custom_op*, std::size_t) { return 0; };
  made.output_kind = [](const custom_op*, std::size_t) { return 0; };
  return made;
}

} // namespace

void blocked_prelu(const float* in, const float* slopes, float* out, blocked_shape shape) noexcept {
  ROLLCALL_ASSERT(shape.block % width == 0 && shape.channels % shape.block == 0);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0)
    return with_avx2(in, slopes, out, shape);
#endif
  all_channels(in, slopes, out, shape);
}

std::array<const custom_op*, 2> describe_prelu_ops() noexcept {
  static const std::array<custom_op, 2> all{describe<0>(), describe<1>()};
  return {&all[0], &all[1]};
}

} // namespace rollcall::vision::onnx
