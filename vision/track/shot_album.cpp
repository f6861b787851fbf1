#include "vision/track/shot_album.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace rollcall::vision {

void shot_album::offer(std::chrono::milliseconds at, const face& shows) {
  if (!shows.reasons.empty() || !shows.aligned.pixels)
    return;
  if (best_ && best_->shows.quality >= shows.quality)
    return;
  best_ = chosen_face{at, shows};
  best_->shows.embedding.clear();
}

std::optional<chosen_face> shot_album::choose(std::chrono::milliseconds at) {
  if (!best_ || (chosen_ && at - *chosen_ < every_))
    return std::nullopt;
  chosen_ = at;
  return choose_last();
}

std::optional<chosen_face> shot_album::choose_last() {
  auto best = std::exchange(best_, std::nullopt);
  const bool is_wanted = best && (qualities_.size() < most_ || best->shows.quality > qualities_.back());
  if (!is_wanted)
    return std::nullopt;
  const float quality = best->shows.quality;
  qualities_.insert(std::upper_bound(qualities_.begin(), qualities_.end(), quality, std::greater<>{}), quality);
  qualities_.resize(std::min(qualities_.size(), most_));
  return best;
}

void shot_album::keep(std::span<const float> embedding, float quality) {
  if (embedding.empty() || (!kept_.empty() && kept_.front().embedding.size() != embedding.size()))
    return;
  const auto after = std::upper_bound(kept_.begin(), kept_.end(), quality,
                                      [](float value, const kept_shot& each) { return value > each.quality; });
  kept_.insert(after, kept_shot{quality, {embedding.begin(), embedding.end()}});
  if (kept_.size() > most_)
    kept_.pop_back();
}

std::vector<float> shot_album::mean() const {
  if (kept_.empty())
    return {};
  std::vector<float> sum(kept_.front().embedding.size(), 0.0F);
  double square = 0;
  for (const auto& each : kept_)
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += std::max(each.quality, 1.0F) * each.embedding[i];
  for (const float each : sum)
    square += static_cast<double>(each) * each;
  if (!(square > 0) || !std::isfinite(square))
    return {};
  for (float& each : sum)
    each = static_cast<float>(each / std::sqrt(square));
  return sum;
}

} // namespace rollcall::vision
