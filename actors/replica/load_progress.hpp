/// How far the load of a partition has come. Plain value; the loader's owner's thread.
#pragma once

#include "actors/interfaces.hpp"

namespace rollcall::actors {

struct load_progress {
  partition_key key;
  std::string source; ///< `store`, `disk` or a node
  std::uint64_t rows = 0;
  std::uint64_t rows_wanted = 0; ///< 0: not known
  bool is_catching_up = false;
  core::steady_time began{};

  /// For operators.
  [[nodiscard]] replica_status status(core::steady_time now) const {
    replica_status made{
        key, is_catching_up ? replica_state::catching_up : replica_state::loading, source, rows, rows_wanted, 0, {}};
    const auto seconds = std::chrono::duration<double>(now - began).count();
    made.rows_a_second = seconds > 0 ? static_cast<double>(rows) / seconds : 0;
    if (rows_wanted > rows && made.rows_a_second > 0)
      made.left = std::chrono::milliseconds{
          static_cast<std::int64_t>(1'000 * static_cast<double>(rows_wanted - rows) / made.rows_a_second)};
    return made;
  }
};

} // namespace rollcall::actors
