// Writers and readers at once, over every implementation: what a tail shows is every mutation once, in order.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <map>
#include <set>
#include <thread>

namespace rollcall::store::testing {

namespace {

constexpr std::uint32_t partitions = 4;
constexpr std::size_t writers = 8;
constexpr std::size_t calls_per_writer = 60;

// Follows one partition from its first mutation, as a shard does.
class follower {
public:
  follower(store& from, core::collection_key key, std::uint32_t partition)
      : store_(from), key_(key), partition_(partition) {}

  /// Takes what is there now. False when a number was skipped or repeated, or the tail failed.
  [[nodiscard]] bool follow() {
    for (;;) {
      const auto batch = store_.tail_mutations(key_, partition_, seq_, 7);
      if (!batch)
        return false;
      if (batch->mutations.empty())
        return true;
      for (const auto& change : batch->mutations)
        if (!take(change))
          return false;
    }
  }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] const std::set<core::uuid>& present() const { return present_; }

private:
  [[nodiscard]] bool take(const mutation& change) {
    if (change.seq != seq_ + 1)
      return false;
    seq_ = change.seq;
    if (change.embedding.empty())
      present_.erase(change.id);
    else
      present_.insert(change.id);
    return true;
  }

  store& store_;
  core::collection_key key_;
  std::uint32_t partition_;
  std::uint64_t seq_ = 0;
  std::set<core::uuid> present_;
};

class store_concurrency : public store_contract {
protected:
  /// Adds faces of its own, and removes each second one. Gives the numbers that its calls were told, per partition.
  std::multimap<std::uint32_t, std::uint64_t> write(core::collection_key key, std::size_t writer) {
    std::multimap<std::uint32_t, std::uint64_t> told;
    const auto note = [&](const std::vector<mutation_batch>& batches) {
      for (const auto& batch : batches)
        for (const auto& change : batch.mutations)
          told.emplace(batch.partition, change.seq);
    };
    for (std::size_t call = 0; call < calls_per_writer; ++call) {
      const std::vector<face_with_embedding> two{make_face(writer * 10'000 + 2 * call),
                                                 make_face(writer * 10'000 + 2 * call + 1)};
      const auto added = store_->add_faces(key, two);
      EXPECT_TRUE(added) << why(added);
      const auto removed = store_->remove_faces(key, {&two[0].face.id, 1});
      EXPECT_TRUE(removed) << why(removed);
      if (!added || !removed)
        break;
      note(added->mutations);
      note(removed->mutations);
    }
    return told;
  }
};

TEST_P(store_concurrency, a_tail_shows_every_mutation_once_in_order) {
  const auto key = add_collection("c", partitions);
  std::atomic<bool> is_writing = true;
  std::atomic<int> faults = 0;
  std::vector<std::thread> readers;
  for (std::uint32_t part = 0; part < partitions; ++part)
    readers.emplace_back([&, part] {
      follower tail(*store_, key, part);
      while (is_writing && faults == 0)
        faults += tail.follow() ? 0 : 1;
    });
  std::vector<std::multimap<std::uint32_t, std::uint64_t>> told(writers);
  std::vector<std::thread> threads;
  for (std::size_t writer = 0; writer < writers; ++writer)
    threads.emplace_back([&, writer] { told[writer] = write(key, writer); });
  for (auto& thread : threads)
    thread.join();
  is_writing = false;
  for (auto& thread : readers)
    thread.join();
  EXPECT_EQ(faults, 0);

  // No number was given twice, and none was left out.
  std::map<std::uint32_t, std::set<std::uint64_t>> numbers;
  for (const auto& each : told)
    for (const auto& [part, seq] : each)
      EXPECT_TRUE(numbers[part].insert(seq).second) << "partition " << part << " gave " << seq << " twice";
  const auto heads = store_->list_heads();
  ASSERT_SUCCESS(heads);
  std::size_t present = 0;
  for (const auto& head : *heads) {
    EXPECT_EQ(numbers[head.partition].size(), head.seq);
    follower tail(*store_, key, head.partition);
    EXPECT_TRUE(tail.follow());
    EXPECT_EQ(tail.seq(), head.seq);
    present += tail.present().size();
  }
  EXPECT_EQ(present, writers * calls_per_writer);
  EXPECT_EQ(store_->count(key)->faces, writers * calls_per_writer);
}

TEST_P(store_concurrency, collections_come_and_go_under_readers) {
  std::atomic<bool> is_writing = true;
  std::atomic<int> faults = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      const auto key = make_collection("c").key;
      while (is_writing) {
        const auto part = store_->list_embeddings(key, std::nullopt, 100);
        if (!part)
          faults += part.failure().code == core::error_code::not_found ? 0 : 1;
        else
          for (const auto& row : part->rows) // one state: a face that is listed has its embedding
            faults += row.embedding.empty() ? 1 : 0;
      }
    });
  for (std::uint64_t round = 0; round < 40; ++round) {
    const auto key = add_collection("c");
    const std::vector<face_with_embedding> three{make_face(round), make_face(round + 100), make_face(round + 200)};
    const auto added = store_->add_faces(key, three);
    EXPECT_TRUE(added) << why(added);
    const auto gone = store_->delete_collection("c");
    EXPECT_TRUE(gone) << why(gone);
  }
  is_writing = false;
  for (auto& thread : readers)
    thread.join();
  EXPECT_EQ(faults, 0);
}

} // namespace

ROLLCALL_OVER_ALL_STORES(store_concurrency);

} // namespace rollcall::store::testing
