// The way to the server is encrypted, and the server is the one that was meant: or nothing is said to it.
#include "store/postgres_store.hpp"

#include "tests/contract/store_fixture.hpp"
#include "tests/support/certificates.hpp"

#include <fstream>

namespace rollcall::store::testing {

namespace {

class postgres_tls : public ::testing::Test {
protected:
  /// A key and a certificate of `name`, signed by itself, as `file`.key and `file`.crt.
  void make_certificate(const std::string& file, const std::string& name) const {
    const auto made = test::issue({.host = name});
    test::write_private(path(file + ".key"), made.key);
    std::ofstream{path(file + ".crt")} << made.pem;
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755)); // the server is another user
  }
  [[nodiscard]] std::string path(const std::string& file) const { return directory_.path() / file; }

  [[nodiscard]] core::result<std::unique_ptr<store>> open(const test::postgres_server& server, const std::string& host,
                                                          const std::string& trusted) const {
    postgres_settings settings;
    settings.uri = "postgresql://rollcall@" + host + ":" + std::to_string(server.port())
                   + "/postgres?sslmode=verify-full&sslrootcert=" + path(trusted + ".crt");
    settings.key_file = make_key_file(directory_.path());
    return open_postgres_store(settings);
  }

  test::temp_dir directory_;
};

TEST_F(postgres_tls, a_server_is_trusted_by_its_certificate_and_name_alone) {
  make_certificate("server", "localhost");
  make_certificate("other", "localhost");
  const test::postgres_server server(test::postgres_server::tcp{path("server.crt"), path("server.key")});
  const auto opened = open(server, "localhost", "server");
  ASSERT_SUCCESS(opened);
  ASSERT_SUCCESS((*opened)->create_collection(make_collection("c"), {}));
  const auto uri = server.make_schema();
  EXPECT_EQ(server.query(uri, "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                              "WHERE application_name = 'rollcall'"),
            "t");
  for (const auto& refused :
       {open(server, "localhost", "other"), open(server, "127.0.0.1", "server"), open(server, "localhost", "absent")}) {
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().message.find("certificate"), std::string::npos) << why(refused);
  }
}

TEST_F(postgres_tls, a_server_without_tls_is_not_spoken_to) {
  make_certificate("server", "localhost");
  const test::postgres_server server(test::postgres_server::tcp{});
  const auto refused = open(server, "localhost", "server");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.failure().context.find("SSL"), std::string::npos) << why(refused);
}

} // namespace

} // namespace rollcall::store::testing
