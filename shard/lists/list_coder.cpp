#include "shard/lists/list_coder.hpp"

#include "core/assert.hpp"
#include "shard/codes/code_tiles.hpp"
#include "shard/codes/principal_transform.hpp"
#include "shard/codes/trained_transform.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::shard {

namespace {

// Of the rows' squared distance from their mean. What is left out, a tenth, varies a cosine by about 0.02; were it
// a fifth, so many more rows would stay in question that nothing is gained.
constexpr double kept_energy = 0.9;

// Rows that are enough to learn from, spread evenly over all.
std::vector<std::uint8_t> thinned(std::span<const std::uint8_t> fine, std::size_t to) {
  constexpr std::size_t enough = 16'384;
  const auto rows = fine.size() / to;
  const auto kept = std::min(rows, enough);
  std::vector<std::uint8_t> made;
  made.reserve(kept * to);
  for (std::size_t i = 0; i < kept; ++i) {
    const auto row = fine.subspan(i * rows / kept * to, to);
    made.insert(made.end(), row.begin(), row.end());
  }
  return made;
}

// The step that loses least of a normal distribution cut into four even levels, over its standard deviation, loses
// 0.345 of that. Source: Max, "Quantizing for minimum distortion", IRE Trans. Inf. Theory 6 (1960), table II.
constexpr double best_list_step = 0.9957;
constexpr float units_of_loss = 2; // of loss_unit, in one of a loss here
// What a code that says what its row is does not lose.
constexpr double most_lost = 0.625;

// `rounded`, `left_out`: squares of lengths.
std::uint8_t loss_byte(std::uint8_t of_fine, double rounded, double left_out) {
  const auto lost = of_fine * loss_unit + std::sqrt(rounded) + left_out / 2;
  if (of_fine == any_loss || !(lost < most_lost))
    return any_loss;
  return static_cast<std::uint8_t>(std::ceil(lost / (units_of_loss * loss_unit)));
}

} // namespace

list_coder::list_coder(std::shared_ptr<const transform> of, std::span<const std::uint8_t> fine)
    : of_(std::move(of)),
      shorter_(train_transform(values_of(thinned(fine, of_->to()), fine_levels(*of_)), of_->to(), kept_energy)) {
  by_ = shorter_ ? compose(*of_, *shorter_) : of_;
}

even_levels list_coder::levels() const noexcept {
  return {1 << bits, static_cast<float>(best_list_step * by_->spread())};
}

std::size_t list_coder::groups() const noexcept {
  return (by_->to() + group_coordinates_of(bits) - 1) / group_coordinates_of(bits);
}

void list_coder::code(std::span<const float> probe, double longest, coded_probe& into) const {
  code_probe(*by_, levels(), probe, longest, into);
  into.by = nullptr; // no code but these is cut like that
  into.values.resize(groups() * group_coordinates_of(bits));
  into.per_loss *= units_of_loss;
}

list_coder::codes list_coder::code(std::span<const std::uint8_t> fine,
                                   std::span<const std::uint8_t> fine_losses) const {
  const auto rows = fine_losses.size();
  ROLLCALL_ASSERT(fine.size() == rows * of_->to());
  const auto to = by_->to();
  auto coordinates = values_of(fine, fine_levels(*of_));
  std::vector<double> squares(rows);
  if (shorter_) {
    std::vector<std::span<const float>> all;
    for (std::size_t row = 0; row < rows; ++row)
      all.emplace_back(coordinates.data() + row * of_->to(), of_->to());
    std::vector<float> kept(rows * to);
    shorter_->apply(all, kept, squares);
    coordinates = std::move(kept);
  }
  const auto whole = groups() * group_coordinates_of(bits);
  codes made{whole, std::vector<std::uint8_t>(rows * whole), {}};
  made.losses.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto cut = quantise(std::span{coordinates}.subspan(row * to, to), levels(),
                              std::span{made.levels}.subspan(row * whole, to));
    made.losses.push_back(loss_byte(fine_losses[row], cut.missed, std::max(0.0, squares[row] - cut.whole)));
  }
  return made;
}

} // namespace rollcall::shard
