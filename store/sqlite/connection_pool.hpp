/// A fixed number of connections, lent one at a time: one for writes, several for reads. Safe from any thread.
#pragma once

#include "store/sqlite/connection.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace rollcall::store::sqlite {

class connection_pool {
public:
  /// A connection on loan; goes back at the end of its scope. Outlived by the pool.
  class lease {
  public:
    lease(connection_pool& from, connection& lent) : from_(&from), lent_(&lent) {}
    lease(lease&& other) noexcept : from_(std::exchange(other.from_, nullptr)), lent_(other.lent_) {}
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (from_ != nullptr)
        from_->take_back(*lent_);
    }

    [[nodiscard]] connection& operator*() const noexcept { return *lent_; }

  private:
    connection_pool* from_;
    connection* lent_;
  };

  /// Precondition: `connections` is not empty (asserted).
  explicit connection_pool(std::vector<std::unique_ptr<connection>> connections);

  /// A free connection, waiting at most `patience` for one. Errors: `unavailable` when none came free.
  [[nodiscard]] core::result<lease> borrow(std::chrono::milliseconds patience);

private:
  void take_back(connection& lent);

  const std::vector<std::unique_ptr<connection>> all_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<connection*> free_;
};

} // namespace rollcall::store::sqlite
