#include "bench/cameras/track_recognition.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rollcall::bench {

namespace {

constexpr std::size_t least_faces = 10;

using gallery = std::map<vision::track_id, std::vector<float>>;

bool finds(const gallery& enrolled, const std::vector<float>& probe, vision::track_id whom, float same_cosine) {
  vision::track_id best = 0;
  float highest = same_cosine;
  for (const auto& [track, embedding] : enrolled) {
    const float cosine = std::inner_product(probe.begin(), probe.end(), embedding.begin(), 0.0F);
    if (cosine >= highest) {
      highest = cosine;
      best = track;
    }
  }
  return best == whom;
}

} // namespace

void track_recognition::note(vision::track_id track, std::chrono::milliseconds at, float quality,
                             std::vector<float> embedding) {
  faces_[track].push_back({at, quality, std::move(embedding)});
}

recognition_figures track_recognition::measure(float same_cosine) const {
  const auto is_worse = [](const shown_face& a, const shown_face& b) { return a.quality < b.quality; };
  gallery enrolled;
  for (const auto& [track, faces] : faces_)
    if (faces.size() >= least_faces) {
      const auto half = faces.begin() + static_cast<std::ptrdiff_t>(faces.size() / 2);
      enrolled.emplace(track, std::max_element(faces.begin(), half, is_worse)->embedding);
    }
  recognition_figures figures;
  figures.tracks = enrolled.size();
  for (const auto& [track, own] : enrolled) {
    const auto& faces = faces_.at(track);
    const vision::tracker_settings tracking;
    vision::shot_album album{tracking.embed_every, tracking.best_shots};
    std::size_t found = 0;
    const auto half = faces.size() / 2;
    auto best = faces.begin() + static_cast<std::ptrdiff_t>(half);
    auto from = best->at;
    for (std::size_t i = half; i < faces.size(); ++i) {
      if (faces[i].at - from >= tracking.embed_every) {
        album.keep(best->embedding, best->quality);
        best = faces.begin() + static_cast<std::ptrdiff_t>(i);
        from = best->at;
      }
      if (is_worse(*best, faces[i]))
        best = faces.begin() + static_cast<std::ptrdiff_t>(i);
      found += finds(enrolled, faces[i].embedding, track, same_cosine) ? 1U : 0U;
    }
    album.keep(best->embedding, best->quality);
    const auto searched = static_cast<double>(faces.size() - half);
    figures.with_tracking += finds(enrolled, album.mean(), track, same_cosine) ? 1 : 0;
    figures.without_tracking += static_cast<double>(found) / searched;
  }
  if (figures.tracks > 0) {
    figures.with_tracking /= static_cast<double>(figures.tracks);
    figures.without_tracking /= static_cast<double>(figures.tracks);
  }
  return figures;
}

} // namespace rollcall::bench
