#include "store/postgres/channel.hpp"

#include "store/postgres/errors.hpp"

#include <poll.h>

#include <array>
#include <bit>
#include <cerrno>
#include <vector>

namespace rollcall::store::postgres {

namespace {

// Answers that nobody has read yet; beyond, the first are read before more is sent.
constexpr std::size_t most_queued = 512;
constexpr int binary = 1;

// Parameters in the binary format: big-endian numbers, texts and bytes as they are.
class packer {
public:
  explicit packer(std::span<const sql::value> parameters) : numbers_(parameters.size()) {
    for (const auto& each : parameters)
      std::visit(*this, each);
  }

  void operator()(std::monostate) { add(nullptr, 0); }
  void operator()(std::int64_t value) { add_number(static_cast<std::uint64_t>(value)); }
  void operator()(double value) { add_number(std::bit_cast<std::uint64_t>(value)); }
  void operator()(std::string_view value) { add(value.data() == nullptr ? "" : value.data(), value.size()); }
  void operator()(core::byte_view value) {
    add(value.empty() ? "" : reinterpret_cast<const char*>(value.data()), value.size());
  }

  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* sizes() const { return sizes_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }
  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }

private:
  void add(const char* data, std::size_t size) {
    values_.push_back(data);
    sizes_.push_back(static_cast<int>(size));
    formats_.push_back(binary);
  }
  void add_number(std::uint64_t value) {
    auto& bytes = numbers_[values_.size()];
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<char>(value >> (56 - 8 * i));
    add(bytes.data(), bytes.size());
  }

  std::vector<std::array<char, 8>> numbers_;
  std::vector<const char*> values_;
  std::vector<int> sizes_;
  std::vector<int> formats_;
};

void check_uri(const std::string& uri) {
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(uri.c_str(), &why),
                                                                            &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> text(why, &PQfreemem);
  if (parsed == nullptr) // its words may repeat a password
    throw sql::failure(core::fail(core::error_code::invalid_config,
                                  "the database's URI can't be read: write postgresql://USER@HOST/DATABASE"));
}

} // namespace

channel::channel(const std::string& uri, core::deadline until) : until_(until) {
  check_uri(uri);
  const std::array<const char*, 4> names{"dbname", "fallback_application_name", "client_encoding", nullptr};
  const std::array<const char*, 4> values{uri.c_str(), "rollcall", "UTF8", nullptr};
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 1));
  if (connection_ == nullptr)
    throw std::bad_alloc();
  connect();
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection_.get(), 1);
  enter_pipeline();
}

void channel::connect() {
  auto wanted = PGRES_POLLING_WRITING;
  for (;;) {
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
      throw sql::failure(to_connect_error(PQerrorMessage(connection_.get())));
    }
    wait_for_socket(wanted == PGRES_POLLING_READING, wanted == PGRES_POLLING_WRITING);
    wanted = PQconnectPoll(connection_.get());
    if (wanted == PGRES_POLLING_OK)
      return;
  }
}

void channel::lose(const std::string& why) {
  is_good_ = false;
  last_state_.clear();
  throw sql::failure(to_error({}, why));
}

void channel::wait_for_socket(bool reads, bool writes) {
  pollfd socket{PQsocket(connection_.get()), static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
  const auto left = until_.left();
  const int ready = ::poll(&socket, 1, static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR)
    lose("poll failed");
  if (ready == 0 && until_.has_passed())
    lose("no answer in time");
}

void channel::check_sent(int sent) {
  if (sent != 1)
    lose(PQerrorMessage(connection_.get()));
}

void channel::queue(int sent, bool is_sync) {
  check_sent(sent);
  queued_.push_back({is_sync, false});
  if (queued_.size() <= most_queued)
    return;
  check_sent(PQsendFlushRequest(connection_.get()));
  while (queued_.size() > most_queued / 2)
    take_first();
}

void channel::send_prepare(const std::string& name, const std::string& sql) {
  queue(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), false);
}

void channel::send_run(const std::string& name, std::span<const sql::value> parameters) {
  const packer packed(parameters);
  queue(PQsendQueryPrepared(connection_.get(), name.c_str(), packed.count(), packed.values(), packed.sizes(),
                            packed.formats(), binary),
        false);
}

void channel::send(const char* sql) {
  queue(PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, binary), false);
}

void channel::send_sync() {
  queue(PQpipelineSync(connection_.get()), true);
}

result_ptr channel::next_result() {
  auto* connection = connection_.get();
  while (PQisBusy(connection) == 1) {
    const int unsent = PQflush(connection);
    if (unsent < 0)
      lose(PQerrorMessage(connection));
    wait_for_socket(true, unsent == 1);
    if (PQconsumeInput(connection) != 1)
      lose(PQerrorMessage(connection));
  }
  return {PQgetResult(connection), &PQclear};
}

void channel::check(const PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_PIPELINE_SYNC:
    case PGRES_COPY_IN:
      return;
    default:
      break;
  }
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state == nullptr)
    lose(PQresultErrorMessage(result));
  last_state_ = state;
  if (PQstatus(connection_.get()) == CONNECTION_BAD || last_state_.starts_with("57P"))
    is_good_ = false;
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY); // no detail: it may show a value
  throw sql::failure(to_error(last_state_, primary == nullptr ? "" : primary));
}

result_ptr channel::take_first() {
  auto taken = next_result();
  if (taken == nullptr)
    lose("an answer is missing");
  const auto first = queued_.front();
  queued_.pop_front();
  if (!first.is_sync)
    expect_end();
  if (!first.is_ignored)
    check(taken.get());
  return taken;
}

void channel::expect_end() {
  while (next_result() != nullptr) {
  }
}

result_ptr channel::take_last() {
  check_sent(PQsendFlushRequest(connection_.get()));
  while (queued_.size() > 1)
    take_first();
  return take_first();
}

void channel::take_all() {
  while (!queued_.empty())
    take_first();
}

void channel::ignore_queued() {
  for (auto& each : queued_)
    each.is_ignored = true;
}

void channel::leave_pipeline() {
  send_sync();
  take_all();
  check_sent(PQexitPipelineMode(connection_.get()));
}

void channel::enter_pipeline() {
  check_sent(PQenterPipelineMode(connection_.get()));
}

void channel::run_script(const std::string& text) {
  leave_pipeline();
  check_sent(PQsendQuery(connection_.get(), text.c_str()));
  std::vector<result_ptr> results;
  while (auto each = next_result())
    results.push_back(std::move(each));
  enter_pipeline();
  for (const auto& each : results)
    check(each.get());
}

void channel::copy(const std::string& sql, std::string_view rows) {
  constexpr std::size_t piece = 1U << 18;
  auto* connection = connection_.get();
  leave_pipeline();
  check_sent(PQsendQuery(connection, sql.c_str()));
  const auto begun = next_result();
  if (PQresultStatus(begun.get()) == PGRES_COPY_IN) {
    while (!rows.empty()) {
      const auto part = rows.substr(0, piece);
      const int put = PQputCopyData(connection, part.data(), static_cast<int>(part.size()));
      if (put < 0)
        lose(PQerrorMessage(connection));
      if (put == 1)
        rows.remove_prefix(part.size());
      if (PQflush(connection) == 1)
        wait_for_socket(false, true);
    }
    while (PQputCopyEnd(connection, nullptr) == 0)
      wait_for_socket(false, true);
  }
  auto ended = next_result();
  while (next_result() != nullptr) {
  }
  enter_pipeline();
  check(begun.get());
  if (ended != nullptr)
    check(ended.get());
}

} // namespace rollcall::store::postgres
