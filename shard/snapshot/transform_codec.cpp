#include "shard/snapshot/transform_codec.hpp"

#include "shard/codes/principal_transform.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace rollcall::shard {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers lie in bytes as in memory");

constexpr std::uint32_t mixing = 0;
constexpr std::uint32_t principal = 1;
constexpr std::size_t longest_embedding = 65'536;
constexpr std::size_t group_size = 8; // coordinates come in groups of so many

struct principal_head {
  std::uint32_t kind = principal;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  float spread = 0;
};

template <class T>
T read(core::byte_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

core::error damaged() {
  return core::fail(core::error_code::corrupt, "The bytes are no transform.");
}

core::result<std::shared_ptr<const transform>> decode_principal(core::byte_view bytes) {
  if (bytes.size() < sizeof(principal_head))
    return damaged();
  const auto head = read<principal_head>(bytes);
  const std::size_t from = head.from;
  const std::size_t to = head.to;
  const bool is_shape = from >= 1 && from <= longest_embedding && to >= 1 && to <= from && to % group_size == 0;
  if (!is_shape || bytes.size() != sizeof head + (1 + to) * from * sizeof(float) || !(head.spread > 0))
    return damaged();
  std::vector<float> values((1 + to) * from);
  std::memcpy(values.data(), bytes.data() + sizeof head, values.size() * sizeof(float));
  if (!std::all_of(values.begin(), values.end(), [](float each) { return std::isfinite(each); })
      || !std::isfinite(head.spread))
    return damaged();
  const std::span all{values};
  return make_principal_transform(all.first(from), all.subspan(from), head.spread);
}

} // namespace

core::bytes encode_mixing_transform(std::size_t from) {
  const std::uint32_t words[] = {mixing, static_cast<std::uint32_t>(from)};
  core::bytes made(sizeof words);
  std::memcpy(made.data(), words, sizeof words);
  return made;
}

core::bytes encode_principal_transform(std::span<const float> mean, std::span<const float> rows, float spread) {
  const principal_head head{principal, static_cast<std::uint32_t>(mean.size()),
                            static_cast<std::uint32_t>(rows.size() / mean.size()), spread};
  core::bytes made(sizeof head + mean.size_bytes() + rows.size_bytes());
  std::memcpy(made.data(), &head, sizeof head);
  std::memcpy(made.data() + sizeof head, mean.data(), mean.size_bytes());
  std::memcpy(made.data() + sizeof head + mean.size_bytes(), rows.data(), rows.size_bytes());
  return made;
}

core::result<std::shared_ptr<const transform>> decode_transform(core::byte_view bytes) {
  constexpr std::size_t word = sizeof(std::uint32_t);
  if (bytes.size() < 2 * word)
    return damaged();
  const auto kind = read<std::uint32_t>(bytes);
  if (kind == principal)
    return decode_principal(bytes);
  const auto from = read<std::uint32_t>(bytes.subspan(word));
  if (kind != mixing || bytes.size() != 2 * word || from < 1 || from > longest_embedding)
    return damaged();
  return make_mixing_transform(from);
}

} // namespace rollcall::shard
