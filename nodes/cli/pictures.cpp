#include "nodes/cli/pictures.hpp"

#include "vision/image.hpp"
#include "wire/base64.hpp"

namespace rollcall::cli {

json::object image_member(core::byte_view encoded) {
  json::object image;
  image["Bytes"] = wire::encode_base64(encoded);
  return image;
}

core::ratio_box box_of(const json::object& bounding_box) {
  const auto side = [&](std::string_view key) { return static_cast<float>(number_at(bounding_box, key)); };
  return {side("Left"), side("Top"), side("Width"), side("Height")};
}

core::result<std::pair<int, int>> upright_size(core::byte_view encoded) {
  vision::decode_limits limits;
  limits.min_side_px = 1;
  ROLLCALL_TRY(const auto picture, vision::decode(encoded, limits));
  return std::pair{picture.width_px, picture.height_px};
}

vision::pixel_box to_pixels(const core::ratio_box& box, std::pair<int, int> size) {
  const auto width = static_cast<float>(size.first);
  const auto height = static_cast<float>(size.second);
  return {box.left * width, box.top * height, box.width * width, box.height * height};
}

} // namespace rollcall::cli
