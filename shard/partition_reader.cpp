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
  tiles_.clear();
  losses_.clear();
  fine_.clear();
  fine_losses_.clear();
  changes_.clear();
  codes_ = {};
}

void copied_references::add(const core::uuid& id, std::span<const float> values) {
  ids_.push_back(id);
  values_.insert(values_.end(), values.begin(), values.end());
}

void copied_references::add_codes(const code_run& of, std::size_t count, std::uint32_t changes) {
  const auto to = of.by->to();
  tiles_.insert(tiles_.end(), of.tiles, of.tiles + tile_bytes(to));
  losses_.insert(losses_.end(), of.losses, of.losses + tile_rows);
  fine_.insert(fine_.end(), of.fine, of.fine + count * to);
  fine_losses_.insert(fine_losses_.end(), of.fine_losses, of.fine_losses + count);
  changes_.push_back(changes);
  codes_ = {of.by, of.longest, tiles_.data(), losses_.data(), fine_.data(), fine_losses_.data()};
}

} // namespace rollcall::shard
