#include "nodes/cli/npy.hpp"

#include <cerrno>
#include <cstring>
#include <regex>
#include <string>

namespace rollcall::cli {

namespace {

constexpr std::string_view magic{"\x93NUMPY\x01\x00", 8};
// Room for any count: the header is written over itself at the end.
constexpr std::size_t header_bytes = 128;

std::string header(std::uint64_t rows, std::size_t columns) {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", "
                     + std::to_string(columns) + "), }";
  const std::size_t length = header_bytes - magic.size() - 2;
  text.resize(length - 1, ' ');
  std::string whole{magic};
  whole += static_cast<char>(length & 0xffU);
  whole += static_cast<char>(length >> 8U);
  return whole + text + "\n";
}

core::error disk_error(const std::filesystem::path& file) {
  return core::fail(core::error_code::storage_full, "can't write " + file.string() + ": " + std::strerror(errno));
}

} // namespace

npy_writer::npy_writer(std::filesystem::path file, std::ofstream stream)
    : file_(std::move(file)), stream_(std::move(stream)) {}

core::result<npy_writer> npy_writer::create(const std::filesystem::path& file) {
  errno = 0;
  std::ofstream stream{file, std::ios::binary};
  stream << header(0, 0);
  if (!stream)
    return disk_error(file);
  return npy_writer{file, std::move(stream)};
}

core::status npy_writer::add(core::byte_view row) {
  if (rows_ == 0)
    row_bytes_ = row.size();
  if (row.empty() || row.size() != row_bytes_ || row.size() % sizeof(float) != 0)
    return core::fail(core::error_code::invalid_argument, "rows of an array have one length");
  stream_.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size()));
  ++rows_;
  if (!stream_)
    return disk_error(file_);
  return core::nothing{};
}

core::status npy_writer::finish() {
  stream_.seekp(0);
  stream_ << header(rows_, row_bytes_ / sizeof(float));
  stream_.close();
  if (!stream_)
    return disk_error(file_);
  return core::nothing{};
}

npy_reader::npy_reader(std::ifstream stream, std::uint64_t rows, std::size_t columns)
    : stream_(std::move(stream)), rows_(rows), columns_(columns) {}

core::result<npy_reader> npy_reader::open(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return core::fail(core::error_code::not_found, "can't read " + file.string());
  const auto wrong = core::fail(core::error_code::malformed,
                                file.string() + " is no NumPy file (version 1.0) of a float32 matrix in row order");
  std::string start(magic.size() + 2, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!stream || !start.starts_with(magic))
    return wrong;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(start[at])); };
  std::string text(byte(magic.size()) + byte(magic.size() + 1) * 256, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  static const std::regex shape{R"('shape':\s*\((\d{1,15}),\s*(\d{1,6})\))"};
  std::smatch found;
  const bool is_ours = stream && text.find("'descr': '<f4'") != std::string::npos
                       && text.find("'fortran_order': False") != std::string::npos
                       && std::regex_search(text, found, shape);
  if (!is_ours)
    return wrong;
  return npy_reader{std::move(stream), std::stoull(found[1]), std::stoul(found[2])};
}

core::result<core::bytes> npy_reader::next() {
  core::bytes row(columns_ * sizeof(float));
  stream_.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(row.size()));
  if (!stream_)
    return core::fail(core::error_code::malformed, "the NumPy file ends before its last row");
  return row;
}

} // namespace rollcall::cli
