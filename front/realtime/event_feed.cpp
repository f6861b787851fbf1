#include "front/realtime/event_feed.hpp"

#include "core/log.hpp"
#include "front/camera_events.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace rollcall::front {

namespace {

constexpr std::chrono::milliseconds look_again{25};
constexpr std::chrono::seconds store_patience{5};
constexpr std::size_t events_a_page = 256;
constexpr std::size_t most_unpublished = 1'024;
constexpr std::size_t most_cameras = 20'000;

void tell(const core::error& failed) {
  core::log(core::log_level::warning, "front", "events could not be read to be published", {{"error", failed.message}});
}

} // namespace

event_feed::event_feed(asio::io_context& context, services& with, realtime_sockets& to)
    : with_(with), to_(to), strand_(asio::make_strand(context)), timer_(strand_) {}

void event_feed::start() {
  asio::co_spawn(strand_, run(), asio::detached);
}

void event_feed::stop() {
  asio::dispatch(strand_, [this] {
    is_stopping_ = true;
    timer_.cancel();
  });
}

asio::awaitable<void> event_feed::run() {
  while (!is_stopping_) {
    bool is_more = false;
    if (to_.is_watched() && to_.unpublished() < most_unpublished) {
      auto publishing = publish_next();
      is_more = co_await std::move(publishing);
    }
    if (is_more)
      continue;
    timer_.expires_after(with_.known.is_store_away() ? std::chrono::milliseconds{store_patience} : look_again);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer_.async_wait(token);
  }
}

// True where more is waiting.
asio::awaitable<bool> event_feed::publish_next() {
  auto reading = [after = after_](store::store& in) { return read_events(in, {}, after, events_a_page); };
  auto asked = read(store_access{with_.via, with_.parts.store, core::deadline::in(store_patience)}, std::move(reading));
  auto found = co_await std::move(asked);
  with_.known.note_store(is_away(found));
  if (!found) {
    tell(found.failure());
    co_return false;
  }
  auto finding = find_previous(found->page.rows);
  if (const auto known = co_await std::move(finding); !known) {
    tell(known.failure());
    co_return false;
  }
  publish(found->page.rows);
  after_ = found->last;
  co_return found->page.next.has_value();
}

asio::awaitable<core::status> event_feed::find_previous(const std::vector<store::event_record>& events) {
  if (previous_.size() + events.size() > most_cameras)
    previous_.clear();
  std::map<std::string, std::uint64_t> first;
  for (const auto& event : events)
    if (!previous_.contains(event.camera))
      first.try_emplace(event.camera, event.seq);
  if (first.empty())
    co_return core::nothing{};
  using numbers = std::map<std::string, std::uint64_t>;
  auto reading = [first](store::store& in) -> core::result<numbers> {
    numbers found;
    for (const auto& [camera, seq] : first) {
      ROLLCALL_TRY(found[camera], in.last_event_of(camera, seq));
    }
    return found;
  };
  auto asked = read(store_access{with_.via, with_.parts.store, core::deadline::in(store_patience)}, std::move(reading));
  auto found = co_await std::move(asked);
  with_.known.note_store(is_away(found));
  if (!found)
    co_return std::move(found).failure();
  previous_.merge(*found);
  co_return core::nothing{};
}

// `Previous` tells a subscriber of a camera whether one is missing.
void event_feed::publish(const std::vector<store::event_record>& events) {
  std::vector<publication> made;
  for (const auto& event : events) {
    auto shown = show(event);
    if (const auto before = std::exchange(previous_[event.camera], event.seq); before != 0)
      shown["Previous"] = before;
    const auto body = boost::json::serialize(shown);
    for (auto& topic : topics_of(event))
      made.push_back({std::move(topic), body});
    if (const auto record = to_stream_record(event, shown, with_.settings.arn))
      made.push_back({"record/" + event.collection + "/" + event.camera, boost::json::serialize(*record)});
  }
  if (!made.empty())
    to_.publish(std::move(made));
}

} // namespace rollcall::front
