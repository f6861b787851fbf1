// Snapshots whose digests are right, whatever they say: the input is a transform, and it is what a snapshot's sections
// (28 bytes: what, dimension, rows, blocks, transforms and bytes before the tail) and tail are. What is taken lies
// within the snapshot and adds up; a transform that is taken gives as many coordinates as it says.
#include "shard/snapshot/snapshot.hpp"
#include "shard/snapshot/transform_codec.hpp"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace rollcall;
using namespace rollcall::shard;

void require(bool condition) {
  if (!condition)
    std::abort();
}

void try_transform(core::byte_view input) {
  const auto made = decode_transform(input);
  if (!made || (*made)->from() > 4'096)
    return;
  const std::vector<float> x((*made)->from(), 0.01F);
  std::vector<float> y((*made)->to());
  require((*made)->apply(x, y) >= 0);
  require((*made)->encode() == core::bytes(input.begin(), input.end()));
}

struct said {
  std::uint32_t what = 0;
  std::uint32_t dimension = 0;
  std::uint64_t rows = 0;
  std::uint32_t blocks = 0;
  std::uint32_t transforms = 0;
  std::uint32_t before_tail = 0;
};

void try_snapshot(core::byte_view input) {
  said says;
  constexpr std::size_t head = 28;
  if (input.size() < head)
    return;
  std::memcpy(&says, input.data(), head);
  const auto tail = input.subspan(head);
  snapshot_header header;
  header.sections = {{static_cast<core::reference_kind>(says.what), says.dimension, says.rows}};
  header.blocks = says.blocks;
  header.transforms = says.transforms % (most_transforms + 1);
  header.tail_bytes = tail.size();
  header.bytes = std::uint64_t{snapshot_header_bytes} + says.before_tail + tail.size();
  header.tail = core::sha256(tail);
  auto contents = snapshot_contents::parse(encode_header(header), header.bytes, {});
  if (!contents || !contents->take_tail(tail))
    return;
  std::uint64_t at = snapshot_header_bytes;
  std::uint64_t rows = 0;
  for (std::size_t number = 0; number < contents->blocks(); ++number) {
    const auto place = contents->block(number);
    require(place.offset == at && place.bytes > 0 && place.bytes <= most_block_bytes);
    at += place.bytes;
    rows += contents->rows_in(number);
    require(!contents->read(number, core::bytes(place.bytes)));
  }
  require(at == contents->tail().offset && rows == contents->rows());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  try_transform({input, size});
  try_snapshot({input, size});
  return 0;
}
