/// What every implementation of the store refuses in the same way and words. Pure functions.
#pragma once

#include "store/store.hpp"

namespace rollcall::store {

inline constexpr std::uint32_t most_numbers = 2'000'000'000; ///< of partitions of one collection, ever
inline constexpr std::size_t most_faces_of_user = 100;

[[nodiscard]] core::error no_collection();
[[nodiscard]] core::error no_face(core::face_id id);
[[nodiscard]] core::error no_user(std::string_view user_id);
[[nodiscard]] core::error too_many_tags();
[[nodiscard]] core::error too_many_faces(std::string_view user_id);
[[nodiscard]] core::error token_reused(std::string_view token);

/// Errors: `invalid_argument` (partitions not a power of two within `most_partitions`), `quota_exceeded` (tags).
[[nodiscard]] core::status check_recall_floor(float wanted);
[[nodiscard]] core::status check_collection(const collection_record& record, const tags& with);

/// That a step of a doubling may be taken. Errors: `conflict`, `invalid_argument`, `quota_exceeded`.
[[nodiscard]] core::status check_step(const collection_shape& now, doubling_step step, const partition_shape& seen);
/// The shape after the step, when all that it forgets is gone.
[[nodiscard]] partition_shape shape_after(const partition_shape& now, doubling_step step);

/// That a face may join a collection of this model and dimension (0: none yet). Errors: `model_mismatch`,
/// `invalid_argument` (no embedding, or a number that is not finite).
[[nodiscard]] core::status check_face(std::string_view model_version, std::size_t dimension,
                                      const face_with_embedding& face);

/// Errors: `invalid_argument` when `limit` is 0.
[[nodiscard]] core::status check_limit(std::size_t limit);

/// How many rows to ask for so that a further one shows that there are more; any `limit` fits.
[[nodiscard]] constexpr std::uint64_t one_more(std::size_t limit) noexcept {
  return limit < 1'000'000'000 ? limit + 1 : 1'000'000'000;
}

/// True when both describe the same face of the same picture: image, external image id and box.
[[nodiscard]] bool is_same_face(const face_record& a, const face_record& b);

/// `ids` without repetitions, in the order of their first places.
[[nodiscard]] std::vector<core::face_id> without_repetitions(std::span<const core::face_id> ids);

/// Cosine of two L2-normalised vectors of equal size, summed in order in float64.
[[nodiscard]] float cosine(std::span<const float> a, std::span<const float> b);

/// The L2-normalised mean of `embeddings` (all of one size, at least one), summed in their order in float64; zeros when
/// they cancel out.
[[nodiscard]] std::vector<float> normalised_mean(std::span<const std::vector<float>> embeddings);

} // namespace rollcall::store
