#include "shard/snapshot/snapshot.hpp"

#include "shard/codes/similarity.hpp"
#include "shard/snapshot/transform_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace rollcall::shard {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers and rows lie in files as in memory");
static_assert(sizeof(core::uuid) == 16 && alignof(core::uuid) == 1, "ids lie in files as in memory");

constexpr std::string_view magic = "RCSNAP\r\n"; // a transfer as text would damage it visibly
constexpr std::uint32_t version = 3;
constexpr std::size_t most_sections = 8;
constexpr std::size_t most_dimension = 65'536;
constexpr std::size_t page_bytes = 4'096;
constexpr std::size_t line_bytes = 64;

// Places in the header.
constexpr std::size_t version_at = 8;
constexpr std::size_t partition_at = 12;
constexpr std::size_t size_at = 16;
constexpr std::size_t cluster_at = 24;
constexpr std::size_t collection_at = 40;
constexpr std::size_t tail_bytes_at = 56;
constexpr std::size_t blocks_at = 64;
constexpr std::size_t transforms_at = 68;
constexpr std::size_t sections_at = 72;
constexpr std::size_t seq_at = 80;
constexpr std::size_t section_at = 88;
constexpr std::size_t section_bytes = 16;
constexpr std::size_t tail_digest_at = section_at + most_sections * section_bytes;
constexpr std::size_t digest_at = snapshot_header_bytes - sizeof(core::sha256_digest);

static_assert(sizeof(snapshot_block) == 56, "entries lie in files as in memory");

template <class T>
void put(core::bytes& into, std::size_t at, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(into.data() + at, &value, sizeof value);
}

template <class T>
T get(core::byte_view from, std::size_t at) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

core::error damaged(std::string what) {
  return core::fail(core::error_code::corrupt, "The snapshot is damaged: " + std::move(what) + ".");
}

std::size_t rounded_up(std::size_t size, std::size_t to) noexcept {
  return (size + to - 1) / to * to;
}

/// Where the parts of a block are.
struct block_layout {
  std::size_t stride = 0; ///< floats of a row
  std::size_t tiles = 0;
  std::size_t losses = 0;
  std::size_t fine_losses = 0;
  std::size_t digests = 0;
  std::size_t fine_digests = 0;
  std::size_t compared = 0; ///< and the end of what is scanned
  std::size_t fine = 0;
  std::size_t bytes = 0;
};

// `coordinates`: of a code; 0: there are none.
block_layout lay_out_block(std::size_t rows, std::size_t dimension, std::size_t coordinates) noexcept {
  const auto lanes = coordinates == 0 ? 0 : rounded_up(rows, tile_rows);
  block_layout made;
  made.stride = padded(dimension);
  made.tiles = rounded_up(rows * sizeof(core::uuid), line_bytes);
  made.losses = made.tiles + lanes / tile_rows * tile_bytes(coordinates);
  made.fine_losses = made.losses + lanes;
  made.digests = made.fine_losses + lanes;
  made.fine_digests = made.digests + rows * sizeof(row_digest);
  const auto groups = coordinates == 0 ? 0 : (rows + fine_group_rows - 1) / fine_group_rows;
  made.compared = rounded_up(made.fine_digests + groups * sizeof(row_digest), page_bytes);
  made.fine = made.compared + rows * made.stride * sizeof(float);
  made.bytes = rounded_up(made.fine + rows * coordinates, page_bytes);
  return made;
}

core::result<snapshot_section> read_section(core::byte_view header, std::size_t number) {
  const auto at = section_at + number * section_bytes;
  const auto what = get<std::uint32_t>(header, at);
  snapshot_section made;
  made.kind = static_cast<core::reference_kind>(what);
  made.dimension = get<std::uint32_t>(header, at + 4);
  made.rows = get<std::uint64_t>(header, at + 8);
  constexpr auto most_rows = std::uint64_t{1} << 40; // so that no size overflows
  if (what > static_cast<std::uint32_t>(core::reference_kind::user) || made.dimension == 0
      || made.dimension > most_dimension || made.rows > most_rows)
    return damaged("its section " + std::to_string(number) + " makes no sense");
  return made;
}

void copy_codes(const reference_block& from, const block_layout& layout, core::bytes& into) {
  const auto rows = from.ids.size();
  const auto to = from.codes.by->to();
  const auto lanes = rounded_up(rows, tile_rows);
  std::memcpy(into.data() + layout.tiles, from.codes.tiles, lanes / tile_rows * tile_bytes(to));
  std::memcpy(into.data() + layout.losses, from.codes.losses, lanes);
  std::memcpy(into.data() + layout.fine_losses, from.codes.fine_losses, rows);
  std::memcpy(into.data() + layout.fine, from.codes.fine, rows * to);
}

void add_digests(core::bytes& block, const block_layout& layout, std::size_t coordinates, std::size_t rows) {
  const auto row_bytes = layout.stride * sizeof(float);
  for (std::size_t at = 0; at < rows; ++at)
    put(block, layout.digests + at * sizeof(row_digest),
        digest_rows({block.data() + layout.compared + at * row_bytes, row_bytes}));
  for (std::size_t first = 0; coordinates != 0 && first < rows; first += fine_group_rows)
    put(block, layout.fine_digests + first / fine_group_rows * sizeof(row_digest),
        digest_rows(
            {block.data() + layout.fine + first * coordinates, std::min(fine_group_rows, rows - first) * coordinates}));
}

} // namespace

// Codes have at most as many coordinates as the mixing transform gives.
std::size_t rows_per_block(std::size_t dimension) noexcept {
  const auto coded = 2 * std::bit_ceil(std::max(dimension, group_coordinates));
  const auto row = sizeof(core::uuid) + sizeof(row_digest) + padded(dimension) * sizeof(float) + coded + 3;
  const auto rows = (most_block_bytes - 2 * page_bytes - 4 * line_bytes) / row;
  return rows >= tile_rows ? std::bit_floor(rows) : std::max<std::size_t>(1, rows);
}

core::bytes encode_block(const reference_block& rows, snapshot_block& entry) {
  const auto coordinates = rows.codes.by ? rows.codes.by->to() : 0;
  const auto layout = lay_out_block(rows.ids.size(), rows.dimension, coordinates);
  core::bytes made(layout.bytes);
  std::memcpy(made.data(), rows.ids.data(), rows.ids.size_bytes());
  for (std::size_t at = 0; at < rows.ids.size(); ++at)
    std::memcpy(made.data() + layout.compared + at * layout.stride * sizeof(float), rows.row(at).data(),
                rows.dimension * sizeof(float));
  if (rows.codes.by)
    copy_codes(rows, layout, made);
  add_digests(made, layout, coordinates, rows.ids.size());
  entry.rows = rows.ids.size();
  entry.longest = rows.codes.longest;
  entry.scanned = core::sha256(core::byte_view{made}.first(layout.compared));
  return made;
}

core::bytes encode_tail(std::span<const snapshot_block> blocks, std::span<const core::bytes> transforms) {
  core::bytes made(blocks.size_bytes());
  if (!blocks.empty())
    std::memcpy(made.data(), blocks.data(), blocks.size_bytes());
  for (const auto& one : transforms) {
    const std::uint64_t size = one.size();
    made.resize(made.size() + sizeof size);
    put(made, made.size() - sizeof size, size);
    made.insert(made.end(), one.begin(), one.end());
  }
  return made;
}

core::bytes encode_header(const snapshot_header& header) {
  ROLLCALL_ASSERT(header.sections.size() <= most_sections && header.transforms <= most_transforms);
  core::bytes made(snapshot_header_bytes);
  std::memcpy(made.data(), magic.data(), magic.size());
  put(made, version_at, version);
  put(made, partition_at, header.of.partition);
  put(made, size_at, header.bytes);
  put(made, cluster_at, header.of.cluster);
  put(made, collection_at, header.of.collection);
  put(made, tail_bytes_at, header.tail_bytes);
  put(made, blocks_at, header.blocks);
  put(made, transforms_at, header.transforms);
  put(made, sections_at, static_cast<std::uint32_t>(header.sections.size()));
  put(made, seq_at, header.seq);
  auto at = section_at;
  for (const auto& one : header.sections) {
    put(made, at, static_cast<std::uint32_t>(one.kind));
    put(made, at + 4, one.dimension);
    put(made, at + 8, one.rows);
    at += section_bytes;
  }
  put(made, tail_digest_at, header.tail);
  put(made, digest_at, core::sha256(core::byte_view{made}.first(digest_at)));
  return made;
}

core::result<snapshot_contents> snapshot_contents::parse(core::byte_view header, std::uint64_t bytes,
                                                         const snapshot_identity& wanted) {
  if (header.size() != snapshot_header_bytes || !std::equal(magic.begin(), magic.end(), header.begin()))
    return damaged("it does not begin as one");
  snapshot_contents made;
  made.digest_ = get<core::sha256_digest>(header, digest_at);
  if (core::sha256(header.first(digest_at)) != made.digest_)
    return damaged("its header was altered");
  if (const auto is = get<std::uint32_t>(header, version_at); is != version)
    return core::fail(core::error_code::unsupported,
                      "The snapshot has the format " + std::to_string(is) + ", which this program does not know.");
  made.header_.of = {get<core::uuid>(header, cluster_at), get<core::collection_key>(header, collection_at),
                     get<std::uint32_t>(header, partition_at)};
  if (made.header_.of != wanted)
    return core::fail(core::error_code::conflict, "The snapshot is another cluster's, collection's or partition's.");
  auto& said = made.header_;
  said.seq = get<std::uint64_t>(header, seq_at);
  said.bytes = get<std::uint64_t>(header, size_at);
  said.tail_bytes = get<std::uint64_t>(header, tail_bytes_at);
  said.blocks = get<std::uint32_t>(header, blocks_at);
  said.transforms = get<std::uint32_t>(header, transforms_at);
  said.tail = get<core::sha256_digest>(header, tail_digest_at);
  const auto sections = get<std::uint32_t>(header, sections_at);
  if (sections > most_sections || said.transforms > most_transforms)
    return damaged("it has too many sections");
  for (std::uint32_t number = 0; number < sections; ++number) {
    ROLLCALL_TRY(const auto one, read_section(header, number));
    said.sections.push_back(one);
  }
  if (said.bytes != bytes)
    return damaged("it is not as long as it was");
  if (said.tail_bytes > bytes - snapshot_header_bytes || said.tail_bytes / sizeof(snapshot_block) < said.blocks)
    return damaged("its tail does not fit");
  return made;
}

byte_range snapshot_contents::tail() const noexcept {
  return {header_.bytes - header_.tail_bytes, header_.tail_bytes};
}

std::uint64_t snapshot_contents::rows() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& one : header_.sections)
    sum += one.rows;
  return sum;
}

std::uint64_t snapshot_contents::rows(core::reference_kind kind) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& one : header_.sections)
    sum += one.kind == kind ? one.rows : 0;
  return sum;
}

core::status snapshot_contents::take_tail(core::byte_view all) {
  if (all.size() != header_.tail_bytes || core::sha256(all) != header_.tail)
    return damaged("its tail was altered");
  const auto entries = header_.blocks * sizeof(snapshot_block);
  ROLLCALL_CHECK(read_transforms(all.subspan(entries)));
  return lay_out(all.first(entries));
}

core::status snapshot_contents::read_transforms(core::byte_view from) {
  for (std::uint32_t number = 0; number < header_.transforms; ++number) {
    std::uint64_t size = 0;
    if (from.size() < sizeof size || (size = get<std::uint64_t>(from, 0)) > from.size() - sizeof size)
      return damaged("its transforms are cut");
    ROLLCALL_TRY(auto made, decode_transform(from.subspan(sizeof size, size)));
    transforms_.push_back(std::move(made));
    from = from.subspan(sizeof size + size);
  }
  return from.empty() ? core::status{core::nothing{}} : damaged("its tail is too long");
}

// Errors are found before a block is read: its blocks fill it, and hold what the sections say.
core::status snapshot_contents::lay_out(core::byte_view entries) {
  std::vector<std::uint64_t> rows(header_.sections.size());
  std::uint64_t at = snapshot_header_bytes;
  for (std::uint32_t number = 0; number < header_.blocks; ++number) {
    const auto one = get<snapshot_block>(entries, number * sizeof(snapshot_block));
    if (one.section >= header_.sections.size()
        || (one.transform != snapshot_block::no_transform && one.transform >= transforms_.size()))
      return damaged("its block " + std::to_string(number) + " belongs to nothing");
    const auto dimension = header_.sections[one.section].dimension;
    const bool fits = one.transform == snapshot_block::no_transform || transforms_[one.transform]->from() == dimension;
    if (!fits || one.rows == 0 || one.rows > rows_per_block(dimension))
      return damaged("its block " + std::to_string(number) + " makes no sense");
    rows[one.section] += one.rows;
    offsets_.push_back(at);
    at += lay_out_block(one.rows, dimension, coordinates(one)).bytes;
    blocks_.push_back(one);
  }
  if (at != tail().offset)
    return damaged("its blocks do not fill it");
  for (std::size_t section = 0; section < rows.size(); ++section)
    if (rows[section] != header_.sections[section].rows)
      return damaged("its blocks are not what its sections say");
  return core::nothing{};
}

std::size_t snapshot_contents::coordinates(const snapshot_block& of) const {
  return of.transform == snapshot_block::no_transform ? 0 : transforms_[of.transform]->to();
}

byte_range snapshot_contents::block(std::size_t number) const {
  ROLLCALL_ASSERT(number < blocks_.size());
  const auto end = number + 1 < blocks_.size() ? offsets_[number + 1] : tail().offset;
  return {offsets_[number], static_cast<std::size_t>(end - offsets_[number])};
}

std::size_t snapshot_contents::rows_in(std::size_t number) const {
  return blocks_.at(number).rows;
}

byte_range snapshot_contents::scanned(std::size_t number) const {
  ROLLCALL_ASSERT(number < blocks_.size());
  const auto& one = blocks_[number];
  return {block(number).offset,
          lay_out_block(one.rows, header_.sections[one.section].dimension, coordinates(one)).compared};
}

core::result<reference_block> snapshot_contents::read(std::size_t number, core::byte_view scanned,
                                                      const std::uint8_t* compared) const {
  const auto& one = blocks_[number];
  const auto& section = header_.sections[one.section];
  const auto layout = lay_out_block(one.rows, section.dimension, coordinates(one));
  if (scanned.size() != layout.compared || core::sha256(scanned) != one.scanned)
    return damaged("its block " + std::to_string(number) + " was altered");
  const auto* at = scanned.data();
  reference_block made;
  made.kind = section.kind;
  made.dimension = section.dimension;
  made.stride = layout.stride;
  made.ids = {reinterpret_cast<const core::uuid*>(at), one.rows};
  made.values = {reinterpret_cast<const float*>(compared), one.rows * layout.stride};
  made.digests = {reinterpret_cast<const row_digest*>(at + layout.digests), one.rows};
  if (one.transform == snapshot_block::no_transform)
    return made;
  made.codes = {transforms_[one.transform],
                one.longest,
                at + layout.tiles,
                at + layout.losses,
                compared + (layout.fine - layout.compared),
                at + layout.fine_losses};
  made.fine_digests = {reinterpret_cast<const row_digest*>(at + layout.fine_digests),
                       (one.rows + fine_group_rows - 1) / fine_group_rows};
  return made;
}

core::result<reference_block> snapshot_contents::map(std::size_t number,
                                                     std::shared_ptr<const file_mapping> file) const {
  const auto at = scanned(number);
  const auto* const begin = file->data() + at.offset;
  ROLLCALL_TRY(auto made, read(number, {begin, at.bytes}, begin + at.bytes));
  made.mapping = std::move(file);
  return made;
}

core::result<reference_block> snapshot_contents::read(std::size_t number, core::byte_view bytes) const {
  ROLLCALL_ASSERT(number < blocks_.size());
  const auto size = scanned(number).bytes;
  if (bytes.size() != block(number).bytes)
    return damaged("its block " + std::to_string(number) + " is cut");
  ROLLCALL_TRY(auto made, read(number, bytes.first(size), bytes.data() + size));
  for (std::size_t row = 0; row < made.ids.size(); ++row)
    if (!made.is_intact(row))
      return damaged("its block " + std::to_string(number) + " was altered");
  for (std::size_t group = 0; group < made.fine_digests.size(); ++group)
    if (!made.is_fine_intact(group))
      return damaged("its block " + std::to_string(number) + " was altered");
  const auto said = made.ids.size() * (made.stride * sizeof(float) + coordinates(blocks_[number]));
  if (std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(size + said), bytes.end(),
                  [](std::uint8_t byte) { return byte != 0; }))
    return damaged("its block " + std::to_string(number) + " does not end in zeros");
  return made;
}

} // namespace rollcall::shard
