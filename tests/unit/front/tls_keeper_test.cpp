#include "front/tls_keeper.hpp"

#include "core/log.hpp"
#include "tests/support/recorded_metrics.hpp"
#include "tests/unit/front/tls_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <openssl/pem.h>

namespace rollcall::front {
namespace {

using namespace std::chrono_literals;

/// A clock that a test sets.
struct set_clock final : core::wall_clock {
  [[nodiscard]] core::wall_time now() const override { return core::system_wall_clock{}.now() + ahead; }
  std::chrono::hours ahead{0};
};

/// `key` under a passphrase.
std::string encrypted(const std::string& key) {
  auto* in = ::BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  auto* plain = ::PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  auto* out = ::BIO_new(::BIO_s_mem());
  ::PEM_write_bio_PKCS8PrivateKey(out, plain, ::EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  std::string made(data, static_cast<std::size_t>(size));
  ::BIO_free(in);
  ::BIO_free(out);
  ::EVP_PKEY_free(plain);
  return made;
}

/// Loading fails with one line that has all `words`.
void expect_refusal(const tls_settings& from, const std::vector<std::string>& words) {
  const auto loaded = load_tls_identity(from, core::system_wall_clock{}.now());
  ASSERT_FALSE(loaded);
  const auto& failed = loaded.failure();
  EXPECT_EQ(failed.code, core::error_code::invalid_config);
  EXPECT_EQ(failed.message.find('\n'), std::string::npos) << failed.message;
  for (const auto& word : words)
    EXPECT_NE(failed.message.find(word), std::string::npos) << "no '" << word << "' in: " << failed.message;
}

TEST(tls_identity, needs_both_files) {
  const tls_files files;
  expect_refusal({files.settings.certificate, {}}, {"http.tls_key is missing", "set both"});
  expect_refusal({{}, files.settings.key}, {"http.tls_certificate is missing", "set both"});
}

TEST(tls_identity, files_that_are_none_are_named_with_the_way_out) {
  const tls_files files;
  const auto& [certificate, key, least] = files.settings;
  expect_refusal({"/nonexistent/server.crt", key},
                 {"http.tls_certificate: /nonexistent/server.crt can't be read: No such file", "give a PEM file"});
  expect_refusal({certificate, "/nonexistent/server.key"}, {"http.tls_key: /nonexistent/server.key can't be read"});
  expect_refusal({certificate.parent_path(), key}, {"is no file; give a PEM file"});
  expect_refusal({key, key}, {"server.key holds no certificate", "it takes PEM"});
  test::write_private(key, "no PEM at all");
  expect_refusal(files.settings, {"http.tls_key: ", "holds no private key", "it takes PEM"});
  const auto whole = test::issue();
  files.put({whole.pem.substr(0, whole.pem.size() / 2), whole.key});
  expect_refusal(files.settings, {"server.crt holds no certificate"});
  files.put({whole.pem + whole.pem.substr(0, whole.pem.size() / 2), whole.key});
  expect_refusal(files.settings, {"server.crt holds no certificate"});
}

TEST(tls_identity, keys_that_do_not_fit_are_refused) {
  const tls_files files;
  const auto one = test::issue();
  files.put({one.pem, test::issue().key});
  expect_refusal(files.settings, {"server.key is not the key of the certificate in", "server.crt", "belong together"});
  files.put({one.pem, encrypted(one.key)});
  expect_refusal(files.settings, {"server.key is encrypted", "openssl pkey -in"});
}

TEST(tls_identity, a_key_that_others_may_read_is_refused) {
  using std::filesystem::perms;
  const tls_files files;
  const auto& key = files.settings.key;
  const auto mode = [&](perms of) { std::filesystem::permissions(key, of); };
  mode(perms::owner_read | perms::owner_write | perms::others_read);
  expect_refusal(files.settings, {"open to others", "chmod 600 " + key.string()});
  mode(perms::owner_read | perms::group_write);
  expect_refusal(files.settings, {"open to others"});
  mode(perms::owner_read | perms::group_read); // fine for a key of root's
  EXPECT_EQ(load_tls_identity(files.settings, core::system_wall_clock{}.now()).has_value(), ::geteuid() == 0);
}

TEST(tls_identity, certificates_are_valid_today) {
  const tls_files files{test::issue({.from = -48h, .until = -1h})};
  expect_refusal(files.settings, {"server.crt has expired on ", "GMT", "put a renewed certificate there"});
  files.put(test::issue({.from = 24h, .until = 48h}));
  expect_refusal(files.settings, {"server.crt is not valid before ", "GMT here", "set the clock"});
  const auto authority = test::issue({.host = "old", .is_authority = true, .from = -48h, .until = -1h});
  const auto leaf = test::issue({.issuer = &authority});
  files.put({leaf.pem + authority.pem, leaf.key});
  expect_refusal(files.settings, {"has expired on "});
}

struct tls_keeper_test : testing::Test {
  void SetUp() override {
    core::install_log_sink([this](core::log_level, std::string_view line) { log += std::string{line} + "\n"; });
    auto made = tls_keeper::make(files.settings, clock, metrics);
    ASSERT_TRUE(made) << made.failure().message;
    keeper = *std::move(made);
  }
  void TearDown() override {
    core::install_log_sink([](core::log_level, std::string_view) {});
  }

  [[nodiscard]] std::size_t logged(std::string_view what) const {
    std::size_t seen = 0;
    for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1))
      ++seen;
    return seen;
  }
  [[nodiscard]] double left() const { return metrics.value("rollcall_tls_certificate_left_seconds"); }
  [[nodiscard]] double reloads() const { return metrics.value("rollcall_tls_reloads_total"); }
  [[nodiscard]] double failures() const { return metrics.value("rollcall_tls_reload_failures_total"); }

  std::string log;
  set_clock clock;
  test::recorded_metrics metrics;
  tls_files files{test::issue({.until = 240h})};
  std::unique_ptr<tls_keeper> keeper;
};

TEST_F(tls_keeper_test, looks_in_vain_while_nothing_changes) {
  const auto first = keeper->current();
  keeper->look();
  EXPECT_EQ(keeper->current(), first);
  EXPECT_EQ(reloads() + failures(), 0);
}

TEST_F(tls_keeper_test, keeps_the_old_one_while_the_new_one_is_no_good_and_says_so_once) {
  const auto first = keeper->current();
  const auto renewed = test::issue();
  test::write_private(files.settings.certificate, renewed.pem); // its key follows later
  keeper->look();
  keeper->look();
  EXPECT_EQ(keeper->current(), first);
  EXPECT_EQ(failures(), 1);
  EXPECT_EQ(logged("is not the key of the certificate"), 1U) << log;
  std::filesystem::remove(files.settings.key);
  keeper->look();
  keeper->look();
  EXPECT_EQ(failures(), 2);
  EXPECT_EQ(logged("can't be read"), 1U) << log;
  files.put(test::issue({.from = -2h, .until = -1h}));
  keeper->look();
  EXPECT_EQ(failures(), 3);
  EXPECT_EQ(logged("has expired on"), 1U) << log;
  EXPECT_EQ(keeper->current(), first);
  files.put(renewed);
  keeper->look();
  EXPECT_NE(keeper->current(), first);
  EXPECT_EQ(reloads(), 1);
  EXPECT_EQ(failures(), 3);
}

TEST_F(tls_keeper_test, takes_a_file_that_is_written_in_place) {
  const auto renewed = test::issue();
  std::ofstream{files.settings.certificate, std::ios::binary} << renewed.pem;
  std::ofstream{files.settings.key, std::ios::binary} << renewed.key;
  keeper->look();
  EXPECT_EQ(reloads(), 1) << log;
}

TEST_F(tls_keeper_test, takes_what_a_link_leads_to) {
  const tls_files next;
  for (const auto& [link, file] : {std::pair{files.settings.certificate, next.settings.certificate},
                                   std::pair{files.settings.key, next.settings.key}}) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(file, link);
  }
  keeper->look();
  EXPECT_EQ(reloads(), 1) << log;
}

TEST_F(tls_keeper_test, tells_how_long_the_certificate_lasts_and_warns_in_time) {
  EXPECT_NEAR(left(), std::chrono::seconds{240h}.count(), 60);
  EXPECT_EQ(logged("expire"), 0U) << log;
  clock.ahead = 100h; // less than seven days are left
  keeper->look();
  keeper->look();
  EXPECT_EQ(logged("expires soon"), 1U) << log;
  clock.ahead = 241h;
  keeper->look();
  keeper->look();
  EXPECT_LT(left(), 0);
  EXPECT_EQ(logged("HAS EXPIRED"), 1U) << log;
  clock.ahead = 0h;
  files.put(test::issue({.until = 1000h}));
  keeper->look();
  EXPECT_NEAR(left(), std::chrono::seconds{1000h}.count(), 60);
}

} // namespace
} // namespace rollcall::front
