#include "store/postgres_membership.hpp"

#include "store/postgres/database.hpp"
#include "store/postgres/membership.hpp"

namespace rollcall::store {

namespace {

using postgres::connection;

class postgres_membership final : public membership {
public:
  explicit postgres_membership(std::unique_ptr<postgres::database> database) : database_(std::move(database)) {}

  core::result<core::uuid> cluster_id() override {
    return database_->read([&](connection& db) { return postgres::cluster_id(db); });
  }
  core::result<node_record> register_node(const node_record& node, const core::uuid& instance,
                                          std::chrono::milliseconds lifetime) override {
    return database_->write([&](connection& db) { return postgres::register_node(db, node, instance, lifetime); });
  }
  core::result<heartbeat> beat(std::string_view name, std::uint64_t generation, std::chrono::milliseconds span,
                               std::string_view figures, const memory_report& memory) override {
    return database_->write(
        [&](connection& db) { return postgres::beat(db, name, generation, span, figures, memory); });
  }
  core::result<bool> fence(std::string_view name, std::uint64_t seen, std::chrono::milliseconds span) override {
    return database_->write([&](connection& db) { return postgres::fence(db, name, seen, span); });
  }
  core::status end_fence(std::string_view name) override {
    return database_->write([&](connection& db) { return postgres::end_fence(db, name); });
  }
  core::status leave(std::string_view name, std::uint64_t generation) override {
    return database_->write([&](connection& db) { return postgres::leave(db, name, generation); });
  }
  core::result<std::vector<node_record>> list_nodes() override {
    return database_->read([&](connection& db) { return postgres::list_nodes(db); });
  }
  core::result<std::vector<node_figures>> list_figures() override {
    return database_->read([&](connection& db) { return postgres::list_figures(db); });
  }
  core::status drain(std::string_view name, bool is_drained) override {
    return database_->write([&](connection& db) { return postgres::drain(db, name, is_drained); });
  }
  core::status mark_node(std::string_view name, node_state state, std::uint64_t token) override {
    return database_->write([&](connection& db) { return postgres::mark_node(db, name, state, token); });
  }
  core::result<std::vector<named_partition>> remove_node(std::string_view name, const node_removal& how) override {
    return database_->write([&](connection& db) { return postgres::remove_node(db, name, how); });
  }
  core::status add_join_token(const join_token& token) override {
    return database_->write([&](connection& db) { return postgres::add_join_token(db, token); });
  }
  core::status join(const core::sha256_digest& token, const std::string& node, const std::string& public_key) override {
    return database_->write([&](connection& db) { return postgres::join(db, token, node, public_key); });
  }
  core::result<bool> may_enter(std::string_view node, std::string_view public_key) override {
    return database_->write([&](connection& db) { return postgres::may_enter(db, node, public_key); });
  }
  core::result<std::optional<lease>> take_lease(std::string_view name, std::string_view holder,
                                                std::chrono::milliseconds span) override {
    return database_->write([&](connection& db) { return postgres::take_lease(db, name, holder, span); });
  }
  core::status release_lease(std::string_view name, std::string_view holder) override {
    return database_->write([&](connection& db) { return postgres::release_lease(db, name, holder); });
  }
  core::result<cluster_map> find_map() override {
    return database_->read([&](connection& db) { return postgres::find_map(db); });
  }
  core::result<std::uint64_t> change_placements(std::span<const placement_change> changes,
                                                std::uint64_t token) override {
    return database_->write([&](connection& db) { return postgres::change_placements(db, changes, token); });
  }
  core::result<std::uint64_t> map_version() override {
    return database_->read([&](connection& db) { return postgres::map_version(db); });
  }
  core::result<std::vector<placement_pin>> list_pins() override {
    return database_->read([&](connection& db) { return postgres::list_pins(db); });
  }
  core::status pin(const replica_move& what) override {
    return database_->write([&](connection& db) { return postgres::pin(db, what); });
  }
  core::result<std::size_t> release_pins(std::string_view collection, std::uint32_t partition) override {
    return database_->write([&](connection& db) { return postgres::release_pins(db, collection, partition); });
  }
  core::result<std::vector<share_entry>> find_share(std::string_view node) override {
    return database_->read([&](connection& db) { return postgres::find_share(db, node); });
  }
  core::result<std::vector<holder>> find_holders(core::collection_key collection,
                                                 std::span<const std::uint32_t> partitions) override {
    return database_->read([&](connection& db) { return postgres::find_holders(db, collection, partitions); });
  }
  core::status report(std::string_view node, std::uint64_t generation, std::span<const placement> done) override {
    return database_->write([&](connection& db) { return postgres::report(db, node, generation, done); });
  }
  core::status remember_snapshot(std::string_view node, const snapshot_note& what,
                                 const std::optional<core::sha256_digest>& kept) override {
    return database_->write([&](connection& db) { return postgres::remember_snapshot(db, node, what, kept); });
  }
  core::result<bool> knows_snapshot(const snapshot_note& what) override {
    return database_->read([&](connection& db) { return postgres::knows_snapshot(db, what); });
  }

private:
  std::unique_ptr<postgres::database> database_;
};

} // namespace

core::result<std::unique_ptr<membership>> open_postgres_membership(const postgres_settings& given) {
  auto settings = std::make_unique<postgres_settings>(given);
  settings->readers = 2; // a node's rounds, and the holders of what it writes
  settings->writers = 2;
  auto made = std::make_unique<postgres_membership>(std::make_unique<postgres::database>(std::move(settings)));
  if (const auto known = made->cluster_id(); !known)
    return known.failure();
  return std::unique_ptr<membership>(std::move(made));
}

} // namespace rollcall::store
