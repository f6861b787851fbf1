#include "shard/snapshot_writer.hpp"

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
    const auto most = rows_per_block(dimension);
    std::vector<core::uuid> ids(most);
    std::vector<float> values(most * dimension);
    for (auto below = rows; below > 0;) {
      // Every block but the last is full: where rows went meanwhile, it is filled up from below.
      std::size_t filled = 0;
      while (filled < most && below > 0) {
        const auto got =
            from_.copy(kind, below, std::span(ids).subspan(filled), std::span(values).subspan(filled * dimension));
        filled += got.rows;
        below = got.next;
      }
      ROLLCALL_CHECK(
          add_block({kind, dimension, std::span(ids).first(filled), std::span(values).first(filled * dimension)}));
      made.rows += filled;
    }
    if (made.rows > 0)
      header_.sections.push_back(made);
    return core::nothing{};
  }

  core::result<written_snapshot> finish(const snapshot_identity& of, const partition_state& before) {
    const core::byte_view digests{reinterpret_cast<const std::uint8_t*>(digests_.data()),
                                  digests_.size() * sizeof(core::sha256_digest)};
    ROLLCALL_CHECK(into_.write_at(at_, digests));
    header_.of = of;
    header_.seq = before.seq;
    header_.digests = core::sha256(digests);
    const auto header = encode_header(header_);
    ROLLCALL_CHECK(into_.write_at(0, header));
    ROLLCALL_CHECK(into_.sync());
    written_snapshot done;
    std::copy(header.end() - static_cast<std::ptrdiff_t>(done.digest.size()), header.end(), done.digest.begin());
    done.state = before;
    for (const auto& one : header_.sections)
      done.rows += one.rows;
    done.bytes = at_ + digests.size();
    return done;
  }

private:
  core::status add_block(const reference_block& rows) {
    if (stop_.stop_requested())
      return core::fail(core::error_code::unavailable, "The node is stopping.");
    if (rows.ids.empty())
      return core::nothing{};
    const auto bytes = encode_block(rows);
    ROLLCALL_CHECK(into_.write_at(at_, bytes));
    digests_.push_back(core::sha256(bytes));
    at_ += bytes.size();
    return core::nothing{};
  }

  const partition_reader& from_;
  output_file& into_;
  const std::stop_token& stop_;
  snapshot_header header_;
  std::vector<core::sha256_digest> digests_;
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
