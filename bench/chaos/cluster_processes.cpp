#include "bench/chaos/cluster_processes.hpp"

#include <fstream>
#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr std::chrono::seconds settling{60};
constexpr std::chrono::minutes patience{4}; ///< with what an operator asks for

void require(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error(what);
}

// With what the process wrote.
std::string why(const auto& failed) {
  return failed ? "" : failed.failure().message + '\n' + failed.failure().context;
}

} // namespace

cluster_processes::cluster_processes(std::vector<std::string> more, const std::filesystem::path& database_at)
    : more_(std::move(more)), database_(database_at) {
  more_.insert(more_.end(), {"store.uri=" + uri_, "store.key_file=" + key_file_.string()});
}

test::node_options cluster_processes::options_of(const std::string& name) const {
  test::node_options options;
  options.settings = more_;
  options.settings.insert(options.settings.end(), {"node.name=" + name, "node.roles=" + roles(name)});
  return options;
}

void cluster_processes::start(const std::string& name, const std::string& roles) {
  if (const auto known = nodes_.find(name); known != nodes_.end()) {
    const auto back = known->second->restart();
    require(back.has_value(), name + " does not start again: " + why(back));
  } else {
    roles_[name] = roles;
    auto options = options_of(name);
    options.data_dir = data_dir(name);
    place(name, options);
    auto started = test::rollcalld_process::start(std::move(options));
    require(started.has_value(), name + " does not start: " + why(started));
    nodes_[name] = *std::move(started);
  }
  running_.insert(name);
  if (const auto port = node(name).http_port(); port != 0) {
    const std::lock_guard lock(mutex_);
    ports_[name] = port;
  }
}

// Where its peers find it.
void cluster_processes::place(const std::string& name, test::node_options& options) {
  const auto port = std::to_string(test::free_port());
  if (network_ == nullptr) {
    options.settings.push_back("cluster.listen=127.0.0.1:" + port);
    if (has_links_) {
      auto& link = links_[name] = std::make_unique<test::tcp_link>(std::stoi(port));
      options.settings.push_back("cluster.advertise=127.0.0.1:" + std::to_string(link->port()));
    }
    return;
  }
  const bool is_shard = roles(name) == "shard";
  options.settings.push_back("cluster.listen=" + (is_shard ? network_->add(name) : network_->address()) + ":" + port);
  if (is_shard)
    options.within = network_->within(name);
}

bool cluster_processes::can_start_twin(const std::string& name) const {
  return test::rollcalld_process::start(options_of(name)).has_value();
}

void cluster_processes::note_end(const std::string& name) {
  running_.erase(name);
  const std::lock_guard lock(mutex_);
  ports_.erase(name);
}

void cluster_processes::kill(const std::string& name) {
  note_end(name);
  node(name).crash();
}

void cluster_processes::stop(const std::string& name) {
  note_end(name);
  const auto ended = node(name).stop();
  require(ended && *ended == test::exit_state{0, 0}, name + " does not stop as it should");
}

void cluster_processes::move_clock(std::chrono::milliseconds by) {
  clock_is_ahead_ += by;
  database_.run(uri_, "CREATE OR REPLACE FUNCTION store_now() RETURNS BIGINT LANGUAGE sql VOLATILE AS 'SELECT "
                      "CAST(extract(epoch FROM clock_timestamp()) * 1000 + "
                          + std::to_string(clock_is_ahead_.count()) + " AS BIGINT)'");
}

std::string cluster_processes::operate(std::vector<std::string> arguments) const {
  const auto all = ports();
  require(!all.empty(), "no front runs");
  test::command what{test::program("rollcall").string(), std::move(arguments)};
  what.environment = {{"ROLLCALL_ENDPOINT", "http://127.0.0.1:" + std::to_string(all.begin()->second)}};
  const auto done = test::run(what, core::deadline::in(patience));
  require(done && done->exit == test::exit_state{0, 0},
          "rollcall " + what.arguments.front() + " failed: " + (done ? done->out + done->err : done.failure().message));
  return done->out;
}

void cluster_processes::write_logs(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  for (const auto& [name, node] : nodes_)
    std::ofstream(directory / (name + ".log")) << node->child().output(test::stream::err);
}

std::vector<std::string> cluster_processes::with_role(const std::string& role) const {
  std::vector<std::string> all;
  for (const auto& name : running_)
    if (roles(name).find(role) != std::string::npos)
      all.push_back(name);
  return all;
}

std::string cluster_processes::leader() const {
  return query("SELECT split_part(holder, ' ', 1) FROM leases WHERE name = 'controller'");
}

void cluster_processes::send_clients_to(const std::string& node, std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  ports_.at(node) = port;
}

std::map<std::string, std::uint16_t> cluster_processes::ports() const {
  const std::lock_guard lock(mutex_);
  return ports_;
}

// No placement is on its way, and each partition has as many as there may be.
bool cluster_processes::is_settled() const {
  return query("SELECT count(*) = 0 FROM placements WHERE state <> 1") == "t"
         && query(
                "SELECT count(*) = (SELECT least(2, count(*)) FROM nodes WHERE state = 0 AND roles & 4 <> 0) * (SELECT "
                "count(*) FROM partitions) FROM placements")
                == "t";
}

void cluster_processes::wait_until_settled() {
  const auto until = core::deadline::in(settling);
  while (!is_settled()) {
    require(!until.has_passed(), "the cluster does not come to rest");
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

} // namespace rollcall::bench
