#include "actors/ingest/recogniser.hpp"

namespace rollcall::actors {

namespace {

std::string person_of(const wire::event_candidate& found) {
  if (found.user_id)
    return "user " + *found.user_id;
  if (found.external_image_id)
    return "image " + *found.external_image_id;
  return "face " + core::to_string(found.face);
}

} // namespace

std::optional<wire::event_kind> recogniser::add(std::uint64_t track, const std::vector<wire::event_candidate>& found) {
  if (found.empty())
    return std::nullopt;
  auto& known = tracks_[track];
  auto person = person_of(found.front());
  known.in_a_row = person == known.suspected ? known.in_a_row + 1 : 1;
  known.suspected = std::move(person);
  if (known.suspected == known.identity || known.in_a_row < confirmations_)
    return std::nullopt;
  const bool is_first = known.identity.empty();
  known.identity = known.suspected;
  return is_first ? wire::event_kind::recognised : wire::event_kind::identity_changed;
}

void recogniser::follow(std::uint64_t later, std::uint64_t earlier) {
  if (const auto found = tracks_.find(earlier); found != tracks_.end() && !found->second.identity.empty())
    tracks_.insert_or_assign(later, knowledge{{}, found->second.identity, confirmations_ - 1});
}

} // namespace rollcall::actors
