#include "bench/search/engines.hpp"
#include "shard/codes/trained_transform.hpp"

#undef NK_DYNAMIC_DISPATCH
#define NK_DYNAMIC_DISPATCH 0 // the kernels for the processor that this file is compiled for
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <numkong/numkong.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <utility>

namespace rollcall::bench {

namespace {

constexpr std::size_t block_rows = 2'048; // the scores of 32 probes stay in the core's cache
constexpr std::size_t training_rows = 16'384;
constexpr float greatest_code = 127;

/// The nearest of one probe while scores stream by.
class nearest {
public:
  explicit nearest(std::size_t k) : k_(k) { kept_.reserve(2 * k); }

  void offer(std::span<const nk_i32_t> scores, std::uint32_t first) {
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (scores[i] > lowest_) {
        kept_.emplace_back(-scores[i], first + static_cast<std::uint32_t>(i));
        if (kept_.size() == 2 * k_)
          cut();
      }
  }

  [[nodiscard]] std::vector<std::uint32_t> rows() {
    std::sort(kept_.begin(), kept_.end());
    kept_.resize(std::min(kept_.size(), k_));
    std::vector<std::uint32_t> rows;
    for (const auto& one : kept_)
      rows.push_back(one.second);
    return rows;
  }

private:
  void cut() {
    std::nth_element(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(k_ - 1), kept_.end());
    kept_.resize(k_);
    lowest_ = -kept_.back().first;
  }

  std::size_t k_;
  std::int32_t lowest_ = std::numeric_limits<std::int32_t>::min();
  std::vector<std::pair<std::int32_t, std::uint32_t>> kept_; ///< minus the score, row
};

/// References as NumKong packs them.
struct alignas(64) line {
  std::byte bytes[64];
};
class packed_block {
public:
  packed_block(std::span<const nk_i8_t> codes, std::size_t width)
      : width_(width),
        rows_(codes.size() / width),
        lines_((nk_dots_packed_size_i8(rows_, width) + sizeof(line) - 1) / sizeof(line)) {
    nk_dots_pack_i8(codes.data(), rows_, width, width, lines_.data());
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t bytes() const { return lines_.size() * sizeof(line); }

  /// `scores`: block_rows a probe.
  void multiply(std::span<const nk_i8_t> probes, std::span<nk_i32_t> scores) const {
    nk_dots_packed_i8(probes.data(), lines_.data(), scores.data(), probes.size() / width_, rows_, width_, width_,
                      block_rows * sizeof(nk_i32_t));
  }

private:
  std::size_t width_;
  std::size_t rows_;
  std::vector<line> lines_;
};

class numkong_engine final : public search_engine {
public:
  explicit numkong_engine(numkong_codes codes) : codes_(codes) { nk_configure_thread(nk_capabilities()); }

  void build(std::span<const float> vectors, std::size_t dimension) override {
    from_ = dimension;
    const auto rows = vectors.size() / dimension;
    if (codes_ == numkong_codes::principal)
      turn_ = shard::train_transform(vectors.first(std::min(rows, training_rows) * dimension), dimension);
    width_ = turn_ ? turn_->to() : dimension;
    scale_ = greatest_code / greatest(vectors.first(std::min(rows, training_rows) * dimension));
    std::vector<nk_i8_t> codes(block_rows * width_);
    std::vector<float> turned(width_);
    for (std::size_t first = 0; first < rows; first += block_rows) {
      const auto count = std::min(block_rows, rows - first);
      for (std::size_t row = 0; row < count; ++row)
        code(vectors.subspan((first + row) * dimension, dimension), turned, scale_, codes.data() + row * width_);
      blocks_.emplace_back(std::span{codes}.first(count * width_), width_);
    }
  }

  [[nodiscard]] search_found search(std::span<const float> probes, std::size_t k) const override {
    const auto count = probes.size() / from_;
    std::vector<nk_i8_t> codes(count * width_);
    std::vector<float> turned(width_);
    for (std::size_t p = 0; p < count; ++p)
      code_probe(probes.subspan(p * from_, from_), turned, codes.data() + p * width_);
    std::vector<nearest> best(count, nearest{k});
    std::vector<nk_i32_t> scores(count * block_rows);
    std::size_t first = 0;
    for (const auto& block : blocks_) {
      block.multiply(codes, scores);
      for (std::size_t p = 0; p < count; ++p)
        best[p].offer({scores.data() + p * block_rows, block.rows()}, static_cast<std::uint32_t>(first));
      first += block.rows();
    }
    search_found found;
    for (auto& one : best)
      found.rows.push_back(one.rows());
    return found;
  }

  [[nodiscard]] double bytes_scanned() const override {
    return static_cast<double>(blocks_.front().bytes()) / static_cast<double>(blocks_.front().rows());
  }

private:
  void turn(std::span<const float> x, std::vector<float>& into) const {
    if (turn_)
      (void)turn_->apply(x, into);
    else
      into.assign(x.begin(), x.end());
  }

  float greatest(std::span<const float> sample) const {
    std::vector<float> turned(width_);
    float most = 0;
    for (std::size_t at = 0; at < sample.size(); at += from_) {
      turn(sample.subspan(at, from_), turned);
      for (const float each : turned)
        most = std::max(most, std::abs(each));
    }
    return most;
  }

  static void write(std::span<const float> values, float scale, nk_i8_t* into) {
    for (std::size_t i = 0; i < values.size(); ++i)
      into[i] = static_cast<nk_i8_t>(std::lround(std::clamp(values[i] * scale, -greatest_code, greatest_code)));
  }

  void code(std::span<const float> x, std::vector<float>& turned, float scale, nk_i8_t* into) const {
    turn(x, turned);
    write(turned, scale, into);
  }

  // A probe has a scale of its own, and no mean taken off: <q, x> = <q, m> + <T q, T (x - m)>, the first the same for
  // all.
  void code_probe(std::span<const float> q, std::vector<float>& turned, nk_i8_t* into) const {
    if (turn_)
      (void)turn_->project(q, turned);
    else
      turned.assign(q.begin(), q.end());
    float most = 0;
    for (const float each : turned)
      most = std::max(most, std::abs(each));
    write(turned, greatest_code / most, into);
  }

  numkong_codes codes_;
  std::size_t from_ = 0;
  std::size_t width_ = 0;
  float scale_ = 1;
  std::shared_ptr<const shard::transform> turn_;
  std::vector<packed_block> blocks_;
};

class numkong_scores {
public:
  explicit numkong_scores(product_sizes of) : scores_(of.probes * block_rows) {
    nk_configure_thread(nk_capabilities());
    std::minstd_rand random{1};
    const auto arbitrary = [&random](std::size_t rows, std::size_t width) {
      std::vector<nk_i8_t> codes(rows * width);
      std::generate(codes.begin(), codes.end(), [&random] { return static_cast<nk_i8_t>(random() >> 8U); });
      return codes;
    };
    probes_ = arbitrary(of.probes, of.coordinates);
    for (std::size_t first = 0; first < of.references; first += block_rows)
      blocks_.emplace_back(arbitrary(std::min(block_rows, of.references - first), of.coordinates), of.coordinates);
  }

  void compute() {
    for (const auto& block : blocks_)
      block.multiply(probes_, scores_);
  }

private:
  std::vector<nk_i32_t> scores_;
  std::vector<nk_i8_t> probes_;
  std::vector<packed_block> blocks_;
};

} // namespace

std::function<void()> numkong_products(product_sizes of) {
  return [scores = std::make_shared<numkong_scores>(of)] { scores->compute(); };
}

std::unique_ptr<search_engine> make_numkong(numkong_codes codes) {
  return std::make_unique<numkong_engine>(codes);
}

} // namespace rollcall::bench
