#include "nodes/cli/watched_people.hpp"

#include "nodes/cli/output.hpp"
#include "wire/events.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds search_again{2'000};

double seconds(milliseconds at) {
  return std::chrono::duration<double>(at).count();
}

vision::pixel_box on_the_way(const vision::pixel_box& from, const vision::pixel_box& to, double share) {
  const auto mix = [share](float a, float b) { return static_cast<float>(a + (b - a) * share); };
  return {mix(from.left, to.left), mix(from.top, to.top), mix(from.width, to.width), mix(from.height, to.height)};
}

} // namespace

watched_people::watched_people() : tracker_(vision::tracker_settings{}) {}

std::vector<watched_people::person> watched_people::look(milliseconds at, const std::vector<vision::face>& found) {
  const auto step = tracker_.update(at, found);
  for (const auto& one : step.begun) {
    visits_[one.id] = {one.first, one.last, {}, 0};
    news_.push_back({at, happening::began, one.id, {}, 0, {}});
  }
  std::vector<person> in_view;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!step.of_face[i])
      continue;
    auto& visit = visits_[*step.of_face[i]];
    visit.last = at;
    const bool is_due = at - visit.searched >= search_again && visit.name.empty();
    in_view.push_back({*step.of_face[i], found[i].box, visit.name, visit.similarity, is_due});
  }
  end(step.ended, at);
  return in_view;
}

void watched_people::note_search(vision::track_id track, milliseconds at, const std::string& name, double similarity) {
  auto& visit = visits_[track];
  visit.searched = at;
  if (name.empty())
    return;
  if (visit.name != name)
    news_.push_back({at, happening::recognised, track, name, similarity, {}});
  visit.name = name;
  visit.similarity = similarity;
}

void watched_people::end(const std::vector<vision::track_summary>& ended, milliseconds at) {
  for (const auto& one : ended) {
    const auto& who = visits_[one.id];
    news_.push_back({at, happening::ended, one.id, who.name, who.similarity, one.last - one.first});
  }
}

void watched_people::finish(milliseconds at) {
  end(tracker_.finish(at).ended, at);
}

std::vector<watched_people::news> watched_people::take_news() {
  return std::exchange(news_, {});
}

std::size_t watched_people::recognised() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(visits_, [](const auto& one) { return !one.second.name.empty(); }));
}

std::vector<vision::timeline_row> watched_people::timeline() const {
  std::map<std::string, vision::timeline_row> known;
  vision::timeline_row others{"not recognised", {}, {150, 150, 150}};
  for (const auto& [track, visit] : visits_) {
    auto& row = visit.name.empty() ? others : known.try_emplace(visit.name).first->second;
    row.seen_s.emplace_back(seconds(visit.first), seconds(visit.last));
  }
  std::vector<vision::timeline_row> rows;
  for (auto& [name, row] : known) {
    row.label = name;
    rows.push_back(std::move(row));
  }
  if (!others.seen_s.empty())
    rows.push_back(std::move(others));
  return rows;
}

std::string text_of(const watched_people::news& told) {
  const auto track = "track " + std::to_string(told.track);
  switch (told.what) {
    using enum watched_people::happening;
    case began:
      return track + " begins";
    case recognised:
      return track + " is " + told.name + " (" + fixed(told.similarity, 2) + ")";
    case ended:
      break;
  }
  return track + " ends" + (told.name.empty() ? "" : ": " + told.name) + ", in view " + fixed(seconds(told.in_view), 1)
         + " s";
}

boost::json::object to_json(const watched_people::news& told) {
  constexpr std::array kinds{wire::event_kind::track_began, wire::event_kind::recognised,
                             wire::event_kind::track_ended};
  const auto kind = kinds[static_cast<std::size_t>(told.what)];
  boost::json::object made{{"PositionMillis", told.at.count()},
                           {"Kind", wire::enum_texts<wire::event_kind>[static_cast<std::size_t>(kind)]},
                           {"Track", told.track}};
  if (!told.name.empty()) {
    made["Name"] = told.name;
    made["Similarity"] = told.similarity;
  }
  if (told.what == watched_people::happening::ended)
    made["InViewMillis"] = told.in_view.count();
  return made;
}

vision::labelled_box label(const watched_people::person& of) {
  vision::labelled_box made{of.box, std::to_string(of.track), {200, 200, 200}};
  if (!of.name.empty()) {
    made.label += " " + of.name + " " + fixed(of.similarity, 1);
    made.colour_rgb = {0, 200, 0};
  }
  return made;
}

std::vector<vision::labelled_box> between(const std::vector<watched_people::person>& before,
                                          const std::vector<watched_people::person>& after, double share) {
  std::vector<vision::labelled_box> made;
  const auto find = [](const auto& in, vision::track_id track) {
    return std::ranges::find(in, track, &watched_people::person::track);
  };
  for (const auto& one : before) {
    auto shown = label(one);
    if (const auto next = find(after, one.track); next != after.end())
      shown.box = on_the_way(one.box, next->box, share);
    else if (share > 0.5)
      continue;
    made.push_back(std::move(shown));
  }
  for (const auto& one : after)
    if (share > 0.5 && find(before, one.track) == before.end())
      made.push_back(label(one));
  return made;
}

} // namespace rollcall::cli
