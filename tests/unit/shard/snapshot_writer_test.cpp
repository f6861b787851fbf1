#include "shard/snapshot/snapshot_writer.hpp"

#include "tests/unit/shard/snapshot_fixture.hpp"

#include <functional>

namespace rollcall::shard::testing {
namespace {

/// A reader between whose copies something happens.
class disturbed_reader final : public partition_reader {
public:
  disturbed_reader(const partition_reader& of, std::function<void()> between) : of_(of), between_(std::move(between)) {}
  [[nodiscard]] partition_state state() const override { return of_.state(); }
  [[nodiscard]] extent size(core::reference_kind kind) const override { return of_.size(kind); }
  std::size_t copy(core::reference_kind kind, std::size_t below, std::size_t most,
                   copied_references& into) const override {
    const auto next = of_.copy(kind, below, std::min<std::size_t>(most, 5), into);
    between_();
    return next;
  }

private:
  const partition_reader& of_;
  std::function<void()> between_;
};

class snapshot_writer_test : public snapshot_fixture {
protected:
  core::result<written_snapshot> write_while(core::bytes& into, std::function<void()> between) {
    const auto from = reader();
    memory_file file(into);
    return write_snapshot(disturbed_reader{*from, std::move(between)}, of_, file);
  }
};

// Whatever happens while it is written: what it says it contains, with all mutations after that, is the partition.
TEST_F(snapshot_writer_test, a_snapshot_and_the_mutations_after_it_are_the_partition) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    held_.drop(of_.collection);
    seq_ = 0;
    expected_.clear();
    fill(60, 20);
    std::mt19937_64 draw{seed};
    std::vector<core::mutation> tail;
    const auto change = [&] {
      for (auto left = draw() % 6; left > 0; --left) {
        const auto kind = draw() % 4 == 0 ? reference_kind::user : reference_kind::face;
        const auto any = expected_.empty()
                             ? expected_.end()
                             : std::next(expected_.begin(), static_cast<std::ptrdiff_t>(draw() % expected_.size()));
        if (any == expected_.end() || draw() % 3 == 0)
          put(kind, random_.id());
        else if (draw() % 3 == 0)
          put(any->first.first, core::uuid{any->first.second});
        else
          remove(any->first.first, core::uuid{any->first.second});
      }
    };
    const auto before = expected_;
    core::bytes file;
    const auto written = write_while(file, change);
    ASSERT_TRUE(written) << written.failure().message;
    auto got = read(file, of_);
    ASSERT_TRUE(got) << got.failure().message;
    EXPECT_EQ(got->seq, 80U);
    EXPECT_EQ(got->digest, written->digest);
    // Untouched ones are there as they were; the rest is for the mutations to settle.
    for (const auto& [key, row] : expected_)
      if (const auto old = before.find(key); old != before.end() && old->second == row) {
        ASSERT_TRUE(got->held.contains(key)) << "seed " << seed;
        EXPECT_EQ(got->held[key], row);
      }
    for (const auto& [key, row] : got->held)
      EXPECT_TRUE(before.contains(key) || expected_.contains(key) || seq_ > 80) << "seed " << seed;
  }
}

TEST_F(snapshot_writer_test, what_is_not_whole_is_not_written) {
  fill(30);
  core::bytes file;
  const auto expect_refused = [&](const core::result<written_snapshot>& outcome) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, core::error_code::conflict);
    EXPECT_FALSE(read(file, of_));
  };
  bool is_done = false;
  const auto once = [&](const std::function<void()>& what) {
    return [&is_done, what] {
      if (!std::exchange(is_done, true))
        what();
    };
  };
  expect_refused(write_while(file, once([&] { // loaded anew between two copies
                               held_.begin_load(of_.collection, of_.partition);
                               held_.load_from(of_.collection, of_.partition, 90);
                             })));
  is_done = false;
  held_.begin_load(of_.collection, of_.partition);
  expect_refused(write_while(file, [] {})); // loading
  held_.load_from(of_.collection, of_.partition, 100);
  seq_ = 100;
  fill(30);
  expect_refused(write_while(file, once([&] { held_.drop(of_.collection); })));
  std::stop_source stopped;
  stopped.request_stop();
  seq_ = 0;
  fill(3);
  memory_file into(file);
  const auto outcome = write_snapshot(*reader(), of_, into, stopped.get_token());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.failure().code, core::error_code::unavailable);
}

TEST_F(snapshot_writer_test, the_state_counts_what_was_erased) {
  EXPECT_EQ(reader(), nullptr);
  fill(3);
  EXPECT_EQ(reader()->state().erasures, 0U);
  const core::uuid first = expected_.begin()->first.second;
  put(reference_kind::face, first); // replaced
  remove(reference_kind::face, first);
  remove(reference_kind::face, first); // it is gone already
  const auto now = reader()->state();
  EXPECT_EQ(now.erasures, 2U);
  EXPECT_EQ(now.seq, 6U);
}

} // namespace
} // namespace rollcall::shard::testing
