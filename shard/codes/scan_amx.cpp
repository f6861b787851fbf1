// The scan by AMX: a product of sixteen probes and sixteen references goes over 64 coordinates at once. The codes of a
// tile are taken apart into the level-1 cache once for all probes, in the order in which the product wants them, as
// they lie already: four coordinates of each of 16 references a line. Bounds are those of the other kernels
// (scan_avx512.hpp).
//
// The processor multiplies in the order that it is told, so what else there is to do lies between: the sums of one
// product are stored while the next begins (a seventh of the time otherwise, on an Emerald Rapids), and while it
// goes on they are looked at, and the next tile is taken apart.
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

constexpr std::size_t steps_of(const tile_run& run) noexcept {
  return (run.groups + step_groups - 1) / step_groups;
}

/// What a register is loaded with: 64 coordinates of 16 probes, or of 16 references.
template <class Value>
using operand = Value[amx_rows][amx_bytes];

/// The probes of a scan in parts of one size, which a product takes; the last may have fewer.
struct probe_parts {
  explicit probe_parts(std::size_t probes)
      : count((probes + amx_rows - 1) / amx_rows), probes_each((probes + count - 1) / count) {}

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

/// The codes of a tile, a byte each: by steps, then by lines; zeros beyond the last coordinate.
struct alignas(64) reference_operands {
  operand<std::uint8_t> each[most_steps][tile_lines];

  void clear_last(const tile_run& run) {
    auto& last = each[steps_of(run) - 1];
    std::memset(last, 0, sizeof last);
  }
};

// Groups [first, end) of a tile; asks for those of `next`, too, where that is known.
ROLLCALL_AVX512 void take_apart(const std::uint8_t* tile, const std::uint8_t* next, std::size_t first, std::size_t end,
                                reference_operands& into) {
  const __m512i low_half = _mm512_set1_epi8(15);
  for (std::size_t group = first; group < end; ++group)
    for (std::size_t line = 0; line < tile_lines; ++line) {
      const auto at = group * group_bytes + line * 64;
      if (next != nullptr)
        __builtin_prefetch(next + at, 0, 2);
      const __m512i both = _mm512_load_si512(tile + at);
      auto* const rows = into.each[group / step_groups][line][group % step_groups * 2];
      _mm512_store_si512(rows, _mm512_and_si512(both, low_half));
      _mm512_store_si512(rows + amx_bytes, _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half));
    }
}

/// What a part of the probes makes of a tile.
struct alignas(64) products {
  std::int32_t sums[amx_rows][tile_rows]; ///< by probes, then by references
  std::size_t tile = 0;                   ///< of the run
  std::size_t first = 0;                  ///< probe
  std::size_t count = 0;                  ///< of probes
  tile_losses losses;                     ///< of the tile
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

// The number of entries that it filled. All probes are looked at first: a branch for each that has to be taken now and
// then would cost more than what it saves.
ROLLCALL_AVX512 std::size_t settle(const products& of, const tile_run& run, std::span<const scan_probe> probes,
                                   tile_bounds* into) {
  unsigned in_question = 0;
  for (std::size_t p = 0; p < of.count; ++p)
    in_question |= static_cast<unsigned>(is_in_question(sums_for(of, p).each, of.losses, probes[of.first + p])) << p;
  std::size_t filled = 0;
  for (; in_question != 0; in_question &= in_question - 1) {
    const auto p = of.first + static_cast<std::size_t>(std::countr_zero(in_question));
    auto& entry = into[filled];
    entry.tile = of.tile;
    entry.probe = p;
    if (bound(sums_for(of, p - of.first).each, run.losses + of.tile * tile_rows, probes[p], entry) != 0)
      ++filled;
  }
  return filled;
}

amx_shapes shapes_for(std::size_t probes) {
  amx_shapes shapes;
  for (const std::size_t tile : {0U, 1U, 2U, 3U, 4U})
    shapes.set(tile, probes, amx_bytes);
  for (const std::size_t tile : {5U, 6U})
    shapes.set(tile, amx_rows, amx_bytes);
  return shapes;
}

// Registers 0 to 3 hold sums, one for each line.
template <int Line, class Tiles>
ROLLCALL_BOTH_INLINE void store(Tiles& tiles, products& into) {
  tiles.template store<Line>(&into.sums[0][Line * 16], sizeof into.sums[0]);
}

// A line of the references, in register `By`. `Begins`: the sums so far are those of another product, `before`.
template <bool Begins, int Line, int By, class Tiles>
ROLLCALL_BOTH_INLINE void multiply_line(Tiles& tiles, const operand<std::uint8_t>& references, products& before) {
  tiles.template load<By>(references, amx_bytes);
  if constexpr (Begins) {
    store<Line>(tiles, before);
    tiles.template zero<Line>();
  }
  tiles.template add_products<Line, 4, By>();
}

// A step of a product.
template <bool Begins, class Tiles>
ROLLCALL_BOTH_INLINE void multiply(Tiles& tiles, const operand<std::int8_t>& probes,
                                   const operand<std::uint8_t> (&references)[tile_lines], products& before) {
  tiles.template load<4>(probes, amx_bytes);
  multiply_line<Begins, 0, 5>(tiles, references[0], before);
  multiply_line<Begins, 1, 6>(tiles, references[1], before);
  multiply_line<Begins, 2, 5>(tiles, references[2], before);
  multiply_line<Begins, 3, 6>(tiles, references[3], before);
}

/// One scan: of a run, for some probes.
template <class Tiles>
class amx_scan {
public:
  ROLLCALL_BOTH amx_scan(const tile_run& run, std::span<const scan_probe> probes, std::span<tile_bounds> into)
      : run_(run), probes_(probes), into_(into), parts_(probes.size()) {
    operands_.pack(probes, parts_, run);
    for (auto& each : references_)
      each.clear_last(run);
    tiles_.configure(shapes_for(parts_.probes_each));
  }
  amx_scan(const amx_scan&) = delete;
  amx_scan& operator=(const amx_scan&) = delete;
  ROLLCALL_BOTH ~amx_scan() { tiles_.release(); }

  ROLLCALL_BOTH scan_progress from(std::size_t at) {
    prepare(at, 0, run_.groups);
    for (; at < run_.count && has_room(); ++at) {
      const auto losses = largest_losses(run_, at, all_rise_);
      for (std::size_t nth = 0; nth < parts_.count; ++nth) {
        begin(at, nth);
        prepare(at + 1, nth * groups_a_part_, (nth + 1) * groups_a_part_);
        end_before();
        before_.tile = at;
        before_.first = nth * parts_.probes_each;
        before_.count = std::min(parts_.probes_each, probes_.size() - before_.first);
        before_.losses = losses;
      }
    }
    end_all();
    return {at, filled_};
  }

private:
  // Groups [first, end) of a tile.
  ROLLCALL_BOTH void prepare(std::size_t tile, std::size_t first, std::size_t end) {
    if (tile < run_.count)
      take_apart(run_.codes + tile * run_.groups * group_bytes, asked_with(run_, tile), std::min(first, run_.groups),
                 std::min(end, run_.groups), references_[tile % 2]);
  }

  ROLLCALL_BOTH void begin(std::size_t tile, std::size_t nth) {
    const auto& references = references_[tile % 2].each;
    const auto* probes = operands_.each + nth * steps_;
    multiply<true>(tiles_, probes[0], references[0], before_);
    for (std::size_t step = 1; step < steps_; ++step)
      multiply<false>(tiles_, probes[step], references[step], before_);
  }

  ROLLCALL_BOTH void end_before() {
    filled_ += settle(before_, run_, probes_, into_.data() + filled_);
    before_.count = 0;
  }

  ROLLCALL_BOTH void end_all() {
    store<0>(tiles_, before_);
    store<1>(tiles_, before_);
    store<2>(tiles_, before_);
    store<3>(tiles_, before_);
    end_before();
  }

  // For another tile.
  ROLLCALL_BOTH bool has_room() {
    if (filled_ + before_.count + probes_.size() > into_.size())
      end_all();
    return filled_ + probes_.size() <= into_.size();
  }

  const tile_run& run_;
  std::span<const scan_probe> probes_;
  std::span<tile_bounds> into_;
  const probe_parts parts_;
  const std::size_t steps_ = steps_of(run_);
  const std::size_t groups_a_part_ = (run_.groups + parts_.count - 1) / parts_.count;
  const bool all_rise_ = std::all_of(probes_.begin(), probes_.end(), bounds_rise);
  Tiles tiles_;
  probe_operands operands_;
  reference_operands references_[2]; ///< of the tile at hand and the next
  products before_;                  ///< the sums of the last product stay in the registers until the next begins
  std::size_t filled_ = 0;
};

template <class Tiles>
ROLLCALL_BOTH scan_progress scan_by(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                    std::span<tile_bounds> into) {
  if (probes.size() < few_probes || run.groups > most_steps * step_groups || run.bits != 4)
    return scan_avx512_vnni(run, first, probes, into);
  amx_scan<Tiles> scan{run, probes, into};
  return scan.from(first);
}

} // namespace

ROLLCALL_BOTH scan_progress scan_amx_int8(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                          std::span<tile_bounds> into) {
  return scan_by<amx_of_processor>(run, first, probes, into);
}

ROLLCALL_BOTH scan_progress scan_amx_by_hand(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                             std::span<tile_bounds> into) {
  return scan_by<amx_by_hand>(run, first, probes, into);
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
