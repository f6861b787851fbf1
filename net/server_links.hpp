/// The answering side of all links of a node: sessions of peers that greeted it, their requests under way, and the
/// bounds of both. A plain class over a clock and a carrier of frames that are given to it; one thread. A request is
/// served at most once per session, however its frames arrive.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "net/body_assembler.hpp"
#include "net/frame.hpp"
#include "net/told_lines.hpp"

#include <compare>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace rollcall::net {

/// Names one request (or ping) of one session, for its answer. `route` is the carrier's word for the connection.
struct call_id {
  std::string route;
  std::uint64_t session = 0;
  std::uint64_t id = 0;

  friend auto operator<=>(const call_id&, const call_id&) = default;
};

/// A request as it is served.
struct peer_request {
  std::string peer; ///< the node that asks
  std::string method;
  core::shared_bytes body; ///< never null
  core::deadline until;
};

class server_links {
public:
  struct ports {
    std::function<void(const std::string& route, frame)> send; ///< may lose it
    /// Begins to serve; `answer` is called later or at once, from the same thread.
    std::function<void(const call_id&, peer_request)> serve;
    /// Asks the part that does the work whether it does; `answer_ping` follows when it said so.
    std::function<void(const call_id&)> ping;
  };

  server_links(node_identity self, const link_settings& settings, ports to);

  /// `authenticated`: the node that the carrier knows at the other end by its key; empty where it knows none.
  void receive(const std::string& route, const std::string& authenticated, const frame& got, core::steady_time now);
  /// Without effect when the session has ended, the deadline has passed, or it was answered before.
  void answer(const call_id& to, core::result<core::shared_bytes> outcome, core::steady_time now);
  void answer_ping(const call_id& to);
  /// For a peer that is not heard any more: what it asked is dropped, and when it is heard again it is told that the
  /// session is over, so that it does not wait for answers to what was not heard.
  void forget(const std::string& route) { sessions_.erase(route); }
  /// Forgets silent sessions and requests whose deadline has passed.
  void tick(core::steady_time now);
  [[nodiscard]] core::steady_time due() const noexcept;

  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] std::size_t outstanding() const;
  /// Of bodies under way, of all sessions: never above sessions × `link_settings::bytes`.
  [[nodiscard]] std::size_t bytes() const;

private:
  struct under_way {
    core::steady_time until;
    std::string method;
    body_assembler body;
    bool is_served = false;
  };
  struct session {
    std::uint64_t number = 0;
    std::string peer;
    core::steady_time heard{};
    std::map<std::uint64_t, under_way> requests{};
    std::size_t bytes = 0;
    std::uint64_t floor = 0;        ///< all ids up to here have ended
    std::set<std::uint64_t> over{}; ///< and these above it
    core::steady_time took{};       ///< when it was last told that a part of a request came
  };
  struct parser; // the envelope's kinds, in the source

  void refuse(const std::string& route, std::uint64_t number, const core::error& why) const;
  void tell(const std::string& peer, const core::error& why, core::steady_time now);
  void fail(const std::string& route, const session& of, std::uint64_t id, const core::error& why) const;
  void end(session& of, std::uint64_t id) const;
  void tell_taking(const std::string& route, session& of, std::uint64_t id, core::steady_time now) const;

  node_identity self_;
  link_settings settings_;
  ports to_;
  std::map<std::string, session> sessions_; ///< by route
  core::steady_time tick_at_;
  told_lines told_{16}; ///< of peers that are refused: they greet again and again
};

} // namespace rollcall::net
