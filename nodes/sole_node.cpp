#include "nodes/sole_node.hpp"

#include "core/log.hpp"
#include "core/uuid.hpp"

namespace rollcall::nodes {

namespace {

constexpr std::string_view lease_name = "sole node";
constexpr std::chrono::milliseconds retry{200};

} // namespace

sole_node::sole_node(std::unique_ptr<store::membership> members, std::string holder,
                     std::shared_ptr<actors::serving_lease> lease, std::function<void()> lost)
    : members_(std::move(members)), holder_(std::move(holder)), lease_(std::move(lease)), lost_(std::move(lost)) {}

core::result<std::unique_ptr<sole_node>> sole_node::start(std::unique_ptr<store::membership> members,
                                                          const std::string& name,
                                                          std::shared_ptr<actors::serving_lease> lease,
                                                          std::function<void()> lost) {
  const auto holder = name + " " + to_string(core::random_uuid());
  std::unique_ptr<sole_node> made{new sole_node(std::move(members), holder, std::move(lease), std::move(lost))};
  const auto until = core::deadline::in(span + retry);
  while (true) {
    ROLLCALL_TRY(const auto is_ours, made->renew());
    if (is_ours)
      break;
    if (until.has_passed())
      return core::fail(core::error_code::conflict,
                        "another node runs on this store (store.uri): stop it, or give this one a store of its own");
    std::unique_lock lock(made->mutex_);
    made->wake_.wait_for(lock, retry);
  }
  made->thread_ = std::thread([running = made.get()] { running->keep(); });
  return made;
}

sole_node::~sole_node() {
  if (!thread_.joinable())
    return;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
  static_cast<void>(members_->release_lease(lease_name, holder_).has_value()); // else it runs out
}

core::result<bool> sole_node::renew() {
  const auto asked = std::chrono::steady_clock::now();
  ROLLCALL_TRY(const auto taken, members_->take_lease(lease_name, holder_, span));
  if (taken)
    lease_->renew(asked, taken->left);
  return taken.has_value();
}

// While the store is out of reach the node goes on, and its answers are no longer marked current.
void sole_node::keep() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, span / 5, [this] { return is_ending_; })) {
    lock.unlock();
    const auto is_ours = renew();
    if (!is_ours)
      core::log(core::log_level::warning, "node", "the store does not renew this node's lease",
                {{"error", is_ours.failure().message}});
    else if (!*is_ours) {
      core::log(core::log_level::failure, "node", "another node has taken over the store; this one stops");
      return lost_();
    }
    lock.lock();
  }
}

} // namespace rollcall::nodes
