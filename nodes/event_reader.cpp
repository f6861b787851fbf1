#include "nodes/event_reader.hpp"

#include "front/camera_events.hpp"

namespace rollcall::nodes {

namespace {

constexpr std::chrono::seconds patience{10};

} // namespace

webhook::reader read_events_by(actors::node_actors& actors) {
  return [&actors](std::optional<std::uint64_t> after, std::size_t limit) -> core::result<webhook::page> {
    using found_events = core::result<front::events_read>;
    actors::store_read wanted{
        [after, limit](store::store& in) -> std::any { return found_events{front::read_events(in, {}, after, limit)}; },
        core::deadline::in(patience)};
    caf::scoped_actor self{actors.system()};
    found_events answer = core::error{};
    self->request(actors.store(), patience, std::move(wanted))
        .receive([&](actors::store_reply& reply) { answer = std::any_cast<found_events>(std::move(reply.value)); },
                 [&](const caf::error& failed) { answer = actors::to_core(failed); });
    ROLLCALL_TRY(auto found, std::move(answer));
    return webhook::page{std::move(found.page.rows), found.last};
  };
}

} // namespace rollcall::nodes
