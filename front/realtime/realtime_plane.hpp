/// The ZeroMQ plane: answers queries by the code that answers HTTP's, hands frames to INGEST, publishes events. Who may
/// do what is asked of admission, as for HTTP; requests of both count towards one limit. Owned by `front`.
#pragma once

#include "front/realtime/event_feed.hpp"
#include "front/realtime/frame_intake.hpp"
#include "front/realtime/realtime_sockets.hpp"
#include "front/services.hpp"
#include "wire/realtime.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace rollcall::front {

class realtime_plane {
public:
  /// `with` outlives the object, and the object all coroutines.
  explicit realtime_plane(services& with);

  /// Listens, and answers once the io_context runs. Errors: those of `realtime_sockets::start`.
  [[nodiscard]] core::status start(asio::io_context& context, const realtime_settings& settings);
  /// Takes nothing more, waits until `until` for the queries that are being answered. Blocks; idempotent.
  void stop(core::deadline until);
  /// Gives up what belongs to the io_context, which no thread runs any more.
  void release() { feed_.reset(); }

  /// Where it listens; empty while it does not.
  [[nodiscard]] realtime_addresses bound() const;

private:
  void take(realtime_message query);
  /// Counts a query in, where there is room for its part.
  [[nodiscard]] bool begin(std::size_t bytes);
  void end(std::size_t bytes);
  [[nodiscard]] asio::awaitable<void> answer(realtime_message query, flights::flight counted);
  [[nodiscard]] asio::awaitable<core::result<std::string>> run(request_context& context, const realtime_message& query,
                                                               wire::realtime_query& wanted);
  [[nodiscard]] asio::awaitable<core::result<std::string>> search(request_context& context, core::shared_bytes probe,
                                                                  wire::realtime_query wanted);
  void reply(const realtime_message& to, const request_context& context, const wire::realtime_query& wanted,
             core::result<std::string> outcome);
  void count(const wire::realtime_query& wanted, const core::result<std::string>& outcome, core::steady_time start);

  services& with_;
  asio::io_context* context_ = nullptr;
  frame_intake frames_;
  std::unique_ptr<realtime_sockets> sockets_;
  std::unique_ptr<event_feed> feed_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::size_t answering_ = 0;  ///< queries; guarded by mutex_, as what follows
  std::size_t body_bytes_ = 0; ///< of them
};

} // namespace rollcall::front
