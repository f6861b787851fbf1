// bench_chaos: a cluster of real processes under a steady load of writes and searches, and one fault after the other,
// drawn from a seed. Every answer is held against what was acknowledged before (bench/chaos/history.hpp). Exit code 1
// when one was wrong, or a search failed that should not have; 77 where this machine has no network namespaces to give.

#include "bench/chaos/chaos_faults.hpp"
#include "bench/chaos/chaos_plants.hpp"
#include "bench/report.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace {

using namespace rollcall;
using namespace std::chrono_literals;
namespace json = boost::json;

struct arguments {
  std::uint64_t seed = 1;
  int seconds = 120;
  int nodes = 3;
  bool is_apart = false;  ///< two fronts and as many shards as there are nodes
  bool is_long = false;   ///< faults that last, instead of the others
  bool has_cards = false; ///< the shards are in network namespaces
  std::string plant;      ///< a bug to be seen; empty: none
  std::string only;       ///< a fault's name; empty: all
  std::string logs;       ///< a directory; empty: none are kept
  std::string out = "build/bench/chaos.json";
};

class chaos {
public:
  explicit chaos(const arguments& given)
      : given_(given),
        draw_(given.seed),
        cluster_({"vision.workers=1", "search.partitions=8", "cluster.dead_after=6s"},
                 disk_.is_mounted() ? disk_.path() : std::filesystem::temp_directory_path()) {
    if (given.has_cards)
      cluster_.put_on(network_.emplace());
    else
      cluster_.put_links_between();
    for (int node = 0; node < given.nodes; ++node)
      cluster_.start(std::string(1, static_cast<char>('a' + node)),
                     given.is_apart ? "shard" : "front,embedder,shard,controller");
    if (given.is_apart) {
      for (const auto* front : {"y", "z"})
        cluster_.start(front, "front,controller");
      cluster_.start("x", "embedder");
    }
    load_.emplace(cluster_, bench::load_settings{.seed = given.seed});
    faults_ = given.is_long     ? bench::make_long_faults(cluster_, draw_)
              : given.has_cards ? bench::make_network_faults(cluster_, *network_, draw_)
                                : bench::make_faults(cluster_, disk_, *load_, draw_);
    if (!given.only.empty())
      std::erase_if(faults_, [&given](const auto& one) { return one.name != given.only; });
    if (faults_.empty())
      throw std::runtime_error("there is no fault of that name");
    cluster_.wait_until_settled();
  }

  int run() {
    load_->start();
    calm();
    const auto until = core::deadline::in(std::chrono::seconds{given_.seconds});
    for (std::size_t at = 0; !until.has_passed(); ++at)
      if (at < faults_.size())
        disturb(faults_[at]);
      else if (!given_.only.empty() || draw_() % 2 == 0)
        disturb(faults_[draw_() % faults_.size()]);
      else
        disturb_twice();
    load_->stop();
    cluster_.wait_until_settled();
    const bool is_whole = load_->search_everything();
    if (!given_.logs.empty())
      cluster_.write_logs(given_.logs);
    return report() && is_whole ? 0 : 1;
  }

  /// The same cluster with a bug planted into it.
  int run_planted() {
    load_->start();
    pause(2s);
    bench::remember_faces(cluster_);
    pause(3s);
    load_->stop();
    const bool is_seen = bench::is_seen(given_.plant, cluster_, *load_);
    std::cout << "planted: " << given_.plant << ", " << (is_seen ? "seen" : "NOT SEEN") << "\n";
    return is_seen ? 0 : 1;
  }

private:
  static void pause(std::chrono::milliseconds span) { std::this_thread::sleep_for(span); }

  void calm() {
    static_cast<void>(load_->take());
    pause(5s);
    const auto seen = load_->take();
    calm_ms_ = seen.search_ms;
    add(seen, "no fault", "");
  }

  void disturb(const bench::fault& what) {
    const auto node = what.choose ? what.choose() : what.of_node ? draw_node("") : "";
    watch(what.name, node, {what.fails_searches, what.outlasts_clients()}, [&] {
      what.begin(node);
      pause(what.lasts);
      what.end(node);
    });
  }

  // A second fault, of another node or of the database, in the middle of the first.
  void disturb_twice() {
    const auto is_outer = [](const bench::fault& one) { return one.of_node; };
    const auto is_inner = [](const bench::fault& one) { return (one.of_node && !one.choose) || one.fails_searches; };
    const auto& outer = draw_fault(is_outer);
    const auto& inner = draw_fault(is_inner);
    const auto node = outer.choose ? outer.choose() : draw_node("");
    const auto other = inner.of_node ? draw_node(node) : "";
    watch(outer.name + " + " + inner.name, node + (other.empty() ? "" : "," + other),
          {true, outer.outlasts_clients(inner.lasts) || inner.outlasts_clients()}, [&] {
            outer.begin(node);
            pause(outer.lasts / 2);
            inner.begin(other);
            pause(inner.lasts);
            inner.end(other);
            pause(outer.lasts / 2);
            outer.end(node);
          });
  }

  std::string draw_node(const std::string& but) {
    auto names = cluster_.names();
    std::erase(names, but);
    return names[draw_() % names.size()];
  }
  const bench::fault& draw_fault(bool (*is_fit)(const bench::fault&)) {
    for (;;)
      if (const auto& one = faults_[draw_() % faults_.size()]; is_fit(one))
        return one;
  }

  struct allowance {
    bool fails_searches = false; ///< at all nodes
    bool may_wait = false;       ///< for a reply, longer than clients do
  };

  // `nodes`: something happens to them.
  void watch(const std::string& what, const std::string& nodes, allowance of, const std::function<void()>& run) {
    const auto names = cluster_.names();
    static_cast<void>(load_->take());
    for (const auto& name : names)
      if (name == nodes || of.fails_searches)
        load_->excuse(name, true, of.may_wait);
    run();
    for (const auto& name : names)
      load_->excuse(name, false);
    pause(2s);
    cluster_.wait_until_settled();
    const auto seen = load_->take();
    fault_ms_.insert(fault_ms_.end(), seen.search_ms.begin(), seen.search_ms.end());
    ++count_;
    add(seen, what, nodes);
  }

  void add(const bench::load_counts& seen, const std::string& name, const std::string& node) {
    const auto sum = load_->seen().sum();
    std::printf(
        "%-34s %-3s %6llu searches, %3llu failed, %3llu excused, %5llu writes, %3llu refused, p99 %7.1f ms; wrong "
        "so far: %zu lost, %zu resurrected, %zu twice\n",
        name.c_str(), node.c_str(), static_cast<unsigned long long>(seen.searches),
        static_cast<unsigned long long>(seen.failed_searches), static_cast<unsigned long long>(seen.excused_searches),
        static_cast<unsigned long long>(seen.writes), static_cast<unsigned long long>(seen.refused_writes),
        quantile(seen.search_ms, 0.99), sum.lost.size(), sum.resurrected.size(), sum.duplicates);
    std::fflush(stdout);
    searches_ += seen.searches;
    writes_ += seen.writes;
    failed_ += seen.failed_searches;
    excused_ += seen.excused_searches;
    refused_ += seen.refused_writes;
  }

  static double quantile(std::vector<double> values, double share) {
    if (values.empty())
      return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
  }

  bool report() {
    const auto sum = load_->seen().sum();
    auto written = bench::start_report("chaos");
    const json::object figures{{"seed", given_.seed},
                               {"searches", searches_},
                               {"writes", writes_},
                               {"faults", count_},
                               {"lost_faces", sum.lost.size()},
                               {"resurrected_faces", sum.resurrected.size()},
                               {"duplicates", sum.duplicates},
                               {"unmarked_partials", sum.unmarked_partials},
                               {"marked_partials", sum.marked_partials},
                               {"failed_searches", failed_},
                               {"excused_searches", excused_},
                               {"refused_writes", refused_},
                               {"not_current", sum.not_current},
                               {"p99_ms_calm", quantile(calm_ms_, 0.99)},
                               {"p99_ms_fault", quantile(fault_ms_, 0.99)}};
    for (const auto& [key, value] : figures) {
      written[key] = value;
      std::cout << key << " " << value << "\n";
    }
    for (const auto& line : load_->faults())
      std::cout << line << "\n";
    if (const auto stored = bench::write_report(written, given_.out); !stored)
      std::cerr << stored.failure().message << "\n";
    return sum.lost.empty() && sum.resurrected.empty() && sum.duplicates == 0 && sum.unmarked_partials == 0
           && failed_ == 0;
  }

  arguments given_;
  std::mt19937_64 draw_;
  test::small_disk disk_{std::size_t{1} << 30, "0755"}; ///< the database's, so that it can be filled
  std::optional<bench::chaos_network> network_;
  bench::cluster_processes cluster_;
  std::optional<bench::cluster_load> load_;
  std::vector<double> calm_ms_;
  std::vector<double> fault_ms_;
  std::uint64_t searches_ = 0, writes_ = 0, failed_ = 0, excused_ = 0, refused_ = 0, count_ = 0;
  std::vector<bench::fault> faults_;
};

constexpr int skipped = 77;

bool has_namespaces() {
  try {
    const bench::chaos_network probe;
    return true;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "SKIPPED: the network cards of nodes can't be pulled out: %s\n", failed.what());
    return false;
  }
}

} // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"A cluster under load and faults"};
  app.add_option("--seed", given.seed, "Draws the load and the faults");
  app.add_option("--seconds", given.seconds, "How long faults go on");
  app.add_option("--nodes", given.nodes, "Nodes at the start")->check(CLI::Range(3, 26));
  app.add_flag("--apart", given.is_apart, "The nodes are shards alone, and two fronts ask them");
  app.add_flag("--long", given.is_long, "Faults that last 30 s and 60 s, instead of the others");
  app.add_flag("--cards", given.has_cards, "The shards in network namespaces, whose cards are pulled out; takes root");
  app.add_option("--plant", given.plant, "No faults, but a bug that must be seen, by name")
      ->check(CLI::IsMember(bench::plants()));
  app.add_option("--only", given.only, "One kind of fault, by name");
  app.add_option("--logs", given.logs, "A directory for the nodes' logs");
  app.add_option("--out", given.out, "Where the figures go");
  CLI11_PARSE(app, argc, argv);
  try {
    if (given.has_cards && !has_namespaces())
      return skipped;
    given.is_apart |= given.has_cards;
    chaos with(given);
    return given.plant.empty() ? with.run() : with.run_planted();
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
