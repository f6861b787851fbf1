#include "bench/cameras/zmq_access.hpp"

namespace rollcall::bench {

namespace {

namespace json = boost::json;

core::result<json::object> rollcall(const test::rollcalld_process& node, std::vector<std::string> words,
                                    std::vector<std::pair<std::string, std::string>> as) {
  words.emplace_back("--json");
  as.emplace_back("ROLLCALL_ENDPOINT", node.url());
  ROLLCALL_TRY(const auto done,
               test::run({test::program("rollcall"), words, as}, core::deadline::in(std::chrono::seconds{60})));
  json::error_code failed;
  auto parsed = json::parse(done.out, failed);
  if (failed || !parsed.is_object())
    return core::fail(core::error_code::internal, "rollcall " + words[0] + ": " + done.out + done.err);
  return parsed.as_object();
}

std::string text_at(const json::object& from, const char* name) {
  const auto* found = from.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

} // namespace

core::result<zmq_access> make_zmq_access(const test::rollcalld_process& node) {
  ROLLCALL_TRY(const auto first, rollcall(node, {"init"}, {}));
  ROLLCALL_TRY(const auto key, rollcall(node, {"keys", "create", "--name", "bench", "--zmq"},
                                        {{"ROLLCALL_ACCESS_KEY", text_at(first, "access_key")},
                                         {"ROLLCALL_SECRET_KEY", text_at(first, "secret")}}));
  const auto* plane = key.if_contains("zmq");
  if (plane == nullptr || !plane->is_object())
    return core::fail(core::error_code::internal, "the key opens no ZeroMQ plane: " + json::serialize(key));
  const auto& at = plane->get_object();
  return zmq_access{text_at(at, "queries"),
                    text_at(at, "events"),
                    {text_at(at, "server_key"), text_at(key, "curve_key"), text_at(key, "curve_secret")}};
}

} // namespace rollcall::bench
