#include "actors/replica/replica_keeper.hpp"

#include "core/log.hpp"

#include <array>

#include <utility>

namespace rollcall::actors {

replica_keeper::replica_keeper(shard::gallery& gallery, shard_metrics& metrics, loader_ports ports,
                               const keeper_settings& settings, std::function<void()> ready)
    : gallery_(gallery),
      metrics_(metrics),
      ports_(with_wanted(std::move(ports))),
      settings_(settings),
      ready_(std::move(ready)),
      replicas_(settings.grace, settings.is_sole),
      loader_(gallery, ports_, settings.page) {}

loader_ports replica_keeper::with_wanted(loader_ports ports) const {
  ports.is_wanted = [this](const partition_load& load) { return replicas_.is_wanted(load); };
  return ports;
}

// -- changes

void replica_keeper::apply(apply_request request, std::function<void()> then) {
  std::erase_if(request.batches, [this](const core::mutation_batch& batch) {
    return batch.mutations.empty() || !replicas_.takes({batch.collection, batch.partition}, batch.mutations.back().seq);
  });
  if (request.batches.empty())
    return then();
  pushed_.push_back({std::move(request), std::move(then)});
  begin_group();
}

void replica_keeper::drop(const drop_request& what, std::function<void()> then) {
  replicas_.forget(what.collection, what.only);
  pushed_.push_back({what, std::move(then)});
  begin_group();
}

void replica_keeper::begin_group() {
  if (is_changing_ || pushed_.empty())
    return;
  is_changing_ = true;
  auto group = std::make_shared<change_group>();
  group->changes.assign(std::make_move_iterator(pushed_.begin()), std::make_move_iterator(pushed_.end()));
  pushed_.clear();
  ports_.change(
      [&gallery = gallery_, &metrics = metrics_, group] {
        apply_all(gallery, metrics, *group);
        return core::status{core::nothing{}};
      },
      [this, group](const core::status&) { close_gaps(group); });
}

// Runs where changes run, and may outlive the keeper.
void replica_keeper::apply_all(shard::gallery& gallery, shard_metrics& metrics, change_group& group) {
  const auto started = std::chrono::steady_clock::now();
  for (const auto& one : group.changes) {
    if (const auto* gone = std::get_if<drop_request>(&one.what)) {
      if (!gone->only)
        gallery.drop(gone->collection);
      for (std::uint32_t at = 0; gone->only && at < gone->only->count; ++at)
        gallery.drop(gone->collection, gone->only->first + at);
      continue;
    }
    for (const auto& batch : std::get<apply_request>(one.what).batches)
      if (!gallery.apply(batch))
        group.gaps.emplace_back(batch.collection, batch.partition);
  }
  metrics.apply.observe(core::seconds_since(started));
}

void replica_keeper::close_gaps(const std::shared_ptr<change_group>& group) {
  if (group->gaps.empty())
    return end_group(*group);
  const auto key = group->gaps.front();
  group->gaps.pop_front();
  metrics_.gaps.add();
  core::log(core::log_level::debug, "shard", "mutations are missing, reading the store's tail",
            {{"partition", std::to_string(key.second)}});
  loader_.catch_up(key, [this, group, key](load_end how) {
    end_catch_up(key, how);
    group->needs_load |= how == load_end::pruned;
    close_gaps(group);
  });
}

void replica_keeper::end_group(change_group& group) {
  for (auto& one : group.changes)
    if (group.needs_load && loading_)
      awaiting_load_.push_back(std::move(one));
    else
      one.then();
  is_changing_ = false;
  show_size();
  begin_group();
}

void replica_keeper::show_size() {
  const auto size = gallery_.size();
  metrics_.references.set(static_cast<double>(size.references));
  for (std::size_t at = 0; at < metrics_.memory_bytes.size(); ++at)
    metrics_.memory_bytes[at]->set(static_cast<double>(size.memory.*shard::all_memory_parts[at].second));
}

void replica_keeper::show_replicas() {
  std::array<double, 4> replicas{};
  for (const auto& one : list())
    ++replicas[static_cast<std::size_t>(one.state)];
  for (std::size_t state = 0; state < replicas.size(); ++state)
    metrics_.replicas[state]->set(replicas[state]);
}

std::vector<replica_status> replica_keeper::list() const {
  std::vector<replica_status> all;
  const auto under_way = loads();
  for (const auto& [key, is_loaded, is_leaving] : replicas_.list()) {
    replica_status one;
    if (!is_loaded && !under_way.empty() && under_way.front().key == key)
      one = under_way.front();
    one.key = key;
    if (const auto found = loaded_.find(key); is_loaded && found != loaded_.end())
      one = {key, {}, found->second.source, found->second.rows, found->second.rows, 0, {}};
    if (is_loaded)
      one.state = is_leaving ? replica_state::draining : replica_state::ready;
    all.push_back(std::move(one));
  }
  return all;
}

// One at a time.
std::vector<replica_status> replica_keeper::loads() const {
  if (!loading_ || loader_.progress().key != *loading_)
    return {}; // it has not begun to read
  return {loader_.progress().status(ports_.now())};
}

// -- what is held

// Nothing is loaded yet, so there is nothing to drop and no head to note.
void replica_keeper::hold_all(std::function<bool(std::uint32_t partition)> is_ours) {
  loader_.list_heads([this, is_ours](const std::vector<store::partition_head>& heads) {
    std::vector<store::share_entry> share;
    for (const auto& head : heads)
      if (is_ours(head.partition))
        share.push_back({head.collection, head.partition, store::placement_state::ready, head.seq});
    static_cast<void>(replicas_.follow(share, ports_.now()));
    has_share_ = true;
    load_next();
  });
}

void replica_keeper::follow(follow_request request, std::function<void(core::result<followed>)> then) {
  if (is_following_)
    return then(core::fail(core::error_code::overloaded, "The shard is still following the map."));
  is_following_ = true;
  const auto held = std::make_shared<const follow_request>(std::move(request));
  if (ports_.snapshots) {
    std::set<partition_key> keys;
    for (const auto& one : held->share)
      keys.emplace_hint(keys.end(), one.collection, one.partition);
    std::erase_if(loaded_, [&](const auto& one) { return !keys.contains(one.first); });
    ports_.snapshots->held(std::move(keys));
  }
  ports_.change(
      [&gallery = gallery_, found = replicas_.follow(held->share, ports_.now())] {
        for (const auto& [collection, partition] : found.gone)
          gallery.drop(collection, partition);
        for (const auto& one : found.present)
          gallery.note_head(one.collection, one.partition, one.head);
        return core::status{core::nothing{}};
      },
      [this, held, then](const core::status&) { end_follow(*held, then); });
}

void replica_keeper::end_follow(const follow_request& request,
                                const std::function<void(core::result<followed>)>& then) {
  is_following_ = false;
  has_share_ = true;
  replicas_.settle(request.share);
  if (request.lease.count() > 0)
    lease_.renew(request.asked, request.lease);
  for (const auto& one : request.share)
    if (replicas_.takes({one.collection, one.partition}, one.head)
        && gallery_.seq(one.collection, one.partition) < one.head)
      behind_.emplace(one.collection, one.partition);
  then(followed{replicas_.news(ports_.now()), {loads(), gallery_.size_by_collection(), gallery_.recall()}});
  catch_up_next();
  load_next();
  show_replicas();
}

void replica_keeper::load_next() {
  if (loading_)
    return;
  const auto next = replicas_.next_load();
  if (!next) {
    for (const auto& one : std::exchange(awaiting_load_, {}))
      one.then();
    return become_ready();
  }
  loading_ = next->key;
  loader_.load(*next, [this, load = *next](load_end how) { end_load(load, how); });
}

void replica_keeper::end_load(const partition_load& load, load_end how) {
  const auto& [collection, partition] = load.key;
  if (how == load_end::pruned && replicas_.is_wanted(load))
    replicas_.reload(load.key);
  else if (how == load_end::gone && replicas_.is_wanted(load))
    replicas_.forget(load.key);
  else if (how == load_end::caught_up && !replicas_.finish(load, gallery_.seq(collection, partition)))
    return loader_.catch_up(load.key, [this, load](load_end then) { end_load(load, then); });
  loading_.reset();
  if (how == load_end::caught_up) {
    const auto& made = loaded_[load.key] = loader_.progress();
    metrics_.note_loaded(made.source, made.rows, std::chrono::duration<double>(ports_.now() - made.began).count());
  }
  show_size();
  load_next();
}

void replica_keeper::catch_up_next() {
  if (is_catching_up_ || behind_.empty())
    return;
  is_catching_up_ = true;
  const auto key = *behind_.begin();
  behind_.erase(behind_.begin());
  loader_.catch_up(key, [this, key](load_end how) {
    is_catching_up_ = false;
    end_catch_up(key, how);
    catch_up_next();
  });
}

void replica_keeper::end_catch_up(const partition_key& key, load_end how) {
  if (how != load_end::pruned)
    return;
  replicas_.reload(key);
  load_next();
}

// Its file is of no use then.
void replica_keeper::reload_damaged() {
  for (const auto& key : gallery_.damaged()) {
    if (loading_ == key || !ports_.snapshots)
      continue;
    const auto why = core::fail(core::error_code::corrupt, "A row of the snapshot was altered.");
    core::log(core::log_level::failure, "shard", "a snapshot was altered; its partition is loaded anew",
              {{"collection", core::to_string(key.first)}, {"partition", std::to_string(key.second)}});
    ports_.snapshots->refused({}, key, why);
    replicas_.reload(key);
  }
  load_next();
}

void replica_keeper::become_ready() {
  if (is_ready_ || !has_share_ || !replicas_.is_settled())
    return;
  is_ready_ = true;
  show_size();
  ready_();
}

} // namespace rollcall::actors
