#include "bench/search/report.hpp"

#include "bench/search/plot.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdio>

namespace rollcall::bench {

namespace {

namespace json = boost::json;

std::string name_of(const search_row& row) {
  return row.effort ? row.title + ", " + std::to_string(*row.effort) : row.title;
}

const search_row* find(const search_results& in, const std::string& engine, unsigned threads = 1) {
  for (const auto& row : in.rows)
    if (row.engine == engine && row.threads == threads)
      return &row;
  return nullptr;
}

double bandwidth_share(const search_results& of, const search_row& row) {
  return row.bytes_scanned * static_cast<double>(of.n) / (row.p50_ms / 1000) / 1e9 / of.gb_per_s;
}

std::string times(const std::optional<double>& ratio) {
  if (!ratio)
    return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", *ratio);
  return text;
}

json::object describe(const search_results& in, const search_row& row) {
  json::object out{{"engine", row.engine},
                   {"name", name_of(row)},
                   {"n", in.n},
                   {"k", 10},
                   {"threads", row.threads},
                   {"recall_at_1_mated", row.found.mated_1},
                   {"recall_at_10_mated", row.found.mated_10},
                   {"recall_at_1_unmated", row.found.unmated_1},
                   {"recall_at_10_unmated", row.found.unmated_10},
                   {"p50_ms", row.p50_ms},
                   {"p99_ms", row.p99_ms},
                   {"single_probes", row.singles},
                   {"build_s", row.build_s},
                   {"bytes_per_face", row.bytes_per_face}};
  if (row.effort)
    out["effort"] = *row.effort;
  if (row.bytes_scanned > 0) {
    out["bytes_scanned"] = row.bytes_scanned;
    out["bandwidth_share"] = bandwidth_share(in, row);
  }
  json::object batches;
  for (const auto& [batch, rate] : row.rates) {
    json::object one{{"batch", batch}, {"probes_per_s", rate}};
    if (const auto* rival = best_rival(in.rows, row, batch)) {
      one["best_rival"] = name_of(*rival);
      one["over_best_rival"] = rate / rival->rates.at(batch);
    }
    batches[std::to_string(batch)] = std::move(one);
  }
  out["batches"] = std::move(batches);
  return out;
}

void print(const search_results& in, const search_row& row) {
  std::printf("%-32s %2u %8.2f %8.2f", name_of(row).c_str(), row.threads, row.p50_ms, row.p99_ms);
  for (const std::size_t batch : {1, 8, 32, 100})
    std::printf(" %8.0f", row.rates.at(batch));
  std::printf("  %6.4f %6.4f %6.4f %6.4f %7.0f", row.found.mated_1, row.found.mated_10, row.found.unmated_1,
              row.found.unmated_10, row.bytes_per_face);
  std::printf(row.bytes_scanned > 0 ? " %5.2f" : "     -", bandwidth_share(in, row));
  std::printf(" %7.1f %8s %8s\n", row.build_s, times(over_best_rival(in.rows, row, 1)).c_str(),
              times(over_best_rival(in.rows, row, 32)).c_str());
}

/// What the rows say of ours. A key whose engines were not run is left out.
std::vector<std::pair<const char*, double>> keys_of(const search_results& in) {
  std::vector<std::pair<const char*, double>> keys;
  const auto* ours = find(in, "ours");
  if (ours == nullptr)
    return keys;
  keys.emplace_back("exact_bandwidth_share", bandwidth_share(in, *ours));
  keys.emplace_back("exact_bytes_scanned", ours->bytes_scanned);
  keys.emplace_back("exact_p99_over_p50", ours->p99_ms / ours->p50_ms);
  keys.emplace_back("build_exact_s", ours->build_s);
  const auto compare = [&](const char* key, const char* engine, std::size_t batch) {
    if (const auto* other = find(in, engine))
      keys.emplace_back(key, ours->rates.at(batch) / other->rates.at(batch));
  };
  compare("exact_vs_debian_flat", "faiss-flat", 1);
  compare("batch32_vs_debian_flat", "faiss-flat", 32);
  compare("batch96_vs_numkong_selecting", "numkong-pca", 96);
  const auto compare_lists = [&](const char* key, std::initializer_list<std::string_view> rivals, std::size_t batch) {
    constexpr double floor = 0.99;
    if (const auto ratio = lists_over(in.rows, rivals, floor, batch))
      keys.emplace_back(key, *ratio);
  };
  const auto graphs = {std::string_view{"hnswlib"}, std::string_view{"usearch-i8"}, std::string_view{"usearch-f16"}};
  compare_lists("lists_vs_debian_ivf", {"faiss-ivf"}, 1);
  compare_lists("lists_vs_best_graph", graphs, 1);
  compare_lists("lists_batch_vs_best_graph", graphs, 32);
  if (const auto* lists = find(in, "ours-lists"))
    keys.emplace_back("build_lists_s", lists->build_s);
  for (const auto& row : in.rows)
    if (row.is_ours && row.threads == 2)
      keys.emplace_back("batch32_two_cores_vs_one", row.rates.at(32) / ours->rates.at(32));
  return keys;
}

} // namespace

void report_key(json::object& report, const char* key, double value) {
  report[key] = value;
  std::printf("%-28s %.4g\n", key, value);
}

void print_rows(const search_results& found) {
  std::printf("\n%zu faces, k = 10; one core reads %.1f GB/s. New memory comes at %.2f GB/s: engines are built in "
              "memory that was touched just before. FAISS is Debian's 1.7.3 alone.\n"
              "%-32s %2s %8s %8s %8s %8s %8s %8s  %6s %6s %6s %6s %7s %5s %7s %8s %8s\n",
              found.n, found.gb_per_s, found.touch_gb_per_s, "", "th", "p50 ms", "p99 ms", "1/s", "by 8", "by 32",
              "by 100", "m.@1", "m.@10", "un.@1", "un.@10", "B/face", "of m.", "build s", "x best", "by 32");
  for (const auto& row : found.rows)
    print(found, row);
  std::printf("x best: times the rate of the fastest other engine whose recalls are no less, one by one and by 32\n");
}

void report_rows(const search_results& found, boost::json::object& report) {
  json::array rows;
  for (const auto& row : found.rows)
    rows.push_back(describe(found, row));
  report["n"] = found.n;
  report["memory_gb_per_s"] = found.gb_per_s;
  report["first_touch_gb_per_s"] = found.touch_gb_per_s;
  report["faiss"] = "1.7.3 of Debian, the only one";
  report["rows"] = std::move(rows);
  for (const auto& [key, value] : keys_of(found))
    report_key(report, key, value);
}

std::string draw_rows(const search_results& found) {
  std::vector<plot_panel> panels{{"one probe at a time", {}}, {"batches of 32", {}}};
  for (std::size_t i = 0; i < panels.size(); ++i)
    for (const auto& row : found.rows) {
      if (row.threads != 1)
        continue;
      auto& series = panels[i].series;
      auto same = std::find_if(series.begin(), series.end(), [&](const auto& one) { return one.name == row.title; });
      if (same == series.end())
        same = series.insert(series.end(), {row.title, {}});
      same->points.push_back(
          {(row.found.mated_10 + row.found.unmated_10) / 2, row.rates.at(i == 0 ? std::size_t{1} : std::size_t{32})});
    }
  return draw_plot(std::to_string(found.n) + " faces, one core", panels);
}

} // namespace rollcall::bench
