#include "actors/interfaces.hpp"

#include <caf/message.hpp>

namespace rollcall::actors {

namespace {

constexpr auto category = caf::atom("rollcall");

core::error from_system(const caf::error& failed) {
  switch (static_cast<caf::sec>(failed.code())) {
    case caf::sec::request_timeout:
      return core::fail(core::error_code::deadline_exceeded, "The deadline passed.");
    case caf::sec::request_receiver_down:
      return core::fail(core::error_code::unavailable, "A part of the system is out of reach.");
    default: // CAF's table is not ours, and has many codes that cannot come here
      return core::fail(core::error_code::internal, "An internal error happened.", "caf::sec " + to_string(failed));
  }
}

} // namespace

// CAF takes code 0 as "no error", so ours are one higher there.
caf::error to_caf(const core::error& failed) {
  return {static_cast<std::uint8_t>(static_cast<std::uint8_t>(failed.code) + 1), category,
          caf::make_message(failed.message, failed.context)};
}

core::error to_core(const caf::error& failed) {
  if (failed.category() == category && failed.code() > 0 && failed.code() <= core::error_code_count) {
    const auto code = static_cast<core::error_code>(failed.code() - 1);
    const auto& texts = failed.context();
    if (texts.match_elements<std::string, std::string>())
      return {code, texts.get_as<std::string>(0), texts.get_as<std::string>(1)};
    return {code, std::string{core::describe(code)}, {}};
  }
  if (failed.category() == caf::atom("system"))
    return from_system(failed);
  if (failed.category() == caf::atom("exit"))
    return core::fail(core::error_code::unavailable, "A part of the system is out of reach.");
  return core::fail(core::error_code::internal, "An internal error happened.", to_string(failed));
}

} // namespace rollcall::actors
