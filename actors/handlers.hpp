/// What every actor here does with the messages that its interface does not name. Called once, by the actor itself.
#pragma once

#include "core/log.hpp"
#include "core/result.hpp"

#include <caf/all.hpp>

#include <exception>
#include <string>

namespace rollcall::actors {

/// The text of an exception of any type.
[[nodiscard]] inline std::string describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

/// What an actor that drains answers new requests with.
[[nodiscard]] inline core::error stopping() {
  return core::fail(core::error_code::unavailable, "The node is stopping.");
}

/// Logs what nobody expected instead of CAF's lines on stderr: unknown messages are refused, stray errors ignored, and
/// an exception in a handler (a bug) ends the actor. `area` is a literal.
template <class ActorPointer>
void install_handlers(ActorPointer self, const char* area) {
  self->set_default_handler([area](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    core::log(core::log_level::failure, area, "an unexpected message was refused");
    return caf::sec::unexpected_message;
  });
  self->set_error_handler([area](caf::error& stray) {
    core::log(core::log_level::warning, area, "a stray error arrived", {{"code", std::to_string(stray.code())}});
  });
  self->set_exception_handler([area](std::exception_ptr& thrown) -> caf::error {
    core::log(core::log_level::failure, area, "an exception ends the actor", {{"what", describe(thrown)}});
    return caf::sec::runtime_error;
  });
  self->set_down_handler([](caf::down_msg&) {});
}

} // namespace rollcall::actors
