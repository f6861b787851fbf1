#include "actors/cluster/member.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::chrono::milliseconds retry{200};

// What the routes depend on.
bool is_same(const store::node_record& a, const store::node_record& b) {
  return a.name == b.name && a.generation == b.generation && a.address == b.address && a.public_key == b.public_key
         && a.state == b.state && a.has_joined == b.has_joined && a.is_fenced == b.is_fenced;
}

} // namespace

member::member(store::membership& members, member_settings settings, member_ports ports)
    : members_(members), settings_(std::move(settings)), ports_(std::move(ports)) {}

core::status member::enter() {
  const auto& self = settings_.self;
  if (settings_.wants_token) {
    ROLLCALL_TRY(const bool may_enter, members_.may_enter(self.name, self.public_key));
    if (!may_enter)
      return core::fail(core::error_code::access_denied,
                        "The node " + self.name
                            + " has not joined with the key that it has (node.key in its data directory), and "
                              "cluster.admission is token: get a token (rollcall cluster token --node "
                            + self.name + "), then rollcall cluster join --token TOKEN --node-key FILE --name "
                            + self.name + ", and start it again.");
  }
  ROLLCALL_TRY(const auto joined, members_.register_node(settings_.self, instance_, settings_.lease));
  settings_.self.generation = joined.generation;
  return core::nothing{};
}

core::status member::join() {
  const auto until = core::deadline::in(settings_.lease + retry);
  while (true) {
    auto entered = enter();
    if (entered || entered.failure().code != core::error_code::conflict || until.has_passed())
      return entered;
    std::this_thread::sleep_for(retry);
  }
}

core::status member::announce(std::string address) {
  settings_.self.address = std::move(address);
  return enter();
}

core::result<member_round> member::run() {
  const auto asked = std::chrono::steady_clock::now();
  const bool may_serve = ports_.follow && is_following_;
  const auto told =
      members_.beat(settings_.self.name, generation(), may_serve ? settings_.lease : std::chrono::milliseconds{0},
                    settings_.figures ? settings_.figures(work_) : std::string{},
                    settings_.memory ? settings_.memory() : store::memory_report{});
  if (!told) {
    const auto code = told.failure().code;
    if (code == core::error_code::conflict || code == core::error_code::not_found)
      return member_round{.is_displaced = true};
    return told.failure();
  }
  if (told->state == store::node_state::dead) {
    core::log(core::log_level::warning, "member", "the cluster had given this node up; it joins again");
    const auto entered = enter();
    if (!entered && entered.failure().code == core::error_code::access_denied)
      return member_round{.is_displaced = true};
    ROLLCALL_CHECK(entered);
    return member_round{.is_more = true};
  }
  member_round done;
  if (ports_.follow) {
    const auto lease = may_serve ? told->lease : std::chrono::milliseconds{0};
    ROLLCALL_TRY(done.is_more, follow(asked, lease));
    if (done.is_more) { // what was reported as loaded is answered for before others learn of it
      ROLLCALL_TRY(done.is_more, follow(asked, lease));
    }
  }
  ROLLCALL_CHECK(learn());
  done.is_displaced = is_shut_out();
  return done;
}

// Its name has another key by now: the others don't hear this process any more.
bool member::is_shut_out() const {
  return settings_.wants_token && std::any_of(nodes_.begin(), nodes_.end(), [this](const auto& node) {
           return node.name == settings_.self.name && !node.has_joined;
         });
}

// The heartbeat is older than the share, as the keeper of what is held wants it.
core::result<bool> member::follow(core::steady_time asked, std::chrono::milliseconds lease) {
  ROLLCALL_TRY(auto share, members_.find_share(settings_.self.name));
  auto answer = ports_.follow({std::move(share), asked, lease});
  const bool was_following = std::exchange(is_following_, answer.has_value());
  if (!answer) {
    core::log(core::log_level::failure, "member", "this node's shard does not answer; it gets no lease",
              {{"error", answer.failure().message}});
    return false;
  }
  work_ = std::move(answer->work);
  if (!answer->done.empty())
    ROLLCALL_CHECK(members_.report(settings_.self.name, generation(), answer->done));
  return !answer->done.empty() || !was_following;
}

core::result<bool> member::has_new_map() {
  ROLLCALL_TRY(const auto version, members_.map_version());
  return version != version_;
}

core::status member::learn() {
  ROLLCALL_TRY(auto nodes, members_.list_nodes());
  ports_.see(nodes);
  const bool is_known = std::equal(nodes.begin(), nodes.end(), nodes_.begin(), nodes_.end(), is_same);
  if (is_known) {
    ROLLCALL_TRY(const bool is_new, has_new_map());
    if (!is_new)
      return core::nothing{};
  }
  ROLLCALL_TRY(const auto map, members_.find_map());
  nodes_ = std::move(nodes);
  version_ = map.version;
  ports_.learn(nodes_, map);
  return core::nothing{};
}

void member::leave() {
  static_cast<void>(members_.leave(settings_.self.name, generation()).has_value()); // else its lease runs out
}

} // namespace rollcall::actors
