#include "store/memory_store.hpp"

#include "store/checks.hpp"
#include "store/memory/state.hpp"
#include "store/processor_course.hpp"

#include <algorithm>
#include <mutex>

namespace rollcall::store {

namespace {

using key_type = core::collection_key;

class memory_store final : public store {
public:
  explicit memory_store(common_settings settings) { all_.settings = std::move(settings); }

  core::result<store_description> describe() override {
    return store_description{"memory", 0, core::system_wall_clock{}.now()};
  }

  core::result<collection_record> create_collection(const collection_record& record, const tags& with) override {
    const std::lock_guard lock(mutex_);
    return memory::create_collection(all_, record, with);
  }

  core::result<collection_record> delete_collection(std::string_view id) override {
    const std::lock_guard lock(mutex_);
    return memory::delete_collection(all_, id);
  }

  core::result<collection_record> find_collection(std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto found = all_.collections.find(std::string(id));
    if (found == all_.collections.end())
      return no_collection();
    return found->second.record;
  }

  core::result<collection_record> set_recall_floor(std::string_view id, float to) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(check_recall_floor(to));
    const auto found = all_.collections.find(std::string(id));
    if (found == all_.collections.end())
      return no_collection();
    found->second.record.recall_floor = to;
    return found->second.record;
  }

  core::result<collection_counts> count(key_type key) override {
    const std::lock_guard lock(mutex_);
    const auto* entry = memory::find_entry(all_, key);
    if (entry == nullptr)
      return no_collection();
    return collection_counts{entry->faces.size(), entry->users.size()};
  }

  core::result<page<collection_record, std::string>> list_collections(std::string_view after,
                                                                      std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_collections(all_, after, limit);
  }

  core::result<collection_shape> find_shape(std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto found = all_.collections.find(std::string(id));
    if (found == all_.collections.end())
      return no_collection();
    return memory::to_shape(found->second);
  }

  core::result<doubling_step_taken> take_doubling_step(std::string_view id, doubling_step step,
                                                       const partition_shape& seen) override {
    const std::lock_guard lock(mutex_);
    return memory::take_doubling_step(all_, id, step, seen);
  }

  core::result<tags> find_tags(key_type key) override {
    const std::lock_guard lock(mutex_);
    const auto* entry = memory::find_entry(all_, key);
    if (entry == nullptr)
      return no_collection();
    return entry->labels;
  }

  core::status add_tags(key_type key, const tags& with) override {
    const std::lock_guard lock(mutex_);
    return memory::add_tags(all_, key, with);
  }

  core::status remove_tags(key_type key, std::span<const std::string> names) override {
    const std::lock_guard lock(mutex_);
    return memory::remove_tags(all_, key, names);
  }

  core::result<added_faces> add_faces(key_type key, std::span<const face_with_embedding> faces) override {
    const std::lock_guard lock(mutex_);
    return memory::add_faces(all_, key, faces);
  }

  core::result<removed_faces> remove_faces(key_type key, std::span<const core::face_id> ids) override {
    const std::lock_guard lock(mutex_);
    return memory::remove_faces(all_, key, ids);
  }

  core::result<page<face_record, core::face_id>>
  list_faces(key_type key, const face_filter& filter, std::optional<core::face_id> after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_TRY(auto faces, memory::list_faces(all_, key, filter, after, limit));
    page<face_record, core::face_id> found{{}, faces.next};
    for (auto& row : faces.rows)
      found.rows.push_back(std::move(row.face));
    return found;
  }

  core::result<std::vector<face_record>> find_faces(key_type key, std::span<const core::face_id> ids) override {
    const std::lock_guard lock(mutex_);
    std::vector<face_record> found;
    if (const auto* entry = memory::find_entry(all_, key))
      for (const auto& id : ids)
        if (const auto face = entry->faces.find(id); face != entry->faces.end())
          found.push_back(face->second.record);
    return found;
  }

  core::result<face_with_embedding> find_face(key_type key, core::face_id id) override {
    const std::lock_guard lock(mutex_);
    const auto* entry = memory::find_entry(all_, key);
    if (entry == nullptr || !entry->faces.contains(id))
      return no_face(id);
    const auto& face = entry->faces.at(id);
    return face_with_embedding{face.record, face.embedding};
  }

  core::result<page<face_with_embedding, core::face_id>>
  list_embeddings(key_type key, std::optional<core::face_id> after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_faces(all_, key, {}, after, limit);
  }

  core::status create_user(key_type key, std::string_view user_id, const client_token& token) override {
    const std::lock_guard lock(mutex_);
    return memory::create_user(all_, key, user_id, token);
  }

  core::result<changed_user> delete_user(key_type key, std::string_view user_id, const client_token& token) override {
    const std::lock_guard lock(mutex_);
    return memory::delete_user(all_, key, user_id, token);
  }

  core::result<page<user_record, std::string>> list_users(key_type key, std::string_view after,
                                                          std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(check_limit(limit));
    const auto* entry = memory::find_entry(all_, key);
    if (entry == nullptr)
      return no_collection();
    page<user_record, std::string> found;
    for (auto from = entry->users.upper_bound(std::string(after)); from != entry->users.end(); ++from) {
      if (found.rows.size() == limit) {
        found.next = found.rows.back().user_id;
        break;
      }
      found.rows.push_back(memory::to_record(from->first, from->second));
    }
    return found;
  }

  core::result<changed_user> associate_faces(key_type key, std::string_view user_id, std::span<const core::face_id> ids,
                                             float lowest_cosine, const client_token& token) override {
    const std::lock_guard lock(mutex_);
    return memory::associate_faces(all_, key, user_id, ids, lowest_cosine, token);
  }

  core::result<changed_user> disassociate_faces(key_type key, std::string_view user_id,
                                                std::span<const core::face_id> ids,
                                                const client_token& token) override {
    const std::lock_guard lock(mutex_);
    return memory::disassociate_faces(all_, key, user_id, ids, token);
  }

  core::result<std::vector<user_record>> find_users(key_type key, std::span<const core::user_key> keys) override {
    const std::lock_guard lock(mutex_);
    return memory::find_users(all_, key, keys);
  }

  core::result<std::pair<user_record, std::vector<float>>> find_user(key_type key, std::string_view user_id) override {
    const std::lock_guard lock(mutex_);
    return memory::find_user(all_, key, user_id);
  }

  core::result<std::vector<partition_head>> list_heads() override {
    const std::lock_guard lock(mutex_);
    return memory::list_heads(all_);
  }

  core::result<reference_page> list_references(key_type key, std::uint32_t partition,
                                               std::optional<std::pair<reference_kind, core::uuid>> after,
                                               std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_references(all_, key, partition, after, limit);
  }

  core::result<mutation_batch> tail_mutations(key_type key, std::uint32_t partition, std::uint64_t after,
                                              std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::tail_mutations(all_, key, partition, after, limit);
  }

  core::status add_key(const api_key& key) override {
    const std::lock_guard lock(mutex_);
    if (find_key(key.access_key) != all_.keys.end()
        || (!key.curve_key.empty() && std::ranges::count(all_.keys, key.curve_key, &api_key::curve_key) > 0))
      return core::fail(core::error_code::already_exists, "the access key or its CURVE key exists already");
    all_.keys.push_back(key);
    return core::nothing{};
  }

  core::result<std::vector<api_key>> list_keys() override {
    const std::lock_guard lock(mutex_);
    auto keys = all_.keys;
    std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
    return keys;
  }

  core::status revoke_key(std::string_view access_key, core::wall_time at) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_key(access_key);
    if (found == all_.keys.end())
      return core::fail(core::error_code::not_found, "the access key " + std::string(access_key) + " does not exist");
    found->revoked = found->revoked.value_or(at);
    return core::nothing{};
  }

  core::status append_decisions(std::span<const decision> decisions) override {
    const std::lock_guard lock(mutex_);
    all_.decisions.insert(all_.decisions.end(), decisions.begin(), decisions.end());
    return core::nothing{};
  }

  core::status append_missing_decisions(std::span<const decision> decisions) override {
    const std::lock_guard lock(mutex_);
    return memory::append_missing_decisions(all_, decisions);
  }

  core::result<page<decision, std::uint64_t>>
  list_decisions(const decision_filter& filter, std::optional<std::uint64_t> before, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_decisions(all_, filter, before, limit);
  }

  core::result<decision> find_decision(core::request_id request) override {
    const std::lock_guard lock(mutex_);
    return memory::find_decision(all_, request);
  }

  core::status create_processor(const stream_processor& made) override {
    const std::lock_guard lock(mutex_);
    return memory::create_processor(all_, made);
  }

  core::result<stream_processor> find_processor(std::string_view name) override {
    return change(name, [](const stream_processor&) { return core::status{core::nothing{}}; });
  }

  core::result<page<stream_processor, std::string>> list_processors(std::string_view after,
                                                                    std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_processors(all_, after, limit);
  }

  core::result<stream_processor> start_processor(std::string_view name, core::wall_time at) override {
    return change(name, [&](stream_processor& of) { return start(of, at); });
  }

  core::result<stream_processor> stop_processor(std::string_view name, core::wall_time at) override {
    return change(name, [&](stream_processor& of) { return stop(of, at); });
  }

  core::result<stream_processor> replace_details(std::string_view name, std::string_view seen, std::string_view details,
                                                 core::wall_time at) override {
    return change(name, [&](stream_processor& of) { return change_details(of, seen, details, at); });
  }

  core::result<stream_processor> delete_processor(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_TRY(auto found, memory::change_named(all_, name, check_at_rest));
    all_.processors.erase(found.name);
    return found;
  }

  core::result<stream_processor> claim_processor(const core::uuid& key, std::string_view node,
                                                 std::chrono::milliseconds span) override {
    const std::lock_guard lock(mutex_);
    const auto now = core::system_wall_clock{}.now();
    return memory::change_keyed(all_, key, [&](stream_processor& of) { return claim(of, node, now, span); });
  }

  core::result<std::vector<processor_claim>> renew_claims(std::string_view node,
                                                          std::chrono::milliseconds span) override {
    const std::lock_guard lock(mutex_);
    return memory::renew_claims(all_, node, core::system_wall_clock{}.now() + span);
  }

  core::result<stream_processor> report_processor(const core::uuid& key, std::uint64_t epoch, processor_status status,
                                                  std::string_view message, core::wall_time at) override {
    const std::lock_guard lock(mutex_);
    return memory::change_keyed(all_, key, [&](stream_processor& of) -> core::status {
      ROLLCALL_CHECK(check_claim(of, epoch));
      return report(of, status, message, at);
    });
  }

  core::result<std::vector<std::uint64_t>> append_events(const core::uuid& processor, std::uint64_t epoch,
                                                         std::span<const event_record> events) override {
    const std::lock_guard lock(mutex_);
    ROLLCALL_CHECK(
        memory::change_keyed(all_, processor, [&](const stream_processor& of) { return check_claim(of, epoch); }));
    return memory::append_events(all_, events);
  }

  core::result<page<event_record, std::uint64_t>> list_events(const event_filter& filter, std::uint64_t after,
                                                              std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::list_events(all_, filter, after, limit);
  }

  core::result<std::uint64_t> last_event() override {
    const std::lock_guard lock(mutex_);
    return all_.last_event;
  }

  core::result<std::uint64_t> last_event_of(std::string_view camera, std::uint64_t before) override {
    const std::lock_guard lock(mutex_);
    return memory::last_event_of(all_, camera, before);
  }

  core::result<std::uint64_t> prune_events(core::wall_time before, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return memory::prune_events(all_, before, limit);
  }

  video_store& videos() override { return *videos_; }

private:
  core::result<stream_processor> change(std::string_view name,
                                        const std::function<core::status(stream_processor&)>& step) {
    const std::lock_guard lock(mutex_);
    return memory::change_named(all_, name, step);
  }

  std::vector<api_key>::iterator find_key(std::string_view access_key) {
    return std::ranges::find(all_.keys, access_key, &api_key::access_key);
  }

  std::mutex mutex_;
  memory::state all_;
  std::unique_ptr<video_store> videos_ = memory::make_video_store();
};

} // namespace

std::unique_ptr<store> make_memory_store(common_settings settings) {
  if (settings.clock == nullptr)
    settings.clock = std::make_shared<core::system_wall_clock>();
  return std::make_unique<memory_store>(std::move(settings));
}

} // namespace rollcall::store
