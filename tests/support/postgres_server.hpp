/// A private PostgreSQL server for tests and benchmarks: its own directory, a Unix socket, no port, not root. Any
/// thread.
#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <optional>

namespace rollcall::test {

class postgres_server {
public:
  /// What else it listens on: a port of loopback, with TLS where there is a certificate. The key becomes the server's
  /// own.
  struct tcp {
    std::filesystem::path certificate;
    std::filesystem::path key;
  };

  /// Makes a cluster of databases and starts the server. Throws std::runtime_error (with its output) where it fails.
  postgres_server() : postgres_server(std::nullopt) {}
  explicit postgres_server(std::optional<tcp> with);
  /// Keeps its files in a directory of its own there.
  explicit postgres_server(const std::filesystem::path& parent) : postgres_server(std::nullopt, parent) {}
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// The server of this process, started when it is first wanted.
  [[nodiscard]] static postgres_server& shared();

  /// Stops it (at once, as a crash would, when not `orderly`), and starts it on the same directory.
  void stop(bool orderly = true);
  void start();
  /// To all of its processes, so that one that is stopped is stopped whole.
  void signal(int number) const;

  /// Of its files and its socket.
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_.path(); }
  /// On loopback, of a server that listens there.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// The URI of a new, empty schema.
  [[nodiscard]] std::string make_schema() const;
  /// Runs SQL there. Throws std::runtime_error.
  void run(const std::string& uri, const std::string& sql) const;
  /// The first value of the first row as text.
  [[nodiscard]] std::string query(const std::string& uri, const std::string& sql) const;

private:
  postgres_server(std::optional<tcp> with, const std::filesystem::path& parent);
  [[nodiscard]] std::string uri_of(const std::string& schema) const;

  temp_dir directory_;
  std::optional<tcp> tcp_;
  std::uint16_t port_ = 5432;
  std::unique_ptr<process> server_;
};

/// What the nodes of a cluster encrypt their secrets with, at `directory`; its path.
std::filesystem::path write_secrets_key(const std::filesystem::path& directory);

} // namespace rollcall::test
