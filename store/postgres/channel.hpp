/// A connection to a PostgreSQL server through libpq, never blocking longer than its deadline, in pipeline mode: what
/// is sent is not waited for until an answer is wanted. Used by one thread at a time. Everything throws `sql::failure`.
#pragma once

#include "core/clock.hpp"
#include "store/sql/session.hpp"

#include <libpq-fe.h>

#include <deque>
#include <memory>
#include <string>

namespace rollcall::store::postgres {

using result_ptr = std::unique_ptr<PGresult, decltype(&PQclear)>;

class channel {
public:
  /// Connects. Name resolution is the system's own and may take longer.
  channel(const std::string& uri, core::deadline until);
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() = default;

  /// From now on for what is sent and taken; also forgets the last error.
  void set_deadline(core::deadline until) {
    until_ = until;
    last_state_.clear();
  }

  /// Queues the preparation of a statement under a name, and a run of it. Results are of the binary format.
  void send_prepare(const std::string& name, const std::string& sql);
  void send_run(const std::string& name, std::span<const sql::value> parameters);
  /// Queues a statement without parameters, and a point up to which the server forgets an error.
  void send(const char* sql);
  void send_sync();

  /// The result of the last one queued; those before are read and checked.
  [[nodiscard]] result_ptr take_last();
  /// Reads what is still to come. Errors of it throw.
  void take_all();
  /// True if all that was queued was answered, and without an error.
  [[nodiscard]] bool is_settled() const noexcept { return queued_.empty() && last_state_.empty(); }
  /// Errors of what is queued so far are of no interest any more.
  void ignore_queued();

  /// Statements that the pipeline can't carry, each with its answer read: everything queued must have been taken.
  void run_script(const std::string& text);
  /// `COPY … FROM STDIN (FORMAT binary)` with these rows, header and trailer included.
  void copy(const std::string& sql, std::string_view rows);

  /// False once the connection is lost: only the destructor is left to call.
  [[nodiscard]] bool is_good() const noexcept { return is_good_; }
  /// SQLSTATE of the last error thrown; empty: none, or the connection was lost.
  [[nodiscard]] const std::string& last_state() const noexcept { return last_state_; }

private:
  struct entry {
    bool is_sync = false;
    bool is_ignored = false;
  };

  void connect();
  void queue(int sent, bool is_sync);
  void check_sent(int sent);
  result_ptr take_first();
  result_ptr next_result();
  void check(const PGresult* result);
  void wait_for_socket(bool reads, bool writes);
  void leave_pipeline();
  void enter_pipeline();
  void expect_end();
  [[noreturn]] void lose(const std::string& why);

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, &PQfinish};
  core::deadline until_;
  std::deque<entry> queued_;
  std::string last_state_;
  bool is_good_ = true;
};

} // namespace rollcall::store::postgres
