#include "shard/snapshot/snapshot_writer.hpp"

#include <algorithm>

namespace rollcall::shard {

namespace {

core::error partial() {
  return core::fail(core::error_code::conflict, "The partition is loading, or it is not held any more.");
}

class writing {
public:
  writing(const partition_reader& from, output_file& into, const std::stop_token& stop)
      : from_(from), into_(into), stop_(stop) {}

  core::status add_section(core::reference_kind kind) {
    const auto [rows, dimension] = from_.size(kind);
    if (rows == 0)
      return core::nothing{};
    snapshot_section made{kind, static_cast<std::uint32_t>(dimension), 0};
    for (auto below = rows; below > 0;) {
      below = from_.copy(kind, below, rows_per_block(dimension), copied_);
      auto block = copied_.view();
      if (block.ids.empty() || block.dimension != dimension) // of another dimension: all of those rows are gone
        continue;
      ROLLCALL_CHECK(add_block(block));
      moved_.push_back({{}, below, block.codes.by, copied_.changes()});
      moved_.back().in_file.kind = kind;
      made.rows += block.ids.size();
    }
    if (made.rows > 0)
      header_.sections.push_back(made);
    return core::nothing{};
  }

  core::result<written_snapshot> finish(const snapshot_identity& of, const partition_state& before) {
    const auto tail = encode_tail(blocks_, encoded_);
    ROLLCALL_CHECK(into_.write_at(at_, tail));
    header_.of = of;
    header_.seq = before.seq;
    header_.bytes = at_ + tail.size();
    header_.tail_bytes = tail.size();
    header_.blocks = static_cast<std::uint32_t>(blocks_.size());
    header_.transforms = static_cast<std::uint32_t>(encoded_.size());
    header_.tail = core::sha256(tail);
    const auto header = encode_header(header_);
    ROLLCALL_CHECK(into_.write_at(0, header));
    ROLLCALL_CHECK(into_.sync());
    written_snapshot done;
    std::copy(header.end() - static_cast<std::ptrdiff_t>(done.digest.size()), header.end(), done.digest.begin());
    done.state = before;
    for (const auto& one : header_.sections)
      done.rows += one.rows;
    done.bytes = header_.bytes;
    done.blocks = std::move(moved_);
    return done;
  }

private:
  core::status add_block(reference_block& rows) {
    if (stop_.stop_requested())
      return core::fail(core::error_code::unavailable, "The node is stopping.");
    snapshot_block entry;
    entry.section = static_cast<std::uint32_t>(header_.sections.size());
    if (rows.codes.by)
      entry.transform = number_of(rows.codes.by);
    if (entry.transform == snapshot_block::no_transform)
      rows.codes = {};
    const auto bytes = encode_block(rows, entry);
    ROLLCALL_CHECK(into_.write_at(at_, bytes));
    blocks_.push_back(entry);
    at_ += bytes.size();
    return core::nothing{};
  }

  std::uint32_t number_of(const std::shared_ptr<const transform>& by) {
    const auto found = std::find(transforms_.begin(), transforms_.end(), by);
    const auto number = static_cast<std::uint32_t>(found - transforms_.begin());
    if (found != transforms_.end())
      return number;
    if (number == most_transforms)
      return snapshot_block::no_transform;
    transforms_.push_back(by);
    encoded_.push_back(by->encode());
    return number;
  }

  const partition_reader& from_;
  output_file& into_;
  const std::stop_token& stop_;
  copied_references copied_;
  snapshot_header header_;
  std::vector<snapshot_block> blocks_;
  std::vector<moved_block> moved_; ///< blocks_
  std::vector<std::shared_ptr<const transform>> transforms_;
  std::vector<core::bytes> encoded_; ///< transforms_
  std::uint64_t at_ = snapshot_header_bytes;
};

} // namespace

core::result<written_snapshot> write_snapshot(const partition_reader& from, const snapshot_identity& of,
                                              output_file& into, const std::stop_token& stop) {
  const auto before = from.state();
  if (before.is_partial)
    return partial();
  writing made(from, into, stop);
  for (const auto kind : {core::reference_kind::face, core::reference_kind::user})
    ROLLCALL_CHECK(made.add_section(kind));
  if (const auto after = from.state(); after.is_partial || after.loads != before.loads)
    return partial();
  return made.finish(of, before);
}

} // namespace rollcall::shard
