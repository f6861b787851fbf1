#include "bench/chaos/chaos_network.hpp"

#include "tests/support/process.hpp"

#include <stdexcept>
#include <unistd.h>

namespace rollcall::bench {

namespace {

// Errors of `ip` as its own words; empty: it went well.
std::string run_ip(std::vector<std::string> arguments) {
  const auto done = test::run(test::command{"ip", std::move(arguments)}, core::deadline::in(std::chrono::seconds{10}));
  if (!done)
    return done.failure().message;
  return done->exit == test::exit_state{0, 0} ? "" : "ip: " + done->err;
}

void require(std::vector<std::string> arguments) {
  if (const auto failed = run_ip(std::move(arguments)); !failed.empty())
    throw std::runtime_error("no network namespaces here (they take root and iproute2): " + failed);
}

} // namespace

chaos_network::chaos_network() {
  const auto id = static_cast<unsigned>(::getpid());
  mark_ = "rc" + std::to_string(id);
  subnet_ = "10." + std::to_string(200 + id / 250 % 50) + "." + std::to_string(id % 250) + ".";
  address_ = subnet_ + "1";
  try {
    require({"link", "add", mark_, "type", "bridge"});
    require({"address", "add", address_ + "/24", "dev", mark_});
    require({"link", "set", mark_, "up"});
    // Whether it can be done at all: a chroot may have them and refuse the mounts that a program within needs.
    static_cast<void>(add("first"));
    require({"netns", "exec", places_.at("first").space, "true"});
  } catch (...) {
    clear();
    throw;
  }
}

chaos_network::~chaos_network() {
  clear();
}

void chaos_network::clear() const noexcept {
  try {
    for (const auto& [node, one] : places_)
      static_cast<void>(run_ip({"netns", "delete", one.space})); // the cable goes with it
    static_cast<void>(run_ip({"link", "delete", mark_}));
  } catch (...) { // nothing is left to be done
  }
}

std::string chaos_network::add(const std::string& node) {
  if (const auto found = places_.find(node); found != places_.end())
    return found->second.address;
  const auto number = std::to_string(places_.size() + 2);
  const auto& made =
      places_.emplace(node, place{mark_ + "-" + number, mark_ + "c" + number, subnet_ + number}).first->second;
  require({"netns", "add", made.space});
  require({"link", "add", made.card, "type", "veth", "peer", "name", "card", "netns", made.space});
  require({"link", "set", made.card, "master", mark_});
  require({"link", "set", made.card, "up"});
  require({"-n", made.space, "link", "set", "lo", "up"});
  require({"-n", made.space, "address", "add", made.address + "/24", "dev", "card"});
  require({"-n", made.space, "link", "set", "card", "up"});
  return made.address;
}

std::vector<std::string> chaos_network::within(const std::string& node) const {
  return {"ip", "netns", "exec", places_.at(node).space};
}

void chaos_network::set_link(const std::string& node, const std::string& state) const {
  require({"link", "set", places_.at(node).card, state});
}

} // namespace rollcall::bench
