#include "shard/snapshot.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace rollcall::shard {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers and rows lie in files as in memory");
static_assert(sizeof(core::uuid) == 16 && alignof(core::uuid) == 1, "ids lie in files as in memory");

constexpr std::string_view magic = "RCSNAP\r\n"; // a transfer as text would damage it visibly
constexpr std::uint32_t version = 1;
constexpr std::size_t most_sections = 8;
constexpr std::size_t most_dimension = 65'536;
constexpr std::size_t page_bytes = 4'096;
constexpr std::size_t line_bytes = 64;
constexpr std::size_t entry_bytes = 16;

// Places in the header.
constexpr std::size_t version_at = 8;
constexpr std::size_t partition_at = 12;
constexpr std::size_t size_at = 16;
constexpr std::size_t cluster_at = 24;
constexpr std::size_t collection_at = 40;
constexpr std::size_t sections_at = 72;
constexpr std::size_t seq_at = 80;
constexpr std::size_t entries_at = 88;
constexpr std::size_t digests_at = entries_at + most_sections * entry_bytes;
constexpr std::size_t digest_at = snapshot_header_bytes - sizeof(core::sha256_digest);

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

std::size_t row_bytes(std::size_t dimension) noexcept {
  return dimension * sizeof(float);
}

// Where the rows of a block of that many begin, and where it ends.
std::size_t rows_at(std::size_t rows) noexcept {
  return rounded_up(rows * sizeof(core::uuid), line_bytes);
}
std::size_t block_bytes(std::size_t rows, std::size_t dimension) noexcept {
  return rounded_up(rows_at(rows) + rows * row_bytes(dimension), page_bytes);
}

std::uint64_t block_count(const snapshot_section& of) noexcept {
  const auto per_block = rows_per_block(of.dimension);
  return of.rows / per_block + (of.rows % per_block == 0 ? 0 : 1);
}

// Of the sections and what lies around them; the sections were checked.
std::uint64_t whole_bytes(const std::vector<snapshot_section>& sections) noexcept {
  std::uint64_t bytes = snapshot_header_bytes;
  for (const auto& one : sections) {
    const auto per_block = rows_per_block(one.dimension);
    bytes += one.rows / per_block * block_bytes(per_block, one.dimension)
             + block_bytes(one.rows % per_block, one.dimension) + block_count(one) * sizeof(core::sha256_digest);
  }
  return bytes;
}

core::result<snapshot_section> read_entry(core::byte_view header, std::size_t number) {
  const auto at = entries_at + number * entry_bytes;
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

} // namespace

std::size_t rows_per_block(std::size_t dimension) noexcept {
  const auto rows = (most_block_bytes - page_bytes - line_bytes) / (sizeof(core::uuid) + row_bytes(dimension));
  return rows > line_bytes ? rows / line_bytes * line_bytes : rows;
}

core::bytes encode_block(const reference_block& rows) {
  core::bytes made(block_bytes(rows.ids.size(), rows.dimension));
  if (rows.ids.empty())
    return made;
  std::memcpy(made.data(), rows.ids.data(), rows.ids.size_bytes());
  std::memcpy(made.data() + rows_at(rows.ids.size()), rows.values.data(), rows.values.size_bytes());
  return made;
}

core::bytes encode_header(const snapshot_header& header) {
  core::bytes made(snapshot_header_bytes);
  std::memcpy(made.data(), magic.data(), magic.size());
  put(made, version_at, version);
  put(made, partition_at, header.of.partition);
  put(made, size_at, whole_bytes(header.sections));
  put(made, cluster_at, header.of.cluster);
  put(made, collection_at, header.of.collection);
  ROLLCALL_ASSERT(header.sections.size() <= most_sections);
  put(made, sections_at, static_cast<std::uint32_t>(header.sections.size()));
  put(made, seq_at, header.seq);
  auto at = entries_at;
  for (const auto& one : header.sections) {
    put(made, at, static_cast<std::uint32_t>(one.kind));
    put(made, at + 4, one.dimension);
    put(made, at + 8, one.rows);
    at += entry_bytes;
  }
  put(made, digests_at, header.digests);
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
  made.header_.seq = get<std::uint64_t>(header, seq_at);
  made.header_.digests = get<core::sha256_digest>(header, digests_at);
  const auto sections = get<std::uint32_t>(header, sections_at);
  if (sections > most_sections)
    return damaged("it has too many sections");
  for (std::uint32_t number = 0; number < sections; ++number) {
    ROLLCALL_TRY(const auto one, read_entry(header, number));
    made.header_.sections.push_back(one);
  }
  if (get<std::uint64_t>(header, size_at) != bytes)
    return damaged("it is not as long as it was");
  ROLLCALL_CHECK(made.lay_out(bytes));
  return made;
}

core::status snapshot_contents::lay_out(std::uint64_t bytes) {
  if (whole_bytes(header_.sections) != bytes) // before memory is taken for what it says
    return damaged("its sections do not fill it");
  std::uint64_t at = snapshot_header_bytes;
  for (std::size_t section = 0; section < header_.sections.size(); ++section) {
    const auto& [kind, dimension, rows] = header_.sections[section];
    for (std::uint64_t first = 0; first < rows; first += rows_per_block(dimension)) {
      const auto held = static_cast<std::size_t>(std::min<std::uint64_t>(rows - first, rows_per_block(dimension)));
      blocks_.push_back({section, held, {at, block_bytes(held, dimension)}});
      at += blocks_.back().at.bytes;
    }
  }
  digests_at_ = {at, blocks_.size() * sizeof(core::sha256_digest)};
  return core::nothing{};
}

std::uint64_t snapshot_contents::rows() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& one : header_.sections)
    sum += one.rows;
  return sum;
}

core::status snapshot_contents::take_digests(core::byte_view all) {
  if (all.size() != digests_at_.bytes || core::sha256(all) != header_.digests)
    return damaged("its digests were altered");
  digests_.resize(blocks_.size());
  if (!digests_.empty())
    std::memcpy(digests_.data(), all.data(), all.size());
  return core::nothing{};
}

byte_range snapshot_contents::block(std::size_t number) const {
  ROLLCALL_ASSERT(number < blocks_.size());
  return blocks_[number].at;
}

core::result<reference_block> snapshot_contents::read(std::size_t number, core::byte_view bytes) const {
  ROLLCALL_ASSERT(number < digests_.size());
  const auto& [section, rows, at] = blocks_[number];
  if (bytes.size() != at.bytes || core::sha256(bytes) != digests_[number])
    return damaged("its block " + std::to_string(number) + " was altered");
  const auto& [kind, dimension, all] = header_.sections[section];
  const auto* ids = reinterpret_cast<const core::uuid*>(bytes.data());
  const auto* values = reinterpret_cast<const float*>(bytes.data() + rows_at(rows));
  return reference_block{kind, dimension, {ids, rows}, {values, rows * dimension}};
}

} // namespace rollcall::shard
