#include "nodes/cli/index_journal.hpp"

#include "core/digest.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace rollcall::cli {

namespace {

std::string line_of(const std::filesystem::path& picture) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(picture, ignored);
  const auto changed = std::filesystem::last_write_time(picture, ignored).time_since_epoch().count();
  return std::to_string(size) + "\t" + std::to_string(changed) + "\t"
         + std::filesystem::absolute(picture, ignored).lexically_normal().string();
}

} // namespace

core::result<std::unique_ptr<index_journal>> index_journal::open(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.has_parent_path())
    std::filesystem::create_directories(file.parent_path(), ignored);
  std::unique_ptr<index_journal> made{new index_journal};
  std::string line;
  {
    std::ifstream existing{file, std::ios::binary};
    while (std::getline(existing, line) && !existing.eof())
      made->lines_.insert(line);
  }
  const bool is_torn = !line.empty() && !made->lines_.contains(line);
  made->file_.reset(std::fopen(file.c_str(), "ae"));
  if (!made->file_)
    return core::fail(core::error_code::storage_full,
                      "can't write the journal " + file.string() + ": " + std::strerror(errno));
  if (is_torn)
    std::fputc('\n', made->file_.get());
  return made;
}

bool index_journal::has(const std::filesystem::path& picture) const {
  const std::lock_guard lock{mutex_};
  return lines_.contains(line_of(picture));
}

void index_journal::add(const std::filesystem::path& picture) {
  const std::lock_guard lock{mutex_};
  std::fprintf(file_.get(), "%s\n", line_of(picture).c_str());
  std::fflush(file_.get());
}

std::filesystem::path index_journal::default_file(const std::string& endpoint, const std::string& collection_arn,
                                                  double created) {
  const auto key =
      core::to_hex(core::sha256(core::as_bytes(endpoint + "\n" + collection_arn + "\n" + std::to_string(created))));
  std::filesystem::path base = "/tmp";
  if (const auto* set = std::getenv("XDG_STATE_HOME"); set != nullptr && *set == '/')
    base = set;
  else if (const auto* home = std::getenv("HOME"); home != nullptr && *home == '/')
    base = std::filesystem::path{home} / ".local/state";
  constexpr std::size_t name_length = 32;
  return base / "rollcall/index" / key.substr(0, name_length);
}

} // namespace rollcall::cli
