/// How the codecs of `actors/` write bodies between nodes and read them. For their sources only. Pure; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/uuid.hpp"
#include "net/messages.pb.h"

#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rollcall::actors::peer_bytes {

static_assert(std::endian::native == std::endian::little, "vectors cross as they lie in memory");

[[nodiscard]] inline core::error malformed(const char* what) {
  return core::fail(core::error_code::malformed,
                    std::string{"Another node sent "} + what
                        + " that contradicts itself; its version may not suit this one's.");
}

[[nodiscard]] inline core::shared_bytes to_body(const google::protobuf::MessageLite& message) {
  core::bytes made(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(made.data());
  return std::make_shared<const core::bytes>(std::move(made));
}

[[nodiscard]] inline bool parse(google::protobuf::MessageLite& into, core::byte_view body) {
  return into.ParseFromArray(body.data(), static_cast<int>(body.size()));
}

[[nodiscard]] inline std::string to_text(const core::uuid& id) {
  return std::string(core::as_text(id.value));
}

[[nodiscard]] inline std::string to_text(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// False: not an id.
[[nodiscard]] inline bool read(const std::string& text, core::uuid& id) {
  if (text.size() != id.value.size())
    return false;
  std::memcpy(id.value.data(), text.data(), text.size());
  return true;
}

/// False: not whole numbers of floats.
[[nodiscard]] inline bool read(const std::string& text, std::vector<float>& values) {
  if (text.size() % sizeof(float) != 0)
    return false;
  values.resize(text.size() / sizeof(float));
  if (!text.empty())
    std::memcpy(values.data(), text.data(), text.size());
  return true;
}

/// False: no value of the enumeration, whose last one is `last`.
template <class Enum>
[[nodiscard]] bool read(std::uint32_t number, Enum& value, Enum last) {
  value = static_cast<Enum>(number);
  return number <= static_cast<std::uint32_t>(last);
}

} // namespace rollcall::actors::peer_bytes
