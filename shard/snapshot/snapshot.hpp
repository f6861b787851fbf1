/// A partition's references as bytes, so that a node that starts needn't read them from the store: on its own disk, or
/// from another node. Pure functions and values; any thread. Written by `write_snapshot`, kept in a
/// `snapshot_directory`.
///
///   snapshot  := header block* tail
///   header    := magic version size cluster collection partition sections seq section{8} digest digest zeros
///   section   := what dimension rows                 as many as `sections`, the rest is zero
///   block     := scanned zeros compared zeros        each of the two begins and ends at a multiple of 4,096
///   scanned   := id{n} tile{⌈n/64⌉} loss{64 ⌈n/64⌉} fine-loss{64 ⌈n/64⌉} digest{n} digest{⌈n/16⌉}   what a scan reads
///   compared  := row{n} fine-code{n}                 what decides between those that it finds
///   id        := 16 bytes
///   row       := float32{dimension} zeros            to a multiple of 16 values
///   tail      := entry* transform*
///   digest    := the first 16 bytes of the SHA-256 of a row, or of 16 fine codes
///   entry     := section transform rows longest sha-256             of each block, its `scanned`
///   transform := size byte{size}                     transform_codec.hpp
///
/// Every part within a block begins at a multiple of 64. The references of a section lie in one or more blocks of at
/// most `rows_per_block(dimension)`, in no order, each once or more often. Tiles, losses and fine codes are those of
/// code_tiles.hpp, made by the transform that the entry names; one that names none has no codes. What codes mean
/// belongs to the version: a change of theirs is a new one. Numbers are little-endian. The header has 4,096 bytes:
///
///   at     0   8  magic "RCSNAP\r\n"          at    72   4  sections, at most 8
///          8   4  version, 3                        76   4  0
///         12   4  partition                         80   8  seq
///         16   8  bytes of the whole                88  16  each section: u32 what (0 faces, 1 users; others are
///         24  16  cluster                                   for later versions), u32 dimension, u64 rows
///         40  16  collection                       216  32  SHA-256 of the tail
///         56   8  bytes of the tail                248      zeros
///         64   4  blocks                         4,064  32  SHA-256 of all before: the snapshot's own digest
///         68   4  transforms, at most 64
///
/// and an entry 56: u32 section, u32 transform or 0xFFFFFFFF, u64 rows, float64 longest (code_run), SHA-256.
///
/// So the digest of a header stands for every byte of the snapshot that says something. The store remembers it
/// (docs/decisions/0009), and what it does not remember is not used. Both parts of a block can be mapped: what is
/// scanned is checked first, what is compared is believed row by row when it is first read (mapped_rows.hpp).
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
inline constexpr std::size_t most_transforms = 64; ///< of a snapshot; a partition has two or three at a time

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
  std::uint64_t bytes = 0; ///< of the whole
  std::uint64_t tail_bytes = 0;
  std::uint32_t blocks = 0;
  std::uint32_t transforms = 0;
  core::sha256_digest tail{};
};

/// What the tail says of a block.
struct snapshot_block {
  static constexpr std::uint32_t no_transform = 0xFFFF'FFFF;

  std::uint32_t section = 0;
  std::uint32_t transform = no_transform;
  std::uint64_t rows = 0;
  double longest = 0;
  core::sha256_digest scanned{};
};

struct byte_range {
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
};

/// References in one block at most, of that dimension in [1, 65'536]: a power of two of at least tile_rows, or fewer
/// than tile_rows, which have no codes then.
[[nodiscard]] std::size_t rows_per_block(std::size_t dimension) noexcept;

/// References as a block, with their codes where they have some; fills in what its entry says but for `section` and
/// `transform`. At least one, at most `rows_per_block`.
[[nodiscard]] core::bytes encode_block(const reference_block& rows, snapshot_block& entry);

/// `transforms` as their `encode` gives them.
[[nodiscard]] core::bytes encode_tail(std::span<const snapshot_block> blocks, std::span<const core::bytes> transforms);

/// snapshot_header_bytes, the last of which are the snapshot's digest.
[[nodiscard]] core::bytes encode_header(const snapshot_header& header);

/// A snapshot that is being read, part by part, from wherever it lies: header, tail, blocks. Nothing of what is read
/// is believed before its digest was compared, the header's own excepted, whose digest is to be confirmed by the store.
class snapshot_contents {
public:
  /// `bytes`: of the whole snapshot; `wanted`: whose it is to be. Errors: `corrupt` (not a snapshot, damaged, of
  /// another size), `unsupported` (another version's), `conflict` (another cluster's, collection's or partition's).
  [[nodiscard]] static core::result<snapshot_contents> parse(core::byte_view header, std::uint64_t bytes,
                                                             const snapshot_identity& wanted);

  [[nodiscard]] std::uint64_t seq() const noexcept { return header_.seq; }
  [[nodiscard]] const core::sha256_digest& digest() const noexcept { return digest_; }
  [[nodiscard]] const std::vector<snapshot_section>& sections() const noexcept { return header_.sections; }
  [[nodiscard]] std::uint64_t rows() const noexcept;
  [[nodiscard]] std::uint64_t rows(core::reference_kind kind) const noexcept;

  /// Where the tail is. It may be longer than a block.
  [[nodiscard]] byte_range tail() const noexcept;
  /// Takes it, before any block. Errors: `corrupt`.
  [[nodiscard]] core::status take_tail(core::byte_view all);

  /// 0 before the tail was taken.
  [[nodiscard]] std::size_t blocks() const noexcept { return blocks_.size(); }
  /// At most `most_block_bytes`. Precondition of all: number < blocks().
  [[nodiscard]] byte_range block(std::size_t number) const;
  [[nodiscard]] std::size_t rows_in(std::size_t number) const;
  /// Where the first part of a block is.
  [[nodiscard]] byte_range scanned(std::size_t number) const;
  /// The references of a block, which lie in `bytes`, aligned for floats. Errors: `corrupt`.
  [[nodiscard]] core::result<reference_block> read(std::size_t number, core::byte_view bytes) const;
  /// The same where it lies in the whole snapshot, mapped. Its first part is checked; of the second each row is to be
  /// believed when it is_intact.
  [[nodiscard]] core::result<reference_block> map(std::size_t number, std::shared_ptr<const file_mapping> file) const;

private:
  [[nodiscard]] core::result<reference_block> read(std::size_t number, core::byte_view scanned,
                                                   const std::uint8_t* compared) const;
  [[nodiscard]] core::status read_transforms(core::byte_view from);
  [[nodiscard]] core::status lay_out(core::byte_view entries);
  [[nodiscard]] std::size_t coordinates(const snapshot_block& of) const;

  snapshot_header header_;
  core::sha256_digest digest_{};
  std::vector<snapshot_block> blocks_;
  std::vector<std::uint64_t> offsets_; ///< of the blocks
  std::vector<std::shared_ptr<const transform>> transforms_;
};

} // namespace rollcall::shard
