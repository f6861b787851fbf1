#include "bench/chaos/chaos_plants.hpp"

#include "bench/chaos/chaos_proxy.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <stdexcept>

namespace rollcall::bench {

namespace {

// All that nodes have in memory and on disk goes: they serve what the database says.
void load_anew(cluster_processes& cluster) {
  const auto names = cluster.names();
  for (const auto& node : names) {
    cluster.kill(node);
    std::filesystem::remove_all(cluster.data_dir(node));
  }
  for (const auto& node : names)
    cluster.start(node);
  cluster.wait_until_settled();
}

// The youngest face that is searched for, but not by.
void lose_a_face(cluster_processes& cluster) {
  cluster.database().run(cluster.uri(), "CREATE TABLE gone AS SELECT id FROM faces ORDER BY n DESC LIMIT 1;"
                                        "DELETE FROM embeddings WHERE id IN (SELECT id FROM gone);"
                                        "DELETE FROM faces WHERE id IN (SELECT id FROM gone)");
  load_anew(cluster);
}

void bring_faces_back(cluster_processes& cluster) {
  if (cluster.query("SELECT count(*) FROM faces_before WHERE id NOT IN (SELECT id FROM faces)") == "0")
    throw std::runtime_error("no face was removed meanwhile");
  cluster.database().run(cluster.uri(),
                         "INSERT INTO embeddings SELECT * FROM embeddings_before ON CONFLICT DO NOTHING;"
                         "INSERT INTO faces OVERRIDING SYSTEM VALUE SELECT * FROM faces_before ON CONFLICT DO NOTHING");
  load_anew(cluster);
}

using proxies = std::vector<std::unique_ptr<tampering_proxy>>;

proxies tamper(cluster_processes& cluster, const tampering_proxy::hooks& with) {
  proxies made;
  for (const auto& [node, port] : cluster.ports()) {
    made.push_back(std::make_unique<tampering_proxy>(port, with));
    cluster.send_clients_to(node, made.back()->port());
  }
  return made;
}

void double_a_match(tampering_proxy::reply& changed) {
  auto body = boost::json::parse(changed.body());
  auto* matches = body.as_object().if_contains("FaceMatches");
  if (matches == nullptr || matches->as_array().empty())
    return;
  const auto first = matches->as_array().front();
  matches->as_array().push_back(first);
  changed.body() = boost::json::serialize(body);
}

void take_marks_off(tampering_proxy::reply& changed) {
  const std::string coverage(changed["x-rollcall-coverage"]);
  const auto asked = coverage.substr(coverage.find('/') + 1);
  changed.set("x-rollcall-coverage", asked + "/" + asked);
  changed.set("x-rollcall-current", "true");
}

void accept_partial(tampering_proxy::request& changed) {
  changed.set("x-rollcall-accept-partial", "true");
}

// Partitions whose replicas were on both of two nodes are out of reach: of those two that have most of them.
proxies hide_what_is_missing(cluster_processes& cluster) {
  const std::string together = "FROM placements a JOIN placements b USING (collection, part) WHERE a.node < b.node "
                               "GROUP BY a.node, b.node ORDER BY count(*) DESC, a.node, b.node LIMIT 1";
  const auto one = cluster.query("SELECT a.node " + together);
  const auto other = cluster.query("SELECT b.node " + together);
  cluster.kill(one);
  cluster.kill(other);
  return tamper(cluster, {accept_partial, take_marks_off});
}

std::size_t count(const std::string& plant, const history::totals& seen) {
  if (plant == "lost")
    return seen.lost.size();
  if (plant == "resurrected")
    return seen.resurrected.size();
  return plant == "duplicate" ? seen.duplicates : seen.unmarked_partials;
}

} // namespace

const std::vector<std::string>& plants() {
  static const std::vector<std::string> all{"lost", "resurrected", "duplicate", "unmarked partial"};
  return all;
}

void remember_faces(cluster_processes& cluster) {
  cluster.database().run(cluster.uri(), "CREATE TABLE embeddings_before AS SELECT * FROM embeddings;"
                                        "CREATE TABLE faces_before AS SELECT * FROM faces");
}

bool is_seen(const std::string& plant, cluster_processes& cluster, cluster_load& load) {
  const auto before = load.seen().sum();
  proxies between;
  if (plant == "lost")
    lose_a_face(cluster);
  else if (plant == "resurrected")
    bring_faces_back(cluster);
  else if (plant == "duplicate")
    between = tamper(cluster, {{}, double_a_match});
  else if (plant == "unmarked partial")
    between = hide_what_is_missing(cluster);
  else
    throw std::runtime_error("there is no plant of that name");
  const bool is_answered = load.search_everything();
  const auto after = load.seen().sum();
  for (const auto& line : load.faults())
    std::printf("%s\n", line.c_str());
  const bool was_clean = std::all_of(plants().begin(), plants().end(),
                                     [&before](const std::string& each) { return count(each, before) == 0; });
  return is_answered && was_clean && count(plant, after) > 0;
}

} // namespace rollcall::bench
