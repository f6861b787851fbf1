/// What `rollcall index` has done already, so that a run that was broken off goes on where it stood: one line of a text
/// file for each picture that the node acknowledged. Any thread.
///
///     line = size TAB modification time TAB absolute path LF      ; times as file clock ticks
#pragma once

#include "core/result.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace rollcall::cli {

class index_journal {
public:
  /// Reads `file`, which is made where it does not exist; a torn last line is ignored. Errors: `storage_full`.
  [[nodiscard]] static core::result<std::unique_ptr<index_journal>> open(const std::filesystem::path& file);

  /// True when `picture`, as it is now, was acknowledged before.
  [[nodiscard]] bool has(const std::filesystem::path& picture) const;

  /// Notes that the node has acknowledged `picture`; written at once.
  void add(const std::filesystem::path& picture);

  /// `$XDG_STATE_HOME/rollcall/index/…` (`~/.local/state` without that variable), one for each node, collection and
  /// its creation: a collection made anew begins from nothing.
  [[nodiscard]] static std::filesystem::path default_file(const std::string& endpoint,
                                                          const std::string& collection_arn, double created);

private:
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  index_journal() = default;
  std::unique_ptr<std::FILE, closer> file_;
  mutable std::mutex mutex_;
  std::set<std::string> lines_;
};

} // namespace rollcall::cli
