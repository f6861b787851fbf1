// `rollcall backup` and `rollcall restore`: they open the store itself, so that no node need run.
#include "store/backup.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace rollcall::cli {

namespace {

namespace json = boost::json;

struct backup_options {
  std::string file;
  std::string data_dir;
  std::string uri;
  std::string uri_file;
  std::string key_file;
  std::optional<std::uint32_t> partitions;
};

core::result<store::backup_place> find_place(const backup_options& wanted) {
  store::backup_place place{wanted.uri, wanted.data_dir, wanted.key_file};
  if (!wanted.uri_file.empty()) {
    std::ifstream file(wanted.uri_file);
    if (!std::getline(file, place.uri) || place.uri.empty())
      return core::fail(core::error_code::invalid_config,
                        "the first line of " + wanted.uri_file + " can't be read, or is empty");
  }
  return place;
}

/// Says on stderr, once a second where that is a terminal, how far it is; keeps the time for the summary.
class pace {
public:
  explicit pace(const char* verb) : verb_(verb) {}
  ~pace() {
    if (was_shown_)
      std::fputc('\n', stderr);
  }
  pace(const pace&) = delete;
  pace& operator=(const pace&) = delete;

  void show(const store::backup_summary& done) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_terminal_ || now - shown_ < std::chrono::seconds{1})
      return;
    shown_ = now;
    was_shown_ = true;
    std::fprintf(stderr, "\r%s: %llu faces, %s MB, %s MB/s  ", verb_, static_cast<unsigned long long>(done.faces),
                 fixed(static_cast<double>(done.bytes) / 1e6, 1).c_str(),
                 fixed(static_cast<double>(done.bytes) / 1e6 / seconds(), 1).c_str());
  }
  [[nodiscard]] double seconds() const {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started_;
    return std::max(passed.count(), 0.001);
  }

private:
  const char* verb_;
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool was_shown_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = started_;
};

std::string describe(bool as_json, const char* verb, const store::backup_summary& done, double seconds) {
  const auto taken = static_cast<double>(done.taken.time_since_epoch().count()) / 1'000;
  const auto speed = static_cast<double>(done.bytes) / 1e6 / seconds;
  if (as_json)
    return json::serialize(json::object{{"taken", taken},
                                        {"collections", done.collections},
                                        {"faces", done.faces},
                                        {"users", done.users},
                                        {"keys", done.keys},
                                        {"decisions", done.decisions},
                                        {"bytes", done.bytes},
                                        {"seconds", seconds},
                                        {"megabytes_per_second", speed}});
  return std::string{verb} + " " + std::to_string(done.collections) + " collections, " + std::to_string(done.faces)
         + " faces, " + std::to_string(done.users) + " users, " + std::to_string(done.keys) + " keys, "
         + std::to_string(done.decisions) + " decisions of " + moment(taken) + ": "
         + fixed(static_cast<double>(done.bytes) / 1e6, 1) + " MB in " + fixed(seconds, 1) + " s, " + fixed(speed, 1)
         + " MB/s";
}

// To stderr when the backup itself goes to stdout.
void report(const session& with, const char* verb, const store::backup_summary& done, const pace& took, bool aside) {
  const auto line = describe(with.wants_json, verb, done, took.seconds()) + "\n";
  if (aside)
    std::fputs(line.c_str(), stderr);
  else
    print(line);
}

core::error disk_error(const std::string& file) {
  return core::fail(core::error_code::storage_full, "can't write " + file + ": " + std::strerror(errno));
}

core::status sync(const std::string& file) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = opened >= 0 && ::fsync(opened) == 0;
  auto failed = disk_error(file);
  if (opened >= 0)
    ::close(opened);
  if (!is_synced)
    return failed;
  return core::nothing{};
}

// Written beside and renamed: a file that bears the wanted name is whole.
core::result<store::backup_summary> write_file(const store::backup_place& from, const std::string& file, pace& took) {
  const auto beside = file + ".part";
  ::unlink(beside.c_str()); // what another left there may be open to others
  const int made = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0)
    return disk_error(beside);
  ::close(made);
  std::ofstream to(beside, std::ios::binary);
  auto done = store::write_backup(from, to, [&](const auto& so_far) { took.show(so_far); });
  to.close();
  if (done && !to)
    done = disk_error(beside);
  if (done)
    if (auto synced = sync(beside); !synced)
      done = std::move(synced).failure();
  if (done && ::rename(beside.c_str(), file.c_str()) != 0)
    done = disk_error(file);
  if (!done)
    ::unlink(beside.c_str());
  else if (auto synced = sync(std::filesystem::absolute(file).parent_path()); !synced)
    done = std::move(synced).failure();
  return done;
}

core::result<exit_code> write_backup(session& with, const backup_options& wanted) {
  pace took("backup");
  ROLLCALL_TRY(const auto place, find_place(wanted));
  const bool is_stream = wanted.file == "-";
  if (is_stream && ::isatty(STDOUT_FILENO) == 1)
    return core::fail(core::error_code::invalid_argument,
                      "a backup is not for the screen: redirect it, or name a FILE");
  auto done = is_stream ? store::write_backup(place, std::cout, [&](const auto& so_far) { took.show(so_far); })
                        : write_file(place, wanted.file, took);
  if (done && is_stream && !std::cout.flush())
    done = disk_error("the standard output");
  if (!done)
    return std::move(done).failure();
  report(with, "backed up", *done, took, is_stream);
  return exit_code::done;
}

core::result<std::ifstream> open_file(const std::string& file) {
  std::ifstream from(file, std::ios::binary);
  if (!from)
    return core::fail(core::error_code::not_found, "can't read " + file + ": " + std::strerror(errno));
  return from;
}

core::result<exit_code> verify_backup(session& with, const backup_options& wanted) {
  pace took("verify");
  ROLLCALL_TRY(auto from, open_file(wanted.file));
  ROLLCALL_TRY(const auto done, store::verify_backup(from, [&](const auto& so_far) { took.show(so_far); }));
  report(with, "verified", done, took, false);
  return exit_code::done;
}

// Whose the secrets.key is that is checked, before anything is read.
core::status check_place(const backup_options& wanted) {
  const bool is_shared = !wanted.uri.empty() || !wanted.uri_file.empty();
  if (wanted.data_dir.empty() && (!is_shared || wanted.key_file.empty()))
    return core::fail(core::error_code::invalid_config,
                      "say where to: --data-dir DIR, or --store-file FILE with --key-file FILE (or --data-dir, which "
                      "holds secrets.key)");
  if (!wanted.key_file.empty() && !is_shared)
    return core::fail(core::error_code::invalid_config,
                      "--key-file belongs to a PostgreSQL (--store-file, --store): a node on SQLite has its "
                      "secrets.key in --data-dir");
  return core::nothing{};
}

core::result<exit_code> restore_backup(session& with, const backup_options& wanted) {
  pace took("restore");
  ROLLCALL_TRY(const auto place, find_place(wanted));
  ROLLCALL_TRY(auto from, open_file(wanted.file));
  ROLLCALL_TRY(const auto done,
               store::restore_backup(place, from, wanted.partitions, [&](const auto& so_far) { took.show(so_far); }));
  report(with, "restored", done, took, false);
  return exit_code::done;
}

void declare_place(CLI::App& command, backup_options& into) {
  command.add_option("--data-dir", into.data_dir, "the node's data directory: its database, and secrets.key");
  auto* uri = command.add_option("--store", into.uri, "URI of the PostgreSQL server instead, without a password");
  command.add_option("--store-file", into.uri_file, "a file whose first line is that URI")->excludes(uri);
}

} // namespace

void add_backup(CLI::App& app, session& with) {
  auto wanted = std::make_shared<backup_options>();
  auto* command = app.add_subcommand("backup", "write the whole record to a file, while nodes work");
  command->add_option("FILE", wanted->file, "the file to make; - is the standard output");
  declare_place(*command, *wanted);
  auto* verify = command->add_subcommand("verify", "check a backup to its end, without a store");
  auto checked = std::make_shared<backup_options>();
  verify->add_option("FILE", checked->file)->required();
  command->callback([command, verify, wanted, checked, &with] {
    if (command->got_subcommand(verify)) {
      with.run = [checked](session& chosen) { return verify_backup(chosen, *checked); };
      return;
    }
    if (wanted->file.empty())
      throw CLI::RequiredError("FILE");
    if (wanted->data_dir.empty() && wanted->uri.empty() && wanted->uri_file.empty())
      throw CLI::RequiredError("--data-dir, --store or --store-file");
    with.run = [wanted](session& chosen) { return write_backup(chosen, *wanted); };
  });
}

void add_restore(CLI::App& app, session& with) {
  auto wanted = std::make_shared<backup_options>();
  auto* command = app.add_subcommand("restore", "read a backup into an empty store that no node uses");
  command->add_option("FILE", wanted->file, "what `rollcall backup` wrote")->required();
  declare_place(*command, *wanted);
  command->add_option("--key-file", wanted->key_file, "the nodes' store.key_file; else secrets.key in --data-dir");
  command->add_option("--partitions", wanted->partitions, "a power of two, of each collection; else as they were");
  on_chosen(*command, with, [wanted](session& chosen) -> core::result<exit_code> {
    ROLLCALL_CHECK(check_place(*wanted));
    return restore_backup(chosen, *wanted);
  });
}

} // namespace rollcall::cli
