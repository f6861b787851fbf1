/// Tells a program of the operator's what happens before the cameras: each event is posted to a URL, signed, in order,
/// again and again until it is taken. Where it stands is kept in a file, so that a node that was away goes on. One
/// thread of its own.
#pragma once

#include "core/metrics.hpp"
#include "core/result.hpp"
#include "nodes/cli/connection.hpp"
#include "store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::nodes {

struct webhook_settings {
  std::string url;                   ///< http://HOST[:PORT]/PATH or https://…
  std::filesystem::path secret_file; ///< at least 16 bytes, by which requests are signed
  std::string ca_file;               ///< of the authority of the target's certificate; empty: the system's
  std::set<std::string> kinds;       ///< of events; empty: all
  std::filesystem::path cursor_file;
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds look_again{250};
  std::chrono::milliseconds first_pause{1'000}; ///< after a failure; doubled with each more in a row
  std::chrono::milliseconds longest_pause{60'000};
};

/// A URL in its parts.
struct webhook_target {
  bool is_secure = false;
  std::string host;
  std::string port;
  std::string path;
};

/// Errors: `invalid_config`.
[[nodiscard]] core::result<webhook_target> parse_webhook_url(const std::string& url);

/// The value of the header X-Rollcall-Signature: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY`.
[[nodiscard]] std::string sign_webhook(core::byte_view secret, std::int64_t seconds, std::string_view body);

/// What a webhook counts; made on every node, so that rules find it. Metrics: rollcall_webhook_events_total by outcome
/// (taken, failed), rollcall_webhook_last_event.
struct webhook_counters {
  core::counter& taken;
  core::counter& failed;
  core::gauge& last;

  explicit webhook_counters(core::metric_registry& registry);
};

class webhook {
public:
  /// Events after a number, in order, at most `limit`; none: after the newest. Called on the webhook's thread.
  struct page {
    std::vector<store::event_record> events;
    std::uint64_t last = 0; ///< the number to go on from
  };
  using reader = std::function<core::result<page>(std::optional<std::uint64_t> after, std::size_t limit)>;

  /// Begins after the event that was told last; where there is no file yet, with the next that happens.
  /// Errors: `invalid_config` (the URL, the secret), `corrupt` (the file).
  [[nodiscard]] static core::result<std::unique_ptr<webhook>> start(webhook_settings settings, reader read,
                                                                    const webhook_counters& counts);

  /// Ends a post that is under way, which is repeated by the next one that starts where this one stood.
  ~webhook();
  webhook(const webhook&) = delete;
  webhook& operator=(const webhook&) = delete;

private:
  webhook(webhook_settings settings, webhook_target target, core::bytes secret, std::optional<std::uint64_t> after,
          reader read, const webhook_counters& counts);

  void run();
  /// Posts what is new; false where it failed.
  [[nodiscard]] bool tell_more();
  [[nodiscard]] core::status post(const store::event_record& event);
  [[nodiscard]] core::result<cli::http_response> exchange(const cli::http_request& request);
  [[nodiscard]] core::status keep(std::uint64_t after);
  [[nodiscard]] bool wait(std::chrono::milliseconds span);

  const webhook_settings settings_;
  const webhook_target target_;
  const core::bytes secret_;
  std::optional<std::uint64_t> after_;
  reader read_;
  webhook_counters counts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;             ///< guarded by mutex_
  cli::connection* posting_ = nullptr; ///< of the post under way; guarded by mutex_
  std::thread thread_;
};

} // namespace rollcall::nodes
