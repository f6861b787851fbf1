/// Keeps a store that several machines reach to one node at a time: holds a lease there, on a thread of its own, from
/// `start` to the destructor. Made and destroyed by one thread.
#pragma once

#include "actors/serving_lease.hpp"
#include "core/result.hpp"
#include "store/membership.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace rollcall::nodes {

class sole_node {
public:
  /// Its length. It is renewed five times as often.
  static constexpr std::chrono::milliseconds span{5'000};

  /// Waits for the lease of a process that was killed to run out, so for `span` at most. `lease` is kept up to date;
  /// `lost` is called once, from the thread, when another process has the store. Errors: `conflict` (another node runs
  /// on the store), those of the store.
  [[nodiscard]] static core::result<std::unique_ptr<sole_node>> start(std::unique_ptr<store::membership> members,
                                                                      const std::string& name,
                                                                      std::shared_ptr<actors::serving_lease> lease,
                                                                      std::function<void()> lost);
  /// Gives the lease back.
  ~sole_node();
  sole_node(const sole_node&) = delete;
  sole_node& operator=(const sole_node&) = delete;

private:
  sole_node(std::unique_ptr<store::membership> members, std::string holder,
            std::shared_ptr<actors::serving_lease> lease, std::function<void()> lost);
  /// True when the lease is ours.
  [[nodiscard]] core::result<bool> renew();
  void keep();

  std::unique_ptr<store::membership> members_;
  std::string holder_;
  std::shared_ptr<actors::serving_lease> lease_;
  std::function<void()> lost_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;
  std::thread thread_;
};

} // namespace rollcall::nodes
