/// Which faces of a track are worth an embedding, and what their embeddings say together. One per track. Value type;
/// no clock, no threads.
#pragma once

#include "vision/analysis.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::vision {

/// A face to be embedded: of all that the track showed in a while, the best.
struct chosen_face {
  std::chrono::milliseconds at{0};
  face shows;
};

/// Of two embeddings, L2-normalised; -1 where their lengths differ.
[[nodiscard]] float cosine(std::span<const float> a, std::span<const float> b) noexcept;

class shot_album {
public:
  /// Chooses at most one face in each `every`, and keeps the best `most` ≥ 1.
  shot_album(std::chrono::milliseconds every, std::size_t most) : every_(every), most_(most) {}

  /// A face of the track. Only one that passed its filter and carries its crop can be chosen.
  void offer(std::chrono::milliseconds at, const face& shows);

  /// The face to be embedded now: the first at once, later ones at the end of their time, and only where they are
  /// better than the worst that is kept, or fewer than `most` are; else every fifth time, as somebody else may be there
  /// now.
  [[nodiscard]] std::optional<chosen_face> choose(std::chrono::milliseconds at);

  /// The same at the end of the track: does not wait for the end of the time.
  [[nodiscard]] std::optional<chosen_face> choose_last();

  /// The embedding of a chosen face (L2-normalised) and its quality, 0–100. One without numbers is ignored, as is one
  /// of another length than those before. Two in a row that are like each other and unlike those before show somebody
  /// else, to whom the track has gone over: they take the place of all. The first of them waits for the second.
  void keep(std::span<const float> embedding, float quality);

  /// The mean of the kept embeddings, each weighted by its quality, of length 1; empty where there is none, or they
  /// cancel out.
  [[nodiscard]] std::vector<float> mean() const;

  /// Embeddings less similar show two persons, or one of them nobody well: few persons look so alike, and few good
  /// pictures of one person so different.
  static constexpr float other_cosine = 0.2F;

private:
  [[nodiscard]] std::optional<chosen_face> take_best(bool whatever_it_is_worth);
  struct kept_shot {
    float quality = 0;
    std::vector<float> embedding;
  };
  void insert(kept_shot shot);

  std::chrono::milliseconds every_;
  std::size_t most_;
  std::optional<chosen_face> best_;                 ///< since the last one was chosen
  std::optional<std::chrono::milliseconds> chosen_; ///< when the last one was looked for
  std::chrono::milliseconds given_{0};              ///< when there was one
  std::vector<float> qualities_;                    ///< of the best that were chosen, highest first
  std::vector<kept_shot> kept_;                     ///< best first
  std::optional<kept_shot> stranger_;               ///< the last one, where it was unlike those that are kept
};

} // namespace rollcall::vision
