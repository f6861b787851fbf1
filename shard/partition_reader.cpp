#include "shard/partition_reader.hpp"

namespace rollcall::shard {

reference_block copied_references::view() const noexcept {
  return {kind_, dimension_, dimension_, ids_, values_, codes_};
}

void copied_references::begin(core::reference_kind kind, std::size_t dimension) {
  kind_ = kind;
  dimension_ = dimension;
  ids_.clear();
  values_.clear();
  codes_ = {};
}

void copied_references::add(const core::uuid& id, std::span<const float> values) {
  ids_.push_back(id);
  values_.insert(values_.end(), values.begin(), values.end());
}

void copied_references::add_codes(const code_run& of) {
  const auto count = ids_.size();
  const auto tiles = (count + tile_rows - 1) / tile_rows;
  tiles_.assign(of.tiles, of.tiles + tiles * tile_bytes(of.by->to()));
  losses_.assign(of.losses, of.losses + tiles * tile_rows);
  fine_.assign(of.fine, of.fine + count * of.by->to());
  fine_losses_.assign(of.fine_losses, of.fine_losses + count);
  codes_ = {of.by, of.longest, tiles_.data(), losses_.data(), fine_.data(), fine_losses_.data()};
}

} // namespace rollcall::shard
