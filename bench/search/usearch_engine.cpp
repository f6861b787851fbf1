#include "bench/search/engines.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <usearch/index_dense.hpp>
#pragma GCC diagnostic pop

#include <atomic>
#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

namespace us = unum::usearch;

constexpr std::size_t links = 16;
constexpr std::size_t build_breadth = 200;

class usearch_engine final : public search_engine {
public:
  explicit usearch_engine(usearch_scalar scalar) : scalar_(scalar) {}

  void build(std::span<const float> vectors, std::size_t dimension) override {
    const auto count = vectors.size() / dimension;
    const std::size_t threads = std::thread::hardware_concurrency();
    us::index_dense_config_t config{links, build_breadth};
    config.enable_key_lookups = false; // nothing is taken out here
    auto made =
        us::index_dense_t::make({dimension, us::metric_kind_t::ip_k,
                                 scalar_ == usearch_scalar::i8 ? us::scalar_kind_t::i8_k : us::scalar_kind_t::f16_k},
                                config);
    if (!made)
      throw std::runtime_error{made.error.release()};
    graph_ = std::move(made.index);
    if (!graph_.try_reserve({count, threads}))
      throw std::runtime_error{"USearch has no memory"};
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (std::size_t worker = 0; worker < threads; ++worker)
      workers.emplace_back([&, worker] {
        for (auto row = next++; row < count; row = next++)
          if (auto added = graph_.add(row, vectors.data() + row * dimension, worker); !added)
            std::terminate(); // it says so itself
      });
  }

  [[nodiscard]] search_found search(std::span<const float> probes, std::size_t k) const override {
    search_found found{neighbours(probes.size() / graph_.dimensions())};
    std::vector<us::default_key_t> keys(k);
    for (std::size_t p = 0; p < found.rows.size(); ++p) {
      const auto answer = graph_.search(probes.data() + p * graph_.dimensions(), k);
      keys.resize(answer.dump_to(keys.data()));
      found.rows[p].assign(keys.begin(), keys.end());
      keys.resize(k);
    }
    return found;
  }

  void set_effort(std::size_t breadth) override { graph_.change_expansion_search(breadth); }

private:
  usearch_scalar scalar_;
  us::index_dense_t graph_;
};

} // namespace

std::unique_ptr<search_engine> make_usearch(usearch_scalar scalar) {
  return std::make_unique<usearch_engine>(scalar);
}

} // namespace rollcall::bench
