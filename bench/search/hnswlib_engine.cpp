#include "bench/search/engines.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include <hnswlib/hnswlib.h>
#pragma GCC diagnostic pop

#include <atomic>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr std::size_t links = 16;
constexpr std::size_t build_breadth = 200;

class hnswlib_engine final : public search_engine {
public:
  void build(std::span<const float> vectors, std::size_t dimension) override {
    const auto count = vectors.size() / dimension;
    dimension_ = dimension;
    space_ = std::make_unique<hnswlib::InnerProductSpace>(dimension);
    graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(space_.get(), count, links, build_breadth);
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (unsigned worker = 0; worker < std::thread::hardware_concurrency(); ++worker)
      workers.emplace_back([&] {
        for (auto row = next++; row < count; row = next++)
          graph_->addPoint(vectors.data() + row * dimension, row);
      });
  }

  [[nodiscard]] search_found search(std::span<const float> probes, std::size_t k) const override {
    search_found found{neighbours(probes.size() / dimension_)};
    for (std::size_t p = 0; p < found.rows.size(); ++p) {
      auto farthest_first = graph_->searchKnn(probes.data() + p * dimension_, k);
      auto& row = found.rows[p];
      row.resize(farthest_first.size());
      for (auto at = row.rbegin(); at != row.rend(); ++at, farthest_first.pop())
        *at = static_cast<std::uint32_t>(farthest_first.top().second);
    }
    return found;
  }

  void set_effort(std::size_t breadth) override { graph_->setEf(breadth); }

private:
  std::size_t dimension_ = 0;
  std::unique_ptr<hnswlib::InnerProductSpace> space_;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph_;
};

} // namespace

std::unique_ptr<search_engine> make_hnswlib() {
  return std::make_unique<hnswlib_engine>();
}

} // namespace rollcall::bench
