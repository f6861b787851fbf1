#include "actors/search/finding.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace rollcall::actors {

namespace {

struct finding {
  shard::find_request wanted;
  std::vector<std::size_t> replicas;
  find_asker ask;
  found_handler then;
  std::size_t asked = 0;
  std::optional<core::error> first_error;
};

void end(finding& over) {
  if (over.wanted.until.has_passed())
    return over.then(core::fail(core::error_code::deadline_exceeded, "The deadline passed."));
  if (over.first_error || over.replicas.empty())
    return over.then(core::fail(core::error_code::unavailable, "A part of the gallery is out of reach.",
                                over.first_error ? over.first_error->message : "no node answers for the partition"));
  over.then(shard::found_reference{});
}

void ask_next(const std::shared_ptr<finding>& on) {
  const auto left = on->replicas.size() - on->asked;
  if (left == 0 || on->wanted.until.has_passed())
    return end(*on);
  auto wanted = on->wanted;
  if (left > 1)
    wanted.until = core::deadline::in(wanted.until.left() / left);
  on->ask(on->replicas[on->asked++], wanted, [on](core::result<shard::found_reference> found) {
    if (found && (found->is_current || !found->embedding.empty()))
      return on->then(std::move(found));
    if (!found && !on->first_error)
      on->first_error = std::move(found).failure();
    ask_next(on);
  });
}

} // namespace

void find_in_turn(const shard::find_request& wanted, std::vector<std::size_t> replicas, find_asker ask,
                  found_handler then) {
  ask_next(std::make_shared<finding>(
      finding{wanted, std::move(replicas), std::move(ask), std::move(then), 0, std::nullopt}));
}

} // namespace rollcall::actors
