#include "store/postgres/bulk.hpp"

#include "core/big_endian.hpp"
#include "store/change_set.hpp"
#include "store/checks.hpp"
#include "store/sql/faces.hpp"
#include "store/sql/references.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace rollcall::store::postgres {

namespace {

// Below, statements one by one are as quick.
constexpr std::size_t least_copied = 32;

// Rows in PostgreSQL's binary COPY format. Source: PostgreSQL 15, "COPY", Binary Format.
class copy_rows {
public:
  void begin_row(std::uint16_t columns) { core::add_big_endian(text_, columns, 2); }
  void add(std::int64_t value) { add_number(static_cast<std::uint64_t>(value)); }
  void add(float value) { add_number(std::bit_cast<std::uint64_t>(double{value})); }
  void add(const core::uuid& value) {
    add_text({reinterpret_cast<const char*>(value.value.data()), value.value.size()});
  }
  void add(std::span<const float> value) {
    add_text({reinterpret_cast<const char*>(value.data()), value.size_bytes()});
  }
  void add_text(std::string_view value) {
    core::add_big_endian(text_, value.size(), 4);
    text_ += value;
  }
  void add_null() { core::add_big_endian(text_, 0xffffffff, 4); }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  void add_number(std::uint64_t value) {
    core::add_big_endian(text_, 8, 4);
    core::add_big_endian(text_, value, 8);
  }

  std::string text_;
};

// A one-dimensional array of bytea as a binary parameter. Source: PostgreSQL's array_send.
class id_array {
public:
  explicit id_array(std::size_t size) {
    for (const std::uint32_t each : {1U, 0U, 17U /* the type's oid */, static_cast<std::uint32_t>(size), 1U})
      add(each);
  }
  void add(const core::uuid& id) {
    add(static_cast<std::uint32_t>(id.value.size()));
    bytes_.insert(bytes_.end(), id.value.begin(), id.value.end());
  }
  [[nodiscard]] core::byte_view bytes() const { return bytes_; }

private:
  void add(std::uint32_t value) { core::add_big_endian(bytes_, value, 4); }

  core::bytes bytes_;
};

// True when each face is a new one: no id and no picture with an external image id occurs twice, or is stored.
bool are_new(connection& db, const sql::collection_row& collection, std::span<const face_with_embedding> faces) {
  std::set<core::uuid> ids;
  std::set<core::uuid> images;
  id_array all_ids(faces.size());
  id_array all_images(faces.size());
  for (const auto& each : faces) {
    const auto& image = each.face.image.id;
    if (!ids.insert(each.face.id.id).second || (each.face.external_image_id && !images.insert(image).second))
      return false;
    all_ids.add(each.face.id.id);
    all_images.add(image);
  }
  // One by one, by index: `= ANY` is held against every face where statistics say that there are few.
  sql::query q(db,
               "SELECT 1 FROM unnest(CAST(?2 AS BYTEA[])) AS wanted (id), LATERAL (SELECT 1 FROM faces f WHERE "
               "f.collection = ?1 AND f.id = wanted.id LIMIT 1) AS found UNION ALL "
               "SELECT 1 FROM unnest(CAST(?3 AS BYTEA[])) AS wanted (image), LATERAL (SELECT 1 FROM faces f WHERE "
               "f.collection = ?1 AND f.image = wanted.image AND f.external_image_id IS NOT NULL LIMIT 1) AS found "
               "LIMIT 1",
               collection.n, all_ids.bytes(), all_images.bytes());
  return !q.next();
}

void copy_faces(connection& db, std::int64_t collection, std::span<const face_with_embedding> faces) {
  copy_rows rows;
  for (const auto& [face, embedding] : faces) {
    rows.begin_row(10);
    rows.add(collection);
    rows.add(face.id.id);
    rows.add(face.image.id);
    if (face.external_image_id)
      rows.add_text(*face.external_image_id);
    else
      rows.add_null();
    for (const float each :
         {face.box.left, face.box.top, face.box.width, face.box.height, face.confidence, face.quality})
      rows.add(each);
  }
  db.copy("faces (collection, id, image, external_image_id, box_left, box_top, box_width, box_height, confidence, "
          "quality)",
          rows.text());
}

void add_order(copy_rows& order, std::int64_t collection, std::span<const mutation_batch> batches) {
  for (const auto& batch : batches)
    for (const auto& each : batch.mutations) {
      order.begin_row(5);
      order.add(collection);
      order.add(std::int64_t{batch.partition});
      order.add(static_cast<std::int64_t>(each.seq));
      order.add(static_cast<std::int64_t>(each.kind));
      order.add(each.id);
    }
}

void copy_references(connection& db, const sql::collection_row& to, const sql::numbered_changes& changes) {
  copy_rows order;
  copy_rows embeddings;
  add_order(order, to.n, changes.batches);
  add_order(order, to.n, changes.followed);
  for (const auto& batch : changes.batches)
    for (const auto& each : batch.mutations) {
      embeddings.begin_row(6);
      embeddings.add(to.n);
      embeddings.add(std::int64_t{partition_of(each.id, to.stored)});
      embeddings.add(static_cast<std::int64_t>(each.kind));
      embeddings.add(each.id);
      embeddings.add(static_cast<std::int64_t>(each.seq));
      embeddings.add(std::span<const float>(each.embedding));
    }
  db.copy("mutations (collection, part, seq, kind, id)", order.text());
  db.copy("embeddings (collection, part, kind, id, seq, vector)", embeddings.text());
}

} // namespace

core::result<added_faces> add_faces(connection& db, core::collection_key key,
                                    std::span<const face_with_embedding> faces) {
  if (faces.size() < least_copied)
    return sql::add_faces(db, key, faces);
  ROLLCALL_TRY(auto collection, sql::hold_row(db, key));
  if (!are_new(db, collection, faces))
    return sql::add_faces(db, key, faces);
  ROLLCALL_CHECK(check_face(collection.model_version, collection.dimension, faces.front()));
  ROLLCALL_CHECK(sql::fix_dimension(db, collection, faces.front()));
  added_faces added;
  change_set changes(collection.shape.numbered());
  for (const auto& each : faces) {
    ROLLCALL_CHECK(check_face(collection.model_version, collection.dimension, each));
    changes.put(reference_kind::face, each.face.id.id, each.embedding);
    added.faces.push_back(each.face);
    added.faces.back().user_id.reset();
  }
  auto done = sql::number_changes(db, key, collection, std::move(changes));
  copy_faces(db, collection.n, faces);
  copy_references(db, collection, done);
  sql::forget_old(db, collection, done);
  added.mutations = sql::all_batches(std::move(done));
  return added;
}

} // namespace rollcall::store::postgres
