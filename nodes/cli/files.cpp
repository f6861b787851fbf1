#include "nodes/cli/files.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace rollcall::cli {

namespace {

bool is_picture(const std::filesystem::path& file) {
  const auto extension = core::lower_case(file.extension().string());
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

} // namespace

core::result<core::bytes> read_whole_file(const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    return core::fail(core::error_code::not_found, file.string() + " is a directory");
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return core::fail(core::error_code::not_found, "can't read " + file.string() + ": " + std::strerror(errno));
  return core::bytes{std::istreambuf_iterator<char>{stream}, {}};
}

core::status write_whole_file(const std::filesystem::path& file, core::byte_view content) {
  errno = 0;
  std::ofstream stream{file, std::ios::binary};
  stream.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream)
    return core::fail(core::error_code::storage_full, "can't write " + file.string() + ": " + std::strerror(errno));
  return core::nothing{};
}

core::result<std::vector<std::filesystem::path>> find_pictures(const std::filesystem::path& at) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!fs::is_directory(at, failed)) {
    if (!fs::exists(at, failed))
      return core::fail(core::error_code::not_found, "there is no " + at.string());
    return std::vector<fs::path>{at};
  }
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator each{at, fs::directory_options::skip_permission_denied, failed}, end;
       !failed && each != end; each.increment(failed))
    if (each->is_regular_file(failed) && is_picture(each->path()))
      found.push_back(each->path());
  if (failed)
    return core::fail(core::error_code::not_found, "can't read " + at.string() + ": " + failed.message());
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace rollcall::cli
