/// `result<T>`: a value or an `error`. The return type of everything that can fail for a reason its caller should
/// handle. Bugs are `ROLLCALL_ASSERT`, not results. Value type; as thread-safe as T.
#pragma once

#include "core/assert.hpp"
#include "core/error.hpp"

#include <type_traits>
#include <utility>
#include <variant>

namespace rollcall::core {

/// Holds either a T or an error, never neither.
/// Preconditions: `*r` and `r->` need `r.has_value()`, `r.failure()` needs its opposite; both are asserted.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error failed) : state_(std::in_place_index<1>, std::move(failed)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & {
    ROLLCALL_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const& {
    ROLLCALL_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& operator*() && {
    ROLLCALL_ASSERT(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  error& failure() & {
    ROLLCALL_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  const error& failure() const& {
    ROLLCALL_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  error&& failure() && {
    ROLLCALL_ASSERT(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

private:
  std::variant<T, error> state_;
};

/// The value of a call that has none.
struct nothing {
  friend bool operator==(nothing, nothing) = default;
};

/// Success without a value, or an error.
using status = result<nothing>;

/// Shorthand for `error{code, message}` at a return.
[[nodiscard]] inline error fail(error_code code, std::string message, std::string context = {}) {
  return {code, std::move(message), std::move(context)};
}

} // namespace rollcall::core

/// Evaluates `expr` (a result) and binds its value to `target`; returns its error from the enclosing function
/// otherwise.
#define ROLLCALL_TRY(target, expr) ROLLCALL_TRY_2(target, expr, __LINE__)
#define ROLLCALL_TRY_2(target, expr, line) ROLLCALL_TRY_3(target, expr, line)
#define ROLLCALL_TRY_3(target, expr, line)                                                                             \
  auto rollcall_try_##line = (expr);                                                                                   \
  if (!rollcall_try_##line)                                                                                            \
    return std::move(rollcall_try_##line).failure();                                                                   \
  target = *std::move(rollcall_try_##line)

/// Returns the error of `expr` (a status) from the enclosing function, if it has one.
#define ROLLCALL_CHECK(expr)                                                                                           \
  do {                                                                                                                 \
    if (auto rollcall_status = (expr); !rollcall_status)                                                               \
      return std::move(rollcall_status).failure();                                                                     \
  } while (false)
