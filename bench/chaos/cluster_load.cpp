#include "bench/chaos/cluster_load.hpp"

#include "core/uuid.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/http.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <iterator>
#include <stdexcept>

namespace rollcall::bench {

namespace {

namespace json = boost::json;
using steady = std::chrono::steady_clock;

constexpr std::size_t dimension = 512;
constexpr float spread = 0.3F; ///< faces of one person have cosines of about 0.92
constexpr std::size_t faults_kept = 20;

std::vector<float> normalised(std::vector<float> row) {
  double sum = 0;
  for (const auto value : row)
    sum += static_cast<double>(value) * value;
  for (auto& value : row)
    value /= static_cast<float>(std::sqrt(sum));
  return row;
}

std::vector<float> draw_direction(std::mt19937_64& draw) {
  std::normal_distribution<float> normal;
  std::vector<float> row(dimension);
  for (auto& value : row)
    value = normal(draw);
  return normalised(std::move(row));
}

// Status 0: no reply.
test::http_reply send(std::uint16_t port, const std::string& request) {
  const auto until = core::deadline::in(cluster_load::patience);
  auto connection = test::http_connection::open(port, until);
  if (!connection || !connection->send(request, until))
    return {};
  auto reply = connection->read_reply(until);
  return reply ? *std::move(reply) : test::http_reply{};
}

test::http_reply call(std::uint16_t port, std::string_view operation, const json::object& input,
                      const test::http_headers& more = {}) {
  return send(port, test::rekognition_request(operation, json::serialize(input), more));
}

} // namespace

cluster_load::cluster_load(cluster_processes& on, load_settings settings) : cluster_(on), settings_(settings) {
  random draw(settings_.seed);
  const auto at = choose(draw);
  if (call(at.port, "CreateCollection", {{"CollectionId", "c"}}).status != 200)
    throw std::runtime_error("the collection can't be made");
  for (std::size_t person = 0; person < settings_.people; ++person) {
    directions_.push_back(draw_direction(draw));
    if (!add(at, person, 1, draw))
      throw std::runtime_error("the first faces can't be added");
    anchors_.push_back(seen_.living(std::to_string(person)).at(0));
  }
}

cluster_load::~cluster_load() {
  stop();
}

void cluster_load::start() {
  for (std::size_t writer = 0; writer < settings_.writers; ++writer)
    threads_.emplace_back(
        [this, writer] { run(settings_.seed * 100 + writer, [this](random& draw) { write(draw); }); });
  for (std::size_t searcher = 0; searcher < settings_.searchers; ++searcher)
    threads_.emplace_back(
        [this, searcher] { run(settings_.seed * 100 + 50 + searcher, [this](random& draw) { search(draw); }); });
}

void cluster_load::stop() {
  is_ending_ = true;
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void cluster_load::run(std::uint64_t seed, const std::function<void(random&)>& step) {
  random draw(seed);
  while (!is_ending_)
    step(draw);
}

void cluster_load::excuse(const std::string& node, bool is_excused, bool may_wait) {
  const std::lock_guard lock(mutex_);
  auto& given = excused_[node];
  given.until = is_excused ? core::steady_time::max() : steady::now();
  if (is_excused)
    given.may_wait = may_wait;
}

bool cluster_load::is_excused(const std::string& node, core::steady_time since, core::steady_time until) const {
  const std::lock_guard lock(mutex_);
  const auto found = excused_.find(node);
  return found != excused_.end() && found->second.until >= since
         && (found->second.may_wait || until - since < patience);
}

load_counts cluster_load::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(counts_, {});
}

std::vector<std::string> cluster_load::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

cluster_load::target cluster_load::choose(random& draw) const {
  const auto ports = cluster_.ports();
  if (ports.empty())
    throw std::runtime_error("no node runs");
  const auto chosen = std::next(ports.begin(), static_cast<std::ptrdiff_t>(draw() % ports.size()));
  return {chosen->first, chosen->second};
}

// -- writes

void cluster_load::write(random& draw) {
  const auto at = choose(draw);
  const auto person = draw() % settings_.people;
  auto living = seen_.living(std::to_string(person));
  std::erase(living, anchors_[person]);
  std::shuffle(living.begin(), living.end(), draw);
  const bool adds = living.size() < 3 || (living.size() < settings_.most_faces && draw() % 2 == 0);
  bool is_done = false;
  if (adds) {
    is_done = add(at, person, 1 + draw() % 3, draw);
  } else {
    living.resize(1 + draw() % 2);
    is_done = remove(at, living);
  }
  const std::lock_guard lock(mutex_);
  ++counts_.writes;
  counts_.refused_writes += is_done ? 0 : 1;
}

bool cluster_load::add(const target& at, std::size_t person, std::size_t count, random& draw) {
  std::string body;
  std::vector<std::string> faces;
  const auto begun = steady::now();
  for (std::size_t i = 0; i < count; ++i) {
    auto embedding = draw_direction(draw);
    for (std::size_t column = 0; column < dimension; ++column)
      embedding[column] = directions_[person][column] + spread * embedding[column];
    faces.push_back(to_string(core::random_uuid()));
    body += test::face_line(faces.back(), to_string(core::random_uuid()), normalised(std::move(embedding)));
    seen_.begin_add(std::to_string(person), faces.back(), begun);
  }
  const auto reply = send(at.port, test::import_request("c", body));
  if (reply.status != 200)
    return false;
  const auto ended = steady::now();
  for (const auto& face : faces)
    seen_.end_add(face, ended);
  return true;
}

bool cluster_load::remove(const target& at, const std::vector<std::string>& faces) {
  const auto begun = steady::now();
  json::array ids;
  for (const auto& face : faces) {
    seen_.begin_remove(face, begun);
    ids.emplace_back(face);
  }
  if (call(at.port, "DeleteFaces", {{"CollectionId", "c"}, {"FaceIds", std::move(ids)}}).status != 200)
    return false;
  const auto ended = steady::now();
  for (const auto& face : faces)
    seen_.end_remove(face, ended);
  return true;
}

// -- searches

void cluster_load::search(random& draw) {
  const auto at = choose(draw);
  const auto begun = steady::now();
  const bool is_done = search(at, draw() % settings_.people, draw() % 4 == 0);
  const auto ended = steady::now();
  const bool may_fail = is_excused(at.node, begun, ended);
  const std::chrono::duration<double, std::milli> took = ended - begun;
  const std::lock_guard lock(mutex_);
  ++counts_.searches;
  if (is_done)
    counts_.search_ms.push_back(took.count());
  else
    ++(may_fail ? counts_.excused_searches : counts_.failed_searches);
}

bool cluster_load::search(const target& at, std::size_t person, bool accepts_partial) {
  history::answer seen{std::to_string(person), steady::now(), {}, {}, true, true};
  const auto reply =
      call(at.port, "SearchFaces",
           {{"CollectionId", "c"}, {"FaceId", anchors_[person]}, {"MaxFaces", 1'000}, {"FaceMatchThreshold", 80}},
           {{"x-rollcall-accept-partial", accepts_partial ? "true" : "false"}});
  seen.ended = steady::now();
  if (reply.status != 200) {
    const std::lock_guard lock(mutex_);
    if (faults_.size() < faults_kept)
      faults_.push_back("search at " + at.node + ": " + std::to_string(reply.status) + " " + reply.body
                        + (seen.ended - seen.begun < patience ? "" : "no reply in time"));
    return false;
  }
  seen.faces.push_back(anchors_[person]); // left out of its own answer
  const auto body = json::parse(reply.body);
  for (const auto& match : body.at("FaceMatches").as_array())
    seen.faces.emplace_back(match.at("Face").at("FaceId").as_string());
  const auto& coverage = reply.headers.at("x-rollcall-coverage");
  const auto slash = coverage.find('/');
  seen.is_complete = coverage.substr(0, slash) == coverage.substr(slash + 1);
  seen.is_current = reply.headers.at("x-rollcall-current") == "true";
  for (const auto& fault : seen_.check(seen)) {
    const std::lock_guard lock(mutex_);
    if (faults_.size() < faults_kept)
      faults_.push_back("answer of " + at.node + ": " + fault);
  }
  return true;
}

bool cluster_load::search_everything() {
  bool is_done = true;
  for (const auto& [node, port] : cluster_.ports())
    for (std::size_t person = 0; person < settings_.people; ++person)
      is_done = search({node, port}, person, false) && is_done;
  return is_done;
}

} // namespace rollcall::bench
