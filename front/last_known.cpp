#include "front/last_known.hpp"

#include "core/log.hpp"

namespace rollcall::front {

namespace {

core::steady_time now() {
  return std::chrono::steady_clock::now();
}

core::uuid id_of(const store::face_record& record) {
  return record.id.id;
}

core::uuid id_of(const store::user_record& record) {
  return record.key.id;
}

std::string name_of(core::collection_key of, std::string_view user) {
  return std::string(core::as_text(of.id.value)).append(user);
}

} // namespace

// Face ids are random, so that the collection adds nothing to them; those of imports need not be, which costs time
// only.
std::size_t last_known::record_hash::operator()(const record_key& of) const noexcept {
  return std::hash<core::uuid>{}(of.second);
}

last_known::last_known(std::chrono::milliseconds age)
    : keeps_(age.count() > 0),
      collections_(most_collections, age),
      faces_(most_records, age),
      users_(most_records, age),
      user_ids_(most_records, age) {}

void last_known::note_store(bool is_away) {
  if (is_away_.exchange(is_away) == is_away)
    return;
  if (is_away)
    core::log(core::log_level::failure, "front", "the store is out of reach; searches go on with what was known last");
  else
    core::log(core::log_level::note, "front", "the store is back");
}

void last_known::keep(const store::collection_record& one) {
  if (!keeps_)
    return;
  const std::lock_guard lock(mutex_);
  collections_.put(one.id, one, now());
}

template <class Record>
void last_known::keep_all(records<Record>& in, core::collection_key of, const std::vector<Record>& all) {
  if (!keeps_)
    return;
  const std::lock_guard lock(mutex_);
  for (const auto& one : all)
    in.put({of.id, id_of(one)}, one, now());
}

void last_known::keep(core::collection_key of, const std::vector<store::face_record>& faces) {
  keep_all(faces_, of, faces);
}

void last_known::keep(core::collection_key of, const std::vector<store::user_record>& users) {
  keep_all(users_, of, users);
  if (!keeps_)
    return;
  const std::lock_guard lock(mutex_);
  for (const auto& one : users)
    user_ids_.put(name_of(of, one.user_id), one.key, now());
}

std::optional<store::collection_record> last_known::find_collection(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return collections_.find(std::string(id), now());
}

template <class Record, class Id>
std::vector<Record> last_known::find_all(records<Record>& in, core::collection_key of, std::span<const Id> ids) {
  std::vector<Record> found;
  const std::lock_guard lock(mutex_);
  for (const auto& one : ids)
    if (auto record = in.find({of.id, one.id}, now()))
      found.push_back(*std::move(record));
  return found;
}

std::vector<store::face_record> last_known::find_faces(core::collection_key of, std::span<const core::face_id> ids) {
  return find_all(faces_, of, ids);
}

std::vector<store::user_record> last_known::find_users(core::collection_key of, std::span<const core::user_key> keys) {
  return find_all(users_, of, keys);
}

std::optional<store::user_record> last_known::find_user(core::collection_key of, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto key = user_ids_.find(name_of(of, id), now());
  return key ? users_.find({of.id, key->id}, now()) : std::nullopt;
}

} // namespace rollcall::front
