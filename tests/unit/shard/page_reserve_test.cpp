#include "shard/memory/page_reserve.hpp"

#include "shard/memory/aligned_memory.hpp"
#include "shard/memory/row_chunks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <new>
#include <set>
#include <thread>
#include <unistd.h>
#include <vector>

namespace rollcall::shard {
namespace {

std::atomic<std::size_t> mapped{0};
std::atomic<std::size_t> unmapped{0};
std::atomic<bool> is_exhausted{false};

std::uint8_t* map() {
  if (is_exhausted)
    throw std::bad_alloc{};
  ++mapped;
  return new std::uint8_t[1]{};
}
void unmap(std::uint8_t* page) noexcept {
  ++unmapped;
  delete[] page;
}

template <class Predicate>
bool comes_true(Predicate is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::yield();
  }
  return true;
}

class page_reserve_test : public ::testing::Test {
protected:
  void SetUp() override {
    mapped = unmapped = 0;
    is_exhausted = false;
  }
};

TEST_F(page_reserve_test, keeps_none_for_those_who_take_few) {
  page_reserve pages({map, unmap});
  unmap(pages.take());
  EXPECT_EQ(mapped, 1U);
  EXPECT_EQ(pages.ready(), 0U);
}

TEST_F(page_reserve_test, has_some_ready_while_many_are_taken_and_gives_them_back) {
  page_reserve pages({map, unmap});
  std::set<std::uint8_t*> taken;
  EXPECT_TRUE(comes_true([&] {
    taken.insert(pages.take());
    return pages.ready() > 0;
  }));
  EXPECT_TRUE(comes_true([&] { return pages.ready() == page_reserve::most_ready; }));
  EXPECT_TRUE(taken.insert(pages.take()).second);
  EXPECT_TRUE(comes_true([&] { return pages.ready() == 0; }));
  EXPECT_EQ(mapped - unmapped, taken.size());
  for (auto* page : taken)
    unmap(page);
}

TEST_F(page_reserve_test, whoever_takes_one_learns_that_there_is_no_memory) {
  page_reserve pages({map, unmap});
  for (int i = 0; i < 100; ++i)
    unmap(pages.take());
  is_exhausted = true;
  bool is_refused = false;
  for (std::size_t i = 0; i <= page_reserve::most_ready + 1 && !is_refused; ++i)
    try {
      unmap(pages.take());
    } catch (const std::bad_alloc&) {
      is_refused = true;
    }
  EXPECT_TRUE(is_refused);
  is_exhausted = false;
  unmap(pages.take());
}

// What large galleries are made of.
TEST_F(page_reserve_test, pages_are_zeros_whoever_touched_them) {
  std::vector<aligned_memory> held;
  for (int i = 0; i < 64; ++i) {
    held.push_back(make_page_to_fill());
    const auto* page = held.back().get();
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(page) % huge_page_bytes, 0U);
    ASSERT_TRUE(std::all_of(page, page + huge_page_bytes, [](std::uint8_t byte) { return byte == 0; }));
    std::fill_n(held.back().get(), huge_page_bytes, std::uint8_t{1});
    if (i % 3 == 0)
      held.pop_back();
  }
}

std::size_t resident_bytes() {
  std::size_t size = 0;
  std::size_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> size >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Rows that lie in files have a place in memory, too, which nobody touches before it is needed.
TEST_F(page_reserve_test, places_of_rows_that_lie_elsewhere_take_no_memory) {
  constexpr std::size_t chunks = 2'000;
  constexpr std::size_t row_bytes = 2'048;
  std::vector<std::uint8_t> elsewhere(chunk_rows * row_bytes);
  row_chunks rows(row_bytes);
  const auto before = resident_bytes();
  for (std::size_t chunk = 0; chunk < chunks; ++chunk)
    rows.lend(chunk, {elsewhere.data(), nullptr});
  EXPECT_LT(resident_bytes(), before + chunks * chunk_rows * row_bytes / 4);
}

} // namespace
} // namespace rollcall::shard
