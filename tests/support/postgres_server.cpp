#include "tests/support/postgres_server.hpp"

#include "tests/support/tcp_link.hpp"

#include <libpq-fe.h>

#include <csignal>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rollcall::test {

namespace {

constexpr const char* programs = "/usr/lib/postgresql/15/bin/";
constexpr std::chrono::seconds patience{60};

// PostgreSQL refuses to run as root.
command as_somebody(const std::string& program, std::vector<std::string> arguments) {
  if (::geteuid() != 0)
    return {programs + program, std::move(arguments)};
  std::vector<std::string> all{"--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL",
                               programs + program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return {"setpriv", std::move(all)};
}

void give_to_somebody(const std::filesystem::path& file) {
  if (::geteuid() == 0 && ::chown(file.c_str(), 65534, 65534) != 0)
    throw std::runtime_error("can't give " + file.string() + " to nobody");
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(each.path() / "stat");
    std::string text;
    if (!std::getline(stat, text))
      continue; // no process, or one that has ended
    std::istringstream after_name(text.substr(text.rfind(')') + 1));
    char state = 0;
    pid_t of = 0;
    after_name >> state >> of;
    if (of == parent)
      found.push_back(static_cast<pid_t>(std::stol(text)));
  }
  return found;
}

} // namespace

postgres_server::postgres_server(std::optional<tcp> with)
    : postgres_server(std::move(with), std::filesystem::temp_directory_path()) {}

postgres_server::postgres_server(std::optional<tcp> with, const std::filesystem::path& parent)
    : directory_(parent), tcp_(std::move(with)) {
  give_to_somebody(directory_.path());
  if (tcp_)
    port_ = free_port();
  if (tcp_ && !tcp_->key.empty())
    give_to_somebody(tcp_->key);
  const auto made = test::run(as_somebody("initdb", {"-D", directory_.path() / "data", "-U", "rollcall", "-A", "trust",
                                                     "-E", "UTF8", "--locale=C", "--no-sync"}),
                              core::deadline::in(patience));
  if (!made || made->exit.exit_code != 0)
    throw std::runtime_error("initdb failed (is Debian's postgresql installed?): "
                             + (made ? made->err : made.failure().message));
  start();
}

// The first of them makes the others: stopped, it makes none.
void postgres_server::signal(int number) const {
  server_->signal(number);
  for (const auto child : children_of(server_->pid()))
    ::kill(child, number);
}

postgres_server::~postgres_server() {
  stop();
}

postgres_server& postgres_server::shared() {
  static postgres_server server;
  return server;
}

void postgres_server::start() {
  std::vector<std::string> arguments{"-D", directory_.path() / "data", "-k", directory_.path(),
                                     "-c", "max_connections=200",      "-c", "logging_collector=off",
                                     "-c", "log_line_prefix=",         "-c"};
  arguments.emplace_back(tcp_ ? "listen_addresses=127.0.0.1" : "listen_addresses=");
  arguments.push_back("--port=" + std::to_string(port_));
  if (tcp_ && !tcp_->key.empty()) {
    arguments.emplace_back("--ssl=on");
    arguments.push_back("--ssl_cert_file=" + tcp_->certificate.string());
    arguments.push_back("--ssl_key_file=" + tcp_->key.string());
  }
  auto started = process::start(as_somebody("postgres", std::move(arguments)));
  if (!started)
    throw std::runtime_error(started.failure().message);
  server_ = *std::move(started);
  const auto ready =
      server_->wait_for_line(stream::err, "LOG:  database system is ready", core::deadline::in(patience));
  if (!ready)
    throw std::runtime_error(ready.failure().message + " " + ready.failure().context);
}

void postgres_server::stop(bool orderly) {
  server_->signal(orderly ? SIGINT : SIGQUIT);
  if (!server_->wait_for_exit(core::deadline::in(patience)))
    server_->signal(SIGKILL);
}

std::string postgres_server::uri_of(const std::string& schema) const {
  return "postgresql://rollcall@/postgres?host=" + directory_.path().string() + "&port=" + std::to_string(port_)
         + "&options=-csearch_path%3D" + schema;
}

std::string postgres_server::make_schema() const {
  static std::atomic<int> made = 0;
  const auto name = "s" + std::to_string(++made);
  run(uri_of("public"), "CREATE SCHEMA " + name);
  return uri_of(name);
}

void postgres_server::run(const std::string& uri, const std::string& sql) const {
  (void)query(uri, sql);
}

std::string postgres_server::query(const std::string& uri, const std::string& sql) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(uri.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = PQresultStatus(done.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(done.get()) == 0 ? "" : PQgetvalue(done.get(), 0, 0);
}

std::filesystem::path write_secrets_key(const std::filesystem::path& directory) {
  auto key = directory / "secrets.key";
  std::ofstream(key) << std::string(32, 'k');
  std::filesystem::permissions(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return key;
}

} // namespace rollcall::test
