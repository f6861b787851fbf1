#include "shard/codes/code_tiles.hpp"

#include "core/assert.hpp"
#include "shard/codes/quantise.hpp"
#include "shard/codes/scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace rollcall::shard {

namespace {

constexpr int coarse_levels = 16;
constexpr int fine_level_count = 256;
// The step that loses least of a normal distribution cut into 16 even levels, over its standard deviation. Source: Max,
// "Quantizing for minimum distortion", IRE Trans. Inf. Theory 6 (1960), table II.
constexpr double best_step = 0.3352;
// The fine code reaches to four standard deviations either way: it loses as little by cutting as by rounding.
constexpr double fine_reach = 4;
// What float32 sums of up to 4,096 terms are off by, relative to the lengths of what is multiplied: in the coordinates,
// in the canonical cosine, and in the orthonormality of the transform. Measured below 2e-6.
constexpr double rounding = 1e-5;
// And where numbers are so small that they lose digits.
constexpr double underflow = 1e-35;

double fine_step(const transform& by) {
  return 2 * fine_reach * by.spread() / fine_level_count;
}

std::uint8_t loss_byte(double loss) {
  const double units = std::ceil(loss / loss_unit);
  return units < any_loss ? static_cast<std::uint8_t>(units) : any_loss; // NaN too: it compares false
}

} // namespace

/// The codes of rows, before they are put.
class code_tiles::made_codes {
public:
  made_codes(const transform& by, std::span<const std::span<const float>> embeddings)
      : to_(by.to()), rows_(embeddings.size()), coarse_(rows_.size() * to_), fine_(rows_.size() * to_) {
    std::vector<float> coordinates(rows_.size() * to_);
    std::vector<double> squares(rows_.size());
    by.apply(embeddings, coordinates, squares);
    for (std::size_t i = 0; i < rows_.size(); ++i)
      cut(by, i, std::span{coordinates}.subspan(i * to_, to_), squares[i]);
  }

  struct row {
    std::uint8_t loss = 0;
    std::uint8_t fine_loss = 0;
    double length = 0; ///< of the longer of what the two say
  };
  [[nodiscard]] std::span<const row> rows() const noexcept { return rows_; }
  [[nodiscard]] std::span<const std::uint8_t> coarse(std::size_t i) const noexcept {
    return std::span{coarse_}.subspan(i * to_, to_);
  }
  [[nodiscard]] std::span<const std::uint8_t> fine(std::size_t i) const noexcept {
    return std::span{fine_}.subspan(i * to_, to_);
  }

private:
  // `square`: of what the coordinates stand for, and what they leave out.
  void cut(const transform& by, std::size_t i, std::span<const float> coordinates, double square) {
    const auto coarse = quantise(coordinates, even_levels_for(by.spread()), std::span{coarse_}.subspan(i * to_, to_));
    const auto fine = quantise(coordinates, fine_levels(by), std::span{fine_}.subspan(i * to_, to_));
    const double outside = std::max(0.0, square - coarse.whole) + rounding * square;
    rows_[i] = {loss_byte(std::sqrt(coarse.missed + outside)), loss_byte(std::sqrt(fine.missed + outside)),
                std::sqrt(std::max(coarse.said, fine.said))};
  }

  std::size_t to_;
  std::vector<row> rows_;
  std::vector<std::uint8_t> coarse_;
  std::vector<std::uint8_t> fine_;
};

code_tiles::code_tiles(std::shared_ptr<const transform> by, std::size_t most)
    : by_(std::move(by)), coarse_(by_->to() / group_coordinates, most), fine_codes_(by_->to()), fine_losses_(most) {
  ROLLCALL_ASSERT(by_->to() % group_coordinates == 0);
}

memory_parts code_tiles::memory() const noexcept {
  return {.coarse_codes = coarse_.memory_bytes(),
          .fine_codes = fine_codes_.memory_bytes() + fine_losses_.memory_bytes()};
}

// For whole tiles.
void code_tiles::reserve(std::size_t rows) {
  if (rows > size_)
    fine_codes_.grow(rows);
  else
    fine_codes_.shrink(rows);
  resize_scanned(rows);
}

void code_tiles::resize_scanned(std::size_t rows) {
  fine_losses_.resize((rows + tile_rows - 1) / tile_rows * tile_rows);
  coarse_.resize(rows);
}

// Beyond the last tile, in one tile.
void code_tiles::make_room(std::size_t end) {
  ROLLCALL_ASSERT(end <= size_ || end <= size_ / tile_rows * tile_rows + tile_rows);
  if (end > size_ && size_ % tile_rows == 0)
    reserve(end);
  size_ = std::max(size_, end);
}

// A row at the end follows those that are coded, unless some are held.
void code_tiles::put(std::size_t at, std::span<const float> embedding, const known_code& as) {
  ROLLCALL_ASSERT(at <= size_);
  const bool is_known = as.of != nullptr && as.of->by == by_ && as.of->losses[as.at] != any_loss;
  if (!is_known) {
    const made_codes codes(*by_, {&embedding, 1});
    make_room(at + 1);
    write(at, codes);
  } else {
    make_room(at + 1);
    longest_ = std::max(longest_, as.of->longest);
    copy(at, as);
  }
  if (coded_ == at && at + 1 == size_)
    ++coded_;
}

void code_tiles::append(std::span<const std::span<const float>> embeddings) {
  const made_codes codes(*by_, embeddings);
  const auto first = size_;
  make_room(first + embeddings.size());
  write(first, codes);
  if (coded_ == first)
    coded_ = size_;
}

void code_tiles::hold() {
  make_room(size_ + 1);
  forget(size_ - 1);
}

void code_tiles::forget(std::size_t at) noexcept {
  coarse_.set_loss(at, any_loss);
  fine_losses_.data()[at] = any_loss;
}

void code_tiles::code_held(std::span<const std::span<const float>> embeddings) {
  ROLLCALL_ASSERT(coded_ + embeddings.size() <= size_);
  write(coded_, made_codes(*by_, embeddings));
  coded_ += embeddings.size();
}

void code_tiles::adopt(std::size_t count, const known_code& first, places from) {
  const auto begin = size_;
  const auto& run = *first.of;
  ROLLCALL_ASSERT(begin % tile_rows == 0 && count >= 1 && count <= tile_rows && run.by == by_);
  const bool is_tile = count == tile_rows && first.at % tile_rows == 0;
  fine_losses_.resize(begin + tile_rows);
  if (is_tile)
    coarse_.lend(begin / tile_rows, std::move(from.coarse), run.losses + first.at);
  else
    coarse_.resize(begin + count);
  fine_codes_.lend(begin / tile_rows, std::move(from.fine));
  size_ = begin + count;
  if (coded_ == begin)
    coded_ = size_;
  longest_ = std::max(longest_, run.longest);
  std::memcpy(fine_losses_.data() + begin, run.fine_losses + first.at, count);
  for (std::size_t at = 0; !is_tile && at < count; ++at)
    coarse_.copy(begin + at, run.coarse(), first.at + at);
}

void code_tiles::bring_fine_home(std::size_t tile) noexcept {
  fine_codes_.bring_home(tile, std::min(tile_rows, size_ - tile * tile_rows));
}

void code_tiles::copy(std::size_t at, const known_code& from) noexcept {
  coarse_.copy(at, from.of->coarse(), from.at);
  std::memcpy(fine_codes_.row(at), from.of->fine + from.at * by_->to(), by_->to());
  fine_losses_.data()[at] = from.of->fine_losses[from.at];
}

void code_tiles::write(std::size_t first, const made_codes& codes) noexcept {
  for (std::size_t i = 0; i < codes.rows().size(); ++i) {
    const auto& row = codes.rows()[i];
    coarse_.write(first + i, codes.coarse(i), row.loss);
    const auto fine = codes.fine(i);
    std::copy(fine.begin(), fine.end(), fine_codes_.row(first + i));
    fine_losses_.data()[first + i] = row.fine_loss;
    longest_ = std::max(longest_, row.length);
  }
}

void code_tiles::pop() {
  ROLLCALL_ASSERT(size_ > 0);
  --size_;
  coarse_.wipe(size_);
  std::fill_n(fine_codes_.row(size_), by_->to(), std::uint8_t{0});
  fine_losses_.data()[size_] = 0;
  coded_ = std::min(coded_, size_);
  if (size_ % tile_rows != 0)
    return;
  fine_codes_.bring_home(size_ / tile_rows, 0);
  reserve(size_);
}

code_run code_tiles::run(std::size_t first) const noexcept {
  ROLLCALL_ASSERT(first % tile_rows == 0);
  const auto coarse = tiles(first / tile_rows, 1);
  return {by_, longest_, coarse.codes, coarse.losses, fine_codes_.row(first), fine_losses_.data() + first};
}

namespace {

void code_anew(const transform& by, even_levels coarse, std::span<const float> probe, coded_probe& into) {
  std::vector<float> coordinates(by.to());
  const double shift = by.project(probe, coordinates);
  float largest = 0;
  for (const float each : coordinates)
    largest = std::max(largest, std::abs(each));
  const double scale = largest > 0 ? largest / 127.0 : 1;
  into.values.resize(coordinates.size());
  double missed = 0;
  double sum = 0;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    const double rounded = std::round(coordinates[i] / scale);
    into.values[i] = static_cast<std::int8_t>(rounded);
    sum += rounded;
    missed += (coordinates[i] - rounded * scale) * (coordinates[i] - rounded * scale);
  }
  const auto scale_of = [&](double step, int levels) -> coded_probe::scale {
    return {static_cast<float>(shift - (levels - 1) / 2.0 * step * scale * sum), static_cast<float>(step * scale)};
  };
  into.by = &by;
  into.groups_at_once = groups_in_16_bits(into.values);
  into.coarse = scale_of(static_cast<double>(coarse.step), coarse.count);
  into.fine = scale_of(fine_step(by), fine_level_count);
  into.missed = std::sqrt(missed);
  into.length = std::sqrt(square_of(probe));
  into.per_loss = static_cast<float>(into.length * loss_unit);
}

} // namespace

even_levels even_levels_for(double spread) noexcept {
  return {coarse_levels, static_cast<float>(best_step * spread)};
}

even_levels fine_levels(const transform& by) noexcept {
  return {fine_level_count, static_cast<float>(fine_step(by))};
}

void code_probe(const transform& by, std::span<const float> probe, double longest, coded_probe& into) {
  code_probe(by, even_levels_for(by.spread()), probe, longest, into);
}

void code_probe(const transform& by, even_levels coarse, std::span<const float> probe, double longest,
                coded_probe& into) {
  if (into.by != &by)
    code_anew(by, coarse, probe, into);
  // What the probe's own rounding can add, and what all the arithmetic can be off by.
  into.slack = static_cast<float>(into.missed * longest + rounding * into.length * (1 + longest) + underflow);
}

void code_tiles::prefetch(std::size_t at) const noexcept {
  const auto* row = fine_codes_.row(at);
  const auto bytes = fine_codes_.row_bytes();
  for (std::size_t i = 0; i < bytes; i += cache_line_bytes)
    __builtin_prefetch(row + i);
  __builtin_prefetch(row + bytes - 1);
  __builtin_prefetch(fine_losses_.data() + at);
}

cosine_bound code_tiles::bound(std::size_t at, const coded_probe& probe) const noexcept {
  const auto sum = byte_sum({fine_codes_.row(at), by_->to()}, probe.values);
  const float estimate = probe.fine.base + probe.fine.per_sum * static_cast<float>(sum);
  const auto loss = fine_losses_.data()[at];
  if (loss == any_loss)
    return {estimate, std::numeric_limits<float>::infinity()};
  return {estimate, estimate + probe.per_loss * static_cast<float>(loss) + probe.slack};
}

} // namespace rollcall::shard
