// What the nodes of the cluster are at work on.
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

namespace rollcall::front::admin {

namespace {

// A node that does not answer, or whose words are not understood, has no figures.
json::object describe(const store::node_figures& node, std::chrono::milliseconds lease) {
  json::object shown{{"name", node.name},
                     {"state", to_text(node.state)},
                     {"silent_ms", node.since_beat.count()},
                     {"signed_off", node.has_left}};
  const bool is_gone = node.state == store::node_state::dead || node.has_left;
  if (is_gone || node.since_beat >= lease || node.text.empty())
    return shown;
  if (const auto said = wire::json_document::parse(node.text))
    shown["figures"] = said->root();
  return shown;
}

} // namespace

admin_answer show_figures(admin_request& request) {
  auto asking = ask_cluster<actors::cluster_figures>(request, actors::figures_request{});
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asking));
  json::array nodes;
  for (const auto& node : found.nodes)
    nodes.push_back(describe(node, found.lease));
  json::object body;
  body["nodes"] = std::move(nodes);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
