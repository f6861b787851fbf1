#include "bench/search_engines.hpp"

#include "shard/coded_index.hpp"

#include <faiss/IndexFlat.h>
#include <faiss/IndexScalarQuantizer.h>

#include <algorithm>
#include <cmath>
#include <cstring>
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

class ours final : public search_engine {
public:
  [[nodiscard]] std::string name() const override { return "rollcall exact"; }

  void build(std::span<const float> vectors, std::size_t dimension) override {
    index_ = std::make_unique<shard::coded_index>(dimension);
    for (std::size_t row = 0; row * dimension < vectors.size(); ++row) {
      if (!index_->upsert(id_of(static_cast<std::uint32_t>(row)), vectors.subspan(row * dimension, dimension)))
        throw std::runtime_error{"the index refuses a reference"};
      if (row % rows_between_upkeep == 0)
        keep_up();
    }
    keep_up();
  }

  [[nodiscard]] neighbours search(std::span<const float> probes, std::size_t k) override {
    const auto matrix = shard::probe_matrix::make(probes, index_->dimension());
    const auto answer = shard::search_index(*index_, *matrix, k, -2);
    proved_ = answer.exact == shard::exactness::proved ? matrix->count() : 0;
    neighbours rows(answer.rows.size());
    for (std::size_t p = 0; p < rows.size(); ++p)
      for (const auto& one : answer.rows[p])
        rows[p].push_back(row_of(one.id));
    return rows;
  }

  [[nodiscard]] double bytes_per_face() const override {
    return static_cast<double>(index_->memory_bytes()) / static_cast<double>(index_->size());
  }
  [[nodiscard]] double bytes_scanned() const override { return index_->bytes_scanned(); }
  [[nodiscard]] std::size_t proved() const override { return proved_; }

private:
  // As a node does beside the changes.
  void keep_up() {
    std::optional<shard::reference_index::finding> found;
    if (index_->wants_study())
      found = index_->study()();
    for (const auto* now = found ? &*found : nullptr; index_->upkeep(now); now = nullptr) {
    }
  }

  static constexpr std::size_t rows_between_upkeep = 16'384;
  std::unique_ptr<shard::coded_index> index_;
  std::size_t proved_ = 0;
};

class faiss_engine : public search_engine {
public:
  [[nodiscard]] neighbours search(std::span<const float> probes, std::size_t k) override {
    const auto count = probes.size() / static_cast<std::size_t>(index_->d);
    std::vector<float> cosines(count * k);
    std::vector<faiss::Index::idx_t> labels(count * k);
    index_->search(static_cast<faiss::Index::idx_t>(count), probes.data(), static_cast<faiss::Index::idx_t>(k),
                   cosines.data(), labels.data());
    neighbours rows(count);
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t at = 0; at < k && labels[p * k + at] >= 0; ++at)
        rows[p].push_back(static_cast<std::uint32_t>(labels[p * k + at]));
    return rows;
  }

protected:
  std::unique_ptr<faiss::Index> index_;
};

class faiss_flat final : public faiss_engine {
public:
  [[nodiscard]] std::string name() const override { return "FAISS 1.7.3 flat"; }

  void build(std::span<const float> vectors, std::size_t dimension) override {
    index_ = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimension));
    index_->add(static_cast<faiss::Index::idx_t>(vectors.size() / dimension), vectors.data());
  }

  [[nodiscard]] double bytes_per_face() const override { return bytes_scanned(); }
  [[nodiscard]] double bytes_scanned() const override { return static_cast<double>(index_->d) * sizeof(float); }
};

class faiss_ivf final : public faiss_engine {
public:
  explicit faiss_ivf(std::size_t probed) : probed_(probed) {}

  [[nodiscard]] std::string name() const override { return "FAISS 1.7.3 IVF-SQ8, " + std::to_string(probed_); }

  void build(std::span<const float> vectors, std::size_t dimension) override {
    const auto count = vectors.size() / dimension;
    const auto lists = static_cast<std::size_t>(4 * std::sqrt(static_cast<double>(count)));
    quantiser_ = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimension));
    auto made = std::make_unique<faiss::IndexIVFScalarQuantizer>(
        quantiser_.get(), dimension, lists, faiss::ScalarQuantizer::QT_8bit, faiss::METRIC_INNER_PRODUCT);
    made->train(static_cast<faiss::Index::idx_t>(std::min(count, 40 * lists)), vectors.data());
    made->add(static_cast<faiss::Index::idx_t>(count), vectors.data());
    made->nprobe = probed_;
    index_ = std::move(made);
  }

  [[nodiscard]] double bytes_per_face() const override { return static_cast<double>(index_->d) + sizeof(std::int64_t); }

private:
  std::size_t probed_;
  std::unique_ptr<faiss::IndexFlatIP> quantiser_;
};

} // namespace

std::unique_ptr<search_engine> make_ours() {
  return std::make_unique<ours>();
}

std::unique_ptr<search_engine> make_faiss_flat() {
  return std::make_unique<faiss_flat>();
}

std::unique_ptr<search_engine> make_faiss_ivf(std::size_t probed) {
  return std::make_unique<faiss_ivf>(probed);
}

} // namespace rollcall::bench
