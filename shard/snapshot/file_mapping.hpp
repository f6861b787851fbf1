/// A file's bytes in memory, read when they are looked at. Any thread, but for writing.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rollcall::shard {

/// Private: what is written there stays in memory, and the file as it is. A page that the disk does not give, or that
/// somebody cut off the file, ends the process (SIGBUS).
class file_mapping {
public:
  /// The first `bytes` of an open file; the descriptor may be closed then. Errors: `over_budget` (no address space).
  [[nodiscard]] static core::result<std::shared_ptr<const file_mapping>> make(int descriptor, std::size_t bytes);
  ~file_mapping();
  file_mapping(const file_mapping&) = delete;
  file_mapping& operator=(const file_mapping&) = delete;

  /// Asks the disk for bytes that will be read soon. `offset` is a multiple of 4,096, here and below.
  void expect(std::size_t offset, std::size_t bytes) const noexcept;
  /// Reads them, so that they can be looked at without waiting. Errors: `corrupt` (the disk does not give them; where
  /// the system can't say so, looking at them ends the process).
  [[nodiscard]] core::status fetch(std::size_t offset, std::size_t bytes) const;

  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
  /// A place in the mapping, to be written by whoever owns what lies there.
  [[nodiscard]] std::uint8_t* writable(const void* place) const noexcept {
    return data_ + (static_cast<const std::uint8_t*>(place) - data_);
  }

private:
  file_mapping(std::uint8_t* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

  std::uint8_t* data_;
  std::size_t bytes_;
};

} // namespace rollcall::shard
