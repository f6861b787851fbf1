#include "front/admin/admin_plane.hpp"

#include "core/log.hpp"
#include "front/admin/routes.hpp"
#include "front/error_map.hpp"

#include <array>
#include <charconv>

namespace rollcall::front::admin {

namespace {

constexpr std::string_view prefix = "/admin/v1/";

/// `{}` in a pattern stands for one part of the path; `{c}` for one that names a collection.
struct route {
  std::string_view method;
  std::string_view pattern;
  std::string_view action; ///< for refusals
  admin_answer (*handler)(admin_request&);
};

constexpr std::array routes{
    route{"GET", "status", "rollcall:Status", &show_status},
    route{"GET", "doctor", "rollcall:Examine", &examine},
    route{"GET", "cluster", "rollcall:ShowCluster", &show_cluster},
    route{"GET", "cluster/figures", "rollcall:ShowFigures", &show_figures},
    route{"POST", "nodes/{}/drain", "rollcall:DrainNode", &drain_node},
    route{"POST", "nodes/{}/undrain", "rollcall:UndrainNode", &undrain_node},
    route{"DELETE", "nodes/{}", "rollcall:RemoveNode", &remove_node},
    route{"POST", "cluster/tokens", "rollcall:CreateToken", &make_token},
    route{"GET", "partitions", "rollcall:ListPlacements", &list_placements},
    route{"GET", "partitions/memory", "rollcall:ListMemory", &list_memory},
    route{"POST", "partitions/{c}/{}/move", "rollcall:MovePartition", &move_partition},
    route{"POST", "partitions/{c}/{}/release", "rollcall:ReleasePartition", &release_partition},
    route{"POST", "rebalance", "rollcall:Rebalance", &rebalance},
    route{"GET", "keys", "rollcall:ListKeys", &list_keys},
    route{"POST", "keys", "rollcall:CreateKey", &create_key},
    route{"DELETE", "keys/{}", "rollcall:RevokeKey", &revoke_key},
    route{"GET", "decisions", "rollcall:ListDecisions", &list_decisions},
    route{"GET", "decisions/{}", "rollcall:ShowDecision", &show_decision},
    route{"GET", "cameras", "rollcall:ListCameras", &list_cameras},
    route{"POST", "cameras", "rollcall:AddCamera", &add_camera},
    route{"GET", "cameras/{}", "rollcall:ShowCamera", &show_camera},
    route{"DELETE", "cameras/{}", "rollcall:RemoveCamera", &remove_camera},
    route{"POST", "cameras/{}/start", "rollcall:StartCamera", &start_camera},
    route{"POST", "cameras/{}/stop", "rollcall:StopCamera", &stop_camera},
    route{"GET", "events", "rollcall:ListEvents", &list_events},
    route{"GET", "collections", "rollcall:ListCollections", &list_collections},
    route{"GET", "collections/{c}/partitions", "rollcall:ListPartitions", &list_partitions},
    route{"POST", "collections/{c}/resize", "rollcall:ResizeCollection", &resize_collection},
    route{"POST", "collections/{c}/recall", "rollcall:SetRecallFloor", &set_recall_floor},
    route{"GET", "collections/{c}/faces", "rollcall:ExportFaces", &export_faces},
    route{"POST", "collections/{c}/faces", "rollcall:ImportFaces", &import_faces},
};

/// For callers without credentials; each sees to it by itself who they are.
constexpr std::array open_routes{
    route{"POST", "init", "Init", &init},
    route{"POST", "cluster/join", "JoinCluster", &join_cluster},
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

/// Percent-decoded; a malformed sequence stays as it is.
std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const auto* digits = text.data() + i + 1;
    const bool is_coded =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
    decoded += is_coded ? static_cast<char>(code) : text[i];
    i += is_coded ? 2 : 0;
  }
  return decoded;
}

std::map<std::string, std::string> parse_query(std::string_view query) {
  std::map<std::string, std::string> parsed;
  if (query.empty())
    return parsed;
  for (const auto pair : split(query, '&')) {
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
    parsed.insert_or_assign(decode(pair.substr(0, equals)), decode(value));
  }
  return parsed;
}

struct matched {
  const route* to = nullptr;
  std::vector<std::string> arguments;
  std::string collection;
};

std::optional<matched> match(const route& with, const std::vector<std::string_view>& parts) {
  const auto pattern = split(with.pattern, '/');
  if (pattern.size() != parts.size())
    return std::nullopt;
  matched found{&with, {}, {}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!pattern[i].starts_with('{')) {
      if (pattern[i] != parts[i])
        return std::nullopt;
      continue;
    }
    found.arguments.push_back(decode(parts[i]));
    if (pattern[i] == "{c}")
      found.collection = found.arguments.back();
  }
  return found;
}

const route* find_open_route(const http_request& request) {
  const auto path = std::string_view{request.path};
  for (const auto& one : open_routes)
    if (path.starts_with(prefix) && path.substr(prefix.size()) == one.pattern && one.method == request.method)
      return &one;
  return nullptr;
}

core::result<matched> find_route(const http_request& request) {
  const auto path = std::string_view{request.path};
  if (path.starts_with(prefix)) {
    const auto parts = split(path.substr(prefix.size()), '/');
    for (const auto& one : routes)
      if (auto found = match(one, parts); found && one.method == request.method)
        return *std::move(found);
  }
  return core::fail(core::error_code::unknown_operation, "The admin API has no " + request.method + " " + request.path);
}

core::status check_target(const http_request& request) {
  // A header of its own keeps web pages out: a browser asks before it sends one, and is refused.
  if (request.header("X-Amz-Target").starts_with("RollcallAdmin."))
    return core::nothing{};
  return core::fail(core::error_code::missing_authentication,
                    "Requests to the admin API carry the header X-Amz-Target: RollcallAdmin.v1");
}

asio::awaitable<core::result<http_reply>> run(request_context& context, http_request& request) {
  ROLLCALL_CO_CHECK(check_target(request));
  if (const auto* open = find_open_route(request); open != nullptr) {
    context.operation = open->action;
    admin_request unknown{context, request, {}, {}};
    auto handling = open->handler(unknown);
    auto reply = co_await std::move(handling);
    co_return reply;
  }
  ROLLCALL_CO_TRY(context.who, context.with.gate.admit(request));
  ROLLCALL_CO_TRY(const auto found, find_route(request));
  context.operation = found.to->action;
  const wish wanted{found.to->action, store::role::admin, found.collection};
  ROLLCALL_CO_CHECK(context.with.gate.permit(context.who, wanted));
  admin_request admitted{context, request, found.arguments, parse_query(request.query)};
  auto handling = found.to->handler(admitted);
  auto reply = co_await std::move(handling);
  co_return reply;
}

} // namespace

std::optional<std::string> admin_request::find_query(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::nullopt : std::optional{found->second};
}

core::result<bool> admin_request::read_flag(const std::string& name) const {
  const auto text = find_query(name).value_or("false");
  if (text != "true" && text != "false")
    return core::fail(core::error_code::constraint_violation, "'" + name + "' must be true or false");
  return text == "true";
}

core::result<std::size_t> admin_request::read_limit() const {
  const auto text = find_query("limit");
  if (!text)
    return default_page;
  std::size_t number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  if (read.ec != std::errc{} || read.ptr != text->data() + text->size() || number < 1 || number > longest_page)
    return core::fail(core::error_code::constraint_violation,
                      "'limit' must be a number from 1 to " + std::to_string(longest_page));
  return number;
}

asio::awaitable<http_reply> answer(services& with, http_request& request, core::request_id id) {
  request_context context{with, id, core::deadline::in(with.settings.request_timeout)};
  auto running = run(context, request);
  auto made = co_await std::move(running);
  http_reply reply;
  if (made) {
    reply = *std::move(made);
  } else {
    const auto& failed = made.failure();
    reply = error_reply(failed, core::to_string(id));
    if (reply.status >= 500)
      core::log(core::log_level::failure, "front", "an admin request failed",
                {{"request", core::to_string(id)}, {"message", failed.message}, {"context", failed.context}});
  }
  reply.headers.push_back({"x-amzn-RequestId", core::to_string(id)});
  co_return reply;
}

} // namespace rollcall::front::admin
