#include "bench/search/engines.hpp"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexRefine.h>
#include <faiss/IndexScalarQuantizer.h>

#include <algorithm>
#include <cmath>

namespace rollcall::bench {

namespace {

using idx = faiss::Index::idx_t;
constexpr auto inner_product = faiss::METRIC_INNER_PRODUCT;
constexpr std::size_t training_rows_a_list = 40;

std::size_t lists_for(std::size_t count) {
  return static_cast<std::size_t>(4 * std::sqrt(static_cast<double>(count)));
}

class faiss_engine : public search_engine {
public:
  void build(std::span<const float> vectors, std::size_t dimension) override {
    const auto count = vectors.size() / dimension;
    index_ = make(count, static_cast<idx>(dimension));
    if (!index_->is_trained)
      index_->train(static_cast<idx>(std::min(count, training_rows_a_list * lists_for(count))), vectors.data());
    index_->add(static_cast<idx>(count), vectors.data());
  }

  [[nodiscard]] search_found search(std::span<const float> probes, std::size_t k) const override {
    const auto count = probes.size() / static_cast<std::size_t>(index_->d);
    std::vector<float> cosines(count * k);
    std::vector<idx> labels(count * k);
    index_->search(static_cast<idx>(count), probes.data(), static_cast<idx>(k), cosines.data(), labels.data());
    search_found found{neighbours(count)};
    for (std::size_t p = 0; p < count; ++p)
      for (std::size_t at = 0; at < k && labels[p * k + at] >= 0; ++at)
        found.rows[p].push_back(static_cast<std::uint32_t>(labels[p * k + at]));
    return found;
  }

protected:
  virtual std::unique_ptr<faiss::Index> make(std::size_t count, idx dimension) = 0;
  [[nodiscard]] const faiss::Index& index() const { return *index_; }

private:
  std::unique_ptr<faiss::Index> index_;
};

class faiss_flat final : public faiss_engine {
public:
  [[nodiscard]] double bytes_scanned() const override { return static_cast<double>(index().d) * sizeof(float); }

private:
  std::unique_ptr<faiss::Index> make(std::size_t, idx dimension) override {
    return std::make_unique<faiss::IndexFlatIP>(dimension);
  }
};

class faiss_ivf final : public faiss_engine {
public:
  void set_effort(std::size_t probed) override { lists_->nprobe = probed; }

private:
  std::unique_ptr<faiss::Index> make(std::size_t count, idx dimension) override {
    auto made = std::make_unique<faiss::IndexIVFScalarQuantizer>(new faiss::IndexFlatIP(dimension),
                                                                 static_cast<std::size_t>(dimension), lists_for(count),
                                                                 faiss::ScalarQuantizer::QT_8bit, inner_product);
    made->own_fields = true;
    lists_ = made.get();
    return made;
  }
  faiss::IndexIVF* lists_ = nullptr;
};

class faiss_pq final : public faiss_engine {
public:
  void set_effort(std::size_t probed) override { lists_->nprobe = probed; }

private:
  static constexpr std::size_t parts = 64;
  static constexpr std::size_t bits = 4;
  static constexpr float refined = 10; // × k

  std::unique_ptr<faiss::Index> make(std::size_t count, idx dimension) override {
    auto lists = std::make_unique<faiss::IndexIVFPQFastScan>(new faiss::IndexFlatIP(dimension),
                                                             static_cast<std::size_t>(dimension), lists_for(count),
                                                             parts, bits, inner_product);
    lists->own_fields = true;
    lists_ = lists.get();
    auto finer = std::make_unique<faiss::IndexScalarQuantizer>(static_cast<int>(dimension),
                                                               faiss::ScalarQuantizer::QT_8bit, inner_product);
    auto made = std::make_unique<faiss::IndexRefine>(lists.release(), finer.release());
    made->own_fields = made->own_refine_index = true;
    made->k_factor = refined;
    return made;
  }
  faiss::IndexIVFFastScan* lists_ = nullptr;
};

class faiss_hnsw final : public faiss_engine {
public:
  void set_effort(std::size_t breadth) override { graph_->hnsw.efSearch = static_cast<int>(breadth); }

private:
  static constexpr int links = 16;
  static constexpr int build_breadth = 40; // its default; Debian builds it without vector instructions, so it is slow

  std::unique_ptr<faiss::Index> make(std::size_t, idx dimension) override {
    auto made = std::make_unique<faiss::IndexHNSWFlat>(static_cast<int>(dimension), links, inner_product);
    made->hnsw.efConstruction = build_breadth;
    graph_ = made.get();
    return made;
  }
  faiss::IndexHNSW* graph_ = nullptr;
};

} // namespace

std::unique_ptr<search_engine> make_faiss_flat() {
  return std::make_unique<faiss_flat>();
}
std::unique_ptr<search_engine> make_faiss_ivf() {
  return std::make_unique<faiss_ivf>();
}
std::unique_ptr<search_engine> make_faiss_pq() {
  return std::make_unique<faiss_pq>();
}
std::unique_ptr<search_engine> make_faiss_hnsw() {
  return std::make_unique<faiss_hnsw>();
}

} // namespace rollcall::bench
