#include "net/client_link.hpp"

#include "core/log.hpp"
#include "net/envelopes.hpp"

#include <algorithm>

namespace rollcall::net {

struct client_link::parser {
  client_link& link;
  core::steady_time now;

  void welcome(const pb::welcome& got) const;
  void refuse(core::error why) const;
  void reply(const pb::reply& got, const frame& with) const;
};

client_link::client_link(node_identity self, std::string peer, const link_settings& settings,
                         std::uint64_t first_session, ports to)
    : self_(std::move(self)),
      peer_(std::move(peer)),
      settings_(settings),
      to_(std::move(to)),
      session_(first_session),
      greet_pause_(settings.greet_again) {}

client_link::~client_link() {
  to_ = {}; // whoever is told below finds a link that is closed for good
  is_open_ = false;
  for (auto& [id, one] : std::exchange(pending_, {}))
    one.then(core::fail(core::error_code::unavailable, "The node is stopping."));
}

// -- requests

core::status client_link::may_ask(std::size_t bytes, core::deadline until, core::steady_time now) const {
  if (!is_open_)
    return core::fail(core::error_code::unavailable, "The node " + peer_ + " is out of reach.");
  if (until.at() <= now)
    return core::fail(core::error_code::deadline_exceeded, "The request came too late to be sent to " + peer_ + ".");
  if (pending_.size() >= granted_requests_ || bytes_ + bytes > granted_bytes_)
    return core::fail(core::error_code::overloaded, "The node " + peer_ + " has all the work that it takes.");
  return core::nothing{};
}

void client_link::ask(std::string_view method, core::shared_bytes body, core::deadline until, done then,
                      core::steady_time now) {
  if (auto may = may_ask(body->size(), until, now); !may)
    return then(std::move(may).failure());
  if (pending_.empty())
    busy_since_ = now;
  const auto id = ++last_id_;
  bytes_ += body->size();
  pending_.emplace(id, pending{std::move(then), until.at(), body->size(), {}});
  deadlines_.emplace(until.at(), id);
  pb::envelope envelope;
  envelope.set_session(session_);
  auto& asked = *envelope.mutable_asked();
  asked.set_id(id);
  asked.set_method(std::string(method));
  asked.set_left_ms(milliseconds_left(until.at(), now));
  asked.set_total(body->size());
  for (std::uint64_t chunk = 0; chunk < chunks_of(body->size()); ++chunk) {
    asked.set_offset(chunk * chunk_bytes);
    to_.send({envelope.SerializeAsString(), body, chunk_at(*body, static_cast<std::size_t>(chunk) * chunk_bytes)});
  }
}

void client_link::settle(std::uint64_t id, core::result<core::shared_bytes> outcome) {
  auto found = pending_.extract(id);
  if (found.empty())
    return;
  auto& one = found.mapped();
  deadlines_.erase({one.until, id});
  bytes_ -= one.bytes;
  one.then(std::move(outcome));
}

// -- the session

void client_link::greet(core::steady_time now) {
  pb::envelope envelope;
  envelope.set_session(++session_);
  auto& greeting = *envelope.mutable_greeting();
  greeting.set_oldest_version(oldest_version);
  greeting.set_newest_version(newest_version);
  greeting.set_cluster(std::string(core::as_text(self_.cluster.value)));
  greeting.set_node(self_.node);
  greeting.set_generation(self_.generation);
  greet_at_ = now + greet_pause_;
  greet_pause_ = std::min(2 * greet_pause_, settings_.greet_at_least);
  to_.send({envelope.SerializeAsString(), {}, {}});
}

void client_link::close(core::error why, core::steady_time now) {
  const auto was_open = std::exchange(is_open_, false);
  greet_pause_ = settings_.greet_again;
  greet_at_ = now;
  deadlines_.clear();
  bytes_ = 0;
  for (auto& [id, one] : std::exchange(pending_, {}))
    one.then(why);
  if (was_open && to_.open_changed)
    to_.open_changed(false);
}

void client_link::connect(core::steady_time now) {
  if (!is_open_)
    greet(now);
}

void client_link::lose(core::steady_time now) {
  if (!is_open_)
    return;
  close(core::fail(core::error_code::unavailable, "The connection to " + peer_ + " was lost."), now);
  greet_at_ = now + greet_pause_;
}

void client_link::ping(core::steady_time now) {
  pb::envelope envelope;
  envelope.set_session(session_);
  envelope.set_ping(++last_ping_);
  pinged_ = now;
  to_.send({envelope.SerializeAsString(), {}, {}});
}

core::steady_time client_link::ping_at() const {
  return pinged_ + (pending_.empty() ? settings_.idle : settings_.heartbeat);
}

core::steady_time client_link::silent_at() const {
  const auto unanswered = ponged_ + settings_.hang;
  return pending_.empty() ? unanswered : std::min(unanswered, std::max(heard_, busy_since_) + settings_.silence);
}

void client_link::tick(core::steady_time now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now)
    settle(deadlines_.begin()->second,
           core::fail(core::error_code::deadline_exceeded, "The node " + peer_ + " did not answer in time."));
  if (!is_open_) {
    if (now >= greet_at_)
      greet(now);
    return;
  }
  if (now >= silent_at()) {
    const auto* how = now - heard_ >= settings_.silence ? " has fallen silent." : " hangs.";
    return close(core::fail(core::error_code::unavailable, "The node " + peer_ + how), now);
  }
  if (now >= ping_at())
    ping(now);
}

core::steady_time client_link::due() const {
  auto next = is_open_ ? std::min(ping_at(), silent_at()) : greet_at_;
  if (!deadlines_.empty())
    next = std::min(next, deadlines_.begin()->first);
  return next;
}

// -- what the peer says

void client_link::receive(const frame& got, core::steady_time now) {
  pb::envelope envelope;
  if (!envelope.ParseFromString(got.envelope) || envelope.session() != session_)
    return; // of an earlier session, or not of ours at all
  const parser parse{*this, now};
  using kind = pb::envelope;
  if (!is_open_) {
    if (envelope.what_case() == kind::kWelcomed)
      parse.welcome(envelope.welcomed());
    else if (envelope.what_case() == kind::kRefused)
      parse.refuse(error_of(envelope.refused()));
    return;
  }
  heard_ = now;
  if (envelope.what_case() == kind::kAnswered)
    parse.reply(envelope.answered(), got);
  else if (envelope.what_case() == kind::kPong || envelope.what_case() == kind::kTaking)
    ponged_ = now; // the ping comes after what is being taken
  else if (envelope.what_case() == kind::kUnknown)
    close(core::fail(core::error_code::unavailable, "The node " + peer_ + " was restarted."), now);
}

void client_link::parser::welcome(const pb::welcome& got) const {
  if (got.node() != link.peer_) {
    return refuse(core::fail(core::error_code::invalid_config, "At the address of the node " + link.peer_
                                                                   + " answers the node " + got.node()
                                                                   + ": give each node an address of its own."));
  }
  link.refusal_.reset();
  link.is_open_ = true;
  link.generation_ = got.generation();
  link.granted_requests_ = static_cast<std::size_t>(got.requests());
  link.granted_bytes_ = static_cast<std::size_t>(got.bytes());
  link.last_id_ = 0;
  link.greet_pause_ = link.settings_.greet_again;
  link.heard_ = link.ponged_ = now;
  link.ping(now);
  if (link.to_.open_changed)
    link.to_.open_changed(true);
}

void client_link::parser::refuse(core::error why) const {
  if (!link.refusal_ || link.refusal_->message != why.message) // it comes again with each greeting
    core::log(core::log_level::warning, "net", "no session with a peer",
              {{"node", link.peer_}, {"error", why.message}});
  link.refusal_ = std::move(why);
  link.greet_pause_ = link.settings_.greet_at_least; // it takes an operator to change that
  link.greet_at_ = now + link.greet_pause_;
}

void client_link::parser::reply(const pb::reply& got, const frame& with) const {
  const auto found = link.pending_.find(got.id());
  if (found == link.pending_.end())
    return;
  if (got.has_failed())
    return link.settle(got.id(), error_of(got.failed()));
  auto& reply = found->second.reply;
  if (!reply && got.total() > link.settings_.reply_bytes)
    return link.settle(got.id(), core::fail(core::error_code::corrupt, "The reply of " + link.peer_ + " is too long."));
  if (!reply)
    reply.emplace(got.total());
  if (!reply->add(got.total(), got.offset(), with))
    return link.settle(got.id(),
                       core::fail(core::error_code::corrupt, "The reply of " + link.peer_ + " contradicts itself."));
  if (reply->is_complete())
    link.settle(got.id(), reply->take());
}

} // namespace rollcall::net
