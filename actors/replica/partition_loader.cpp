#include "actors/replica/partition_loader.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <memory>

namespace rollcall::actors {

partition_loader::partition_loader(shard::gallery& into, loader_ports ports, std::size_t page)
    : gallery_(into), ports_(std::move(ports)), snapshots_(into, ports_, progress_), page_(page) {}

void partition_loader::try_again(const core::error& why, std::function<void()> again) {
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

void partition_loader::list_heads(std::function<void(std::vector<store::partition_head>)> then) {
  using heads = std::vector<store::partition_head>;
  read<heads>([](store::store& from) { return from.list_heads(); },
              [this, then](core::result<heads> found) {
                if (found)
                  return then(*std::move(found));
                try_again(found.failure(), [this, then] { list_heads(then); });
              });
}

// The head is older than the references, which are read in several transactions. Replaying the mutations after it
// brings both to one state, since the last mutation of each id decides.
void partition_loader::load(const partition_load& what, done then) {
  if (!ports_.is_wanted(what))
    return then(load_end::given_up);
  if (!what.head)
    return find_head(what, then);
  load_snapshot(what, then);
}

// A snapshot is as the rows below: what follows its number brings it to the store's state.
void partition_loader::load_snapshot(const partition_load& what, const done& then) {
  snapshots_.load(what, [this, what, then](const std::optional<loaded_snapshot>& loaded) {
    if (!loaded)
      return load_rows(what, then);
    progress_.is_catching_up = true;
    catch_up(what.key, [this, what, then, used = *loaded](load_end how) {
      if (how != load_end::pruned)
        return then(how);
      if (!ports_.is_wanted(what)) // it was dropped meanwhile, and what follows met nothing
        return then(load_end::given_up);
      snapshots_.refuse(used, core::fail(core::error_code::gap, "The store does not have all that follows it."));
      load_rows(what, then);
    });
  });
}

void partition_loader::load_rows(const partition_load& what, const done& then) {
  if (!ports_.is_wanted(what))
    return then(load_end::given_up);
  ports_.change(
      [&gallery = gallery_, what] {
        gallery.begin_load(what.key.first, what.key.second);
        return core::status{core::nothing{}};
      },
      [this, what, then](core::status begun) {
        if (!begun)
          return try_again(begun.failure(), [this, what, then] { load(what, then); });
        progress_ = {what.key, "store", 0, 0, false, ports_.now()};
        load_page(what, std::nullopt, then);
      });
}

void partition_loader::find_head(const partition_load& what, const done& then) {
  list_heads([this, what, then](const std::vector<store::partition_head>& heads) {
    const auto found = std::find_if(heads.begin(), heads.end(), [&](const auto& one) {
      return one.collection == what.key.first && one.partition == what.key.second;
    });
    if (found == heads.end())
      return then(load_end::gone);
    auto with_head = what;
    with_head.head = found->seq;
    load(with_head, then);
  });
}

void partition_loader::load_page(const partition_load& what,
                                 std::optional<std::pair<core::reference_kind, core::uuid>> after, const done& then) {
  read<store::reference_page>(
      [what, after, limit = page_](store::store& from) {
        return from.list_references(what.key.first, what.key.second, after, limit);
      },
      [this, what, then](core::result<store::reference_page> page) {
        if (page)
          return add_page(what, *std::move(page), then);
        if (page.failure().code == core::error_code::not_found)
          return then(load_end::gone);
        try_again(page.failure(), [this, what, then] { load(what, then); });
      });
}

void partition_loader::add_page(const partition_load& what, store::reference_page page, const done& then) {
  if (!ports_.is_wanted(what))
    return then(load_end::given_up);
  const auto next = page.next;
  const auto rows = page.references.size();
  const auto held = std::make_shared<const store::reference_page>(std::move(page));
  ports_.change(
      [&gallery = gallery_, what, held] {
        gallery.load(what.key.first, what.key.second, held->references);
        if (!held->next)
          gallery.load_from(what.key.first, what.key.second, *what.head);
        return core::status{core::nothing{}};
      },
      [this, what, next, rows, then](core::status added) {
        if (!added)
          return try_again(added.failure(), [this, what, then] { load(what, then); });
        progress_.rows += rows;
        if (next)
          return load_page(what, next, then);
        progress_.is_catching_up = true;
        catch_up(what.key, then);
      });
}

void partition_loader::catch_up(partition_key key, done then) {
  const auto after = gallery_.seq(key.first, key.second);
  read<core::mutation_batch>(
      [key, after, limit = page_](store::store& from) {
        return from.tail_mutations(key.first, key.second, after, limit);
      },
      [this, key, then](core::result<core::mutation_batch> batch) {
        if (!batch)
          return then(batch.failure().code == core::error_code::gap ? load_end::pruned : load_end::gone);
        if (batch->mutations.empty())
          return then(load_end::caught_up);
        apply_tail(key, *std::move(batch), then);
      });
}

void partition_loader::apply_tail(partition_key key, core::mutation_batch batch, const done& then) {
  const auto is_last = batch.mutations.size() < page_;
  batch.collection = key.first;
  batch.partition = key.second;
  const auto held = std::make_shared<const core::mutation_batch>(std::move(batch));
  ports_.change([&gallery = gallery_, held] { return gallery.apply(*held); },
                [this, key, is_last, then](core::status applied) {
                  if (!applied)
                    return try_again(applied.failure(), [then] { then(load_end::pruned); });
                  return is_last ? then(load_end::caught_up) : catch_up(key, then);
                });
}

} // namespace rollcall::actors
