#include "shard/id_table.hpp"

#include "core/assert.hpp"

#include <cstring>
#include <random>

namespace rollcall::shard {

namespace {

constexpr auto nothing = std::uint32_t{0xFFFF'FFFF};
constexpr std::size_t least_slots = 16;

std::uint64_t random_seed() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

// The finaliser of MurmurHash3 (Appleby, public domain): every bit of the result depends on every bit of `value`.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ value >> 33) * 0xFF51AFD7ED558CCDULL;
  value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53ULL;
  return value ^ value >> 33;
}

} // namespace

id_table::id_table() : seed_(random_seed()), slots_(least_slots, nothing) {}

std::size_t id_table::home(const core::uuid& id) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.value.data(), sizeof high);
  std::memcpy(&low, id.value.data() + sizeof high, sizeof low);
  return mixed(mixed(high ^ seed_) ^ low) & (slots_.size() - 1);
}

std::optional<std::size_t> id_table::find(const core::uuid& id, const ids& of) const noexcept {
  for (auto at = home(id);; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == nothing)
      return std::nullopt;
    if (of[slots_[at]] == id)
      return slots_[at];
  }
}

void id_table::prefetch(const core::uuid& id) const noexcept {
  __builtin_prefetch(slots_.data() + home(id));
}

std::size_t id_table::slot_of(std::size_t row, const ids& of) const noexcept {
  auto at = home(of[row]);
  while (slots_[at] != row) {
    ROLLCALL_ASSERT(slots_[at] != nothing);
    at = (at + 1) & (slots_.size() - 1);
  }
  return at;
}

bool id_table::put(std::uint32_t row, const ids& of) noexcept {
  auto at = home(of[row]);
  for (; slots_[at] != nothing; at = (at + 1) & (slots_.size() - 1))
    if (of[slots_[at]] == of[row])
      return false;
  slots_[at] = row;
  return true;
}

void id_table::grow(const ids& of) {
  std::vector<std::uint32_t> wider(2 * slots_.size(), nothing);
  slots_.swap(wider);
  for (const auto row : wider) {
    if (row == nothing)
      continue;
    auto at = home(of[row]); // no two are alike: their ids need not be compared
    while (slots_[at] != nothing)
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = row;
  }
}

bool id_table::add(std::size_t row, const ids& of) {
  ROLLCALL_ASSERT(row < nothing);
  if (4 * (used_ + 1) > 3 * slots_.size())
    grow(of);
  const bool is_new = put(static_cast<std::uint32_t>(row), of);
  used_ += is_new ? 1 : 0;
  return is_new;
}

void id_table::remove(std::size_t row, const ids& of) noexcept {
  const auto last = slots_.size() - 1;
  auto hole = slot_of(row, of);
  for (auto at = (hole + 1) & last; slots_[at] != nothing; at = (at + 1) & last) {
    // It may fill the hole unless its home lies between: then a search for it would not pass there.
    const auto from_home = (at - home(of[slots_[at]])) & last;
    if (from_home < ((at - hole) & last))
      continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = nothing;
  --used_;
}

void id_table::move(std::size_t from, std::size_t to, const ids& of) noexcept {
  slots_[slot_of(from, of)] = static_cast<std::uint32_t>(to);
}

} // namespace rollcall::shard
