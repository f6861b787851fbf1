/// Age, gender and expression of a face: networks that are off unless the operator turns them on, since they state an
/// appearance, not a fact. Owned by one `face_analyzer`, used on its thread.
#pragma once

#include "core/result.hpp"
#include "vision/analysis.hpp"
#include "vision/crop.hpp"
#include "vision/halvings.hpp"
#include "vision/model_manifest.hpp"
#include "vision/runtime.hpp"

#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <span>

namespace rollcall::vision {

/// A network with its description.
struct attribute_network {
  network_spec spec;
  std::unique_ptr<network> runs;
};

/// The value in [0, 1) that a soft stagewise regression network states. `outputs`: three probabilities a stage (stages
/// 1, 2, 3), one scale a stage, three shifts a stage. Source: Yang et al., "SSR-Net: a compact soft stagewise
/// regression network for age estimation", IJCAI 2018, eq. 5.
[[nodiscard]] float stagewise_value(std::span<const std::span<const float>, 9> outputs) noexcept;

class attribute_reader {
public:
  attribute_reader(std::optional<attribute_network> age, std::optional<attribute_network> gender,
                   std::optional<attribute_network> expression);

  /// The attributes of the face in `box` whose networks were given; the others stay absent.
  /// Errors: `internal` when a network fails.
  [[nodiscard]] core::result<face_attributes> read(halvings& picture, const pixel_box& box);

private:
  core::status look(halvings& picture, const pixel_box& box, attribute_network& with);
  core::result<float> regress(halvings& picture, const pixel_box& box, attribute_network& with);

  std::optional<attribute_network> age_;
  std::optional<attribute_network> gender_;
  std::optional<attribute_network> expression_;
  input_filler filler_;
  cv::Mat crop_;
};

} // namespace rollcall::vision
