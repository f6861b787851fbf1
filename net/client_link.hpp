/// The asking side of a link to one peer: greets it, sends requests and gives each its reply, notices when the peer is
/// gone or hangs. A plain class over a clock and a carrier of frames that are given to it; one thread. Frames may be
/// lost, doubled, delayed and reordered: a request ends exactly once all the same.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "net/body_assembler.hpp"
#include "net/frame.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::net {

class client_link {
public:
  /// Called once for each request, never before `ask` has begun, on the link's thread; may ask again. Errors:
  /// `unavailable` (no session, or it ended meanwhile), `overloaded` (more than the peer grants), `deadline_exceeded`,
  /// `corrupt` (a reply that contradicts itself), those that the peer answers.
  using done = std::function<void(core::result<core::shared_bytes>)>;

  struct ports {
    std::function<void(frame)> send;        ///< may lose it
    std::function<void(bool)> open_changed; ///< a session began (true) or ended
  };

  /// `peer`: the node expected there. `first_session`: greater than that of an earlier link of this node to the peer,
  /// such as the time of the start.
  client_link(node_identity self, std::string peer, const link_settings& settings, std::uint64_t first_session,
              ports to);

  /// Ends what is under way with `unavailable`.
  ~client_link();
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;

  void ask(std::string_view method, core::shared_bytes body, core::deadline until, done then, core::steady_time now);
  void receive(const frame& got, core::steady_time now);
  /// The carrier has a connection now: greets at once.
  void connect(core::steady_time now);
  /// The carrier's connection is gone: everything under way ends now.
  void lose(core::steady_time now);
  /// Does what is due; call it when `due` has come, or at any time.
  void tick(core::steady_time now);
  [[nodiscard]] core::steady_time due() const;

  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] std::size_t outstanding() const noexcept { return pending_.size(); }
  /// Why the peer refuses the session; none while it has not.
  [[nodiscard]] const std::optional<core::error>& refusal() const noexcept { return refusal_; }
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  /// The peer's generation, of the present or the last session.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

private:
  struct pending {
    done then;
    core::steady_time until;
    std::size_t bytes = 0;
    std::optional<body_assembler> reply;
  };
  struct parser; // the envelope's kinds, in the source

  [[nodiscard]] core::status may_ask(std::size_t bytes, core::deadline until, core::steady_time now) const;
  void greet(core::steady_time now);
  void close(core::error why, core::steady_time now);
  void settle(std::uint64_t id, core::result<core::shared_bytes> outcome);
  void ping(core::steady_time now);
  [[nodiscard]] core::steady_time ping_at() const;
  [[nodiscard]] core::steady_time silent_at() const;

  node_identity self_;
  std::string peer_;
  link_settings settings_;
  ports to_;
  std::uint64_t session_;
  bool is_open_ = false;
  std::optional<core::error> refusal_;
  std::uint64_t generation_ = 0;
  std::size_t granted_requests_ = 0;
  std::size_t granted_bytes_ = 0;
  std::size_t bytes_ = 0; ///< of bodies under way
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, pending> pending_;
  std::set<std::pair<core::steady_time, std::uint64_t>> deadlines_;
  std::uint64_t last_ping_ = 0;
  core::steady_time heard_;  ///< any frame of the session
  core::steady_time ponged_; ///< or opened, or took a part of a body, behind which the pings wait
  core::steady_time pinged_;
  core::steady_time busy_since_; ///< while requests are under way
  core::steady_time greet_at_;   ///< while not open
  std::chrono::milliseconds greet_pause_;
};

} // namespace rollcall::net
