/// Brings partitions into a shard's gallery from snapshots: this node's, else another's. A plain class, like
/// `partition_loader`, whose part it is.
#pragma once

#include "actors/replica/load_progress.hpp"
#include "actors/replica/loader_ports.hpp"
#include "shard/gallery.hpp"

#include <memory>

namespace rollcall::actors {

struct loaded_snapshot {
  snapshot_source from;
  partition_key key;
};

class snapshot_loader {
public:
  /// None: no source had a snapshot that could be used, or nobody wants the load any more.
  using done = std::function<void(const std::optional<loaded_snapshot>&)>;

  /// All outlive the loader.
  snapshot_loader(shard::gallery& into, const loader_ports& ports, load_progress& progress)
      : gallery_(into), ports_(ports), progress_(progress) {}

  /// Tries the sources one after the other. A source must begin within what a store's read may take and give some
  /// megabytes a second from then on. What was loaded answers when the mutations that follow it are applied.
  void load(const partition_load& what, done then);

  /// The snapshot turned out to be of no use.
  void refuse(const loaded_snapshot& what, const core::error& why);

private:
  struct attempt;
  using attempt_ptr = std::shared_ptr<attempt>;

  static void leave(attempt& now);
  void try_next(const attempt_ptr& now);
  void fail(const attempt_ptr& now, const core::error& why);
  void begin(const attempt_ptr& now, std::uint64_t bytes);
  void take_header(const attempt_ptr& now, std::uint64_t bytes, core::byte_view header);
  void confirm(const attempt_ptr& now);
  void read_tail(const attempt_ptr& now);
  void empty_partition(const attempt_ptr& now);
  void read_ahead(const attempt_ptr& now);
  void ask(const attempt_ptr& now, std::size_t turn);
  void put_next(const attempt_ptr& now, std::size_t turn, std::function<core::status()> put);
  void put_next(const attempt_ptr& now);
  void finish(const attempt_ptr& now);
  void change(const attempt_ptr& now, std::function<core::status()> what, std::function<void()> then);
  template <class T>
  [[nodiscard]] std::function<void(core::result<T>)> expect(const attempt_ptr& now, std::function<void(T)> then);
  void read(const attempt_ptr& now, shard::byte_range at, std::function<void(core::shared_bytes)> then);

  shard::gallery& gallery_;
  const loader_ports& ports_;
  load_progress& progress_;
};

} // namespace rollcall::actors
