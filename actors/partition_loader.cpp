#include "actors/partition_loader.hpp"

#include "actors/placement.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <memory>

namespace rollcall::actors {

partition_loader::partition_loader(shard::gallery& into, loader_ports ports, loader_settings settings)
    : gallery_(into), ports_(std::move(ports)), settings_(settings) {}

void partition_loader::try_again(const core::error& why, done again) {
  core::log(core::log_level::warning, "shard", "loading failed, trying again",
            {{"code", std::string{core::to_string(why.code)}}, {"error", why.message}, {"context", why.context}});
  ports_.later(std::move(again));
}

// `not_found` and `gap` are answers; every other failure may pass.
template <class T>
void partition_loader::read(std::function<core::result<T>(store::store&)> what,
                            std::function<void(core::result<T>)> then) {
  ports_.read([what](store::store& from) -> std::any { return what(from); },
              [this, what, then](core::result<std::any> reply) {
                auto outcome = reply ? std::any_cast<core::result<T>>(*std::move(reply))
                                     : core::result<T>{std::move(reply).failure()};
                if (outcome || outcome.failure().code == core::error_code::not_found
                    || outcome.failure().code == core::error_code::gap)
                  then(std::move(outcome));
                else
                  try_again(outcome.failure(), [this, what, then] { read<T>(what, then); });
              });
}

void partition_loader::load_everything(done then) {
  using heads = std::vector<store::partition_head>;
  read<heads>([](store::store& from) { return from.list_heads(); },
              [this, then](core::result<heads> found) {
                if (!found)
                  return try_again(found.failure(), [this, then] { load_everything(then); });
                for (const auto& head : *found)
                  if (shard_of(head.partition, settings_.shards) == settings_.index)
                    loads_.push_back({{head.collection, head.partition}, head.seq});
                step(then);
              });
}

void partition_loader::want(partition_key key, std::uint64_t seq) {
  auto& wanted = wanted_[key];
  wanted = std::max(wanted, seq);
}

void partition_loader::forget(core::collection_key collection) {
  std::erase_if(loads_, [&](const load& one) { return one.key.first == collection; });
  std::erase_if(wanted_, [&](const auto& one) { return one.first.first == collection; });
}

void partition_loader::step(const done& then) {
  if (!loads_.empty()) {
    const auto next = loads_.front();
    loads_.pop_front();
    return load_partition(next, [this, then] { step(then); });
  }
  while (!wanted_.empty()) {
    const auto [key, seq] = *wanted_.begin();
    wanted_.erase(wanted_.begin());
    if (gallery_.seq(key.first, key.second) < seq)
      return catch_up(key, [this, then] { step(then); });
  }
  then();
}

// The head is older than the references, which are read in several transactions. Replaying the mutations after it
// brings both to one state, since the last mutation of each id decides.
void partition_loader::load_partition(const load& what, const done& then) {
  ports_.change(
      [&gallery = gallery_, what] {
        gallery.begin_load(what.key.first, what.key.second);
        return core::status{core::nothing{}};
      },
      [this, what, then](core::status begun) {
        if (!begun)
          return try_again(begun.failure(), [this, what, then] { load_partition(what, then); });
        load_page(what, std::nullopt, then);
      });
}

void partition_loader::load_page(const load& what, std::optional<std::pair<core::reference_kind, core::uuid>> after,
                                 const done& then) {
  const auto limit = settings_.page;
  read<store::reference_page>(
      [what, after, limit](store::store& from) {
        return from.list_references(what.key.first, what.key.second, after, limit);
      },
      [this, what, then](core::result<store::reference_page> page) {
        if (page)
          return add_page(what, *std::move(page), then);
        if (page.failure().code == core::error_code::not_found)
          return then(); // deleted meanwhile: the drop is on its way
        try_again(page.failure(), [this, what, then] { load_partition(what, then); });
      });
}

void partition_loader::add_page(const load& what, store::reference_page page, const done& then) {
  const auto next = page.next;
  const auto held = std::make_shared<const store::reference_page>(std::move(page));
  ports_.change(
      [&gallery = gallery_, what, held] {
        gallery.load(what.key.first, what.key.second, held->references);
        if (!held->next)
          gallery.load_from(what.key.first, what.key.second, what.head);
        return core::status{core::nothing{}};
      },
      [this, what, next, then](core::status added) {
        if (!added)
          return try_again(added.failure(), [this, what, then] { load_partition(what, then); });
        if (next)
          return load_page(what, next, then);
        catch_up(what.key, then);
      });
}

void partition_loader::catch_up(partition_key key, done then) {
  const auto after = gallery_.seq(key.first, key.second);
  const auto limit = settings_.page;
  read<core::mutation_batch>(
      [key, after, limit](store::store& from) { return from.tail_mutations(key.first, key.second, after, limit); },
      [this, key, then](core::result<core::mutation_batch> batch) {
        if (!batch && batch.failure().code == core::error_code::gap)
          return reload(key, then);
        if (!batch || batch->mutations.empty())
          return then(); // deleted, or at the head
        apply_tail(key, *std::move(batch), then);
      });
}

void partition_loader::apply_tail(partition_key key, core::mutation_batch batch, const done& then) {
  const auto is_last = batch.mutations.size() < settings_.page;
  batch.collection = key.first;
  batch.partition = key.second;
  const auto held = std::make_shared<const core::mutation_batch>(std::move(batch));
  ports_.change([&gallery = gallery_, held] { return gallery.apply(*held); },
                [this, key, is_last, then](core::status applied) {
                  if (applied)
                    return is_last ? then() : catch_up(key, then);
                  try_again(applied.failure(), [this, key, then] { reload(key, then); });
                });
}

void partition_loader::reload(partition_key key, const done& then) {
  using heads = std::vector<store::partition_head>;
  read<heads>([](store::store& from) { return from.list_heads(); },
              [this, key, then](core::result<heads> found) {
                if (!found)
                  return try_again(found.failure(), [this, key, then] { reload(key, then); });
                const auto head = std::find_if(found->begin(), found->end(), [&](const auto& one) {
                  return one.collection == key.first && one.partition == key.second;
                });
                if (head == found->end())
                  return then();
                load_partition({key, head->seq}, then);
              });
}

} // namespace rollcall::actors
