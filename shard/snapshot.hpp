/// A partition's references as bytes, so that a node that starts needn't read them from the store: on its own disk, or
/// from another node. Pure functions and values; any thread. Written by `write_snapshot`, kept in a
/// `snapshot_directory`.
///
///   snapshot := header section* digests
///   header   := magic version size cluster collection partition sections seq entry{8} digest digest zeros digest
///   entry    := what dimension rows                 as many as `sections`, the rest is zero
///   section  := block*                              the references of one kind, in no order, each once or more often
///   block    := id{n} zeros row{n} zeros            the rows begin at a multiple of 64, the next block at one of 4,096
///   id       := 16 bytes
///   row      := float32{dimension}
///   digests  := digest*                             of each block, zeros included, section by section
///
/// Numbers are little-endian. n is `rows_per_block(dimension)`, less in a section's last block. The header has 4,096
/// bytes:
///
///   at     0   8  magic "RCSNAP\r\n"          at    72   4  sections, at most 8
///          8   4  version, 1                        76   4  0
///         12   4  partition                         80   8  seq
///         16   8  bytes of the whole                88  16  each entry: u32 what (0 faces, 1 users; others are
///         24  16  cluster                                   for later versions), u32 dimension, u64 rows
///         40  16  collection                       216  32  SHA-256 of the digests
///         56  16  zeros                          4,064  32  SHA-256 of all before: the snapshot's own digest
///
/// So the digest of a header stands for every byte of the snapshot. The store remembers it (docs/decisions/0009), and
/// what it does not remember is not used. All sections can be mapped: fixed width, aligned, without pointers.
///
/// What it says: every mutation up to `seq` is contained. Later ones may be, in part, as they came while it was
/// written; whoever replays all that follow `seq` has the store's state.
#pragma once

#include "core/digest.hpp"
#include "core/mutation.hpp"
#include "shard/reference_block.hpp"

#include <vector>

namespace rollcall::shard {

inline constexpr std::size_t snapshot_header_bytes = 4'096;
inline constexpr std::size_t most_block_bytes = std::size_t{1} << 20; ///< of a snapshot's block

/// Which partition of which cluster.
struct snapshot_identity {
  core::uuid cluster;
  core::collection_key collection;
  std::uint32_t partition = 0;

  friend bool operator==(const snapshot_identity&, const snapshot_identity&) = default;
};

struct snapshot_section {
  core::reference_kind kind = core::reference_kind::face;
  std::uint32_t dimension = 0;
  std::uint64_t rows = 0;
};

struct snapshot_header {
  snapshot_identity of;
  std::uint64_t seq = 0;
  std::vector<snapshot_section> sections;
  core::sha256_digest digests{}; ///< of the digests of all blocks
};

struct byte_range {
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
};

/// References in one block, of that dimension in [1, 65'536].
[[nodiscard]] std::size_t rows_per_block(std::size_t dimension) noexcept;

/// `rows` references as a block. Shapes: ids rows, values rows × dimension; at most `rows_per_block`.
[[nodiscard]] core::bytes encode_block(const reference_block& rows);

/// snapshot_header_bytes, the last of which are the snapshot's digest.
[[nodiscard]] core::bytes encode_header(const snapshot_header& header);

/// A snapshot that is being read, part by part, from wherever it lies: header, digests, blocks. Nothing of what is read
/// is believed before its digest was compared, the header's own excepted, whose digest is to be confirmed by the store.
class snapshot_contents {
public:
  /// `bytes`: of the whole snapshot; `wanted`: whose it is to be. Errors: `corrupt` (not a snapshot, damaged, of
  /// another size), `unsupported` (a newer version's), `conflict` (another cluster's, collection's or partition's).
  [[nodiscard]] static core::result<snapshot_contents> parse(core::byte_view header, std::uint64_t bytes,
                                                             const snapshot_identity& wanted);

  [[nodiscard]] std::uint64_t seq() const noexcept { return header_.seq; }
  [[nodiscard]] const core::sha256_digest& digest() const noexcept { return digest_; }
  [[nodiscard]] const std::vector<snapshot_section>& sections() const noexcept { return header_.sections; }
  [[nodiscard]] std::uint64_t rows() const noexcept;

  /// Where the digests are. They may be longer than a block.
  [[nodiscard]] byte_range digests() const noexcept { return digests_at_; }
  /// Takes them, before any block. Errors: `corrupt`.
  [[nodiscard]] core::status take_digests(core::byte_view all);

  [[nodiscard]] std::size_t blocks() const noexcept { return blocks_.size(); }
  /// At most `most_block_bytes`. Precondition of all: number < blocks().
  [[nodiscard]] byte_range block(std::size_t number) const;
  [[nodiscard]] std::size_t rows_in(std::size_t number) const { return blocks_.at(number).rows; }
  /// The references of a block, which lie in `bytes`, aligned for floats. Errors: `corrupt`.
  [[nodiscard]] core::result<reference_block> read(std::size_t number, core::byte_view bytes) const;

private:
  struct block_place {
    std::size_t section = 0;
    std::size_t rows = 0;
    byte_range at;
  };

  [[nodiscard]] core::status lay_out(std::uint64_t bytes);

  snapshot_header header_;
  core::sha256_digest digest_{};
  byte_range digests_at_;
  std::vector<block_place> blocks_;
  std::vector<core::sha256_digest> digests_;
};

} // namespace rollcall::shard
