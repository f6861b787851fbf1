#include "nodes/cli/diagnosis.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace rollcall::cli {
namespace {

namespace json = boost::json;

json::object parse(const char* text) {
  return json::parse(text).as_object();
}

/// A cluster where all is well.
examined make_well() {
  examined what;
  what.node = parse(R"({"version": "1", "is_clustered": true, "now_ms": 1700000000000,
    "store": {"engine": "PostgreSQL 15.9", "schema": 4, "latency_ms": 2.5, "clock_ahead_ms": -3},
    "machine": {"disk": {"path": "/data", "free_bytes": 5000000000, "total_bytes": 9000000000},
      "files": [{"path": "/data/node.key", "mode": "600", "is_private": true}], "models": {},
      "cpu": {"search": "avx2", "compare": "avx2"}}})");
  what.cluster = parse(R"({"partitions": 8, "replicas": 2, "replicas_missing": 0, "nodes": [
    {"name": "a", "state": "active", "silent_ms": 500, "version": "1", "roles": ["shard"]},
    {"name": "b", "state": "active", "silent_ms": 900, "version": "1", "roles": ["front", "shard"]}]})");
  what.now_ms = 1'700'000'000'200;
  what.doubt_ms = 30;
  return what;
}

/// Those that are not fine.
std::map<std::string, finding> findings(const examined& what) {
  std::map<std::string, finding> found;
  for (const auto& one : diagnose(what)) {
    EXPECT_EQ(one.state == finding_state::fine, one.advice.empty()) << one.check;
    EXPECT_FALSE(one.found.empty()) << one.check;
    if (one.state != finding_state::fine)
      found.emplace(one.check, one);
  }
  return found;
}

/// The state of the one finding that `what` has, of the check `name`.
finding_state only(const examined& what, const std::string& name) {
  const auto found = findings(what);
  EXPECT_EQ(found.size(), 1U) << name;
  EXPECT_TRUE(found.contains(name)) << name;
  return found.contains(name) ? found.at(name).state : finding_state::fine;
}

TEST(diagnosis, of_what_is_well_is_that) {
  const auto well = make_well();
  EXPECT_TRUE(findings(well).empty());
  EXPECT_EQ(diagnose(well).size(), 11U);
  auto alone = make_well();
  alone.cluster = {};
  EXPECT_EQ(diagnose(alone).size(), 7U);
}

TEST(diagnosis, clocks_may_be_off_by_as_much_as_nobody_knows) {
  auto what = make_well();
  what.now_ms += 5'000;
  EXPECT_EQ(only(what, "clock"), finding_state::warning);
  what.doubt_ms = 4'000;
  EXPECT_TRUE(findings(what).empty());
  what.now_ms -= 100'000;
  EXPECT_EQ(only(what, "clock"), finding_state::failure);
  what = make_well();
  what.node["store"].as_object()["clock_ahead_ms"] = 60'000;
  EXPECT_EQ(only(what, "store clock"), finding_state::warning);
}

TEST(diagnosis, a_node_near_its_budget_of_memory_is_named) {
  auto what = make_well();
  auto& node = what.cluster["nodes"].as_array()[1].as_object();
  node["memory"] = {{"used_bytes", 800}, {"budget_bytes", 1'000}};
  EXPECT_TRUE(findings(what).empty());
  node["memory"].as_object()["used_bytes"] = 900;
  EXPECT_EQ(only(what, "memory"), finding_state::warning);
  EXPECT_EQ(findings(what).at("memory").found, "b uses 90 % of 0 MiB");
  node["memory"].as_object()["used_bytes"] = 1'001;
  EXPECT_EQ(only(what, "memory"), finding_state::failure);
}

TEST(diagnosis, what_cannot_be_looked_at_is_a_failure) {
  auto what = make_well();
  what.node["store"] = {{"problem", "no way to the database"}};
  EXPECT_EQ(only(what, "store"), finding_state::failure);
  EXPECT_EQ(findings(what).at("store").found, "no way to the database");
  what = make_well();
  what.node["machine"] = {{"problem", "busy"}};
  EXPECT_EQ(only(what, "machine"), finding_state::failure);
}

TEST(diagnosis, of_the_machine) {
  auto what = make_well();
  auto& machine = what.node["machine"].as_object();
  machine["disk"].as_object()["free_bytes"] = 500'000'000;
  EXPECT_EQ(only(what, "disk"), finding_state::warning);
  machine["disk"].as_object()["free_bytes"] = 5'000'000;
  EXPECT_EQ(only(what, "disk"), finding_state::failure);
  machine = make_well().node["machine"].as_object();
  machine["models"] = {{"problem", "fr_detect.onnx has another hash"}};
  EXPECT_EQ(only(what, "models"), finding_state::failure);
  machine = make_well().node["machine"].as_object();
  machine["files"].as_array().push_back({{"path", "/data/s.key"}, {"mode", "644"}, {"is_private", false}});
  EXPECT_EQ(only(what, "key files"), finding_state::failure);
  EXPECT_NE(findings(what).at("key files").found.find("/data/s.key (mode 644)"), std::string::npos);
  machine = make_well().node["machine"].as_object();
  machine["cpu"].as_object()["search"] = "portable";
  EXPECT_EQ(only(what, "cpu"), finding_state::warning);
}

TEST(diagnosis, of_the_cluster) {
  auto what = make_well();
  auto& second = what.cluster["nodes"].as_array()[1].as_object();
  second["version"] = "2";
  EXPECT_EQ(only(what, "versions"), finding_state::warning);
  second["version"] = "1";
  second["silent_ms"] = 11'000;
  EXPECT_EQ(only(what, "nodes"), finding_state::failure);
  EXPECT_NE(findings(what).at("nodes").found.find("(active, heard 11.0 s ago)"), std::string::npos)
      << findings(what).at("nodes").found;
  second["signed_off"] = true;
  EXPECT_NE(findings(what).at("nodes").found.find("(active, signed off 11.0 s ago)"), std::string::npos)
      << findings(what).at("nodes").found;
  second["state"] = "dead";
  EXPECT_EQ(findings(what).size(), 2U); // and there is only one left for two replicas
  EXPECT_EQ(findings(what).at("replicas").state, finding_state::warning);
  what = make_well();
  what.cluster["replicas_missing"] = 3;
  EXPECT_EQ(only(what, "replicas"), finding_state::failure);
  what.node["store"].as_object()["latency_ms"] = 150;
  EXPECT_EQ(findings(what).at("store").state, finding_state::warning);
}

} // namespace
} // namespace rollcall::cli
