#include "actors/ingest/person_search.hpp"

#include "actors/handlers.hpp"
#include "actors/ingest/ask_store.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace rollcall::actors {

namespace {

class person_search_state {
public:
  static constexpr const char* name = "person_search";

  explicit person_search_state(person_search_actor::pointer self) : self_(self) {}

  person_search_actor::behavior_type start(person_search_ports ports, std::size_t candidates);

private:
  using reply = caf::typed_response_promise<persons_found>;

  // A request on its way.
  struct search {
    person_request wanted;
    reply owed;
    store::collection_record collection{};
    coverage covered{};
  };
  using search_ptr = std::shared_ptr<search>;

  reply accept(person_request& wanted);
  void ask_coordinator(const search_ptr& of);
  void find_records(const search_ptr& of, std::vector<wire::event_candidate> found);
  void finish(const search_ptr& of, persons_found found);
  [[nodiscard]] std::vector<wire::event_candidate> above(float threshold, const std::vector<shard::hit>& hits) const;
  void log(const search& of, const std::vector<wire::event_candidate>& found);

  person_search_actor::pointer self_;
  std::optional<person_search_ports> ports_;
  std::size_t candidates_ = 1;
};

person_search_state::reply person_search_state::accept(person_request& wanted) {
  auto promise = self_->make_response_promise<persons_found>();
  const auto of = std::make_shared<search>(search{std::move(wanted), promise});
  ask_store<store_read>(
      self_, ports_->store, of->wanted.until,
      [id = of->wanted.collection](store::store& in) { return in.find_collection(id); },
      [this, of](store::collection_record found) {
        if (of->wanted.key && found.key != *of->wanted.key) {
          of->owed.deliver(to_caf(
              core::fail(core::error_code::not_found, "The collection " + found.id + " is another of the same id.")));
          return;
        }
        of->collection = std::move(found);
        ask_coordinator(of);
      },
      [of](const core::error& failed) { of->owed.deliver(to_caf(failed)); });
  return promise;
}

void person_search_state::ask_coordinator(const search_ptr& of) {
  const auto& in = of->collection;
  if (in.model_version != ports_->model_version) {
    of->owed.deliver(to_caf(core::fail(core::error_code::model_mismatch,
                                       "The collection " + in.id + " was made by the model " + in.model_version
                                           + ", this node has " + ports_->model_version + ".")));
    return;
  }
  query message{.request = {core::random_uuid()},
                .collection = in.key,
                .partitions = in.partitions,
                .first_partition = in.first_partition,
                .probes = of->wanted.probe,
                .dimension = of->wanted.probe.size(),
                .k = candidates_,
                .lowest_cosine = ports_->curve.lowest_cosine(of->wanted.threshold),
                .recall_floor = in.recall_floor,
                .until = of->wanted.until};
  self_->request(ports_->coordinator, request_timeout(of->wanted.until), std::move(message))
      .then(
          [this, of](const query_answer& answer) {
            of->covered = answer.covered;
            find_records(of, above(of->wanted.threshold, answer.rows.at(0)));
          },
          [of](const caf::error& failed) { of->owed.deliver(failed); });
}

std::vector<wire::event_candidate> person_search_state::above(float threshold,
                                                              const std::vector<shard::hit>& hits) const {
  std::vector<wire::event_candidate> found;
  for (const auto& hit : hits)
    if (const auto similarity = ports_->curve.similarity(hit.cosine); similarity >= threshold)
      found.push_back({core::face_id{hit.id}, similarity, {}, {}, {}, {}, {}});
  return found;
}

void person_search_state::find_records(const search_ptr& of, std::vector<wire::event_candidate> found) {
  if (found.empty())
    return finish(of, {});
  std::vector<core::face_id> ids;
  ids.reserve(found.size());
  for (const auto& one : found)
    ids.push_back(one.face);
  ask_store<store_read>(
      self_, ports_->store, of->wanted.until,
      [key = of->collection.key, ids = std::move(ids)](store::store& in) { return in.find_faces(key, ids); },
      [this, of, found = std::move(found)](const std::vector<store::face_record>& records) {
        persons_found named; // a face that was deleted meanwhile has no record
        for (const auto& one : found) {
          const auto row = std::ranges::find(records, one.face, &store::face_record::id);
          if (row == records.end())
            continue;
          named.candidates.push_back(
              {one.face, one.similarity, row->external_image_id, row->user_id, row->box, row->image, row->confidence});
          named.records.push_back(*row);
        }
        finish(of, std::move(named));
      },
      [of](const core::error& failed) { of->owed.deliver(to_caf(failed)); });
}

void person_search_state::finish(const search_ptr& of, persons_found found) {
  log(*of, found.candidates);
  of->owed.deliver(std::move(found));
}

void person_search_state::log(const search& of, const std::vector<wire::event_candidate>& found) {
  store::decision entry;
  entry.request = {core::random_uuid()};
  entry.at = core::system_wall_clock{}.now();
  entry.principal = of.wanted.by.principal;
  entry.access_key = of.wanted.by.access_key;
  entry.purpose = of.wanted.by.purpose;
  entry.operation = of.wanted.by.operation;
  entry.collection = of.wanted.collection;
  entry.probe = of.wanted.shows;
  entry.model_version = of.collection.model_version;
  entry.threshold = of.wanted.threshold;
  entry.gallery_size = of.covered.references;
  entry.partitions_asked = of.covered.asked;
  entry.partitions_answered = of.covered.answered;
  entry.is_exact = of.covered.is_exact;
  entry.is_current = of.covered.is_current;
  for (const auto& one : found)
    entry.candidates.push_back({core::to_string(one.face), one.similarity});
  self_->request(ports_->store, request_timeout(of.wanted.until), log_decision{std::move(entry), false})
      .then([](const logged&) {},
            [by = of.wanted.by.principal](const caf::error& failed) {
              core::log(core::log_level::warning, "ingest", "a decision could not be logged",
                        {{"principal", by}, {"error", to_core(failed).message}});
            });
}

person_search_actor::behavior_type person_search_state::start(person_search_ports ports, std::size_t candidates) {
  install_handlers(self_, "person_search");
  ports_ = std::move(ports);
  candidates_ = candidates;
  return {[this](person_request& wanted) { return accept(wanted); }};
}

person_search_actor::behavior_type run_person_search(person_search_actor::stateful_pointer<person_search_state> self,
                                                     const person_search_ports& ports, std::size_t candidates) {
  return self->state.start(ports, candidates);
}

} // namespace

person_search_actor person_search(caf::actor_system& system, person_search_ports ports, std::size_t candidates) {
  return system.spawn(run_person_search, std::move(ports), candidates);
}

} // namespace rollcall::actors
