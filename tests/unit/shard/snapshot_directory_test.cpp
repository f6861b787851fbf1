#include "shard/snapshot/snapshot_directory.hpp"

#include "tests/support/process.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <fstream>

namespace rollcall::shard::testing {
namespace {

using core::error_code;

/// A disk that stops working at a moment, and says then what a crash at that moment may have left: of each file what
/// was synced, and any part of the rest; of its directory what was synced, with or without the rest.
class crashing_disk final : public disk {
public:
  struct file {
    core::bytes written;
    core::bytes synced;
  };
  using names = std::map<std::string, std::shared_ptr<file>>;

  std::size_t steps_left = 1'000'000;

  core::result<std::unique_ptr<output_file>> create(const std::filesystem::path& at) override {
    ROLLCALL_CHECK(step());
    auto made = std::make_shared<file>();
    now_[at.filename().string()] = made;
    return std::unique_ptr<output_file>(std::make_unique<handle>(*this, made));
  }
  core::status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    ROLLCALL_CHECK(step());
    now_[to.filename().string()] = std::move(now_.extract(from.filename().string()).mapped());
    return core::nothing{};
  }
  core::status remove(const std::filesystem::path& at) override {
    ROLLCALL_CHECK(step());
    now_.erase(at.filename().string());
    return core::nothing{};
  }
  core::status sync_directory(const std::filesystem::path& /*only*/) override {
    ROLLCALL_CHECK(step());
    safe_ = now_;
    return core::nothing{};
  }

  /// Puts what is left into a real directory.
  void crash(const std::filesystem::path& into, std::mt19937_64& draw) const {
    const auto& left = draw() % 2 == 0 ? now_ : safe_;
    for (const auto& [name, of] : left) {
      auto bytes = of->synced;
      if (of->written != of->synced) {
        bytes = of->written;
        for (auto holes = draw() % 3; holes > 0 && !bytes.empty(); --holes) { // pages that did not get there
          const auto from = draw() % bytes.size() / 512 * 512;
          std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), std::uint8_t{0});
        }
        bytes.resize(draw() % (bytes.size() + 1));
      }
      std::ofstream(into / name, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
  }

private:
  struct handle final : output_file {
    crashing_disk& on;
    std::shared_ptr<file> of;
    handle(crashing_disk& all, std::shared_ptr<file> which) : on(all), of(std::move(which)) {}
    core::status write_at(std::uint64_t offset, core::byte_view bytes) override {
      auto done = on.step();
      const auto fitting = done ? bytes : bytes.first(bytes.size() / 2); // in the middle of it
      return memory_file{of->written}.write_at(offset, fitting) && done ? core::status{core::nothing{}}
                                                                        : std::move(done);
    }
    core::status sync() override {
      ROLLCALL_CHECK(on.step());
      of->synced = of->written;
      return core::nothing{};
    }
  };
  core::status step() {
    if (steps_left == 0)
      return core::fail(error_code::storage_full, "no room");
    --steps_left;
    return core::nothing{};
  }

  names now_;
  names safe_;
};

core::status remember(const core::sha256_digest& /*digest*/) {
  return core::nothing{};
}

class snapshot_directory_test : public snapshot_fixture {
protected:
  [[nodiscard]] snapshot_directory::key key() const { return {of_.collection, of_.partition}; }
  static core::bytes bytes_of(const snapshot_file& file) {
    const auto all = file.read({0, file.bytes()});
    EXPECT_TRUE(all);
    return all ? **all : core::bytes{};
  }
  snapshot_directory make(const std::filesystem::path& at, disk& on = local_disk()) {
    auto made = snapshot_directory::make(at, on);
    EXPECT_TRUE(made) << (made ? "" : made.failure().message);
    return *std::move(made);
  }

  test::temp_dir scratch_;
};

TEST_F(snapshot_directory_test, a_snapshot_is_found_again_until_it_is_removed) {
  auto kept = make(scratch_.path() / "new");
  EXPECT_EQ(kept.open(key()).failure().code, error_code::not_found);
  EXPECT_FALSE(kept.digest(key()));
  fill(50, 3);
  const auto written = kept.write(*reader(), of_, remember);
  ASSERT_TRUE(written) << written.failure().message;
  const auto file = kept.open(key());
  ASSERT_TRUE(file);
  EXPECT_EQ(read(bytes_of(**file), of_)->held, expected_);
  EXPECT_EQ(kept.digest(key()), written->digest);
  EXPECT_EQ(written->rows, 53U);

  const auto old = expected_;
  fill(50);
  ASSERT_TRUE(kept.write(*reader(), of_, remember));
  EXPECT_EQ(read(bytes_of(**file), of_)->held, old); // what was opened stays as it was
  EXPECT_EQ(read(bytes_of(**kept.open(key())), of_)->held, expected_);
  std::ofstream(scratch_.path() / "new" / "notes.txt") << "not ours";
  EXPECT_EQ(kept.list(), std::vector{key()});
  const auto mode = std::filesystem::status(scratch_.path() / "new").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_all);
  ASSERT_TRUE(kept.remove(key()));
  ASSERT_TRUE(kept.remove(key()));
  EXPECT_TRUE(kept.list().empty());
}

TEST_F(snapshot_directory_test, what_could_not_be_remembered_does_not_take_the_old_ones_place) {
  auto kept = make(scratch_.path());
  fill(5);
  const auto written = kept.write(*reader(), of_, remember);
  ASSERT_TRUE(written);
  fill(5);
  const auto refused = kept.write(*reader(), of_, [](const auto&) -> core::status {
    return core::fail(error_code::unavailable, "the store is away");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(kept.digest(key()), written->digest);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch_.path()), {}), 1); // nothing half-written
}

// At every step of the second writing the machine crashes, in many ways: the first snapshot or the second is there,
// whole, and what is remembered of it was remembered before.
TEST_F(snapshot_directory_test, a_crash_at_any_moment_leaves_a_whole_snapshot) {
  fill(1'200);
  const auto first = expected_;
  std::mt19937_64 draw{11};
  std::size_t firsts = 0;
  std::size_t seconds = 0;
  for (std::size_t steps = 0;; ++steps) {
    held_.drop(of_.collection);
    seq_ = 0;
    expected_.clear();
    for (const auto& [id, row] : first) {
      ASSERT_TRUE(held_.apply({of_.collection, of_.partition, {{++seq_, id.first, id.second, row}}}));
      expected_[id] = row;
    }
    crashing_disk disk;
    std::vector<core::sha256_digest> remembered;
    const auto note = [&](const core::sha256_digest& digest) -> core::status {
      remembered.push_back(digest);
      return core::nothing{};
    };
    auto kept = make(scratch_.path() / "unused", disk);
    ASSERT_TRUE(kept.write(*reader(), of_, note));
    remove(reference_kind::face, core::uuid{expected_.begin()->first.second});
    fill(3);
    disk.steps_left = steps;
    const bool is_done = kept.write(*reader(), of_, note).has_value();
    for (int way = 0; way < 8; ++way) {
      const test::temp_dir left;
      disk.crash(left.path(), draw);
      const auto found = make(left.path()).open(key());
      ASSERT_TRUE(found) << steps;
      const auto got = read(bytes_of(**found), of_);
      ASSERT_TRUE(got) << "after " << steps << " steps: " << got.failure().message;
      EXPECT_TRUE(got->held == first || got->held == expected_);
      EXPECT_TRUE(got->held == expected_ || !is_done);
      EXPECT_NE(std::find(remembered.begin(), remembered.end(), got->digest), remembered.end());
      ++(got->held == first ? firsts : seconds);
    }
    if (is_done)
      break;
  }
  EXPECT_GT(firsts, 20U);
  EXPECT_GT(seconds, 8U);
}

TEST_F(snapshot_directory_test, a_full_disk_costs_the_new_snapshot_only) {
  crashing_disk disk;
  auto kept = make(scratch_.path(), disk);
  fill(1'200);
  for (std::size_t steps = 0; steps < 4; ++steps) {
    disk.steps_left = steps;
    const auto outcome = kept.write(*reader(), of_, remember);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, error_code::storage_full);
  }
}

} // namespace
} // namespace rollcall::shard::testing
