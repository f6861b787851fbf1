#include "front/index_selection.hpp"

#include "front/face_detail.hpp"

#include <algorithm>
#include <numeric>

namespace rollcall::front {

index_selection select_faces(std::span<const vision::face> faces, std::optional<int> max_faces) {
  std::vector<std::size_t> order(faces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [faces](std::size_t a, std::size_t b) {
    const float area_a = faces[a].box.area();
    const float area_b = faces[b].box.area();
    return area_a != area_b ? area_a > area_b : faces[a].quality > faces[b].quality;
  });
  const std::size_t limit = max_faces ? static_cast<std::size_t>(std::max(*max_faces, 0)) : faces.size();
  index_selection selected;
  for (const auto index : order) {
    if (!faces[index].reasons.empty())
      selected.left_out.push_back({index, make_reasons(faces[index].reasons)});
    else if (selected.chosen.size() < limit)
      selected.chosen.push_back(index);
    else
      selected.left_out.push_back({index, {wire::face_reason::exceeds_max_faces}});
  }
  return selected;
}

} // namespace rollcall::front
