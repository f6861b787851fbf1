#include "shard/lists/inverted_lists.hpp"

#include "core/assert.hpp"

namespace rollcall::shard {

inverted_lists::inverted_lists(std::shared_ptr<const coarse_quantiser> centres, std::shared_ptr<const list_coder> coder)
    : centres_(std::move(centres)), coder_(std::move(coder)) {
  lists_.reserve(centres_->lists());
  while (lists_.size() < centres_->lists())
    lists_.push_back({coarse_tiles{coder_->groups(), 0, list_coder::bits}, {}});
  bytes_ = lists_.capacity() * sizeof(list_of_rows) + centres_->memory_bytes();
}

template <class Change>
void inverted_lists::change(list_of_rows& what, const Change& how) {
  const auto bytes = [&] { return what.codes.memory_bytes() + what.rows.capacity() * sizeof(std::uint32_t); };
  bytes_ -= bytes();
  how();
  bytes_ += bytes();
}

void inverted_lists::put(std::size_t row, std::uint32_t list, const list_coder::codes& codes, std::size_t from) {
  auto& into = lists_[list];
  const auto at = into.rows.size();
  change(into, [&] {
    into.rows.push_back(static_cast<std::uint32_t>(row));
    into.codes.resize(at + 1);
  });
  into.codes.write(at, codes.row(from), codes.losses[from]);
  places_[row] = {list, static_cast<std::uint32_t>(at)};
}

void inverted_lists::append(coarse_quantiser::place at, const list_coder::codes& codes, std::size_t from) {
  places_.emplace_back();
  put(places_.size() - 1, at.list, codes, from);
  auto& of = made_for_ == 0 ? first_ : later_;
  of.sum += static_cast<double>(at.square);
  ++of.count;
}

void inverted_lists::take_out(std::size_t row) {
  const auto [list, at] = places_[row];
  auto& from = lists_[list];
  const auto last = from.rows.size() - 1;
  if (at != last) {
    from.codes.copy(at, from.codes.tiles(0, 0), last);
    from.rows[at] = from.rows[last];
    places_[from.rows[at]].at = at;
  }
  from.codes.wipe(last);
  change(from, [&] {
    from.rows.pop_back();
    from.codes.resize(last);
  });
}

void inverted_lists::replace(std::size_t row, std::uint32_t list, const list_coder::codes& codes, std::size_t from) {
  ROLLCALL_ASSERT(row < size());
  take_out(row);
  put(row, list, codes, from);
}

void inverted_lists::pop() {
  ROLLCALL_ASSERT(size() > 0);
  take_out(size() - 1);
  places_.pop_back();
}

inverted_lists::list_view inverted_lists::list(std::size_t at) const noexcept {
  const auto& one = lists_[at];
  return {one.codes.tiles(0, (one.rows.size() + tile_rows - 1) / tile_rows), one.rows};
}

tile_run inverted_lists::ask_for(std::size_t at) const noexcept {
  const auto codes = list(at).codes;
  for (std::size_t tile = 0; tile < codes.count; ++tile)
    __builtin_prefetch(codes.losses + tile * tile_rows);
  return codes;
}

void inverted_lists::ask_where(std::size_t at) const noexcept {
  constexpr std::size_t line = 64;
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(&lists_[at]);
  for (std::size_t byte = 0; byte < sizeof(list_of_rows); byte += line)
    __builtin_prefetch(begin + byte);
}

bool inverted_lists::has_drifted() const noexcept {
  constexpr std::size_t few = 16; // a sixteenth of all says enough
  constexpr double further = 1.1;
  return later_.count >= 1 + made_for_ / few && later_.mean() > further * first_.mean();
}

} // namespace rollcall::shard
