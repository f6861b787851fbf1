#include "bench/search/machine.hpp"

#include "bench/figures.hpp"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <malloc.h>
#include <numeric>
#include <sched.h>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace rollcall::bench {

namespace {

/// In lanes, so that the addition is not what is measured.
std::uint64_t sum_of(std::span<const std::uint64_t> words) {
  constexpr std::size_t lanes = 32;
  std::array<std::uint64_t, lanes> sums{};
  for (std::size_t i = 0; i + lanes <= words.size(); i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += words[i + lane];
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

} // namespace

void pin_to(unsigned cores) {
  cpu_set_t may{}, chosen{};
  bool is_pinned = sched_getaffinity(0, sizeof may, &may) == 0;
  for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&chosen) < static_cast<int>(cores); ++core)
    if (CPU_ISSET(core, &may))
      CPU_SET(core, &chosen);
  is_pinned = is_pinned && sched_setaffinity(0, sizeof chosen, &chosen) == 0;
  if (!is_pinned)
    std::printf("not pinned: the system does not permit it\n");
}

void give_openblas_its_kernels([[maybe_unused]] char** arguments) {
#if defined(__x86_64__)
  constexpr const char* variable = "OPENBLAS_CORETYPE";
  const auto name = reinterpret_cast<const char* (*)()>(::dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (name == nullptr || std::getenv(variable) != nullptr || std::string_view{name()} != "Prescott")
    return;
  const bool has_avx512 = __builtin_cpu_supports("avx512bw") != 0;
  if (!has_avx512 && __builtin_cpu_supports("avx2") == 0)
    return;
  const char* const like = has_avx512 ? "SKYLAKEX" : "HASWELL";
  std::printf("OpenBLAS doesn't know this processor, and is told to take it for %s\n", like);
  std::fflush(stdout);
  if (::setenv(variable, like, 1) == 0)
    ::execv("/proc/self/exe", arguments);
#endif
}

double read_bandwidth() {
  std::vector<std::uint64_t> words((std::size_t{512} << 20) / sizeof(std::uint64_t), 1);
  constexpr int rounds = 7;
  std::vector<double> times;
  times.reserve(rounds);
  std::uint64_t sum = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto started = std::chrono::steady_clock::now();
    sum += sum_of(words);
    times.push_back(milliseconds_since(started));
  }
  if (sum != rounds * words.size())
    std::abort();
  return static_cast<double>(words.size() * sizeof(std::uint64_t)) / median(times) / 1e6;
}

double touch_memory(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED)
    return 0;
  (void)madvise(got, bytes, MADV_HUGEPAGE);
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < bytes; at += page)
    static_cast<volatile char*>(got)[at] = 1;
  const auto took = milliseconds_since(started);
  munmap(got, bytes);
  return static_cast<double>(bytes) / took / 1e6;
}

namespace {

struct memory_use {
  std::size_t resident = 0;
  std::size_t in_files = 0;
};

memory_use use_memory() {
  malloc_trim(0);
  std::size_t size = 0;
  memory_use pages;
  std::ifstream{"/proc/self/statm"} >> size >> pages.resident >> pages.in_files;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return {pages.resident * page, pages.in_files * page};
}

} // namespace

std::size_t resident_bytes() {
  return use_memory().resident;
}

std::size_t own_bytes() {
  const auto used = use_memory();
  return used.resident - used.in_files;
}

} // namespace rollcall::bench
