/// What the tests of mapped snapshots share: a partition in memory, its snapshot on a disk, and another gallery that is
/// loaded from there.
#pragma once

#include "shard/snapshot/snapshot_mapping.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/shard/snapshot_fixture.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace rollcall::shard::testing {

inline constexpr std::size_t dimension = 32;
inline constexpr std::size_t block_of_32 = 4'096; // rows

inline coded_index_limits in_files() {
  coded_index_limits made;
  made.stays_in_files = true;
  return made;
}

/// A disk during whose writing something happens.
class disturbed_disk final : public disk {
public:
  std::function<void()> between = [] {};

  core::result<std::unique_ptr<output_file>> create(const std::filesystem::path& at) override {
    ROLLCALL_TRY(auto made, local_disk().create(at));
    return std::unique_ptr<output_file>(std::make_unique<handle>(*this, std::move(made)));
  }
  core::status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return local_disk().rename(from, to);
  }
  core::status remove(const std::filesystem::path& at) override { return local_disk().remove(at); }
  core::status sync_directory(const std::filesystem::path& at) override { return local_disk().sync_directory(at); }

private:
  struct handle final : output_file {
    handle(disturbed_disk& disk, std::unique_ptr<output_file> file) : owner(disk), real(std::move(file)) {}
    core::status write_at(std::uint64_t offset, core::byte_view bytes) override {
      auto done = real->write_at(offset, bytes);
      owner.between();
      return done;
    }
    core::status sync() override { return real->sync(); }
    disturbed_disk& owner;
    std::unique_ptr<output_file> real;
  };
};

class snapshot_mapping_test : public snapshot_fixture {
protected:
  explicit snapshot_mapping_test(std::size_t of = dimension) : snapshot_fixture(of) {
    EXPECT_EQ(rows_per_block(dimension), block_of_32);
  }

  written_snapshot write_file(gallery& from) {
    auto written =
        directory_->write(*from.read(of_.collection, of_.partition), of_, [](const auto&) { return core::nothing{}; });
    EXPECT_TRUE(written);
    return *std::move(written);
  }
  [[nodiscard]] std::shared_ptr<const snapshot_file> open() const {
    auto file = directory_->open({of_.collection, of_.partition});
    EXPECT_TRUE(file);
    return *std::move(file);
  }
  // As a node does it.
  static core::status load(gallery& into, const snapshot_identity& of, const snapshot_file& file) {
    ROLLCALL_TRY(const auto contents, read_contents(file, of));
    ROLLCALL_TRY(const auto mapping, file.map());
    into.begin_load(of.collection, of.partition);
    for (auto number = contents.blocks(); number-- > 0;) {
      ROLLCALL_TRY(const auto mapped, map_blocks(contents, {&number, 1}, mapping));
      ROLLCALL_CHECK(into.load(of.collection, of.partition, mapped.front()));
    }
    into.load_from(of.collection, of.partition, contents.seq());
    return core::nothing{};
  }
  [[nodiscard]] core::result<search_answer> search(const gallery& in, std::span<const float> probe,
                                                   std::vector<std::uint32_t> partitions) const {
    return in.search({.request = {},
                      .collection = of_.collection,
                      .kind = reference_kind::face,
                      .partitions = std::move(partitions),
                      .probes = {probe.begin(), probe.end()},
                      .dimension = dimension,
                      .k = 12,
                      .lowest_cosine = -2,
                      .recall_floor = proved_recall,
                      .until = core::deadline::in(std::chrono::minutes{1})});
  }
  void expect_same_answers(const gallery& a, const gallery& b) {
    for (int p = 0; p < 20; ++p) {
      const auto probe = random_.embedding(dimension);
      const auto one = search(a, probe, {of_.partition});
      const auto other = search(b, probe, {of_.partition});
      ASSERT_TRUE(one && other);
      ASSERT_EQ(one->rows, other->rows);
      ASSERT_TRUE(other->partitions.at(0).has_answered);
      ASSERT_EQ(other->partitions.at(0).exact, exactness::proved);
    }
  }
  // The same to both.
  void change(gallery& other, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
      const auto what = random_.below(3);
      auto id = random_.id();
      if (what > 0)
        id = std::next(expected_.begin(), static_cast<std::ptrdiff_t>(random_.below(expected_.size())))->first.second;
      if (what == 2)
        remove(reference_kind::face, id);
      else
        put(reference_kind::face, id);
      const auto now = expected_.find({reference_kind::face, id});
      ASSERT_TRUE(other.apply(
          {of_.collection,
           of_.partition,
           {{seq_, reference_kind::face, id, now == expected_.end() ? std::vector<float>{} : now->second}}}));
    }
  }
  // As it was put first.
  [[nodiscard]] std::vector<float> held_row(std::size_t row) const {
    copied_references copied;
    reader()->copy(reference_kind::face, row + 1, 1, copied);
    const auto values = copied.view().row(0);
    return {values.begin(), values.end()};
  }
  static void damage(const std::filesystem::path& file, std::uint64_t at) {
    const int descriptor = ::open(file.c_str(), O_RDWR);
    std::uint8_t byte = 0;
    ASSERT_EQ(::pread(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    byte ^= 1;
    ASSERT_EQ(::pwrite(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    ::close(descriptor);
  }
  static void overwrite(const std::filesystem::path& file, std::uint64_t at, std::size_t bytes) {
    std::fstream into{file, std::ios::in | std::ios::out | std::ios::binary};
    into.seekp(static_cast<std::streamoff>(at));
    into << std::string(bytes, '\x55') << std::flush;
    ASSERT_TRUE(into);
  }
  /// The file as it is mapped first, from `offset` on.
  [[nodiscard]] core::byte_view mapped_at(std::uint64_t offset) const {
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);)
      if (line.find(".snapshot") != std::string::npos) {
        const auto dash = line.find('-');
        const auto begin = std::stoull(line, nullptr, 16);
        const auto end = std::stoull(line.substr(dash + 1), nullptr, 16);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): where the system says that it lies
        return core::byte_view{reinterpret_cast<const std::uint8_t*>(begin), end - begin}.subspan(offset);
      }
    ADD_FAILURE() << "nothing is mapped";
    return {};
  }
  [[nodiscard]] bool is_in_mapping(std::span<const float> values) const {
    const auto all = mapped_at(0);
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(values.data());
    return std::search(all.begin(), all.end(), begin, begin + values.size_bytes()) != all.end();
  }
  [[nodiscard]] std::filesystem::path path() const { return std::filesystem::directory_iterator(at_.path())->path(); }

  test::temp_dir at_;
  disturbed_disk disk_;
  core::result<snapshot_directory> directory_ = snapshot_directory::make(at_.path(), disk_);
  gallery other_{coded_indexes(in_files())};
};

} // namespace rollcall::shard::testing
