#include "nodes/webhook.hpp"

#include "core/digest.hpp"
#include "core/log.hpp"
#include "front/camera_events.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace rollcall::nodes {

namespace {

constexpr std::size_t events_a_page = 100;
constexpr std::size_t least_secret_bytes = 16;

core::error invalid_hook(std::string message) {
  return core::fail(core::error_code::invalid_config, std::move(message));
}

core::result<core::bytes> read_secret(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  core::bytes secret{std::istreambuf_iterator<char>(in), {}};
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
    secret.pop_back();
  if (secret.size() < least_secret_bytes)
    return invalid_hook("webhook.secret_file: " + file.string()
                        + " must hold 16 bytes at least; make one with: head -c "
                          "32 /dev/urandom | base64 > FILE");
  return secret;
}

/// Nothing where there is no file.
core::result<std::optional<std::uint64_t>> read_cursor(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in)
    return std::optional<std::uint64_t>{};
  std::string text;
  std::getline(in, text);
  std::uint64_t after = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), after);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return core::fail(core::error_code::corrupt, file.string()
                                                     + " does not hold the number of an event: remove it, and the "
                                                       "webhook goes on with the next that happens");
  return std::optional{after};
}

} // namespace

core::result<webhook_target> parse_webhook_url(const std::string& url) {
  webhook_target made;
  std::string_view rest = url;
  if (rest.starts_with("https://"))
    made.is_secure = true;
  else if (!rest.starts_with("http://"))
    return invalid_hook("webhook.url: " + url + " must begin with http:// or https://");
  rest.remove_prefix(rest.find("//") + 2);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto authority = rest.substr(0, slash);
  made.path = slash < rest.size() ? std::string{rest.substr(slash)} : "/";
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  made.host = authority.substr(0, colon);
  made.port = colon == authority.npos ? (made.is_secure ? "443" : "80") : std::string{authority.substr(colon + 1)};
  const bool is_port =
      !made.port.empty() && std::ranges::all_of(made.port, [](char c) { return c >= '0' && c <= '9'; });
  if (made.host.empty() || !is_port || authority.find('@') != authority.npos)
    return invalid_hook("webhook.url: " + url + " must be http://HOST[:PORT]/PATH, or https://");
  if (made.host.front() == '[')
    made.host = made.host.substr(1, made.host.size() - 2);
  return made;
}

std::string sign_webhook(core::byte_view secret, std::int64_t seconds, std::string_view body) {
  const auto at = std::to_string(seconds);
  const auto signed_text = at + "." + std::string{body};
  return "t=" + at + ",v1=" + core::to_hex(core::hmac_sha256(secret, core::as_bytes(signed_text)));
}

webhook_counters::webhook_counters(core::metric_registry& registry)
    : taken(registry.make_counter("rollcall_webhook_events_total", "Events that were posted, by outcome",
                                  {{"outcome", "taken"}})),
      failed(registry.make_counter("rollcall_webhook_events_total", "Events that were posted, by outcome",
                                   {{"outcome", "failed"}})),
      last(registry.make_gauge("rollcall_webhook_last_event", "Number of the event up to which all were taken", {})) {}

core::result<std::unique_ptr<webhook>> webhook::start(webhook_settings settings, reader read,
                                                      const webhook_counters& counts) {
  ROLLCALL_TRY(auto target, parse_webhook_url(settings.url));
  ROLLCALL_TRY(auto secret, read_secret(settings.secret_file));
  ROLLCALL_TRY(const auto after, read_cursor(settings.cursor_file));
  return std::unique_ptr<webhook>{
      new webhook{std::move(settings), std::move(target), std::move(secret), after, std::move(read), counts}};
}

webhook::webhook(webhook_settings settings, webhook_target target, core::bytes secret,
                 std::optional<std::uint64_t> after, reader read, const webhook_counters& counts)
    : settings_(std::move(settings)),
      target_(std::move(target)),
      secret_(std::move(secret)),
      after_(after),
      read_(std::move(read)),
      counts_(counts),
      thread_([this] { run(); }) {}

webhook::~webhook() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    if (posting_ != nullptr)
      posting_->cancel();
  }
  wake_.notify_all();
  thread_.join();
}

// True when it is to end.
bool webhook::wait(std::chrono::milliseconds span) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, span, [this] { return is_ending_; });
}

void webhook::run() {
  auto pause = settings_.first_pause;
  auto next = settings_.look_again;
  while (!wait(next)) {
    const bool is_well = tell_more();
    next = is_well ? settings_.look_again : pause;
    pause = is_well ? settings_.first_pause : std::min(2 * pause, settings_.longest_pause);
  }
}

bool webhook::tell_more() {
  const auto found = read_(after_, events_a_page);
  if (!found) {
    core::log(core::log_level::warning, "webhook", "events could not be read", {{"error", found.failure().message}});
    return false;
  }
  const auto told = after_;
  core::status outcome = core::nothing{};
  for (const auto& event : found->events) {
    if (settings_.kinds.empty() || settings_.kinds.contains(event.kind))
      outcome = post(event);
    if (!outcome || wait(std::chrono::milliseconds{0}))
      break;
    after_ = event.seq;
  }
  if (outcome && (found->events.empty() || after_ == found->events.back().seq))
    after_ = found->last;
  if (after_ != told)
    if (const auto kept = keep(*after_); !kept)
      core::log(core::log_level::warning, "webhook",
                "where it stands could not be kept: after a restart events are "
                "posted again",
                {{"error", kept.failure().message}});
  if (!outcome && !wait(std::chrono::milliseconds{0})) {
    counts_.failed.add();
    core::log(core::log_level::warning, "webhook", "an event was not taken; it is posted again",
              {{"after", std::to_string(after_.value_or(0))}, {"error", outcome.failure().message}});
  }
  return outcome.has_value();
}

core::status webhook::post(const store::event_record& event) {
  const auto body = boost::json::serialize(front::show(event));
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(core::system_wall_clock{}.now().time_since_epoch());
  const cli::http_request request{"POST",
                                  target_.path,
                                  {{"Host", target_.host},
                                   {"Content-Type", "application/json"},
                                   {"X-Rollcall-Event", core::to_string(event.id)},
                                   {"X-Rollcall-Signature", sign_webhook(secret_, now.count(), body)}},
                                  body};
  ROLLCALL_TRY(const auto reply, exchange(request));
  if (reply.status < 200 || reply.status > 299)
    return core::fail(core::error_code::unavailable, target_.host + " answered " + std::to_string(reply.status));
  counts_.taken.add();
  return core::nothing{};
}

core::result<cli::http_response> webhook::exchange(const cli::http_request& request) {
  cli::connection to({target_.host, target_.port, target_.is_secure, settings_.ca_file}, settings_.timeout);
  const auto note = [this](cli::connection* under_way) {
    const std::lock_guard lock(mutex_);
    posting_ = under_way;
    return is_ending_;
  };
  if (note(&to))
    to.cancel();
  auto reply = to.exchange(request);
  note(nullptr);
  return reply;
}

core::status webhook::keep(std::uint64_t after) {
  counts_.last.set(static_cast<double>(after));
  auto next = settings_.cursor_file;
  next += ".new";
  {
    std::ofstream out(next, std::ios::trunc);
    out << after << '\n';
    if (!out.flush())
      return core::fail(core::error_code::storage_full, next.string() + " can't be written");
  }
  std::error_code failed;
  std::filesystem::rename(next, settings_.cursor_file, failed);
  if (failed)
    return core::fail(core::error_code::storage_full, settings_.cursor_file.string() + ": " + failed.message());
  return core::nothing{};
}

} // namespace rollcall::nodes
