/// Decisions on local disk while the store is out of reach: one JSON object a line, each durable before its search is
/// answered. One thread at a time; `size` from any. Virtual, so that who is given one need not link the store.
#pragma once

#include "core/result.hpp"
#include "store/records.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace rollcall::store {

class decision_spool {
public:
  /// Holds at most `most` ≥ 1 decisions. What a process before left in `file` is there again; a line that a crash cut
  /// short is dropped, since nobody was told that it was kept. Errors: `storage_full` (it can't be written or read).
  [[nodiscard]] static core::result<std::unique_ptr<decision_spool>> open(const std::filesystem::path& file,
                                                                          std::size_t most);
  virtual ~decision_spool();
  decision_spool(const decision_spool&) = delete;
  decision_spool& operator=(const decision_spool&) = delete;

  /// All or none; they outlive a crash when it returns. Errors: `storage_full` (the limit, or the disk).
  [[nodiscard]] virtual core::status append(std::span<const decision> decisions);
  /// The oldest, at most `limit`. A line that can't be read is left out, and told in the log. Errors: `storage_full`.
  [[nodiscard]] virtual core::result<std::vector<decision>> oldest(std::size_t limit);
  /// Forgets what `oldest` gave. The file gets shorter only when nothing is left: after a crash all that was in it is
  /// there again. Errors: `storage_full`.
  [[nodiscard]] virtual core::status drop();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  decision_spool(int file, std::size_t most) : file_(file), most_(most) {}
  [[nodiscard]] core::status recover();

  const int file_;
  const std::size_t most_;
  std::atomic<std::size_t> size_ = 0; ///< lines from `begin_` on
  std::uint64_t begin_ = 0;           ///< where the oldest line begins
  std::uint64_t end_ = 0;             ///< of the file
  std::uint64_t given_end_ = 0;       ///< of what `oldest` gave
  std::size_t given_ = 0;             ///< lines of it
};

} // namespace rollcall::store
