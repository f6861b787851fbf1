#include "shard/id_table.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace rollcall::shard {

namespace {

constexpr auto nothing = std::uint32_t{0xFFFF'FFFF};
constexpr std::size_t least_slots = 16;
constexpr auto most_rows = std::size_t{1} << 31; // three quarters of as many slots as a row in a slot can number
constexpr std::size_t slots_at_once = 64;        // whose slots are asked for before the first one is used

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

std::uint64_t id_table::hash(const core::uuid& id) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.value.data(), sizeof high);
  std::memcpy(&low, id.value.data() + sizeof high, sizeof low);
  return mixed(mixed(high ^ seed_) ^ low);
}

// What a slot says of the id: other bits of the hash than those that tell its home.
std::uint32_t id_table::mark(std::uint64_t hash) const noexcept {
  return static_cast<std::uint32_t>(hash >> 32) & ~static_cast<std::uint32_t>(last_slot());
}

std::uint32_t id_table::entry(std::uint64_t hash, std::size_t row) const noexcept {
  return mark(hash) | static_cast<std::uint32_t>(row);
}

// Precondition: the slot is not empty.
bool id_table::holds(std::size_t slot, std::uint64_t hash, const core::uuid& id, const ids& of) const noexcept {
  const auto row = row_in(slot);
  return slots_[slot] == entry(hash, row) && of[row] == id;
}

std::optional<std::size_t> id_table::find(const core::uuid& id, const ids& of) const noexcept {
  const auto hashed = hash(id);
  for (auto at = home(hashed); slots_[at] != nothing; at = (at + 1) & last_slot())
    if (holds(at, hashed, id, of))
      return row_in(at);
  return std::nullopt;
}

std::size_t id_table::slot_of(std::size_t row, const ids& of) const noexcept {
  const auto hashed = hash(of[row]);
  auto at = home(hashed);
  while (slots_[at] != entry(hashed, row)) {
    ROLLCALL_ASSERT(slots_[at] != nothing);
    at = (at + 1) & last_slot();
  }
  return at;
}

bool id_table::put(std::uint64_t hash, std::size_t row, const ids& of) noexcept {
  auto at = home(hash);
  for (; slots_[at] != nothing; at = (at + 1) & last_slot())
    if (holds(at, hash, of[row], of))
      return false;
  slots_[at] = entry(hash, row);
  return true;
}

// By rows, so that ids are read one after the other; no two are alike, so they need not be compared.
void id_table::reserve(std::size_t rows, const ids& of) {
  ROLLCALL_ASSERT(rows < most_rows);
  const auto wanted = std::bit_ceil((4 * rows + 2) / 3); // three quarters of them, at most
  if (wanted <= slots_.size())
    return;
  std::vector<std::uint32_t>(wanted, nothing).swap(slots_);
  for (std::size_t row = 0; row < used_; ++row) {
    const auto hashed = hash(of[row]);
    auto at = home(hashed);
    while (slots_[at] != nothing)
      at = (at + 1) & last_slot();
    slots_[at] = entry(hashed, row);
  }
}

bool id_table::add(const ids& of) {
  reserve(of.size(), of);
  const auto before = used_;
  std::array<std::uint64_t, slots_at_once> hashes{};
  for (auto next = before; next < of.size();) {
    const auto count = std::min(slots_at_once, of.size() - next);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash(of[next + i]);
      __builtin_prefetch(slots_.data() + home(hashes[i]), 1);
    }
    for (std::size_t i = 0; i < count; ++i, ++next, ++used_)
      if (!put(hashes[i], next, of)) {
        while (used_ > before)
          remove(used_ - 1, of);
        return false;
      }
  }
  return true;
}

void id_table::remove(std::size_t row, const ids& of) noexcept {
  auto hole = slot_of(row, of);
  for (auto at = (hole + 1) & last_slot(); slots_[at] != nothing; at = (at + 1) & last_slot()) {
    // It may fill the hole unless its home lies between: then a search for it would not pass there.
    const auto from_home = (at - home(hash(of[row_in(at)]))) & last_slot();
    if (from_home < ((at - hole) & last_slot()))
      continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = nothing;
  --used_;
}

void id_table::move(std::size_t from, std::size_t to, const ids& of) noexcept {
  slots_[slot_of(from, of)] = entry(hash(of[from]), to);
}

} // namespace rollcall::shard
