#include "bench/search/engines.hpp"
#include "shard/coded_index.hpp"

#include <cstring>
#include <future>
#include <optional>
#include <stdexcept>

namespace rollcall::bench {

namespace {

/// Row numbers as ids, so that no table is needed to read an answer.
core::uuid id_of(std::uint32_t row) {
  core::uuid id;
  std::memcpy(id.value.data(), &row, sizeof row);
  return id;
}

std::uint32_t row_of(const core::uuid& id) {
  std::uint32_t row = 0;
  std::memcpy(&row, id.value.data(), sizeof row);
  return row;
}

class ours : public search_engine {
public:
  void build(std::span<const float> vectors, std::size_t dimension) override {
    index_ = std::make_unique<shard::coded_index>(dimension);
    for (std::size_t row = 0; row * dimension < vectors.size(); ++row) {
      if (!index_->upsert(id_of(static_cast<std::uint32_t>(row)), vectors.subspan(row * dimension, dimension)))
        throw std::runtime_error{"the index refuses a reference"};
      if (row % rows_between_upkeep == 0)
        keep_up();
    }
    while (keep_up() || studying_.valid()) {
    }
  }

  [[nodiscard]] search_found search(std::span<const float> probes, std::size_t k) const override {
    const auto matrix = shard::probe_matrix::make(probes, index_->dimension());
    const auto answer = shard::search_index(*index_, *matrix, k, -2, recall_floor());
    search_found found{neighbours(answer.rows.size()), answer.exact == shard::exactness::proved ? matrix->count() : 0};
    for (std::size_t p = 0; p < found.rows.size(); ++p)
      for (const auto& one : answer.rows[p])
        found.rows[p].push_back(row_of(one.id));
    return found;
  }

  [[nodiscard]] double bytes_scanned() const override { return index_->bytes_scanned(); }

protected:
  [[nodiscard]] shard::coded_index& index() noexcept { return *index_; }
  [[nodiscard]] virtual float recall_floor() const { return shard::proved_recall; }

private:
  // As a node does: references are studied by another thread beside the changes. True when something is to be studied.
  bool keep_up() {
    std::optional<shard::reference_index::finding> found;
    if (studying_.valid() && studying_.wait_for(std::chrono::seconds{0}) == std::future_status::ready)
      found = studying_.get();
    for (const auto* now = found ? &*found : nullptr; index_->upkeep(now); now = nullptr) {
    }
    if (!index_->wants_study())
      return false;
    if (!studying_.valid())
      studying_ = std::async(std::launch::async, index_->study());
    return true;
  }

  static constexpr std::size_t rows_between_upkeep = 16'384;
  std::unique_ptr<shard::coded_index> index_;
  std::future<shard::reference_index::finding> studying_;
};

/// The same by lists.
class our_lists final : public ours {
public:
  void build(std::span<const float> vectors, std::size_t dimension) override {
    ours::build(vectors, dimension);
    (void)search(vectors.first(dimension), 1); // by which the index learns that it may have lists
    while (const auto errand = index().next_errand()) {
      errand->run();
      index().finish(*errand);
    }
    for (std::size_t row = 0; index().wants_nearest(); row = (row + 7'919) % index().size())
      shard::note_neighbour(index(), row);
  }
  /// As a node does, which looks everywhere again for some of its searches.
  void learn(std::span<const float> probes) override {
    const auto dimension = index().dimension();
    for (std::size_t at = 0; at < probes.size(); at += dimension) {
      const auto probe = probes.subspan(at, dimension);
      const auto found = shard::search_index(index(), *shard::probe_matrix::make(probe, dimension), 1, -2);
      index().note_nearest(shard::nearest_to::probe, probe, found.rows.front().front().id);
    }
  }
  void set_effort(std::size_t effort) override { index().set_lists_looked_at(effort); }
  [[nodiscard]] double bytes_scanned() const override { return 0; }

private:
  [[nodiscard]] float recall_floor() const override { return default_recall_floor; }
  static constexpr float default_recall_floor = 0.995F;
};

} // namespace

std::unique_ptr<search_engine> make_our_lists() {
  return std::make_unique<our_lists>();
}

std::unique_ptr<search_engine> make_ours() {
  return std::make_unique<ours>();
}

} // namespace rollcall::bench
