// Events that are posted to a program of the operator's, which may be slow, wrong or absent.
#include "nodes/webhook.hpp"

#include "core/digest.hpp"
#include "tests/support/process.hpp"
#include "tests/support/recorded_metrics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

namespace rollcall::nodes {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::milliseconds;

/// Takes requests one after another, and answers as it is told: a status, or never (0).
class receiver {
public:
  struct got {
    std::uint64_t seq = 0;
    std::string event;
    std::string signature;
    std::string body;
  };

  receiver() : thread_([this] { run(); }) {}
  ~receiver() {
    is_ending_ = true;
    boost::system::error_code ignored;
    asio::ip::tcp::socket wake(context_);
    static_cast<void>(wake.connect(acceptor_.local_endpoint(), ignored));
    wake.close();
    thread_.join();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/events?of=all";
  }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  [[nodiscard]] std::vector<got> wait_for(std::size_t many) {
    return wait_until([&] { return all_.size() >= many; });
  }
  [[nodiscard]] std::vector<got> wait_for_event(std::uint64_t seq) {
    return wait_until([&] { return !all_.empty() && all_.back().seq == seq; });
  }

private:
  template <class Condition>
  std::vector<got> wait_until(Condition holds) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{20}, holds);
    return all_;
  }
  void run() {
    std::vector<std::unique_ptr<asio::ip::tcp::socket>> silent;
    while (!is_ending_) {
      auto socket = std::make_unique<asio::ip::tcp::socket>(acceptor_.accept());
      boost::beast::flat_buffer buffer;
      http::request<http::string_body> request;
      boost::system::error_code failed;
      http::read(*socket, buffer, request, failed);
      if (failed)
        continue;
      const auto status = note(request);
      if (status == 0) {
        silent.push_back(std::move(socket));
        continue;
      }
      http::response<http::string_body> reply{static_cast<http::status>(status), 11};
      reply.prepare_payload();
      http::write(*socket, reply, failed);
    }
  }
  int note(const http::request<http::string_body>& request) {
    const std::lock_guard lock(mutex_);
    const auto body = boost::json::parse(request.body());
    all_.push_back({body.at("Seq").to_number<std::uint64_t>(), std::string{request["X-Rollcall-Event"]},
                    std::string{request["X-Rollcall-Signature"]}, request.body()});
    changed_.notify_all();
    return status_;
  }

  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> is_ending_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<got> all_;
  int status_ = 204;
  std::thread thread_;
};

class webhook_test : public testing::Test {
protected:
  void SetUp() override { std::ofstream(scratch_.path() / "secret") << secret_ << "\n"; }

  std::unique_ptr<webhook> start(std::set<std::string> kinds = {}, milliseconds timeout = milliseconds{200}) {
    webhook_settings settings{receiver_.url(),
                              scratch_.path() / "secret",
                              {},
                              std::move(kinds),
                              cursor(),
                              timeout,
                              milliseconds{5},
                              milliseconds{5},
                              milliseconds{20}};
    auto made = webhook::start(
        std::move(settings), [this](auto after, auto limit) { return read(after, limit); }, counters_);
    EXPECT_TRUE(made) << made.failure().message;
    return made ? *std::move(made) : nullptr;
  }
  [[nodiscard]] std::filesystem::path cursor() const { return scratch_.path() / "cursor"; }

  void happen(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    store::event_record event;
    event.seq = events_.size() + 1;
    event.id = core::random_uuid();
    event.kind = kind;
    event.camera = "gate";
    event.body = "{}";
    events_.push_back(std::move(event));
  }
  core::result<webhook::page> read(std::optional<std::uint64_t> after, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    ++reads_;
    was_read_.notify_all();
    webhook::page found{{}, events_.size()};
    for (auto at = after.value_or(events_.size()); at < events_.size() && found.events.size() < limit; ++at)
      found.events.push_back(events_[at]);
    if (!found.events.empty())
      found.last = found.events.back().seq;
    return found;
  }
  void wait_for_reads(int more) {
    std::unique_lock lock(mutex_);
    const auto wanted = reads_ + more;
    EXPECT_TRUE(was_read_.wait_for(lock, std::chrono::seconds{20}, [&] { return reads_ >= wanted; }));
  }

  const std::string secret_ = "a secret of the operator's";
  test::temp_dir scratch_;
  test::recorded_metrics metrics_;
  webhook_counters counters_{metrics_};
  receiver receiver_;
  std::mutex mutex_;
  std::condition_variable was_read_;
  int reads_ = 0;
  std::vector<store::event_record> events_;
};

TEST_F(webhook_test, tells_each_event_that_happens_once_in_order_and_signed) {
  happen("Old");
  const auto hook = start();
  wait_for_reads(2); // it knows where it begins
  for (int i = 0; i < 3; ++i)
    happen("Recognised");
  const auto got = receiver_.wait_for(3);
  ASSERT_EQ(got.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got[i].seq, i + 2);
    EXPECT_EQ(got[i].event, core::to_string(events_[i + 1].id));
    const auto seconds = std::stoll(got[i].signature.substr(2));
    EXPECT_EQ(got[i].signature, sign_webhook(core::as_bytes(secret_), seconds, got[i].body));
  }
}

TEST_F(webhook_test, posts_again_what_was_not_taken_and_nothing_before_it_is) {
  receiver_.answer(500);
  const auto hook = start();
  wait_for_reads(2);
  happen("Recognised");
  happen("Gap");
  for (const auto& one : receiver_.wait_for(3))
    EXPECT_EQ(one.seq, 1U);
  receiver_.answer(0); // it hangs now
  const auto before = receiver_.wait_for(4).size();
  static_cast<void>(receiver_.wait_for(before + 2));
  receiver_.answer(200);
  const auto got = receiver_.wait_for_event(2);
  EXPECT_EQ(got.back().seq, 2U);
  EXPECT_EQ(std::ranges::count(got, 2U, &receiver::got::seq), 1);
}

TEST_F(webhook_test, goes_on_after_a_restart_where_it_stood) {
  {
    const auto hook = start();
    wait_for_reads(2);
    happen("Recognised");
    ASSERT_EQ(receiver_.wait_for(1).size(), 1U);
    wait_for_reads(2);
  }
  happen("Recognised"); // while nobody is there
  const auto hook = start();
  const auto got = receiver_.wait_for(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[1].seq, 2U);
}

TEST_F(webhook_test, ends_at_once_though_a_receiver_never_answers) {
  receiver_.answer(0);
  auto hook = start({}, std::chrono::minutes{10});
  wait_for_reads(2);
  happen("Recognised");
  ASSERT_EQ(receiver_.wait_for(1).size(), 1U);
  const auto before = std::chrono::steady_clock::now();
  hook.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{10});
  receiver_.answer(204);
  hook = start();
  EXPECT_EQ(receiver_.wait_for(2).back().seq, 1U); // told again
}

TEST_F(webhook_test, tells_only_of_the_kinds_that_are_wanted) {
  const auto hook = start({"Recognised"});
  wait_for_reads(2);
  for (const auto* kind : {"TrackBegan", "Recognised", "TrackEnded", "Recognised"})
    happen(kind);
  const auto got = receiver_.wait_for(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].seq, 2U);
  EXPECT_EQ(got[1].seq, 4U);
}

TEST_F(webhook_test, starts_with_nothing_that_can_not_work) {
  const auto code = [&](const std::string& url, const std::string& secret) {
    webhook_settings settings;
    settings.url = url;
    settings.secret_file = scratch_.path() / secret;
    settings.cursor_file = cursor();
    const auto made = webhook::start(
        std::move(settings), [this](auto after, auto limit) { return read(after, limit); }, counters_);
    return made ? core::error_code::internal : made.failure().code;
  };
  std::ofstream(scratch_.path() / "short") << "short";
  EXPECT_EQ(code("ftp://host/", "secret"), core::error_code::invalid_config);
  EXPECT_EQ(code("http://", "secret"), core::error_code::invalid_config);
  EXPECT_EQ(code("http://user:word@host/", "secret"), core::error_code::invalid_config);
  EXPECT_EQ(code("http://host:x/", "secret"), core::error_code::invalid_config);
  EXPECT_EQ(code("http://host/", "short"), core::error_code::invalid_config);
  EXPECT_EQ(code("http://host/", "none"), core::error_code::invalid_config);
  std::ofstream(cursor()) << "seven\n";
  EXPECT_EQ(code("http://host/", "secret"), core::error_code::corrupt);
}

// As `hmac.new(secret, f"{seconds}.{body}".encode(), "sha256").hexdigest()` has it.
TEST(webhook_signature, is_that_of_the_time_and_the_body) {
  EXPECT_EQ(sign_webhook(core::as_bytes("a secret of the operator"), 1'700'000'000, R"({"Seq":1})"),
            "t=1700000000,v1=fe25faa0bdd9f747d24d068f42cf933bb203d0bf0dac78523166a3cc10f6972e");
}

TEST(webhook_url, has_its_parts) {
  const auto plain = parse_webhook_url("http://host/a/b?c=d");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "host");
  EXPECT_EQ(plain->port, "80");
  EXPECT_EQ(plain->path, "/a/b?c=d");
  const auto secure = parse_webhook_url("https://[::1]:8443");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->is_secure);
  EXPECT_EQ(secure->host, "::1");
  EXPECT_EQ(secure->port, "8443");
  EXPECT_EQ(secure->path, "/");
}

} // namespace
} // namespace rollcall::nodes
