/// How fast the record is written into a file and read back, by the command line, and the memory that takes.
#pragma once

#include <cstddef>

namespace rollcall::bench {

struct backup_figures {
  struct of_database {
    double backup_faces_per_s = 0;
    double restore_faces_per_s = 0; ///< both passes over the file
  };
  of_database postgres;
  of_database sqlite;
  std::size_t backup_peak_bytes = 0; ///< resident, the most of any of the commands that write
  std::size_t restore_peak_bytes = 0;
  std::size_t file_bytes = 0;
};

/// `faces` of 512 dimensions from PostgreSQL into a file, from there into an empty one and into SQLite, and from that
/// into another file. Throws std::runtime_error, also when one is missing afterwards.
[[nodiscard]] backup_figures measure_backup(std::size_t faces);

} // namespace rollcall::bench
