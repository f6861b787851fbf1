#include "bench/search/kernels.hpp"

#include "bench/figures.hpp"
#include "bench/search/engines.hpp"
#include "bench/search/report.hpp"
#include "shard/codes/scan.hpp"
#include "shard/memory/aligned_bytes.hpp"

#include <map>
#include <random>

namespace rollcall::bench {

namespace {

constexpr std::size_t tiles = kernel_faces / shard::tile_rows;
constexpr std::size_t groups = 19; // of the default model's 152 coordinates
constexpr auto batch = kernel_batch;
constexpr std::size_t tiles_at_once = 52; // as an index does it: what stays in the level-2 cache
constexpr int rounds = 7;

/// Codes and probes at random. Their bounds lie so low that nearly no tile is looked at, as with faces.
struct scanned {
  scanned() {
    codes.resize(tiles * groups * shard::group_bytes);
    losses.resize(tiles * shard::tile_rows);
    std::minstd_rand random{1};
    std::generate_n(codes.data(), codes.size(), [&] { return static_cast<std::uint8_t>(random() >> 8U); });
    values.resize(batch * groups * shard::group_coordinates);
    std::generate(values.begin(), values.end(), [&] { return static_cast<std::int8_t>(random() >> 8U); });
    for (std::size_t p = 0; p < batch; ++p)
      probes.push_back({values.data() + p * groups * shard::group_coordinates, 1e-6F, 0, 1});
  }

  shard::aligned_bytes codes;
  shard::aligned_bytes losses;
  std::vector<std::int8_t> values;
  std::vector<shard::scan_probe> probes;
};

/// Milliseconds of the whole batch.
double scan_all(const scanned& of, shard::scan_kernel by) {
  const auto at_once = std::min(batch, shard::probes_at_once(by));
  const auto take = [](const shard::tile_bounds& /*found*/) {};
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t first = 0; first < tiles; first += tiles_at_once) {
    const shard::tile_run run{of.codes.data() + first * groups * shard::group_bytes,
                              of.losses.data() + first * shard::tile_rows, std::min(tiles_at_once, tiles - first),
                              groups};
    for (std::size_t p = 0; p < batch; p += at_once)
      scan_tiles(run, std::span{of.probes}.subspan(p, std::min(at_once, batch - p)), shard::tile_taker{take}, by);
  }
  return milliseconds_since(started);
}

/// Prints and returns probes a second of whole batches.
double rate_of(std::string_view name, const std::vector<double>& batches_ms, const char* what) {
  const auto rate = 1'000 * batch / median(batches_ms);
  std::printf("%-28s %.0f probes/s by %zu, the %s alone\n", std::string{name}.c_str(), rate, batch, what);
  return rate;
}

} // namespace

void measure_kernels(boost::json::object& report, const std::function<void()>& whole_search) {
  const scanned of;
  std::map<shard::scan_kernel, std::vector<double>> took;
  const auto products = numkong_products({tiles * shard::tile_rows, groups * shard::group_coordinates, batch});
  std::vector<double> products_took;
  std::vector<double> over_search;
  for (int round = 0; round < rounds; ++round) {
    for (const auto kernel : shard::available_scan_kernels())
      if (kernel != shard::scan_kernel::portable) // tens of seconds
        took[kernel].push_back(scan_all(of, kernel));
    if (!products)
      continue;
    products_took.push_back(milliseconds_taken_by(products));
    if (whole_search)
      over_search.push_back(products_took.back() / milliseconds_taken_by(whole_search));
  }
  boost::json::object rates;
  for (const auto& [kernel, all] : took)
    rates[shard::name_of(kernel)] = rate_of(shard::name_of(kernel), all, "scan");
  report["scan_probes_per_s"] = std::move(rates);
  if (products)
    report["numkong_products_per_s"] = rate_of("NumKong int8", products_took, "products");
  if (!over_search.empty())
    report_key(report, "batch96_vs_numkong", median(over_search));
  if (took.contains(shard::scan_kernel::amx_int8)) {
    const auto ratio = median(took[shard::scan_kernel::avx512_vnni]) / median(took[shard::scan_kernel::amx_int8]);
    report_key(report, "batch96_amx_vs_vnni", ratio);
  }
}

} // namespace rollcall::bench
