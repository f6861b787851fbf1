#include "net/server_links.hpp"

#include "core/log.hpp"
#include "net/envelopes.hpp"

#include <algorithm>

namespace rollcall::net {

namespace {

constexpr std::chrono::milliseconds tick_pause{100};

constexpr std::size_t longest_name = 64;

std::string versions(std::uint32_t oldest, std::uint32_t newest) {
  return oldest == newest ? std::to_string(newest) : std::to_string(oldest) + " to " + std::to_string(newest);
}

} // namespace

struct server_links::parser {
  server_links& links;
  const std::string& route;
  const frame& with;
  core::steady_time now;

  [[nodiscard]] core::status check(const pb::hello& got, const std::string& authenticated) const;
  void hello(std::uint64_t number, const pb::hello& got, const std::string& authenticated) const;
  void request(session& of, const pb::request& got) const;
  [[nodiscard]] core::status begin(session& of, const pb::request& got) const;
};

server_links::server_links(node_identity self, const link_settings& settings, ports to)
    : self_(std::move(self)), settings_(settings), to_(std::move(to)) {}

// -- what is sent

void server_links::refuse(const std::string& route, std::uint64_t number, const core::error& why) const {
  pb::envelope envelope;
  envelope.set_session(number);
  *envelope.mutable_refused() = failure_of(why);
  to_.send(route, {envelope.SerializeAsString(), {}, {}});
}

void server_links::tell(const std::string& peer, const core::error& why, core::steady_time now) {
  if (told_.admits(peer + " " + why.message, now))
    core::log(core::log_level::warning, "net", "a peer was refused", {{"node", peer}, {"error", why.message}});
}

void server_links::fail(const std::string& route, const session& of, std::uint64_t id, const core::error& why) const {
  pb::envelope envelope;
  envelope.set_session(of.number);
  envelope.mutable_answered()->set_id(id);
  *envelope.mutable_answered()->mutable_failed() = failure_of(why);
  to_.send(route, {envelope.SerializeAsString(), {}, {}});
}

void server_links::answer(const call_id& to, core::result<core::shared_bytes> outcome, core::steady_time now) {
  const auto found = sessions_.find(to.route);
  if (found == sessions_.end() || found->second.number != to.session)
    return;
  auto& of = found->second;
  const auto request = of.requests.find(to.id);
  if (request == of.requests.end() || request->second.until <= now)
    return;
  end(of, to.id);
  if (!outcome)
    return fail(to.route, of, to.id, outcome.failure());
  const auto& body = *outcome;
  pb::envelope envelope;
  envelope.set_session(of.number);
  auto& answered = *envelope.mutable_answered();
  answered.set_id(to.id);
  answered.set_total(body->size());
  for (std::uint64_t chunk = 0; chunk < chunks_of(body->size()); ++chunk) {
    answered.set_offset(chunk * chunk_bytes);
    to_.send(to.route,
             {envelope.SerializeAsString(), body, chunk_at(*body, static_cast<std::size_t>(chunk) * chunk_bytes)});
  }
}

void server_links::answer_ping(const call_id& to) {
  const auto found = sessions_.find(to.route);
  if (found == sessions_.end() || found->second.number != to.session)
    return;
  pb::envelope envelope;
  envelope.set_session(to.session);
  envelope.set_pong(to.id);
  to_.send(to.route, {envelope.SerializeAsString(), {}, {}});
}

// A long body takes its time, and pings wait behind it: the peer is told that it arrives.
void server_links::tell_taking(const std::string& route, session& of, std::uint64_t id, core::steady_time now) const {
  if (now - of.took < settings_.heartbeat)
    return;
  of.took = now;
  pb::envelope envelope;
  envelope.set_session(of.number);
  envelope.set_taking(id);
  to_.send(route, {envelope.SerializeAsString(), {}, {}});
}

// Notes that a request is over: its frames that still come are left unread.
void server_links::end(session& of, std::uint64_t id) const {
  if (const auto found = of.requests.find(id); found != of.requests.end()) {
    of.bytes -= static_cast<std::size_t>(found->second.body.total());
    of.requests.erase(found);
  }
  of.over.insert(id);
  // What was lost on the way leaves holes; they are given up when they are old.
  while (!of.over.empty() && (*of.over.begin() == of.floor + 1 || of.over.size() > 4 * settings_.requests)) {
    of.floor = *of.over.begin();
    of.over.erase(of.over.begin());
  }
}

// -- what peers say

void server_links::receive(const std::string& route, const std::string& authenticated, const frame& got,
                           core::steady_time now) {
  pb::envelope envelope;
  if (!envelope.ParseFromString(got.envelope))
    return;
  const parser parse{*this, route, got, now};
  using kind = pb::envelope;
  if (envelope.what_case() == kind::kGreeting)
    return parse.hello(envelope.session(), envelope.greeting(), authenticated);
  const auto found = sessions_.find(route);
  if (found == sessions_.end() || found->second.number != envelope.session()) {
    envelope.set_unknown(0);
    return to_.send(route, {envelope.SerializeAsString(), {}, {}});
  }
  found->second.heard = now;
  if (envelope.what_case() == kind::kAsked)
    parse.request(found->second, envelope.asked());
  else if (envelope.what_case() == kind::kPing)
    to_.ping({route, envelope.session(), envelope.ping()});
}

core::status server_links::parser::check(const pb::hello& got, const std::string& authenticated) const {
  if (core::byte_view(links.self_.cluster.value).size() != got.cluster().size()
      || core::as_text(links.self_.cluster.value) != got.cluster())
    return core::fail(core::error_code::invalid_config, "The node " + links.self_.node
                                                            + " belongs to another cluster: give both the same store, "
                                                              "or take its address out of this cluster.");
  if (got.newest_version() < oldest_version || got.oldest_version() > newest_version)
    return core::fail(core::error_code::unsupported,
                      "The node " + links.self_.node + " speaks version " + versions(oldest_version, newest_version)
                          + " of the peer protocol, the node " + got.node().substr(0, longest_name) + " "
                          + versions(got.oldest_version(), got.newest_version()) + ": upgrade the older one.");
  if (!authenticated.empty() && authenticated != got.node())
    return core::fail(core::error_code::access_denied, "The key of the node " + authenticated
                                                           + " was used by a node "
                                                             "that calls itself "
                                                           + got.node().substr(0, longest_name)
                                                           + ": let it join anew.");
  if (links.sessions_.size() >= links.settings_.sessions && !links.sessions_.contains(route))
    return core::fail(core::error_code::overloaded, "The node " + links.self_.node + " has all the peers it takes.");
  return core::nothing{};
}

void server_links::parser::hello(std::uint64_t number, const pb::hello& got, const std::string& authenticated) const {
  if (number == 0)
    return; // no link begins there
  if (auto fine = check(got, authenticated); !fine) {
    links.tell(got.node().substr(0, longest_name), fine.failure(), now);
    return links.refuse(route, number, fine.failure());
  }
  auto& of = links.sessions_[route];
  if (number > of.number)
    of = {.number = number, .peer = got.node(), .heard = now};
  of.heard = now;
  pb::envelope envelope;
  envelope.set_session(number);
  auto& welcomed = *envelope.mutable_welcomed();
  welcomed.set_version(std::min(got.newest_version(), newest_version));
  welcomed.set_node(links.self_.node);
  welcomed.set_generation(links.self_.generation);
  welcomed.set_requests(links.settings_.requests);
  welcomed.set_bytes(links.settings_.bytes);
  links.to_.send(route, {envelope.SerializeAsString(), {}, {}});
}

// The peer was told what it may send; whoever sends more is not trusted to count.
core::status server_links::parser::begin(session& of, const pb::request& got) const {
  if (of.requests.size() >= links.settings_.requests || got.total() > links.settings_.bytes
      || of.bytes + got.total() > links.settings_.bytes)
    return core::fail(core::error_code::overloaded, "That is more than was granted.");
  const auto until = now + std::chrono::milliseconds{got.left_ms()};
  of.requests.emplace(got.id(), under_way{until, got.method(), body_assembler(got.total()), false});
  of.bytes += static_cast<std::size_t>(got.total());
  return core::nothing{};
}

void server_links::parser::request(session& of, const pb::request& got) const {
  if (got.id() <= of.floor || of.over.contains(got.id()))
    return;
  if (!of.requests.contains(got.id()))
    if (auto begun = begin(of, got); !begun) {
      links.end(of, got.id());
      return links.fail(route, of, got.id(), begun.failure());
    }
  auto& one = of.requests.find(got.id())->second;
  if (one.is_served)
    return;
  if (!one.body.add(got.total(), got.offset(), with)) {
    links.end(of, got.id());
    return links.fail(route, of, got.id(), core::fail(core::error_code::malformed, "The request contradicts itself."));
  }
  if (!one.body.is_complete())
    return links.tell_taking(route, of, got.id(), now);
  one.is_served = true;
  links.to_.serve({route, of.number, got.id()}, {of.peer, one.method, one.body.take(), core::deadline{one.until}});
}

// -- time

core::steady_time server_links::due() const noexcept {
  return sessions_.empty() ? core::steady_time::max() : tick_at_;
}

void server_links::tick(core::steady_time now) {
  tick_at_ = now + tick_pause;
  std::erase_if(sessions_, [&](const auto& one) { return now - one.second.heard >= settings_.forget; });
  for (auto& [route, of] : sessions_) {
    std::vector<std::uint64_t> late;
    for (const auto& [id, one] : of.requests)
      if (one.until <= now)
        late.push_back(id);
    for (const auto id : late)
      end(of, id);
  }
}

std::size_t server_links::outstanding() const {
  std::size_t sum = 0;
  for (const auto& [route, of] : sessions_)
    sum += of.requests.size();
  return sum;
}

std::size_t server_links::bytes() const {
  std::size_t sum = 0;
  for (const auto& [route, of] : sessions_)
    sum += of.bytes;
  return sum;
}

} // namespace rollcall::net
