#include "actors/ingest/frame_router.hpp"

#include "actors/handlers.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace rollcall::actors {

namespace {

constexpr std::chrono::seconds patience{2};
constexpr std::chrono::seconds ask_again{1};
constexpr std::chrono::seconds stays_silent{30};
constexpr std::size_t most_known_channels = 10'000;

class router_state {
public:
  static constexpr const char* name = "frame_router";

  explicit router_state(frame_router_actor::pointer self) : self_(self) {}

  frame_router_actor::behavior_type start(std::size_t most_channels) {
    most_channels_ = most_channels;
    install_handlers(self_, "frame_router");
    return {
        [this](pushed_frame& frame) { return accept(std::move(frame)); },
        [this](frame_routes& now) {
          nodes_ = std::move(now.nodes);
          std::erase_if(silent_, [this](const auto& one) { return !nodes_.contains(one.first); });
        },
    };
  }

private:
  using reply = caf::typed_response_promise<frame_taken>;

  struct known_channel {
    std::string node; ///< that took the last frame; empty: none did
    core::steady_time missed{};
  };
  /// A frame on its way, and whom to ask yet, the last first.
  struct journey {
    pushed_frame frame;
    reply owed;
    std::vector<std::string> left;
  };

  reply accept(pushed_frame frame);
  void go_on(const std::shared_ptr<journey>& of);
  void lose(const journey& of);
  [[nodiscard]] bool is_silent(const std::string& node) const;
  void note(const std::string& channel, known_channel what);

  frame_router_actor::pointer self_;
  std::map<std::string, ingest_actor> nodes_;
  std::map<std::string, known_channel> channels_;
  std::map<std::string, core::steady_time> silent_; ///< when a node did not answer
  std::size_t most_channels_ = 1;
};

router_state::reply router_state::accept(pushed_frame frame) {
  const auto of = std::make_shared<journey>(journey{std::move(frame), self_->make_response_promise<frame_taken>(), {}});
  const auto known = channels_.find(of->frame.channel);
  if (known != channels_.end() && known->second.node.empty()
      && std::chrono::steady_clock::now() - known->second.missed < ask_again) {
    lose(*of);
    return of->owed;
  }
  for (const auto& [node, actor] : nodes_)
    of->left.push_back(node);
  if (known != channels_.end())
    if (const auto last = std::ranges::find(of->left, known->second.node); last != of->left.end())
      std::iter_swap(last, of->left.end() - 1);
  std::stable_partition(of->left.begin(), of->left.end(), [this](const auto& node) { return is_silent(node); });
  go_on(of);
  return of->owed;
}

void router_state::go_on(const std::shared_ptr<journey>& of) {
  while (!of->left.empty() && !nodes_.contains(of->left.back()))
    of->left.pop_back();
  if (of->left.empty()) {
    note(of->frame.channel, {"", std::chrono::steady_clock::now()});
    return lose(*of);
  }
  const auto node = of->left.back();
  of->left.pop_back();
  self_->request(nodes_.at(node), patience, of->frame)
      .then(
          [this, of, node](frame_taken) {
            note(of->frame.channel, {node, {}});
            silent_.erase(node);
            of->owed.deliver(frame_taken{});
          },
          [this, of, node](const caf::error& failed) {
            const auto why = to_core(failed);
            const bool hangs = why.code == core::error_code::deadline_exceeded;
            if (hangs)
              silent_[node] = std::chrono::steady_clock::now();
            const bool is_elsewhere = hangs || why.code == core::error_code::not_found
                                      || why.code == core::error_code::unavailable
                                      || why.code == core::error_code::unsupported;
            if (is_elsewhere)
              go_on(of);
            else
              of->owed.deliver(failed);
          });
}

bool router_state::is_silent(const std::string& node) const {
  const auto since = silent_.find(node);
  return since != silent_.end() && std::chrono::steady_clock::now() - since->second < stays_silent;
}

void router_state::lose(const journey& of) {
  auto owed = of.owed;
  owed.deliver(to_caf(core::fail(core::error_code::not_found,
                                 "No camera with the input zmq://" + of.frame.channel + " runs on any node.")));
}

void router_state::note(const std::string& channel, known_channel what) {
  if (channels_.size() >= most_channels_)
    channels_.clear();
  channels_[channel] = std::move(what);
}

frame_router_actor::behavior_type run_router(frame_router_actor::stateful_pointer<router_state> self,
                                             std::size_t most_channels) {
  return self->state.start(most_channels);
}

} // namespace

frame_router_actor frame_router(caf::actor_system& system) {
  return system.spawn(run_router, most_known_channels);
}

} // namespace rollcall::actors
