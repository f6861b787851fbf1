#include "store/sqlite/connection_pool.hpp"

namespace rollcall::store::sqlite {

connection_pool::connection_pool(std::vector<std::unique_ptr<connection>> connections) : all_(std::move(connections)) {
  ROLLCALL_ASSERT(!all_.empty());
  for (const auto& each : all_)
    free_.push_back(each.get());
}

core::result<connection_pool::lease> connection_pool::borrow(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!returned_.wait_for(lock, patience, [this] { return !free_.empty(); }))
    return core::fail(core::error_code::unavailable, "the store is busy: repeat the call later");
  auto* lent = free_.back();
  free_.pop_back();
  return lease{*this, *lent};
}

void connection_pool::take_back(connection& lent) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(&lent); // never more than `all_`, so it does not allocate after the constructor
  }
  returned_.notify_one();
}

} // namespace rollcall::store::sqlite
