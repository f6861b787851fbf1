/// What the tests of snapshots share: a partition with faces and users, and a reading of a snapshot from its bytes to
/// its references, as a node does it.
#pragma once

#include "shard/coded_index.hpp"
#include "shard/gallery.hpp"
#include "shard/snapshot/snapshot_writer.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

namespace rollcall::shard::testing {

using core::reference_kind;

/// A file in memory.
class memory_file final : public output_file {
public:
  explicit memory_file(core::bytes& into) : bytes_(into) {}
  core::status write_at(std::uint64_t offset, core::byte_view bytes) override {
    bytes_.resize(std::max<std::size_t>(bytes_.size(), offset + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    return core::nothing{};
  }
  core::status sync() override { return core::nothing{}; }

private:
  core::bytes& bytes_;
};

/// Parts of the process's memory that lie in snapshots; those in files that are gone.
inline std::pair<int, int> mapped_files() {
  std::ifstream maps{"/proc/self/maps"};
  std::pair<int, int> found{0, 0};
  for (std::string line; std::getline(maps, line);)
    if (line.find(".snapshot") != std::string::npos)
      ++(line.ends_with("(deleted)") ? found.second : found.first);
  return found;
}

using references = std::map<std::pair<reference_kind, core::uuid>, std::vector<float>>;

/// Of one snapshot: what it says it contains, and its references.
struct read_snapshot {
  std::uint64_t seq = 0;
  core::sha256_digest digest{};
  references held;
};

inline core::result<read_snapshot> read(core::byte_view file, const snapshot_identity& of) {
  const auto part = [&](const byte_range& at) {
    const auto begin = std::min<std::uint64_t>(at.offset, file.size());
    return core::bytes(file.begin() + static_cast<std::ptrdiff_t>(begin),
                       file.begin() + static_cast<std::ptrdiff_t>(std::min(begin + at.bytes, file.size())));
  };
  ROLLCALL_TRY(auto contents, snapshot_contents::parse(part({0, snapshot_header_bytes}), file.size(), of));
  ROLLCALL_CHECK(contents.take_tail(part(contents.tail())));
  read_snapshot made{contents.seq(), contents.digest(), {}};
  for (std::size_t number = 0; number < contents.blocks(); ++number) {
    const auto bytes = part(contents.block(number));
    ROLLCALL_TRY(const auto block, contents.read(number, bytes));
    for (std::size_t at = 0; at < block.ids.size(); ++at) {
      const auto row = block.row(at);
      made.held[{block.kind, block.ids[at]}].assign(row.begin(), row.end());
    }
  }
  return made;
}

class snapshot_fixture : public ::testing::Test {
protected:
  explicit snapshot_fixture(std::size_t dimension = 16) : dimension_(dimension) {}

  /// Puts a reference, or replaces it, as the next mutation.
  void put(reference_kind kind, const core::uuid& id) {
    const auto embedding = random_.embedding(dimension_);
    ASSERT_TRUE(held_.apply({of_.collection, of_.partition, {{++seq_, kind, id, embedding}}}));
    expected_[{kind, id}] = embedding;
  }
  void remove(reference_kind kind, const core::uuid& id) {
    ASSERT_TRUE(held_.apply({of_.collection, of_.partition, {{++seq_, kind, id, {}}}}));
    expected_.erase({kind, id});
  }
  void fill(std::size_t faces, std::size_t users = 0) {
    for (std::size_t i = 0; i < faces; ++i)
      put(reference_kind::face, random_.id());
    for (std::size_t i = 0; i < users; ++i)
      put(reference_kind::user, random_.id());
  }
  [[nodiscard]] std::unique_ptr<partition_reader> reader() const { return held_.read(of_.collection, of_.partition); }
  core::bytes write() {
    core::bytes made;
    memory_file into(made);
    const auto written = write_snapshot(*reader(), of_, into);
    EXPECT_TRUE(written) << (written ? "" : written.failure().message);
    EXPECT_EQ(written->bytes, made.size());
    return made;
  }

  std::size_t dimension_;
  rollcall::testing::random_references random_{97};
  snapshot_identity of_{random_.id(), {random_.id()}, 3};
  gallery held_{coded_indexes()};
  std::uint64_t seq_ = 0;
  references expected_;
};

} // namespace rollcall::shard::testing
