// How the lists of a coded index are made and kept.
#include "core/assert.hpp"
#include "shard/coded_index.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>

namespace rollcall::shard {

namespace {

constexpr std::size_t sampled_a_list = 24;    // references that a centre is made from
constexpr std::size_t rows_an_errand = 2'048; // that are sorted into lists at a time

// Three to six times the root: more cost as much to look through as they save.
std::size_t lists_of(std::size_t rows) {
  constexpr std::size_t most = 65'536;
  return std::min(most, std::bit_ceil(static_cast<std::size_t>(3 * std::sqrt(static_cast<double>(rows)))));
}

} // namespace

/// Fine codes of rows, and what these lost.
struct coded_index::fine_rows {
  std::vector<std::uint8_t> codes;
  std::vector<std::uint8_t> losses;
};

/// Centres for lists, and the codes of their rows, from a sample.
class coded_index::centre_errand final : public errand {
public:
  centre_errand(std::shared_ptr<const transform> by, std::vector<std::uint8_t> sample, std::size_t lists)
      : by_(std::move(by)), sample_(std::move(sample)), lists_(lists) {}
  void run() override {
    centres_ = train_quantiser(by_, sample_, lists_);
    if (centres_)
      coder_ = std::make_shared<list_coder>(by_, sample_);
  }
  [[nodiscard]] bool is_for(const std::shared_ptr<const transform>& by) const noexcept { return centres_ && by_ == by; }
  [[nodiscard]] std::unique_ptr<inverted_lists> lists() const {
    return std::make_unique<inverted_lists>(centres_, coder_);
  }

private:
  std::shared_ptr<const transform> by_;
  std::vector<std::uint8_t> sample_; ///< fine codes
  std::size_t lists_;
  std::shared_ptr<const coarse_quantiser> centres_;
  std::shared_ptr<const list_coder> coder_;
};

/// Places of rows that are in no list yet.
class coded_index::list_errand final : public errand {
public:
  /// Of rows [first, first + changes of chunks × chunk_rows) or fewer, as they were then.
  list_errand(const inverted_lists& of, std::size_t first, std::vector<std::uint32_t> changes, fine_rows fine)
      : centres_(of.centres()),
        coder_(of.coder()),
        first_(first),
        changes_(std::move(changes)),
        fine_(std::move(fine)) {}
  void run() override {
    places_ = centres_->assign(fine_.codes);
    codes_ = coder_->code(fine_.codes, fine_.losses);
  }

  [[nodiscard]] bool is_for(const std::unique_ptr<inverted_lists>& lists) const noexcept {
    return lists && lists->centres() == centres_ && lists->size() == first_;
  }
  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  [[nodiscard]] std::span<const coarse_quantiser::place> places() const noexcept { return places_; }
  [[nodiscard]] const list_coder::codes& codes() const noexcept { return codes_; }
  [[nodiscard]] bool is_unchanged(std::size_t row, const reference_rows& rows) const noexcept {
    const auto chunk = row / chunk_rows;
    return changes_[chunk - first_ / chunk_rows] == rows.changes(chunk);
  }

private:
  std::shared_ptr<const coarse_quantiser> centres_;
  std::shared_ptr<const list_coder> coder_;
  std::size_t first_;
  std::vector<std::uint32_t> changes_; ///< by chunk
  fine_rows fine_;
  std::vector<coarse_quantiser::place> places_;
  list_coder::codes codes_;
};

bool coded_index::has_one_transform() const noexcept {
  return std::all_of(blocks_.begin(), blocks_.end(),
                     [this](const auto& block) { return &block.codes().by() == best_.get(); });
}

// Rows first, first + step, …
coded_index::fine_rows coded_index::read_fine(std::size_t first, std::size_t count, std::size_t step) const {
  fine_rows all;
  all.codes.reserve(count * best_->to());
  all.losses.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = first + i * step;
    rows_.holds_fine(row);
    const auto& codes = blocks_[row / block_rows].codes();
    const auto code = codes.fine(row % block_rows);
    all.codes.insert(all.codes.end(), code.begin(), code.end());
    all.losses.push_back(codes.fine_loss(row % block_rows));
  }
  return all;
}

bool coded_index::want_lists(const inverted_lists& than) const noexcept {
  constexpr std::size_t again = 4;
  return size() >= again * than.made_for() || than.has_drifted();
}

std::unique_ptr<reference_index::errand> coded_index::next_errand() const {
  const bool is_time = wants_lists_.load(std::memory_order_relaxed) && size() >= limits_.lists_from;
  if (!is_time || wants_study() || !has_one_transform())
    return nullptr;
  if (!next_lists_ && (!lists_ || want_lists(*lists_))) {
    const auto lists = lists_of(size());
    const auto step = std::max<std::size_t>(1, size() / (lists * sampled_a_list));
    return std::make_unique<centre_errand>(best_, read_fine(0, size() / step, step).codes, lists);
  }
  const auto& filled = next_lists_ ? *next_lists_ : *lists_;
  const auto first = filled.size();
  const auto end = std::min(first + rows_an_errand, size()) / chunk_rows * chunk_rows;
  if (first >= end)
    return nullptr;
  std::vector<std::uint32_t> changes;
  for (auto chunk = first / chunk_rows; chunk < end / chunk_rows; ++chunk)
    changes.push_back(rows_.changes(chunk));
  return std::make_unique<list_errand>(filled, first, std::move(changes), read_fine(first, end - first, 1));
}

void coded_index::finish(errand& done) {
  try {
    if (const auto* centres = dynamic_cast<const centre_errand*>(&done)) {
      if (centres->is_for(best_))
        next_lists_ = centres->lists();
      return;
    }
    const auto* places = dynamic_cast<const list_errand*>(&done);
    auto& into = places->is_for(next_lists_) ? next_lists_ : lists_;
    if (places->is_for(into))
      take(*places, *into);
    if (next_lists_ && next_lists_->size() + chunk_rows > size()) {
      next_lists_->are_complete();
      lists_.swap(next_lists_);
      next_lists_.reset();
    }
  } catch (const std::bad_alloc&) {
    drop_lists();
  }
}

// The rest comes with the next errand, as soon as a chunk has changed.
void coded_index::take(const list_errand& found, inverted_lists& into) const {
  for (std::size_t i = 0; i < found.places().size(); ++i) {
    const auto row = found.first() + i;
    if (row >= size() || !found.is_unchanged(row, rows_))
      return;
    into.append(found.places()[i], found.codes(), i);
  }
}

void coded_index::relist(std::size_t row, inverted_lists& in) const {
  if (row >= in.size())
    return;
  const auto of = read_fine(row, 1, 1);
  in.replace(row, in.centres()->assign(of.codes).front().list, in.coder()->code(of.codes, of.losses), 0);
}

void coded_index::relist(std::size_t row) {
  try {
    for (auto* lists : {&lists_, &next_lists_})
      if (*lists)
        relist(row, **lists);
  } catch (const std::bad_alloc&) {
    drop_lists();
  }
}

// Before its codes go.
void coded_index::unlist_last() {
  for (auto* lists : {&lists_, &next_lists_})
    if (*lists && (*lists)->size() > size())
      (*lists)->pop();
}

// Searches look at everything then.
void coded_index::drop_lists() noexcept {
  lists_.reset();
  next_lists_.reset();
  wants_lists_ = false;
}

} // namespace rollcall::shard
