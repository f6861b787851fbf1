// Export and import of a collection's faces with their embeddings, in bounded memory: export streams page after page,
// import takes a body of JSON Lines as large as any request, and callers send as many as they need.
#include "front/admin/admin_json.hpp"
#include "front/admin/face_lines.hpp"
#include "front/admin/routes.hpp"
#include "front/operations/lookup.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <span>

namespace rollcall::front::admin {

namespace {

constexpr std::size_t faces_a_page = 256;
constexpr std::size_t faces_a_write = 512;

/// Where an export stands. Shared by the copies of its `body_source`; used by one connection.
struct export_position {
  services& with;
  core::collection_key collection;
  std::optional<core::face_id> after;
  bool is_done = false;
};

asio::awaitable<core::result<std::string>> next_piece(std::shared_ptr<export_position> at) {
  if (at->is_done)
    co_return std::string{};
  const auto until = core::deadline::in(at->with.settings.request_timeout);
  auto reading = [key = at->collection, after = at->after](store::store& in) {
    return in.list_embeddings(key, after, faces_a_page);
  };
  auto asked = read(store_access{at->with.via, at->with.parts.store, until}, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  std::string piece;
  for (const auto& face : page.rows)
    piece += write_face_line(face);
  at->after = page.next;
  at->is_done = !page.next;
  co_return piece;
}

struct imported {
  std::size_t faces = 0;
  std::vector<core::mutation_batch> mutations;
};

void append(std::vector<core::mutation_batch>& to, std::vector<core::mutation_batch> from) {
  std::ranges::move(from, std::back_inserter(to));
}

/// Ties the faces of one user, who is made where he isn't there.
core::status tie(store::store& in, core::collection_key key, const std::string& user,
                 const std::vector<core::face_id>& faces, imported& into) {
  const auto made = in.create_user(key, user, {});
  if (!made && made.failure().code != core::error_code::conflict)
    return made.failure();
  static constexpr float any_cosine = -2;
  ROLLCALL_TRY(auto changed, in.associate_faces(key, user, faces, any_cosine, {}));
  append(into.mutations, std::move(changed.mutations));
  return core::nothing{};
}

core::result<imported> import_in(const find_room_function& has_room, store::store& in, const std::string& collection,
                                 std::span<const store::face_with_embedding> faces) {
  ROLLCALL_TRY(const auto record, operations::find_collection_in(in, collection));
  std::map<std::string, std::vector<core::face_id>> users;
  std::vector<core::uuid> added_ids;
  for (const auto& one : faces) {
    if (one.face.model_version != record.model_version)
      return core::fail(core::error_code::model_mismatch,
                        "The collection takes faces of model version " + record.model_version + " only");
    added_ids.push_back(one.face.id.id);
    if (one.face.user_id)
      users[*one.face.user_id].push_back(one.face.id);
  }
  if (!users.empty())
    added_ids.clear(); // a user's id is the store's
  ROLLCALL_CHECK(operations::find_room(has_room, record, added_ids));
  std::vector<store::face_with_embedding> untied{faces.begin(), faces.end()};
  for (auto& one : untied)
    one.face.user_id.reset();
  ROLLCALL_TRY(auto added, in.add_faces(record.key, untied));
  imported into{added.faces.size(), std::move(added.mutations)};
  for (const auto& [user, ids] : users)
    ROLLCALL_CHECK(tie(in, record.key, user, ids, into));
  return into;
}

core::result<std::vector<store::face_with_embedding>> read_lines(std::string_view text, std::size_t dimension) {
  std::vector<store::face_with_embedding> faces;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line == "\r")
      continue;
    auto face = read_face_line(line, dimension);
    if (!face) {
      face.failure().message = "Line " + std::to_string(number) + ": " + face.failure().message;
      return std::move(face).failure();
    }
    faces.push_back(*std::move(face));
  }
  return faces;
}

} // namespace

admin_answer export_faces(admin_request& request) {
  auto& context = request.context;
  auto finding = operations::find_collection(context, request.arguments.front());
  ROLLCALL_CO_TRY(const auto collection, co_await std::move(finding));
  std::optional<core::face_id> after;
  if (const auto text = request.find_query("after")) {
    const auto id = core::parse_uuid(*text);
    if (!id)
      co_return core::fail(core::error_code::constraint_violation, "'after' must be a face id");
    after = core::face_id{*id};
  }
  const auto at = std::make_shared<export_position>(export_position{context.with, collection.key, after, false});
  http_reply reply;
  reply.content_type = "application/jsonl";
  reply.more = [at] { return next_piece(at); };
  co_return reply;
}

admin_answer import_faces(admin_request& request) {
  auto& context = request.context;
  const auto dimension = context.with.parts.models.dimension;
  ROLLCALL_CO_TRY(auto faces, read_lines(request.http.body.view(), dimension));
  request.http.body = body_buffer{};
  const auto all = std::make_shared<const std::vector<store::face_with_embedding>>(std::move(faces));
  std::size_t done = 0;
  while (done < all->size()) {
    const auto count = std::min(faces_a_write, all->size() - done);
    auto writing = [has_room = context.with.parts.find_room, all, done, count, id = request.arguments.front()](
                       store::store& in) { return import_in(has_room, in, id, std::span{*all}.subspan(done, count)); };
    auto asked = write(context, std::move(writing));
    auto made = co_await std::move(asked);
    if (!made) {
      made.failure().message += " (" + std::to_string(done) + " faces of this request are imported)";
      co_return std::move(made).failure();
    }
    done += count;
  }
  co_return json_reply(json::object{{"imported", all->size()}});
}

} // namespace rollcall::front::admin
