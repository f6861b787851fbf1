#include "store/checks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_set>

namespace rollcall::store {

using core::error_code;
using core::fail;

core::error no_collection() {
  return fail(error_code::not_found, "the collection does not exist");
}

core::error no_face(core::face_id id) {
  return fail(error_code::not_found, "the face " + to_string(id) + " is not in the collection");
}

core::error no_user(std::string_view user_id) {
  return fail(error_code::not_found, "the user " + std::string(user_id) + " is not in the collection");
}

core::error too_many_tags() {
  return fail(error_code::quota_exceeded, "a collection takes at most " + std::to_string(most_tags) + " tags");
}

core::error too_many_faces(std::string_view user_id) {
  return fail(error_code::quota_exceeded, "the user " + std::string(user_id) + " would have more than "
                                              + std::to_string(most_faces_of_user) + " faces: none were added");
}

core::error token_reused(std::string_view token) {
  return fail(error_code::idempotency_mismatch,
              "the client request token " + std::string(token) + " was used with other parameters");
}

core::status check_recall_floor(float wanted) {
  if (!(wanted >= least_recall_floor && wanted <= 1)) // a NaN too
    return fail(error_code::invalid_argument, "a recall floor is a share of at least 0.5 and at most 1");
  return core::nothing{};
}

core::status check_collection(const collection_record& record, const tags& with) {
  if (!std::has_single_bit(record.partitions) || record.partitions > most_partitions)
    return fail(error_code::invalid_argument,
                "the number of partitions must be a power of two up to " + std::to_string(most_partitions));
  if (with.size() > most_tags)
    return too_many_tags();
  return core::nothing{};
}

core::status check_step(const collection_shape& now, doubling_step step, const partition_shape& seen) {
  const auto wanted = step == doubling_step::begin ? doubling_stage::none
                      : step == doubling_step::end ? doubling_stage::leaving
                                                   : doubling_stage::building;
  if (now.shape.stage != wanted || now.shape != seen)
    return fail(error_code::conflict, "the partitions of the collection " + now.collection.id
                                          + " were changed by somebody else meanwhile: look again");
  if (step == doubling_step::begin && seen.serving.count * 2 > most_partitions)
    return fail(error_code::invalid_argument,
                "a collection has at most " + std::to_string(most_partitions) + " partitions: make another collection");
  if (step == doubling_step::begin && now.shape.beside_first > most_numbers)
    return fail(error_code::quota_exceeded, "doublings of the collection " + now.collection.id
                                                + " were given up too often: no numbers of partitions are left");
  return core::nothing{};
}

partition_shape shape_after(const partition_shape& now, doubling_step step) {
  const auto after = [](const partition_range& range) { return range.first + range.count; };
  switch (step) {
    case doubling_step::begin:
      return {now.serving, doubling_stage::building, now.beside_first};
    case doubling_step::serve:
      return {now.doubled(), doubling_stage::leaving, now.serving.first};
    case doubling_step::end:
      return {now.serving, doubling_stage::none, after(now.serving)};
    case doubling_step::give_up:
      return {now.serving, doubling_stage::none, after(now.doubled())};
  }
  return now;
}

core::status check_face(std::string_view model_version, std::size_t dimension, const face_with_embedding& face) {
  if (face.face.model_version != model_version)
    return fail(error_code::model_mismatch, "the collection holds embeddings of model " + std::string(model_version)
                                                + ", the face comes from model " + face.face.model_version);
  const auto is_finite = [](float value) { return std::isfinite(value); };
  if (face.embedding.empty() || !std::all_of(face.embedding.begin(), face.embedding.end(), is_finite))
    return fail(error_code::invalid_argument, "an embedding must hold finite numbers");
  if (dimension != 0 && dimension != face.embedding.size())
    return fail(error_code::model_mismatch, "the collection holds embeddings of dimension " + std::to_string(dimension)
                                                + ", the face has one of " + std::to_string(face.embedding.size()));
  const auto& box = face.face.box;
  for (const float value : {box.left, box.top, box.width, box.height, face.face.confidence, face.face.quality})
    if (!is_finite(value))
      return fail(error_code::invalid_argument, "a face's box, confidence and quality must be finite numbers");
  return core::nothing{};
}

core::status check_limit(std::size_t limit) {
  if (limit == 0)
    return fail(error_code::invalid_argument, "a page holds at least one row");
  return core::nothing{};
}

bool is_same_face(const face_record& a, const face_record& b) {
  return a.image == b.image && a.external_image_id == b.external_image_id && a.box == b.box;
}

std::vector<core::face_id> without_repetitions(std::span<const core::face_id> ids) {
  std::vector<core::face_id> kept;
  std::unordered_set<core::face_id> seen;
  kept.reserve(ids.size());
  for (const auto& id : ids)
    if (seen.insert(id).second)
      kept.push_back(id);
  return kept;
}

float cosine(std::span<const float> a, std::span<const float> b) {
  ROLLCALL_ASSERT(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return static_cast<float>(sum);
}

std::vector<float> normalised_mean(std::span<const std::vector<float>> embeddings) {
  ROLLCALL_ASSERT(!embeddings.empty());
  std::vector<double> sums(embeddings.front().size());
  for (const auto& embedding : embeddings) {
    ROLLCALL_ASSERT(embedding.size() == sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += static_cast<double>(embedding[i]);
  }
  double squares = 0;
  for (const double sum : sums)
    squares += sum * sum;
  const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
  std::vector<float> mean(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i)
    mean[i] = static_cast<float>(sums[i] * scale);
  return mean;
}

} // namespace rollcall::store
