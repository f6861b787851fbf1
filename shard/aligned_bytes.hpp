/// A growing byte array on cache-line boundaries, in huge pages where it is large and the system gives them. Owned by
/// one index; no locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace rollcall::shard {

class aligned_bytes {
public:
  [[nodiscard]] std::uint8_t* data() noexcept { return data_.get(); }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// New bytes are 0. Growing beyond the capacity moves everything; the old memory is wiped first. A size below a
  /// quarter of the capacity gives memory back. Throws std::bad_alloc, and has changed nothing then.
  void resize(std::size_t size);

private:
  struct release {
    void operator()(std::uint8_t* data) const noexcept;
  };
  void move_to(std::size_t capacity);

  std::unique_ptr<std::uint8_t, release> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace rollcall::shard
