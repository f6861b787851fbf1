/// A whole cluster on this machine: a PostgreSQL of its own and real node processes, and what may happen to them. Used
/// by one thread, but for `ports` and `is_disturbed`.
#pragma once

#include "bench/chaos/chaos_network.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/rollcalld_process.hpp"
#include "tests/support/tcp_link.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace rollcall::bench {

class cluster_processes {
public:
  /// Starts the server, which keeps its files in a directory of its own under `database_at`; no node yet. `more`:
  /// settings of every node. Throws std::runtime_error.
  explicit cluster_processes(std::vector<std::string> more,
                             const std::filesystem::path& database_at = std::filesystem::temp_directory_path());

  /// Nodes that are only shards get a place of their own on it from now on, the others this machine's. `network`
  /// outlives the cluster.
  void put_on(chaos_network& network) { network_ = &network; }
  /// From now on nodes reach one another by way of this process (`link`), where something may happen on the way.
  void put_links_between() { has_links_ = true; }
  /// Starts a node, or one that ran before on what it left behind, with the roles it had. Throws std::runtime_error
  /// where it does not become ready.
  void start(const std::string& name, const std::string& roles = "front,embedder,shard,controller");
  /// Whether another process could become ready under the name, with data and a key of its own.
  [[nodiscard]] bool can_start_twin(const std::string& name) const;
  void kill(const std::string& name);
  /// SIGTERM; throws unless it ends well.
  void stop(const std::string& name);
  void signal(const std::string& name, int number) { node(name).child().signal(number); }
  [[nodiscard]] pid_t pid(const std::string& name) { return node(name).child().pid(); }
  /// Of memory, resident; 0 when it has ended.
  [[nodiscard]] std::size_t peak_bytes(const std::string& name) {
    return node(name).child().peak_resident_bytes().value_or(0);
  }
  [[nodiscard]] std::filesystem::path data_dir(const std::string& name) const { return directory_.path() / name; }

  /// The way of the other nodes to this one; its own way to them goes elsewhere. Precondition: `put_links_between`
  /// before it started.
  test::tcp_link& link(const std::string& name) { return *links_.at(name); }

  test::postgres_server& database() { return database_; }
  /// Of the store that the nodes share.
  [[nodiscard]] const std::string& uri() const noexcept { return uri_; }
  [[nodiscard]] const std::filesystem::path& key_file() const noexcept { return key_file_; }
  [[nodiscard]] std::uint16_t management_port(const std::string& name) const {
    return nodes_.at(name)->management_port();
  }
  [[nodiscard]] std::string query(const std::string& sql) const { return database_.query(uri_, sql); }
  /// The store's clock is so much further from now on.
  void move_clock(std::chrono::milliseconds by);
  /// What `rollcall` prints, asked of a front that runs. Throws std::runtime_error where it fails.
  [[nodiscard]] std::string operate(std::vector<std::string> arguments) const;
  /// Every partition is where it belongs and answers. Throws when that takes too long.
  void wait_until_settled();

  /// What each node has logged since it was started last, in NAME.log.
  void write_logs(const std::filesystem::path& directory);
  /// Of the nodes that run, in order.
  [[nodiscard]] std::vector<std::string> names() const { return {running_.begin(), running_.end()}; }
  [[nodiscard]] std::vector<std::string> with_role(const std::string& role) const;
  [[nodiscard]] const std::string& roles(const std::string& name) const { return roles_.at(name); }
  /// The node whose controller leads.
  [[nodiscard]] std::string leader() const;
  /// Of the fronts that run, by name. Any thread.
  [[nodiscard]] std::map<std::string, std::uint16_t> ports() const;
  /// `ports` names this one for the node, until it ends.
  void send_clients_to(const std::string& node, std::uint16_t port);

private:
  void note_end(const std::string& name);
  [[nodiscard]] test::node_options options_of(const std::string& name) const;
  [[nodiscard]] test::rollcalld_process& node(const std::string& name) { return *nodes_.at(name); }
  [[nodiscard]] bool is_settled() const;
  void place(const std::string& name, test::node_options& options);

  chaos_network* network_ = nullptr;
  bool has_links_ = false;
  test::temp_dir directory_;
  std::filesystem::path key_file_ = test::write_secrets_key(directory_.path());
  std::vector<std::string> more_;
  test::postgres_server database_;
  std::string uri_ = database_.make_schema();
  std::map<std::string, std::unique_ptr<test::tcp_link>> links_;
  std::map<std::string, std::unique_ptr<test::rollcalld_process>> nodes_;
  std::map<std::string, std::string> roles_;
  std::set<std::string> running_;
  std::chrono::milliseconds clock_is_ahead_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::uint16_t> ports_;
};

} // namespace rollcall::bench
