#include "front/admin/face_lines.hpp"

#include "front/admin/admin_json.hpp"
#include "wire/base64.hpp"
#include "wire/json_document.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

namespace rollcall::front::admin {

static_assert(std::endian::native == std::endian::little, "embeddings are exported as they lie in memory");

namespace {

constexpr float length_tolerance = 1e-3F;
constexpr std::size_t max_external_id = 255;
constexpr std::size_t max_user_id = 128;

core::error violation(std::string message) {
  return core::fail(core::error_code::constraint_violation, std::move(message));
}

core::result<core::uuid> read_uuid(const json::object& from, std::string_view name) {
  ROLLCALL_TRY(const auto text, read_string(from, name));
  const auto id = core::parse_uuid(text);
  if (!id)
    return violation("'" + std::string{name} + "' must be a lower-case UUID");
  return *id;
}

core::result<core::ratio_box> read_box(const json::object& from) {
  const auto* found = from.if_contains("bounding_box");
  const auto* box = found == nullptr ? nullptr : found->if_object();
  if (box == nullptr)
    return core::fail(core::error_code::malformed, "'bounding_box' must be an object");
  core::ratio_box made;
  ROLLCALL_TRY(made.left, read_number(*box, "left"));
  ROLLCALL_TRY(made.top, read_number(*box, "top"));
  ROLLCALL_TRY(made.width, read_number(*box, "width"));
  ROLLCALL_TRY(made.height, read_number(*box, "height"));
  return made;
}

bool is_name_character(char c) noexcept {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == ':';
}

core::result<std::optional<std::string>> read_name(const json::object& from, std::string_view name,
                                                   std::size_t longest) {
  ROLLCALL_TRY(auto text, read_optional_string(from, name));
  if (text && (text->empty() || text->size() > longest || !std::ranges::all_of(*text, is_name_character)))
    return violation("'" + std::string{name} + "' must be 1 to " + std::to_string(longest) + " of [a-zA-Z0-9_.:-]");
  return text;
}

core::result<std::vector<float>> read_embedding(const json::object& from, std::size_t dimension) {
  ROLLCALL_TRY(const auto text, read_string(from, "embedding"));
  const auto raw = wire::decode_base64(text);
  if (!raw || raw->size() != dimension * sizeof(float))
    return violation("'embedding' must be the base64 of " + std::to_string(dimension) + " float32");
  std::vector<float> embedding(dimension);
  std::memcpy(embedding.data(), raw->data(), raw->size());
  const float length = std::sqrt(std::inner_product(embedding.begin(), embedding.end(), embedding.begin(), 0.0F));
  if (!(std::abs(length - 1) <= length_tolerance))
    return violation("'embedding' must have length 1");
  return embedding;
}

} // namespace

std::string write_face_line(const store::face_with_embedding& face) {
  const auto& row = face.face;
  json::object line{{"face_id", core::to_string(row.id)}, {"image_id", core::to_string(row.image)}};
  if (row.external_image_id)
    line["external_image_id"] = *row.external_image_id;
  if (row.user_id)
    line["user_id"] = *row.user_id;
  line["bounding_box"] =
      json::object{{"left", row.box.left}, {"top", row.box.top}, {"width", row.box.width}, {"height", row.box.height}};
  line["confidence"] = row.confidence;
  line["quality"] = row.quality;
  line["model_version"] = row.model_version;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(face.embedding.data());
  line["embedding"] = wire::encode_base64({bytes, face.embedding.size() * sizeof(float)});
  return json::serialize(line) + "\n";
}

core::result<store::face_with_embedding> read_face_line(std::string_view line, std::size_t dimension) {
  ROLLCALL_TRY(const auto document, wire::json_document::parse(line));
  const auto& object = document.root();
  store::face_with_embedding made;
  ROLLCALL_TRY(made.face.id.id, read_uuid(object, "face_id"));
  ROLLCALL_TRY(made.face.image.id, read_uuid(object, "image_id"));
  ROLLCALL_TRY(made.face.external_image_id, read_name(object, "external_image_id", max_external_id));
  ROLLCALL_TRY(made.face.user_id, read_name(object, "user_id", max_user_id));
  ROLLCALL_TRY(made.face.box, read_box(object));
  ROLLCALL_TRY(made.face.confidence, read_number(object, "confidence"));
  if (object.contains("quality")) {
    ROLLCALL_TRY(made.face.quality, read_number(object, "quality"));
  }
  ROLLCALL_TRY(made.face.model_version, read_string(object, "model_version"));
  ROLLCALL_TRY(made.embedding, read_embedding(object, dimension));
  return made;
}

} // namespace rollcall::front::admin
