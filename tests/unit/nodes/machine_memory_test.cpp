#include "nodes/machine_memory.hpp"

#include "nodes/wiring.hpp"
#include "tests/support/process.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace rollcall::nodes {
namespace {

class machine_memory : public ::testing::Test {
protected:
  void write(const std::string& name, const std::string& text) {
    const auto at = root_.path() / name;
    std::filesystem::create_directories(at.parent_path());
    std::ofstream(at) << text;
  }
  [[nodiscard]] std::uint64_t usable() const { return usable_memory(root_.path()); }

  test::temp_dir root_;
};

TEST_F(machine_memory, is_the_least_of_the_machine_and_its_groups) {
  EXPECT_EQ(usable(), 0U);
  write("proc/meminfo", "MemTotal:       1000 kB\nMemFree:        10 kB\n");
  EXPECT_EQ(usable(), 1'024'000U);
  write("proc/self/cgroup", "1:cpu:/other\n0::/system.slice/rollcalld.service\n");
  EXPECT_EQ(usable(), 1'024'000U);
  write("sys/fs/cgroup/system.slice/rollcalld.service/memory.max", "max\n");
  EXPECT_EQ(usable(), 1'024'000U);
  write("sys/fs/cgroup/system.slice/memory.max", "500000\n");
  EXPECT_EQ(usable(), 500'000U);
  write("sys/fs/cgroup/system.slice/rollcalld.service/memory.max", "400000\n");
  EXPECT_EQ(usable(), 400'000U);
  write("sys/fs/cgroup/memory.max", "300000\n"); // a container sees its own group as the root
  EXPECT_EQ(usable(), 300'000U);
}

TEST_F(machine_memory, this_machine_says_something) {
  EXPECT_GT(usable_memory(), 0U);
}

TEST(memory_budget, is_the_setting_or_half_of_the_memory) {
  config::settings with;
  EXPECT_EQ(memory_budget_of(with, 1'000), 500U);
  with.search_memory_budget.value = 700;
  EXPECT_EQ(memory_budget_of(with, 1'000), 700U);
}

} // namespace
} // namespace rollcall::nodes
