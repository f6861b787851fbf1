// The scan by AMX: a product of sixteen probes and sixteen references goes over 64 coordinates at once. The codes of a
// tile are taken apart into the level-1 cache once for all probes, in the order in which the product wants them, as
// they lie already: four coordinates of each of 16 references a line. Bounds are those of the other kernels
// (scan_avx512.hpp).
//
// The processor multiplies in the order that it is told, and looks only some hundred instructions ahead, so what else
// there is to do lies between, a little after each multiplication: the sums of one product are stored while the next
// begins, and while it goes on they are looked at; the next tile is taken apart while the last part of the probes is
// multiplied, each line in the place of the one that was read last. All of this stays in the level-1 cache: with a
// second place for the next tile it would not.
#include "shard/codes/amx_tiles.hpp"
#include "shard/codes/scan_avx512.hpp"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

// Functions that the processor's tiles and those by hand share.
#define ROLLCALL_BOTH __attribute__((target("avx512f,avx512bw,avx512vnni,amx-tile,amx-int8")))
#define ROLLCALL_BOTH_INLINE ROLLCALL_BOTH inline __attribute__((always_inline))

namespace rollcall::shard {

namespace {

constexpr std::size_t few_probes = 5;                              ///< fewer are left to VNNI
constexpr std::size_t step_groups = amx_bytes / group_coordinates; ///< of one product
constexpr std::size_t most_steps = 8;                              ///< 512 coordinates
constexpr std::size_t most_parts = (probes_per_scan + amx_rows - 1) / amx_rows;

constexpr std::size_t divided_up(std::size_t count, std::size_t by) noexcept {
  return (count + by - 1) / by;
}

constexpr std::size_t steps_of(const tile_run& run) noexcept {
  return divided_up(run.groups, step_groups);
}

/// What a register is loaded with: 64 coordinates of 16 probes, or of 16 references.
template <class Value>
using operand = Value[amx_rows][amx_bytes];

/// The probes of a scan in parts of one size, which a product takes; the last may have fewer.
struct probe_parts {
  explicit probe_parts(std::size_t probes)
      : count(divided_up(probes, amx_rows)), probes_each(divided_up(probes, count)) {}

  std::size_t count;
  std::size_t probes_each;
};

/// By parts, then by steps; zeros beyond the last coordinate and the last probe.
struct alignas(64) probe_operands {
  operand<std::int8_t> each[most_parts * most_steps];

  ROLLCALL_AVX512 void pack(std::span<const scan_probe> probes, const probe_parts& parts, const tile_run& run) {
    const auto steps = steps_of(run);
    const auto beyond = steps * amx_bytes - run.groups * group_coordinates;
    for (std::size_t p = 0; p < probes.size(); ++p)
      for (std::size_t step = 0; step < steps; ++step) {
        const auto there = ~std::uint64_t{0} >> (step + 1 < steps ? 0 : beyond);
        _mm512_store_si512(each[p / parts.probes_each * steps + step][p % parts.probes_each],
                           _mm512_maskz_loadu_epi8(there, probes[p].values + step * amx_bytes));
      }
  }
};

/// The codes of a tile, a byte each: by steps, then by lines.
struct alignas(64) reference_operands {
  operand<std::uint8_t> each[most_steps][tile_lines];
};

// Some groups of a line, the first at `line`.
ROLLCALL_AVX512_INLINE void take_apart(const std::uint8_t* line, std::size_t groups, operand<std::uint8_t>& into) {
  const __m512i low_half = _mm512_set1_epi8(15);
  for (std::size_t group = 0; group < groups; ++group) {
    const __m512i both = _mm512_load_si512(line + group * group_bytes);
    _mm512_store_si512(into[2 * group], _mm512_and_si512(both, low_half));
    _mm512_store_si512(into[2 * group + 1], _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half));
  }
}

/// Codes that memory is asked for a few lines at a time, since it gives no more at once.
class asked_codes {
public:
  asked_codes() = default;
  /// Null: none.
  asked_codes(const std::uint8_t* codes, std::size_t bytes)
      : at_(codes), end_(codes == nullptr ? codes : codes + bytes) {}

  ROLLCALL_AVX512_INLINE void go_on(std::size_t lines) {
    for (; lines != 0 && at_ != end_; --lines, at_ += amx_bytes)
      __builtin_prefetch(at_, 0, 2);
  }

private:
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

/// What a part of the probes makes of a tile.
struct alignas(64) products {
  std::int32_t sums[amx_rows][tile_rows];                             ///< by probes, then by references
  std::size_t tile = 0;                                               ///< of the run
  std::size_t first = 0;                                              ///< probe
  std::size_t count = 0;                                              ///< of probes
  tile_losses losses;                                                 ///< of the tile
  std::size_t looked_at = 0;                                          ///< probes
  alignas(64) __mmask16 reaching[amx_bytes / sizeof(__mmask16)] = {}; ///< by probe, of those: largest_reaching
};

/// Of one probe and a tile.
struct line_sums {
  __m512i each[tile_lines];
};

ROLLCALL_AVX512_INLINE line_sums sums_for(const products& of, std::size_t p) {
  line_sums sums;
  for (std::size_t line = 0; line < tile_lines; ++line)
    sums.each[line] = _mm512_load_si512(of.sums[p] + line * 16);
  return sums;
}

// All probes are looked at before any is settled: a branch for each that has to be taken now and then would cost more
// than what it saves.
ROLLCALL_AVX512_INLINE void look_at(products& of, std::size_t most, std::span<const scan_probe> probes) {
  for (const auto end = std::min(of.count, of.looked_at + most); of.looked_at < end; ++of.looked_at) {
    const auto p = of.looked_at;
    of.reaching[p] = largest_reaching(sums_for(of, p).each, of.losses, probes[of.first + p]);
  }
}

ROLLCALL_AVX512 void settle(products& of, const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  look_at(of, of.count, probes);
  const __m512i reaching = _mm512_load_si512(of.reaching);
  const auto all = (1U << of.count) - 1;
  auto in_question = of.losses.undismissed != 0 ? all : _mm512_test_epi16_mask(reaching, reaching) & all;
  for (; in_question != 0; in_question &= in_question - 1) {
    const auto p = static_cast<std::size_t>(std::countr_zero(in_question));
    give(sums_for(of, p).each, run.losses, {of.tile, of.first + p}, probes[of.first + p], take);
  }
}

// Registers 0 to 3 are for sums, one for each line; probes and references have two each, since the last step may be
// shorter than the others.
constexpr int probes_in(bool last_step) {
  return last_step ? 6 : 4;
}
constexpr int references_in(bool last_step) {
  return last_step ? 7 : 5;
}

amx_shapes shapes_for(std::size_t probes, std::size_t last_groups) {
  amx_shapes shapes;
  for (const std::size_t sums : {0U, 1U, 2U, 3U})
    shapes.set(sums, probes, amx_bytes);
  for (const bool is_last : {false, true}) {
    const auto groups = is_last ? last_groups : step_groups;
    shapes.set(static_cast<std::size_t>(probes_in(is_last)), probes, groups * group_coordinates);
    shapes.set(static_cast<std::size_t>(references_in(is_last)), groups * group_coordinates / 4, amx_bytes);
  }
  return shapes;
}

template <int Line, class Tiles>
ROLLCALL_BOTH_INLINE void store(Tiles& tiles, products& into) {
  tiles.template store<Line>(&into.sums[0][Line * 16], sizeof into.sums[0]);
}

/// One scan: of a run, for some probes.
template <class Tiles>
class amx_scan {
public:
  ROLLCALL_BOTH amx_scan(const tile_run& run, std::span<const scan_probe> probes, tile_taker take)
      : run_(run), probes_(probes), take_(take), parts_(probes.size()) {
    operands_.pack(probes, parts_, run);
    tiles_.configure(shapes_for(parts_.probes_each, groups_of(steps_ - 1)));
  }
  amx_scan(const amx_scan&) = delete;
  amx_scan& operator=(const amx_scan&) = delete;
  ROLLCALL_BOTH ~amx_scan() { tiles_.release(); }

  ROLLCALL_BOTH void run() {
    if (run_.count == 0)
      return;
    begin();
    for (std::size_t at = 0; at < run_.count; ++at) {
      const auto losses = largest_losses(run_, at, all_rise_);
      asked_ = asked_after(at + 1);
      for (std::size_t nth = 0; nth < parts_.count; ++nth) {
        if (nth + 1 < parts_.count || at + 1 == run_.count)
          multiply<false>(at, nth);
        else
          multiply<true>(at, nth);
        settle(before_, run_, probes_, take_);
        before_.tile = at;
        before_.first = nth * parts_.probes_each;
        before_.count = std::min(parts_.probes_each, probes_.size() - before_.first);
        before_.losses = losses;
        before_.looked_at = 0;
      }
    }
    end();
  }

private:
  /// Of a step.
  [[nodiscard]] std::size_t groups_of(std::size_t step) const noexcept {
    return std::min(step_groups, run_.groups - step * step_groups);
  }

  // Of one line and step of a tile.
  ROLLCALL_BOTH_INLINE void prepare(std::size_t tile, std::size_t step, std::size_t line) {
    const auto offset = step * step_groups * group_bytes + line * 64;
    take_apart(run_.codes + tile * run_.groups * group_bytes + offset, groups_of(step), references_.each[step][line]);
  }

  [[nodiscard]] asked_codes asked_after(std::size_t tile) const {
    return {tile < run_.count ? asked_with(run_, tile) : nullptr, run_.groups * group_bytes};
  }

  ROLLCALL_BOTH void begin() {
    asked_after(0).go_on(run_.groups * tile_lines);
    for (std::size_t step = 0; step < steps_; ++step)
      for (std::size_t line = 0; line < tile_lines; ++line)
        prepare(0, step, line);
  }

  // A part of the probes with a tile. `Prepares`: the references are not needed any more; those of the next tile come
  // in their place.
  template <bool Prepares>
  ROLLCALL_BOTH_INLINE void multiply(std::size_t tile, std::size_t nth) {
    const auto* probes = operands_.each + nth * steps_;
    if (steps_ == 1)
      return multiply_step<Prepares, true, true>(tile, 0, probes[0]);
    multiply_step<Prepares, true, false>(tile, 0, probes[0]);
    for (std::size_t step = 1; step + 1 < steps_; ++step)
      multiply_step<Prepares, false, false>(tile, step, probes[step]);
    multiply_step<Prepares, false, true>(tile, steps_ - 1, probes[steps_ - 1]);
  }

  // In the first step the sums so far are those of another product, `before_`.
  template <bool Prepares, bool First, bool Last>
  ROLLCALL_BOTH_INLINE void multiply_step(std::size_t tile, std::size_t step, const operand<std::int8_t>& probes) {
    tiles_.template load<probes_in(Last)>(probes, amx_bytes);
    multiply_line<Prepares, First, Last, 0>(tile, step);
    multiply_line<Prepares, First, Last, 1>(tile, step);
    multiply_line<Prepares, First, Last, 2>(tile, step);
    multiply_line<Prepares, First, Last, 3>(tile, step);
  }

  template <bool Prepares, bool First, bool Last, int Line>
  ROLLCALL_BOTH_INLINE void multiply_line(std::size_t tile, std::size_t step) {
    tiles_.template load<references_in(Last)>(references_.each[step][Line], amx_bytes);
    if constexpr (First) {
      store<Line>(tiles_, before_);
      tiles_.template zero<Line>();
    }
    tiles_.template add_products<Line, probes_in(Last), references_in(Last)>();
    asked_.go_on(asked_together_);
    if constexpr (Prepares)
      prepare(tile + 1, step, Line);
    if constexpr (!First) // all sums were stored
      look_at(before_, looked_at_together_, probes_);
  }

  ROLLCALL_BOTH void end() {
    store<0>(tiles_, before_);
    store<1>(tiles_, before_);
    store<2>(tiles_, before_);
    store<3>(tiles_, before_);
    settle(before_, run_, probes_, take_);
  }

  const tile_run& run_;
  std::span<const scan_probe> probes_;
  tile_taker take_;
  const probe_parts parts_;
  const std::size_t steps_ = steps_of(run_);
  // After a multiplication: lines of codes, so that all of a tile were asked for with the one before; and probes, so
  // that all of a product are done with the next.
  const std::size_t asked_together_ = divided_up(run_.groups, parts_.count* steps_);
  const std::size_t looked_at_together_ = steps_ == 1 ? 0 : divided_up(parts_.probes_each, (steps_ - 1) * tile_lines);
  const bool all_rise_ = std::all_of(probes_.begin(), probes_.end(), bounds_rise);
  Tiles tiles_;
  asked_codes asked_;
  probe_operands operands_;
  reference_operands references_; ///< of the tile at hand
  products before_;               ///< the sums of the last product stay in the registers until the next begins
};

template <class Tiles>
ROLLCALL_BOTH void scan_by(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  if (probes.size() < few_probes || run.groups > most_steps * step_groups || run.bits != 4)
    return scan_avx512_vnni(run, probes, take);
  amx_scan<Tiles>{run, probes, take}.run();
}

} // namespace

ROLLCALL_BOTH void scan_amx_int8(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  scan_by<amx_of_processor>(run, probes, take);
}

ROLLCALL_BOTH void scan_amx_by_hand(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  scan_by<amx_by_hand>(run, probes, take);
}

// The kernel lets a process use the registers when it asks. Source: Linux, Documentation/arch/x86/xstate.rst.
bool is_amx_allowed() noexcept {
  constexpr unsigned tile = 1U << 24U;
  constexpr unsigned int8 = 1U << 25U;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tile) == 0 || (d & int8) == 0)
    return false;
  constexpr long request = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr long tile_data = 18;   // XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, request, tile_data) == 0;
}

} // namespace rollcall::shard

#undef ROLLCALL_BOTH
#undef ROLLCALL_BOTH_INLINE

#endif
