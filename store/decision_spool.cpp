#include "store/decision_spool.hpp"

#include "core/log.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace rollcall::store {

namespace {

namespace json = boost::json;

constexpr std::size_t read_bytes = std::size_t{1} << 20;

core::error failed(const char* what) {
  return core::fail(core::error_code::storage_full, std::string("The spool of decisions can't be ") + what + ": "
                                                        + std::strerror(errno) + "; see to the node's data directory.");
}

json::object to_json(const decision& from) {
  json::array candidates;
  for (const auto& one : from.candidates)
    candidates.push_back({{"id", one.id}, {"similarity", one.similarity}});
  return {{"request", core::to_string(from.request)},
          {"at", from.at.time_since_epoch().count()},
          {"principal", from.principal},
          {"access_key", from.access_key},
          {"purpose", from.purpose},
          {"operation", from.operation},
          {"collection", from.collection},
          {"probe", from.probe},
          {"model_version", from.model_version},
          {"threshold", from.threshold},
          {"gallery_size", from.gallery_size},
          {"partitions_asked", from.partitions_asked},
          {"partitions_answered", from.partitions_answered},
          {"is_exact", from.is_exact},
          {"is_current", from.is_current},
          {"candidates", std::move(candidates)}};
}

// Throws where the line is none of ours.
decision from_json(const json::object& from) {
  const auto text = [&](std::string_view name) { return std::string(from.at(name).as_string()); };
  const auto number = [&]<class Number>(std::string_view name, Number) {
    return json::value_to<Number>(from.at(name));
  };
  decision made;
  made.request = {core::parse_uuid(text("request")).value()};
  made.at = core::wall_time{core::wall_time::duration{number("at", std::int64_t{})}};
  made.principal = text("principal");
  made.access_key = text("access_key");
  made.purpose = text("purpose");
  made.operation = text("operation");
  made.collection = text("collection");
  made.probe = text("probe");
  made.model_version = text("model_version");
  made.threshold = number("threshold", float{});
  made.gallery_size = number("gallery_size", std::uint64_t{});
  made.partitions_asked = number("partitions_asked", std::uint32_t{});
  made.partitions_answered = number("partitions_answered", std::uint32_t{});
  made.is_exact = from.at("is_exact").as_bool();
  made.is_current = from.at("is_current").as_bool();
  for (const auto& one : from.at("candidates").as_array())
    made.candidates.push_back({std::string(one.at("id").as_string()), json::value_to<float>(one.at("similarity"))});
  return made;
}

core::status write_all(int file, std::string_view text, std::uint64_t at) {
  while (!text.empty()) {
    const auto written = ::pwrite(file, text.data(), text.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return failed("written");
    text.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return core::nothing{};
}

core::result<std::string> read_at(int file, std::uint64_t at, std::uint64_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const auto read = ::pread(file, text.data() + got, text.size() - got, static_cast<off_t>(at + got));
    if (read < 0 && errno == EINTR)
      continue;
    if (read < 0)
      return failed("read");
    if (read == 0)
      break;
    got += static_cast<std::size_t>(read);
  }
  text.resize(got);
  return text;
}

} // namespace

core::result<std::unique_ptr<decision_spool>> decision_spool::open(const std::filesystem::path& file,
                                                                   std::size_t most) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0)
    return failed("opened");
  std::unique_ptr<decision_spool> made{new decision_spool(opened, most)};
  ROLLCALL_CHECK(made->recover());
  return made;
}

decision_spool::~decision_spool() {
  ::close(file_);
}

core::status decision_spool::recover() {
  std::uint64_t at = 0;
  while (true) {
    ROLLCALL_TRY(const auto text, read_at(file_, at, read_bytes));
    if (text.empty())
      break;
    size_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (const auto last = text.rfind('\n'); last != std::string::npos)
      end_ = at + last + 1;
    at += text.size();
  }
  if (::ftruncate(file_, static_cast<off_t>(end_)) != 0)
    return failed("written");
  return core::nothing{};
}

core::status decision_spool::append(std::span<const decision> decisions) {
  if (size_ + decisions.size() > most_)
    return core::fail(core::error_code::storage_full, "The spool of decisions is full.");
  std::string text;
  for (const auto& one : decisions)
    text += json::serialize(to_json(one)) + '\n';
  auto written = write_all(file_, text, end_);
  if (written && ::fdatasync(file_) != 0)
    written = failed("written");
  if (!written) {
    static_cast<void>(!::ftruncate(file_, static_cast<off_t>(end_))); // else the next ones overwrite it
    return written;
  }
  end_ += text.size();
  size_ += decisions.size();
  return core::nothing{};
}

core::result<std::vector<decision>> decision_spool::oldest(std::size_t limit) {
  given_ = 0;
  given_end_ = begin_;
  std::vector<decision> found;
  const auto all = end_ - begin_;
  for (auto size = std::min<std::uint64_t>(read_bytes, all); size > 0; size = std::min(2 * size, all)) {
    ROLLCALL_TRY(const auto text, read_at(file_, begin_, size));
    for (std::size_t at = 0, next = 0; given_ < limit && (next = text.find('\n', at)) != std::string::npos;
         at = next + 1) {
      ++given_;
      given_end_ = begin_ + next + 1;
      try {
        found.push_back(from_json(json::parse(std::string_view(text).substr(at, next - at)).as_object()));
      } catch (const std::exception& bad) {
        core::log(core::log_level::failure, "store", "a spooled decision can't be read and is left out",
                  {{"line", text.substr(at, next - at)}, {"why", bad.what()}});
      }
    }
    if (given_ > 0 || size == all) // else a line is longer
      break;
  }
  return found;
}

core::status decision_spool::drop() {
  begin_ = given_end_;
  size_ -= given_;
  given_ = 0;
  if (size_ > 0)
    return core::nothing{};
  begin_ = end_ = given_end_ = 0;
  if (::ftruncate(file_, 0) != 0 || ::fdatasync(file_) != 0)
    return failed("written");
  return core::nothing{};
}

} // namespace rollcall::store
