/// What the store said last, for searches while it is out of reach: collections, and the records of faces and users
/// that searches found. Bounded, and forgotten when it is old. All calls are safe from any thread and none blocks.
#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/recent.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::front {

class last_known {
public:
  static constexpr std::size_t most_collections = 1'024;
  static constexpr std::size_t most_records = 65'536; ///< of faces, and of users

  /// Forgets what is older than `age`; 0: keeps nothing.
  explicit last_known(std::chrono::milliseconds age);

  [[nodiscard]] bool keeps() const noexcept { return keeps_; }
  /// Whether the store answered the last time that it was asked.
  [[nodiscard]] bool is_store_away() const noexcept { return is_away_; }
  void note_store(bool is_away);

  void keep(const store::collection_record& one);
  void keep(core::collection_key of, const std::vector<store::face_record>& faces);
  void keep(core::collection_key of, const std::vector<store::user_record>& users);

  [[nodiscard]] std::optional<store::collection_record> find_collection(std::string_view id);
  /// Those that are known, in the order of `ids`.
  [[nodiscard]] std::vector<store::face_record> find_faces(core::collection_key of, std::span<const core::face_id> ids);
  [[nodiscard]] std::vector<store::user_record> find_users(core::collection_key of,
                                                           std::span<const core::user_key> keys);
  [[nodiscard]] std::optional<store::user_record> find_user(core::collection_key of, std::string_view id);

private:
  using record_key = std::pair<core::uuid, core::uuid>; ///< collection, face or user
  struct record_hash {
    std::size_t operator()(const record_key& of) const noexcept;
  };

  template <class Record>
  using records = core::recent<record_key, Record, record_hash>;
  template <class Record>
  void keep_all(records<Record>& in, core::collection_key of, const std::vector<Record>& all);
  template <class Record, class Id>
  std::vector<Record> find_all(records<Record>& in, core::collection_key of, std::span<const Id> ids);

  const bool keeps_;
  std::atomic<bool> is_away_ = false;
  std::mutex mutex_;
  core::recent<std::string, store::collection_record> collections_;
  records<store::face_record> faces_;
  records<store::user_record> users_;
  core::recent<std::string, core::user_key> user_ids_; ///< by collection and user id
};

} // namespace rollcall::front
