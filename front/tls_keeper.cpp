#include "front/tls_keeper.hpp"

#include "core/log.hpp"
#include "front/http_date.hpp"

#include <sys/stat.h>

namespace rollcall::front {

namespace {

constexpr std::chrono::seconds look_period{2};
constexpr std::chrono::hours expires_soon{7 * 24};

void log(core::log_level level, std::string_view text, const tls_settings& of, std::string why) {
  core::log(level, "front", text, {{"certificate", of.certificate.string()}, {"why", std::move(why)}});
}

} // namespace

core::result<std::unique_ptr<tls_keeper>> tls_keeper::make(tls_settings from, const core::wall_clock& clock,
                                                           core::metric_registry& metrics) {
  std::unique_ptr<tls_keeper> made{new tls_keeper{std::move(from), clock, metrics}};
  made->seen_ = made->trace_files();
  ROLLCALL_CHECK(made->load());
  made->watch_expiry();
  return made;
}

tls_keeper::tls_keeper(tls_settings from, const core::wall_clock& clock, core::metric_registry& metrics)
    : from_(std::move(from)),
      clock_(clock),
      seconds_left_(metrics.make_gauge("rollcall_tls_certificate_left_seconds",
                                       "Until the TLS certificate expires; negative once it has", {})),
      reloads_(metrics.make_counter("rollcall_tls_reloads_total", "New TLS certificates taken from the files", {})),
      failed_reloads_(metrics.make_counter("rollcall_tls_reload_failures_total",
                                           "Changes of the TLS files that could not be used", {})),
      failed_handshakes_(metrics.make_counter("rollcall_tls_handshake_failures_total",
                                              "Connections that ended before TLS stood", {})) {}

void tls_keeper::start(boost::asio::io_context& context) {
  timer_ = std::make_unique<boost::asio::steady_timer>(context);
  wait();
}

void tls_keeper::wait() {
  timer_->expires_after(look_period);
  timer_->async_wait([this](const boost::system::error_code& ended) {
    if (ended)
      return;
    look();
    wait();
  });
}

void tls_keeper::look() {
  // Traced before they are read: what changes meanwhile is another change.
  const auto now = trace_files();
  if (std::exchange(seen_, now) != now) {
    const auto loaded = load();
    if (loaded) {
      reloads_.add();
      log(core::log_level::note, "callers see a new TLS certificate", from_, "its files have changed");
    } else {
      failed_reloads_.add();
      log(core::log_level::failure, "the changed TLS files can't be used; callers see the certificate from before",
          from_, loaded.failure().message);
    }
  }
  watch_expiry();
}

tls_keeper::trace tls_keeper::trace_files() const {
  trace made{};
  auto* at = made.data();
  for (const auto* file : {&from_.certificate, &from_.key}) {
    struct stat found {};
    (void)::stat(file->c_str(), &found); // zeros for a file that is not there
    for (const std::int64_t part :
         {static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
          static_cast<std::int64_t>(found.st_size), static_cast<std::int64_t>(found.st_mode),
          static_cast<std::int64_t>(found.st_mtim.tv_sec) * 1'000'000'000 + found.st_mtim.tv_nsec})
      *at++ = part;
  }
  return made;
}

core::status tls_keeper::load() {
  ROLLCALL_TRY(auto loaded, load_tls_identity(from_, clock_.now()));
  const std::lock_guard lock(mutex_);
  identity_ = std::move(loaded);
  warned_ = 0;
  return core::nothing{};
}

void tls_keeper::watch_expiry() {
  const auto expires = identity_.expires; // this thread alone writes it
  const auto left = std::chrono::floor<std::chrono::seconds>(expires - clock_.now());
  seconds_left_.set(static_cast<double>(left.count()));
  const bool has_expired = left <= std::chrono::seconds{0};
  const int warning = has_expired ? 2 : left <= expires_soon ? 1 : 0;
  if (warning <= warned_)
    return;
  warned_ = warning;
  log(has_expired ? core::log_level::failure : core::log_level::warning,
      has_expired ? "THE TLS CERTIFICATE HAS EXPIRED: callers refuse it; put a renewed one in its place"
                  : "the TLS certificate expires soon; put a renewed one in its place",
      from_, "it ends on " + http_date(expires));
}

std::shared_ptr<boost::asio::ssl::context> tls_keeper::current() const {
  const std::lock_guard lock(mutex_);
  return identity_.context;
}

} // namespace rollcall::front
