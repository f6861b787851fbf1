/// Keeps the certificate that callers see like its files: looks every few seconds whether they are others, and takes
/// those for the connections that come; running ones go on as they began. Files that can't be used are told once and
/// counted, and the certificate from before stays. Owned by `front`.
#pragma once

#include "core/metrics.hpp"
#include "front/tls_identity.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <mutex>

namespace rollcall::front {

class tls_keeper {
public:
  /// Loads the files. References outlive the object. Errors: those of `load_tls_identity`.
  [[nodiscard]] static core::result<std::unique_ptr<tls_keeper>> make(tls_settings from, const core::wall_clock& clock,
                                                                      core::metric_registry& metrics);

  tls_keeper(const tls_keeper&) = delete;
  tls_keeper& operator=(const tls_keeper&) = delete;

  /// From now on looks at the files, as long as `context` runs, which outlives the object.
  void start(boost::asio::io_context& context);

  /// Looks at the files now. Not while `start` has it done.
  void look();

  /// For a new connection. Any thread.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> current() const;

  /// Notes a connection that ended before TLS stood. Any thread.
  void count_failed_handshake() { failed_handshakes_.add(); }

private:
  /// What tells one content of the two files from another without reading them.
  using trace = std::array<std::int64_t, 10>;

  tls_keeper(tls_settings from, const core::wall_clock& clock, core::metric_registry& metrics);
  [[nodiscard]] trace trace_files() const;
  core::status load();
  void wait();
  void watch_expiry();

  const tls_settings from_;
  const core::wall_clock& clock_;
  core::gauge& seconds_left_;
  core::counter& reloads_;
  core::counter& failed_reloads_;
  core::counter& failed_handshakes_;
  std::unique_ptr<boost::asio::steady_timer> timer_;
  trace seen_{};
  int warned_ = 0; ///< 1: that the certificate ends soon, 2: that it has
  mutable std::mutex mutex_;
  tls_identity identity_; ///< guarded by mutex_
};

} // namespace rollcall::front
