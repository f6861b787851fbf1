// All stores do the same thousands of random calls, with one seed, and every answer is compared.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <sstream>

namespace rollcall::store::testing {

namespace {

// Everything that a call answered, as text: equal texts are equal answers.
class transcript {
public:
  template <class T>
  std::string operator()(const core::result<T>& outcome) {
    out_.str({});
    if (outcome)
      write(*outcome);
    else
      out_ << to_string(outcome.failure().code) << ": " << outcome.failure().message;
    return out_.str();
  }

private:
  void write(core::nothing) { out_ << "done"; }
  void write(const std::string& text) { out_ << text << ' '; }
  void write(std::uint64_t number) { out_ << number << ' '; }
  void write(const core::uuid& id) { out_ << to_string(id) << ' '; }
  template <class Kind>
  void write(const core::strong_uuid<Kind>& id) {
    write(id.id);
  }
  void write(const std::pair<reference_kind, core::uuid>& name) {
    out_ << static_cast<int>(name.first) << ' ';
    write(name.second);
  }
  void write(const std::vector<float>& embedding) {
    out_ << '<';
    for (const float value : embedding)
      out_ << std::hexfloat << value << ' ';
    out_ << "> ";
  }
  void write(const collection_record& record) {
    write(record.key);
    out_ << record.id << ' ' << record.model_version << ' ' << record.partitions << ' '
         << record.created.time_since_epoch().count() << ' ';
  }
  void write(const collection_counts& counts) { out_ << counts.faces << " faces " << counts.users << " users"; }
  void write(const tags& labels) {
    for (const auto& [name, value] : labels)
      out_ << name << '=' << value << ' ';
  }
  void write(const face_record& face) {
    write(face.id);
    write(face.image);
    out_ << face.external_image_id.value_or("(none)") << ' ' << std::hexfloat << face.box.left << face.box.top
         << face.box.width << face.box.height << ' ' << face.confidence << ' ' << face.quality << ' '
         << face.model_version << ' ' << face.user_id.value_or("(none)") << '\n';
  }
  void write(const face_with_embedding& face) {
    write(face.face);
    write(face.embedding);
  }
  void write(const user_record& user) {
    write(user.key);
    out_ << user.user_id << ' ' << static_cast<int>(user.status) << '\n';
  }
  void write(const refused_face& face) {
    write(face.id);
    out_ << static_cast<int>(face.why) << ' ' << face.user_id << ' ' << std::hexfloat << face.cosine << '\n';
  }
  void write(const mutation& change) {
    out_ << std::dec << change.seq << ' ' << static_cast<int>(change.kind) << ' ';
    write(change.id);
    write(change.embedding);
  }
  void write(const mutation_batch& batch) {
    write(batch.collection);
    out_ << "partition " << std::dec << batch.partition << '\n';
    write(batch.mutations);
  }
  void write(const reference& each) {
    write(std::pair(each.kind, each.id));
    write(each.embedding);
  }
  void write(const reference_page& part) {
    write(part.references);
    write(part.next);
  }
  void write(const partition_head& head) {
    write(head.collection);
    out_ << std::dec << head.partition << ':' << head.seq << ' ';
  }
  void write(const added_faces& added) {
    write(added.faces);
    write(added.mutations);
  }
  void write(const removed_faces& removed) {
    write(removed.removed);
    write(removed.refused);
    write(removed.mutations);
  }
  void write(const changed_user& changed) {
    write(changed.user);
    write(changed.faces);
    write(changed.refused);
    write(changed.mutations);
  }
  template <class A, class B>
  void write(const std::pair<A, B>& both) {
    write(both.first);
    write(both.second);
  }
  template <class T>
  void write(const std::optional<T>& maybe) {
    if (maybe)
      write(*maybe);
    else
      out_ << "(end)";
  }
  template <class T>
  void write(const std::vector<T>& rows) {
    out_ << rows.size() << ": ";
    for (const auto& row : rows)
      write(row);
  }
  template <class Row, class Key>
  void write(const page<Row, Key>& part) {
    write(part.rows);
    write(part.next);
  }

  std::ostringstream out_;
};

class twins : public ::testing::Test {
protected:
  static constexpr std::uint64_t seed = 20'260'317;
  static constexpr store_limits limits{.tokens_kept = 20, .mutations_kept = 64};

  /// Does `call` on all and holds their answers together.
  template <class Call>
  void all(const char* name, const Call& call) {
    const auto outcome = call(*memory_);
    const auto of_memory = tell_(outcome);
    const auto of_sqlite = tell_(call(*sqlite_));
    const auto of_postgres = tell_(call(*postgres_));
    ++calls_;
    refused_ += outcome ? 0 : 1;
    ASSERT_EQ(of_memory, of_sqlite) << name << " differs at call " << calls_ << " of seed " << seed;
    ASSERT_EQ(of_memory, of_postgres) << name << " differs at call " << calls_ << " of seed " << seed;
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  core::collection_key some_key() { return make_collection(some_collection()).key; }
  std::string some_collection() { return "c" + std::to_string(below(3)); }
  std::string some_user() { return "u" + std::to_string(below(5)); }
  core::face_id some_face() { return make_face(below(80)).face.id; }
  std::vector<core::face_id> some_faces() {
    std::vector<core::face_id> ids(1 + below(6));
    for (auto& id : ids)
      id = some_face();
    return ids;
  }
  client_token some_token() {
    if (below(2) == 0)
      return {};
    return {"t" + std::to_string(below(40)), "f" + std::to_string(below(2))};
  }
  std::vector<face_with_embedding> new_faces() {
    std::vector<face_with_embedding> faces;
    for (auto count = 1 + below(4); count > 0; --count) {
      auto face = make_face(below(80));
      if (below(2) == 0)
        face.face.external_image_id = "e" + std::to_string(below(2));
      if (below(8) == 0)
        face.face.id = some_face();
      if (below(100) == 0)
        face.face.model_version = "2.0";
      faces.push_back(std::move(face));
    }
    if (below(30) == 0) // many at once take a way of their own; now and then all of them are new
      for (std::uint64_t i = 0, first = 1000 * (1 + below(50)); i < 40; ++i)
        faces.push_back(make_face(first + i));
    return faces;
  }

  void write_once();
  void read_once();

  opened_store memory_{backend::memory, limits, 7};
  opened_store sqlite_{backend::sqlite, limits, 7};
  opened_store postgres_{backend::postgres, limits, 7};
  transcript tell_;
  std::mt19937_64 random_{seed};
  int calls_ = 0;
  int refused_ = 0;
};

void twins::write_once() {
  const auto key = some_key();
  const auto user = some_user();
  const auto ids = some_faces();
  const auto token = some_token();
  switch (below(20)) {
    case 0: {
      const auto record = make_collection(some_collection(), 1U << below(4));
      return all("create_collection", [&](store& s) { return s.create_collection(record, {{"made", "yes"}}); });
    }
    case 1: {
      const auto id = some_collection();
      const bool is_wanted = below(8) == 0;
      return all("delete_collection", [&](store& s) { return s.delete_collection(is_wanted ? id : "none"); });
    }
    case 2:
      return all("add_tags", [&](store& s) { return s.add_tags(key, {{user, token.token}}); });
    case 3: {
      const std::vector<std::string> names{user};
      return all("remove_tags", [&](store& s) { return s.remove_tags(key, names); });
    }
    case 4:
    case 5:
      return all("create_user", [&](store& s) { return s.create_user(key, user, token); });
    case 6:
      return all("delete_user", [&](store& s) { return s.delete_user(key, user, token); });
    case 7:
    case 8:
    case 9: {
      const float lowest = below(2) == 0 ? -2.0F : 0.1F;
      return all("associate", [&](store& s) { return s.associate_faces(key, user, ids, lowest, token); });
    }
    case 10:
    case 11:
      return all("disassociate", [&](store& s) { return s.disassociate_faces(key, user, ids, token); });
    case 12:
    case 13:
    case 14:
      return all("remove_faces", [&](store& s) { return s.remove_faces(key, ids); });
    default: {
      const auto faces = new_faces();
      return all("add_faces", [&](store& s) { return s.add_faces(key, faces); });
    }
  }
}

void twins::read_once() {
  const auto key = some_key();
  const auto user = some_user();
  const auto ids = some_faces();
  const auto limit = 1 + below(9);
  const auto after = below(2) == 0 ? std::optional(some_face()) : std::nullopt;
  const auto part = static_cast<std::uint32_t>(below(4));
  const auto seq = below(120);
  switch (below(12)) {
    case 0:
      return all("find_collection", [&](store& s) { return s.find_collection(user); });
    case 1:
      return all("count", [&](store& s) { return s.count(key); });
    case 2:
      return all("list_collections", [&](store& s) { return s.list_collections("c0", limit); });
    case 3:
      return all("find_tags", [&](store& s) { return s.find_tags(key); });
    case 4: {
      face_filter filter;
      if (below(2) == 0)
        filter.user_id = user;
      if (below(2) == 0)
        filter.ids = ids;
      return all("list_faces", [&](store& s) { return s.list_faces(key, filter, after, limit); });
    }
    case 5:
      return all("find_faces", [&](store& s) { return s.find_faces(key, ids); });
    case 6:
      return all("find_face", [&](store& s) { return s.find_face(key, ids[0]); });
    case 7:
      return all("list_embeddings", [&](store& s) { return s.list_embeddings(key, after, limit); });
    case 8:
      return all("list_users", [&](store& s) { return s.list_users(key, user, limit); });
    case 9:
      return all("find_user", [&](store& s) { return s.find_user(key, user); });
    case 10:
      return all("tail", [&](store& s) { return s.tail_mutations(key, part, seq, limit); });
    default: {
      const auto from = after ? std::optional(std::pair(reference_kind::face, after->id)) : std::nullopt;
      return all("list_references", [&](store& s) { return s.list_references(key, part, from, limit); });
    }
  }
}

TEST_F(twins, answer_alike) {
  for (int round = 0; round < 6000 && !HasFatalFailure(); ++round) {
    if (below(2) == 0)
      write_once();
    else
      read_once();
    if (below(500) == 0)
      sqlite_.reopen();
    if (below(500) == 0)
      postgres_.reopen();
    if (below(50) == 0) {
      const std::chrono::hours pause{below(30)};
      memory_.clock().advance(pause);
      sqlite_.clock().advance(pause);
      postgres_.clock().advance(pause);
    }
    if (below(20) == 0)
      all("list_heads", [](store& s) { return s.list_heads(); });
  }
  EXPECT_GE(calls_, 6000);
  EXPECT_LT(refused_, calls_ * 3 / 4) << "hardly any call does anything";
  EXPECT_GT(refused_, calls_ / 50) << "hardly any call is refused";
  RecordProperty("calls", calls_);
  RecordProperty("refused", refused_);
}

} // namespace

} // namespace rollcall::store::testing
