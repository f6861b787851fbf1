/// A whole node in one process: vision, store, actors, front, started in order and stopped in reverse. Owned by
/// `rollcalld`'s main thread, which alone may call it, but for `check_alive`.
#pragma once

#include "config/settings.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "front/front.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace rollcall::nodes {

class node {
public:
  /// Opens the data directory, verifies and loads the models, starts the actors and listens. Does not wait for the
  /// partitions to load: see `wait_until_ready`.
  /// Errors: those of each part, one line each that says what to do; nothing runs then. Blocks for about a second.
  /// `displaced` is called from another thread when another process has taken this node's name: this one must stop.
  [[nodiscard]] static core::result<std::unique_ptr<node>> start(const config::settings& with,
                                                                 std::function<void()> displaced);

  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Errors: `deadline_exceeded`, `unavailable`.
  [[nodiscard]] core::status wait_until_ready(core::deadline until);

  /// Whether the parts that do the work answer, loaded or not. Any thread, until `stop`.
  /// Errors: as `front::check_alive`.
  [[nodiscard]] core::status check_alive(core::deadline until);

  /// The bound addresses; no `http` without the role front.
  [[nodiscard]] std::optional<front::endpoint> http() const;
  [[nodiscard]] const front::endpoint& management() const noexcept;

  /// Takes no more requests, lets those in flight end for at most `grace`, then ends all parts. True when all work has
  /// ended; false: leave the process by `std::_Exit`, since the destructor would wait for it.
  [[nodiscard]] bool stop(std::chrono::milliseconds grace);

private:
  struct parts;
  explicit node(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

} // namespace rollcall::nodes
