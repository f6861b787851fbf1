#include "bench/cluster/backup.hpp"

#include "bench/cluster/store_faces.hpp"
#include "core/clock.hpp"
#include "tests/support/process.hpp"

#include <algorithm>
#include <stdexcept>

namespace rollcall::bench {

namespace {

namespace fs = std::filesystem;
using test::process;

constexpr std::chrono::minutes patience{30};
constexpr std::chrono::milliseconds between_looks{100};

struct ended {
  double faces_per_s = 0;
  std::size_t peak_bytes = 0;
};

// Looks at its memory now and then, as there is nothing to look at when it has ended.
ended run_command(const std::vector<std::string>& arguments, std::size_t faces) {
  const auto started = std::chrono::steady_clock::now();
  const auto running = process::start({test::program("rollcall").string(), arguments});
  if (!running)
    throw std::runtime_error(running.failure().message);
  ended made;
  for (const auto until = core::deadline::in(patience);;) {
    made.peak_bytes = std::max(made.peak_bytes, (*running)->peak_resident_bytes().value_or(0));
    const auto exit = (*running)->wait_for_exit(core::deadline::in(between_looks));
    if (!exit && !until.has_passed())
      continue;
    if (!exit || *exit != test::exit_state{0, 0})
      throw std::runtime_error(arguments.front() + " failed: " + (*running)->output(test::stream::err));
    made.faces_per_s = static_cast<double>(faces) / core::seconds_since(started);
    return made;
  }
}

} // namespace

backup_figures measure_backup(std::size_t faces) {
  cluster_processes cluster({});
  static_cast<void>(enrol_by_store(cluster, "faces", faces));
  const test::temp_dir scratch;
  const auto file = (scratch.path() / "of_postgres").string(), again = (scratch.path() / "of_sqlite").string();
  const auto key_file = cluster.key_file().string(), target = cluster.database().make_schema();
  const auto alone = scratch.path() / "alone";
  fs::create_directory(alone);
  fs::permissions(alone, fs::perms::owner_all);
  fs::copy_file(key_file, alone / "secrets.key");

  const auto written = run_command({"backup", file, "--store", cluster.uri()}, faces);
  const auto restored = run_command({"restore", file, "--store", target, "--key-file", key_file}, faces);
  if (cluster.database().query(target, "SELECT count(*) FROM embeddings") != std::to_string(faces))
    throw std::runtime_error("faces are missing after the restore");
  const auto moved = run_command({"restore", file, "--data-dir", alone.string()}, faces);
  const auto once_more = run_command({"backup", again, "--data-dir", alone.string()}, faces);
  if (fs::file_size(again) != fs::file_size(file))
    throw std::runtime_error("the file of SQLite's record has another size");
  return {{written.faces_per_s, restored.faces_per_s},
          {once_more.faces_per_s, moved.faces_per_s},
          std::max(written.peak_bytes, once_more.peak_bytes),
          std::max(restored.peak_bytes, moved.peak_bytes),
          fs::file_size(file)};
}

} // namespace rollcall::bench
