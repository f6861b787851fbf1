#include "shard/snapshot/snapshot_mapping.hpp"

#include <new>

namespace rollcall::shard {

core::result<snapshot_contents> read_contents(const snapshot_file& file, const snapshot_identity& of) {
  if (file.bytes() < snapshot_header_bytes)
    return core::fail(core::error_code::corrupt, "The snapshot is damaged: it is cut.");
  ROLLCALL_TRY(const auto header, file.read({0, snapshot_header_bytes}));
  ROLLCALL_TRY(auto contents, snapshot_contents::parse(*header, file.bytes(), of));
  ROLLCALL_TRY(const auto tail, file.read(contents.tail()));
  ROLLCALL_CHECK(contents.take_tail(*tail));
  return contents;
}

core::result<std::vector<reference_block>> map_blocks(const snapshot_contents& contents,
                                                      std::span<const std::size_t> numbers,
                                                      const std::shared_ptr<const file_mapping>& in) {
  for (const auto number : numbers)
    in->expect(contents.scanned(number).offset, contents.scanned(number).bytes);
  std::vector<reference_block> made;
  made.reserve(numbers.size());
  for (const auto number : numbers) {
    ROLLCALL_CHECK(in->fetch(contents.scanned(number).offset, contents.scanned(number).bytes));
    ROLLCALL_TRY(auto block, contents.map(number, in));
    made.push_back(std::move(block));
  }
  return made;
}

core::status move_to_snapshot(gallery& held, const snapshot_identity& of, const written_snapshot& written,
                              const snapshot_file& file) {
  ROLLCALL_TRY(const auto contents, read_contents(file, of));
  if (contents.digest() != written.digest || contents.blocks() != written.blocks.size())
    return core::fail(core::error_code::conflict, "The snapshot is another one.");
  ROLLCALL_TRY(const auto mapping, file.map());
  try {
    for (std::size_t number = 0; number < contents.blocks(); ++number) {
      ROLLCALL_TRY(const auto mapped, map_blocks(contents, {&number, 1}, mapping));
      auto block = written.blocks[number];
      block.in_file = mapped.front();
      if (!held.move_to_file(of.collection, of.partition, written.state.loads, block))
        return core::fail(core::error_code::conflict, "The partition was loaded anew, or is not held any more.");
    }
    for (const auto kind : {core::reference_kind::face, core::reference_kind::user})
      while (held.leave_files(of.collection, of.partition, kind, mapping.get())) {
      }
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::over_budget, "There is no memory to move a partition to its snapshot.");
  }
  return core::nothing{};
}

} // namespace rollcall::shard
