// Backups of real stores: between each pair of databases, while writers work, damaged, and of the wrong key.
#include "store/backup.hpp"
#include "store/backup/format.hpp"
#include "store/postgres_store.hpp"
#include "store/sqlite_store.hpp"

#include "tests/contract/store_audit.hpp"
#include "tests/contract/store_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <sstream>
#include <thread>

namespace rollcall::store::testing {

namespace {

const backup_watcher nobody = [](const backup_summary&) {};

/// A place for a store, closed.
struct ground {
  explicit ground(backend chosen)
      : which(chosen), uri(chosen == backend::postgres ? test::postgres_server::shared().make_schema() : "") {}

  [[nodiscard]] backup_place place() const { return {uri, directory.path(), {}}; }
  [[nodiscard]] std::filesystem::path key_file() const { return directory.path() / "secrets.key"; }
  [[nodiscard]] std::unique_ptr<store> open() const {
    auto opened = which == backend::postgres ? open_postgres() : open_sqlite_store(directory.path());
    if (!opened)
      throw std::runtime_error(why(opened));
    return *std::move(opened);
  }

  backend which;
  test::temp_dir directory;
  std::string uri;

private:
  [[nodiscard]] core::result<std::unique_ptr<store>> open_postgres() const {
    postgres_settings settings;
    settings.uri = uri;
    settings.key_file = make_key_file(directory.path());
    return open_postgres_store(settings);
  }
};

constexpr std::uint64_t face_count = 2500; // more than two blocks
constexpr std::string_view token_text = "a-token-of-a-caller";

void fill(store& in) {
  for (const auto* id : {"c1", "c2"}) {
    const auto record = make_collection(id, 4);
    ASSERT_SUCCESS(in.create_collection(record, {{"site", id}, {"empty", ""}}));
    std::vector<face_with_embedding> faces;
    for (std::uint64_t i = 0; i < face_count; ++i) {
      faces.push_back(make_face(i));
      if (i % 2 == 0)
        faces.back().face.external_image_id = "picture " + std::to_string(i);
    }
    for (std::size_t i = 0; i < faces.size(); i += 500)
      ASSERT_SUCCESS(in.add_faces(record.key, std::span(faces).subspan(i, 500)));
    ASSERT_SUCCESS(in.create_user(record.key, "ann", {}));
    ASSERT_SUCCESS(in.create_user(record.key, "bob", {}));
    const std::vector<core::face_id> ids{faces[1].face.id, faces[2].face.id};
    ASSERT_SUCCESS(in.associate_faces(record.key, "ann", ids, -2.0F, {std::string(token_text), "print"}));
    const std::vector<core::face_id> gone{faces[7].face.id};
    ASSERT_SUCCESS(in.remove_faces(record.key, gone));
  }
  api_key key;
  key.access_key = "RKIA0000000000000001";
  key.secret = "a secret of forty characters, or some more";
  key.name = "gate";
  key.collections = {"c1", "c2"};
  ASSERT_SUCCESS(in.add_key(key));
  fill_cameras(in);
  decision made;
  made.request = {make_face(99).face.id.id};
  made.principal = "gate";
  made.collection = "c1";
  made.threshold = 80.5F;
  made.candidates = {{"one", 99.25F}, {"two", 80.75F}};
  ASSERT_SUCCESS(in.append_decisions({&made, 1}));
}

/// Every row of a backup but what restoring makes anew: partitions, and the numbers of mutations.
std::vector<std::string> rows_of(const std::string& file) {
  std::istringstream from(file);
  backup::reader in(from);
  EXPECT_TRUE(in.begin());
  std::vector<std::string> all;
  for (;;) {
    auto rows = in.next();
    if (!rows || rows->of == nullptr)
      break;
    std::span<std::uint8_t> rest = rows->payload;
    while (!rest.empty()) {
      const auto row = backup::take_row(*rows->of, rest);
      std::string text(rows->of->name);
      for (std::size_t i = 0; i < row->size(); ++i) {
        const auto& name = rows->of->columns[i].name;
        const bool is_anew = name == "partitions" || name == "part" || name == "seq";
        text += "|" + (is_anew || (*row)[i].is_null ? "-" : core::to_hex((*row)[i].bytes));
      }
      all.push_back(std::move(text));
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// Each reference lies in the partition of its id, and a shard that comes from nothing is sent to them.
void expect_partitions(store& in, const std::string& id, std::uint32_t partitions) {
  const auto record = in.find_collection(id);
  ASSERT_SUCCESS(record);
  EXPECT_EQ(record->partitions, partitions);
  std::size_t references = 0;
  for (std::uint32_t part = 0; part < partitions; ++part) {
    const auto page = in.list_references(record->key, part, {}, 10'000);
    ASSERT_SUCCESS(page);
    references += page->references.size();
    for (const auto& each : page->references)
      ASSERT_EQ(partition_of(each.id, partitions), part);
    EXPECT_FAILURE(in.tail_mutations(record->key, part, 0, 10), gap);
  }
  EXPECT_EQ(references, face_count - 1 + 1);
}

class store_backup : public ::testing::TestWithParam<std::pair<backend, backend>> {};

TEST_P(store_backup, gives_back_everything_in_other_partitions) {
  const ground from(GetParam().first);
  const ground to(GetParam().second);
  const auto source = from.open();
  fill(*source);
  std::stringstream file;
  const auto written = write_backup(from.place(), file, nobody); // the store is open meanwhile
  ASSERT_TRUE(written && written->faces == 2 * (face_count - 1)) << why(written);
  EXPECT_EQ(written->bytes, file.str().size());
  make_key_file(from.directory.path());
  std::filesystem::copy_file(from.key_file(), to.key_file());
  const auto restored = restore_backup(to.place(), file, 16, nobody);
  ASSERT_TRUE(restored && restored->faces == written->faces) << why(restored);
  EXPECT_EQ(restored->decisions, 1U);

  const auto target = to.open();
  std::stringstream again_file;
  ASSERT_SUCCESS(write_backup(to.place(), again_file, nobody));
  EXPECT_TRUE(rows_of(file.str()) == rows_of(again_file.str())) << "something is missing, or other than it was";
  for (const auto* id : {"c1", "c2"}) {
    const auto record = source->find_collection(id);
    ASSERT_SUCCESS(record);
    expect_partitions(*target, id, 16);
    EXPECT_EQ(*source->find_tags(record->key), *target->find_tags(record->key));
    EXPECT_EQ(source->count(record->key)->faces, target->count(record->key)->faces);
    EXPECT_EQ(source->count(record->key)->users, target->count(record->key)->users);
    EXPECT_EQ(source->find_user(record->key, "ann")->second, target->find_user(record->key, "ann")->second);
  }
  EXPECT_EQ(source->list_keys()->at(0).secret, target->list_keys()->at(0).secret);
  EXPECT_EQ(target->find_decision({make_face(99).face.id.id})->candidates.at(1).similarity, 80.75F);
  EXPECT_EQ(*target->last_event(), 1U); // forgotten before, and not given again
  // Life goes on: numbers are given out anew, and a caller's retry gets the first reply.
  const auto key = target->find_collection("c1")->key;
  const std::vector<core::face_id> ids{make_face(1).face.id, make_face(2).face.id};
  const auto again = target->associate_faces(key, "ann", ids, -2.0F, {std::string(token_text), "print"});
  ASSERT_SUCCESS(again);
  EXPECT_TRUE(again->mutations.empty());
  ASSERT_SUCCESS(target->create_user(key, "eve", {}));
  const auto face = make_face(9'999);
  ASSERT_SUCCESS(target->add_faces(key, {&face, 1}));
  decision made;
  made.principal = "later";
  ASSERT_SUCCESS(target->append_decisions({&made, 1}));
  EXPECT_EQ(target->list_decisions({}, {}, 10)->rows.front().principal, "later");
}

INSTANTIATE_TEST_SUITE_P(
    pairs, store_backup,
    ::testing::Values(std::pair(backend::sqlite, backend::sqlite), std::pair(backend::sqlite, backend::postgres),
                      std::pair(backend::postgres, backend::sqlite), std::pair(backend::postgres, backend::postgres)),
    [](const auto& each) { return name_of(each.param.first) + "_to_" + name_of(each.param.second); });

class one_store_backup : public ::testing::TestWithParam<backend> {};

TEST_P(one_store_backup, is_one_state_while_writers_work) {
  const ground from(GetParam());
  const auto source = from.open();
  fill(*source);
  make_key_file(from.directory.path());
  std::atomic<std::uint64_t> written_until = 0;
  std::jthread writer([&](const std::stop_token& stop) { // asked to stop when the test ends, however it does
    const auto key = source->find_collection("c1")->key;
    for (std::uint64_t i = 10'000; !stop.stop_requested() && i < 10'600; written_until = i += 10) {
      std::vector<face_with_embedding> faces;
      for (std::uint64_t j = 0; j < 10; ++j)
        faces.push_back(make_face(i + j));
      EXPECT_TRUE(source->add_faces(key, faces));
      const std::vector<core::face_id> ids{faces[0].face.id, faces[1].face.id};
      const auto user = "user " + std::to_string(i);
      EXPECT_TRUE(source->create_user(key, user, {}));
      EXPECT_TRUE(source->associate_faces(key, user, ids, -2.0F, {}));
      const std::vector<core::face_id> gone{faces[2].face.id};
      EXPECT_TRUE(source->remove_faces(key, gone));
    }
  });
  for (int round = 0; round < 3; ++round) {
    for (const auto seen = written_until.load(); written_until < std::min<std::uint64_t>(seen + 50, 10'600);)
      std::this_thread::yield();
    std::stringstream file;
    const auto written = write_backup(from.place(), file, nobody);
    ASSERT_SUCCESS(written);
    const ground to(backend::sqlite);
    std::filesystem::copy_file(from.key_file(), to.key_file());
    const auto restored = restore_backup(to.place(), file, {}, nobody); // checks that all fits together
    ASSERT_SUCCESS(restored);
    EXPECT_EQ(audit(to.directory.path()), "");
  }
}

/// Takes steps of c1's doubling until there is nothing more to do of the last one.
void take_steps(store& in, std::initializer_list<doubling_step> steps) {
  for (const auto step : steps) {
    doubling_stage stage = doubling_stage::leaving;
    do {
      const auto taken = in.take_doubling_step("c1", step, in.find_shape("c1")->shape);
      ASSERT_SUCCESS(taken);
      stage = taken->now.shape.stage;
    } while (step == doubling_step::end && stage == doubling_stage::leaving);
  }
}

TEST_P(one_store_backup, in_the_middle_of_a_doubling_has_what_queries_ask) {
  using enum doubling_step;
  const ground from(GetParam());
  const auto source = from.open();
  fill(*source);
  make_key_file(from.directory.path());
  for (const auto step : {begin, serve}) {
    take_steps(*source, {step});
    std::stringstream file;
    ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
    const ground to(GetParam());
    std::filesystem::copy_file(from.key_file(), to.key_file());
    ASSERT_SUCCESS(restore_backup(to.place(), file, {}, nobody));
    const auto target = to.open();
    const std::uint32_t serving = step == begin ? 4 : 8;
    EXPECT_EQ(target->find_shape("c1")->shape, (partition_shape{{0, serving}, doubling_stage::none, serving}));
    expect_partitions(*target, "c1", serving);
    take_steps(*target, {begin, serve, end});
    EXPECT_EQ(target->find_shape("c1")->shape.serving, (partition_range{serving, 2 * serving}));
    EXPECT_EQ(target->count(target->find_collection("c1")->key)->faces, face_count - 1);
  }
}

TEST(store_restore, leaves_a_record_of_an_earlier_program_as_it_is) {
  const ground from(backend::sqlite);
  static_cast<void>(from.open());
  std::stringstream file;
  ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
  const ground to(backend::postgres);
  static_cast<void>(to.open());
  const auto& server = test::postgres_server::shared();
  server.run(to.uri, "DELETE FROM schema_versions WHERE version > 5");
  std::stringstream again(file.str());
  EXPECT_FAILURE(restore_backup(to.place(), again, {}, nobody), unsupported);
  EXPECT_EQ(server.query(to.uri, "SELECT max(version) FROM schema_versions"), "5");
}

TEST_P(one_store_backup, is_refused_whole_when_anything_is_wrong) {
  const ground from(backend::sqlite);
  {
    const auto source = from.open();
    fill(*source);
  }
  std::stringstream file;
  ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
  const auto good = file.str();
  const ground to(GetParam());
  std::stringstream of_good(good);
  EXPECT_FAILURE(restore_backup(to.place(), of_good, 3, nobody), invalid_argument);
  EXPECT_FAILURE(restore_backup(to.place(), of_good, {}, nobody), invalid_config); // no secrets.key
  make_key_file(to.directory.path());                                              // another's
  std::stringstream once_more(good);
  EXPECT_FAILURE(restore_backup(to.place(), once_more, {}, nobody), corrupt);
  std::filesystem::copy_file(from.key_file(), to.key_file(), std::filesystem::copy_options::overwrite_existing);
  {
    const auto target = to.open(); // nothing was left behind
    EXPECT_TRUE(target->list_keys()->empty());
    EXPECT_TRUE(target->list_collections("", 10)->rows.empty());
  }
  std::stringstream again(good);
  ASSERT_SUCCESS(restore_backup(to.place(), again, {}, nobody));
  std::stringstream twice(good);
  EXPECT_FAILURE(restore_backup(to.place(), twice, {}, nobody), conflict);
}

TEST_P(one_store_backup, that_does_not_fit_together_is_refused) {
  for (const auto& [lost, why] : {std::pair{"embeddings WHERE kind = 0", "(faces without embedding"},
                                  {"faces WHERE \"user\" IS NULL", "(embeddings without face"},
                                  {"embeddings WHERE kind = 1", "(users without vector"}}) {
    const ground from(backend::postgres), to(GetParam());
    fill(*from.open());
    std::filesystem::copy_file(from.key_file(), to.key_file());
    test::postgres_server::shared().run(from.uri, std::string("DELETE FROM ") + lost);
    std::stringstream file;
    ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
    const auto restored = restore_backup(to.place(), file, {}, nobody);
    ASSERT_FALSE(restored);
    EXPECT_NE(restored.failure().message.find(why), std::string::npos) << restored.failure().message;
  }
}

// Killed while it stores the first rows, half of them, and all.
TEST_P(one_store_backup, is_restored_after_a_restore_that_was_killed) {
  const ground from(backend::sqlite);
  fill(*from.open());
  std::stringstream file;
  ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
  const auto good = file.str();
  int blocks = -1; // it is told of the end, too
  ASSERT_SUCCESS(verify_backup(file, [&](const backup_summary&) { ++blocks; }));
  const ground to(GetParam());
  std::filesystem::copy_file(from.key_file(), to.key_file());
  const auto restore = [&](int killed_at) {
    int seen = 0;
    std::stringstream again(good);
    static_cast<void>(restore_backup(to.place(), again, {}, [&](const backup_summary&) {
      if (++seen == blocks + 1 + killed_at) // it is read to its end before
        static_cast<void>(::raise(SIGKILL));
    }));
  };
  for (const auto at : {1, blocks / 2, blocks}) {
    EXPECT_EXIT(restore(at), ::testing::KilledBySignal(SIGKILL), "");
    const auto target = to.open();
    EXPECT_TRUE(target->list_keys()->empty()) << at;
    EXPECT_TRUE(target->list_collections("", 10)->rows.empty()) << at;
  }
  EXPECT_EXIT(restore(blocks), ::testing::KilledBySignal(SIGKILL), "");
  std::stringstream again(good);
  ASSERT_SUCCESS(restore_backup(to.place(), again, {}, nobody)); // by the next one alone
  EXPECT_EQ(to.open()->list_collections("", 10)->rows.size(), 2U);
}

TEST_P(one_store_backup, is_restored_with_the_key_file_that_is_named) {
  const ground from(backend::sqlite);
  {
    const auto source = from.open();
    fill(*source);
  }
  std::stringstream file;
  ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
  const ground to(GetParam());
  auto place = to.place();
  std::stringstream again(file.str());
  EXPECT_FAILURE(restore_backup(place, again, {}, nobody), invalid_config);
  place.key_file = from.key_file();
  ASSERT_SUCCESS(restore_backup(place, file, {}, nobody));
}

INSTANTIATE_TEST_SUITE_P(stores, one_store_backup, ::testing::Values(backend::sqlite, backend::postgres),
                         [](const auto& each) { return name_of(each.param); });

TEST(backup_file, that_is_damaged_anywhere_is_refused) {
  const ground from(backend::sqlite);
  {
    const auto source = from.open();
    ASSERT_SUCCESS(source->create_collection(make_collection("c1", 4), {{"a", "b"}}));
    std::vector<face_with_embedding> faces{make_face(1), make_face(2)};
    ASSERT_SUCCESS(source->add_faces(source->find_collection("c1")->key, faces));
  }
  std::stringstream file;
  ASSERT_SUCCESS(write_backup(from.place(), file, nobody));
  const auto good = file.str();
  ASSERT_SUCCESS(verify_backup(file, nobody));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::stringstream cut(good.substr(0, at));
    EXPECT_FAILURE(verify_backup(cut, nobody), corrupt);
    auto text = good;
    text[at] = static_cast<char>(text[at] ^ 1);
    std::stringstream altered(text);
    EXPECT_FAILURE(verify_backup(altered, nobody), corrupt); // its version, too
  }
  std::stringstream longer(good + "x");
  EXPECT_FAILURE(verify_backup(longer, nobody), corrupt);
  auto newer_text = good;
  constexpr std::size_t version_end = 19;
  constexpr std::size_t head = 28;
  ++newer_text[version_end];
  const auto digest = core::sha256(core::as_bytes(std::string_view(newer_text).substr(0, head)));
  std::copy(digest.begin(), digest.end(), newer_text.begin() + head);
  std::stringstream newer(newer_text);
  EXPECT_FAILURE(verify_backup(newer, nobody), unsupported);
}

} // namespace

} // namespace rollcall::store::testing
