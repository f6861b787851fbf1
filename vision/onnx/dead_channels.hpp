/// Takes the channels out of a network that carry nothing. Inside vision/ only.
///
/// Weight decay drives whole channels of a network to zero: their depthwise kernels, and the weights that spread them
/// over what follows, end as numbers near 1e-30. They cost as much as the others; a third of the embedding network's
/// multiplications are theirs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::vision::onnx {

/// What numbers of channels stay a multiple of, so that they fill ONNX Runtime's blocks.
inline constexpr std::size_t kept_channels_multiple = 16;

/// `model`, an ONNX file, with narrower bottlenecks: of convolution, depthwise convolution and 1 × 1 convolution, with
/// PReLU, ReLU or nothing between them, those channels are dropped whose depthwise kernel times the weights behind it
/// is below 1e-8 of the layer's largest, which is less than rounding makes of the others. What is constant in them goes
/// into the last one's bias. Left as they are: bottlenecks of which a value or a constant is used elsewhere, too. Empty
/// where nothing is to be dropped or `model` is no ONNX file. Pure.
[[nodiscard]] std::optional<std::string> drop_dead_channels(std::string_view model);

} // namespace rollcall::vision::onnx
