#include "front/public_plane.hpp"

#include "front/admin/admin_plane.hpp"
#include "front/error_map.hpp"
#include "front/operations/dispatch.hpp"

#include <charconv>

namespace rollcall::front {

namespace {

constexpr std::string_view content_type = "application/x-amz-json-1.1";

core::result<float> read_decides_from(std::string_view text) {
  float similarity = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), similarity);
  const bool is_read = text.empty() || (read.ec == std::errc{} && read.ptr == text.data() + text.size());
  if (!is_read || !(similarity >= 0 && similarity <= 100))
    return core::fail(core::error_code::constraint_violation,
                      "The header x-rollcall-decides-from takes a similarity from 0 to 100");
  return similarity;
}

} // namespace

asio::awaitable<http_reply> public_plane::answer(http_request& request) {
  const core::request_id id{core::random_uuid()};
  const flights::flight counted{with_.under_way};
  if (counted.now() > with_.settings.max_in_flight) {
    with_.metrics.refused.add();
    co_return refuse(id, core::fail(core::error_code::overloaded, "Slow down; too many requests are being answered"));
  }
  if (request.path.starts_with("/admin/")) {
    auto answering = admin::answer(with_, request, id);
    auto reply = co_await std::move(answering);
    co_return reply;
  }
  if (request.method != "POST") {
    auto reply = refuse(id, core::fail(core::error_code::unknown_operation,
                                       "Send Rekognition's operations as POST with the header X-Amz-Target"));
    reply.status = 404;
    co_return reply;
  }
  auto answering = answer_operation(request, id);
  auto reply = co_await std::move(answering);
  co_return reply;
}

http_reply public_plane::refuse(core::request_id id, core::error why) {
  const auto text = core::to_string(id);
  auto reply = error_reply(why, text);
  reply.headers.push_back({"x-amzn-RequestId", text});
  with_.metrics.count({}, why.code, std::chrono::microseconds{0});
  return reply;
}

asio::awaitable<http_reply> public_plane::answer_operation(http_request& request, core::request_id id) {
  const auto start = std::chrono::steady_clock::now();
  request_context context{with_, id, core::deadline::in(with_.settings.request_timeout)};
  std::optional<wire::operation> op; ///< once it is known
  auto running = run_operation(context, request, op);
  auto body = co_await std::move(running);
  http_reply reply;
  std::optional<core::error_code> failed;
  if (body) {
    reply.content_type = content_type;
    reply.body = *std::move(body);
    reply.headers = context.told_headers();
  } else {
    failed = body.failure().code;
    log_fault(body.failure(), core::to_string(id), context.operation);
    reply = error_reply(body.failure(), core::to_string(id), op);
  }
  reply.headers.push_back({"x-amzn-RequestId", core::to_string(id)});
  const auto took = std::chrono::steady_clock::now() - start;
  with_.metrics.count(op, failed, std::chrono::duration_cast<std::chrono::microseconds>(took));
  if (op)
    with_.metrics.count_stages(*op, context.stages);
  co_return reply;
}

asio::awaitable<core::result<std::string>> public_plane::run_operation(request_context& context, http_request& request,
                                                                       std::optional<wire::operation>& op) {
  ROLLCALL_CO_TRY(op, wire::parse_target(request.header("X-Amz-Target")));
  context.operation = wire::to_string(*op);
  {
    const stage_watch watch{context.stages, stage::admission};
    ROLLCALL_CO_TRY(context.who, with_.gate.admit(request));
  }
  context.accepts_partial = is_same_name(request.header("x-rollcall-accept-partial"), "true");
  ROLLCALL_CO_TRY(context.decides_from, read_decides_from(request.header("x-rollcall-decides-from")));
  auto running = operations::run(context, *op, request.body);
  auto body = co_await std::move(running);
  co_return body;
}

} // namespace rollcall::front
