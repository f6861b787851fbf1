#include "vision/track/shot_album.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace rollcall::vision {

namespace {

constexpr int looks_again_after = 5; ///< times, whatever the face is worth

} // namespace

float cosine(std::span<const float> a, std::span<const float> b) noexcept {
  return a.size() == b.size() ? std::inner_product(a.begin(), a.end(), b.begin(), 0.0F) : -1;
}

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
  auto best = take_best(at - given_ >= looks_again_after * every_);
  if (best)
    given_ = at;
  return best;
}

std::optional<chosen_face> shot_album::choose_last() {
  return take_best(false);
}

std::optional<chosen_face> shot_album::take_best(bool whatever_it_is_worth) {
  auto best = std::exchange(best_, std::nullopt);
  const bool is_wanted =
      best && (whatever_it_is_worth || qualities_.size() < most_ || best->shows.quality > qualities_.back());
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
  kept_shot shot{quality, {embedding.begin(), embedding.end()}};
  if (const auto before = mean(); !before.empty() && cosine(before, embedding) < other_cosine) {
    const auto other = std::exchange(stranger_, std::nullopt);
    if (!other || cosine(other->embedding, embedding) < other_cosine) {
      stranger_ = std::move(shot);
      return;
    }
    qualities_.assign({std::max(other->quality, quality), std::min(other->quality, quality)});
    qualities_.resize(std::min(qualities_.size(), most_));
    kept_.clear();
    insert(*other);
  }
  stranger_.reset();
  insert(std::move(shot));
}

void shot_album::insert(kept_shot shot) {
  const auto after = std::upper_bound(kept_.begin(), kept_.end(), shot.quality,
                                      [](float value, const kept_shot& each) { return value > each.quality; });
  kept_.insert(after, std::move(shot));
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
