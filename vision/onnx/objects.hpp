/// ONNX Runtime's objects with owners. Inside vision/ only.
#pragma once

#include "core/result.hpp"
#include "vision/onnx/api.hpp"

#include <memory>
#include <string>
#include <utility>

namespace rollcall::vision::onnx {

/// Frees an object of the library through the table it came from.
template <class Release>
struct releaser {
  table api = nullptr;
  template <class Object>
  void operator()(Object* object) const {
    Release::call(api, object);
  }
};
template <class Object, class Release>
using owned = std::unique_ptr<Object, releaser<Release>>;

using owned_env = owned<env, release_env>;
using owned_session = owned<session, release_session>;
using owned_options = owned<session_options, release_session_options>;
using owned_memory = owned<memory_info, release_memory_info>;
using owned_value = owned<value, release_value>;
using owned_domain = owned<custom_op_domain, release_custom_op_domain>;

/// The library's status as ours (`internal`, its text as context); frees it.
inline core::status taken(table api, status* raw) {
  if (raw == nullptr)
    return core::nothing{};
  std::string text = error_message::call(api, raw);
  release_status::call(api, raw);
  return core::fail(core::error_code::internal, "a network could not be run", std::move(text));
}

} // namespace rollcall::vision::onnx
