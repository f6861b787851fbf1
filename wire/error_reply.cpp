#include "wire/error_reply.hpp"

#include "wire/json_writer.hpp"

namespace rollcall::wire {

std::string encode_error(std::string_view type, std::string_view message, std::string_view logref) {
  json_writer to;
  to.begin_object();
  to.member("__type", type);
  to.member("Code", type);
  to.member("Logref", logref);
  to.member("Message", message);
  to.end_object();
  return to.take();
}

std::string encode_gateway_error(std::string_view type, std::string_view message) {
  json_writer to;
  to.begin_object();
  to.member("__type", type);
  to.member("message", message);
  to.end_object();
  return to.take();
}

} // namespace rollcall::wire
