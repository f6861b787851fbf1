// What the node is and holds: status, collections, partitions.
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/operations/lookup.hpp"

#include <boost/json/array.hpp>

namespace rollcall::front::admin {

namespace {

struct totals {
  std::uint64_t collections = 0;
  store::collection_counts within;
};

core::result<totals> count_all(store::store& in) {
  totals sum;
  ROLLCALL_TRY(const auto collections, operations::all_collections_in(in));
  for (const auto& row : collections) {
    const auto counts = in.count(row.key);
    if (!counts)
      continue; // deleted meanwhile
    ++sum.collections;
    sum.within.faces += counts->faces;
    sum.within.users += counts->users;
  }
  return sum;
}

struct counted_collection {
  store::collection_record record;
  store::collection_counts counts;
};

struct counted_page {
  std::vector<counted_collection> rows;
  std::optional<std::string> next;
};

core::result<counted_page> list_counted(store::store& in, const std::string& after, std::size_t limit) {
  ROLLCALL_TRY(auto page, in.list_collections(after, limit));
  counted_page counted{{}, page.next};
  for (auto& row : page.rows)
    if (const auto counts = in.count(row.key))
      counted.rows.push_back({std::move(row), *counts});
  return counted;
}

json::object describe(const counted_collection& one) {
  return {{"collection_id", one.record.id},
          {"face_count", one.counts.faces},
          {"user_count", one.counts.users},
          {"model_version", one.record.model_version},
          {"partitions", one.record.partitions},
          {"created", timestamp(one.record.created)},
          {"recall_floor", share(one.record.recall_floor)}};
}

json::object describe(const services& with, const totals& sum, const actors::shard_status& shards,
                      const actors::embedding_status& embedding) {
  const auto uptime = std::chrono::steady_clock::now() - with.started;
  json::object memory;
  for (const auto& [name, part] : shard::all_memory_parts)
    memory[name] = shards.memory.*part;
  json::object shown{{"version", with.parts.node_version},
                     {"model_version", with.parts.models.version},
                     {"dimension", with.parts.models.dimension},
                     {"runtime", with.parts.models.runtime},
                     {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count()},
                     {"is_open", with.gate.is_open()},
                     {"is_ready", shards.is_ready},
                     {"collections", sum.collections},
                     {"faces", sum.within.faces},
                     {"users", sum.within.users},
                     {"partitions", shards.partitions},
                     {"references", shards.references},
                     {"memory_bytes", shards.memory.total()},
                     {"embedding_workers", embedding.workers},
                     {"embedding_outstanding", embedding.outstanding}};
  shown["memory"] = std::move(memory);
  if (with.realtime.at.is_on())
    shown["zmq"] = show_realtime(with.realtime);
  return shown;
}

} // namespace

admin_answer show_status(admin_request& request) {
  auto& context = request.context;
  auto& with = context.with;
  auto asking_shards =
      ask<actors::shard_status>(with.via, with.parts.coordinator, actors::status_request{}, context.until);
  ROLLCALL_CO_TRY(const auto shards, co_await std::move(asking_shards));
  auto asking_embedding =
      ask<actors::embedding_status>(with.via, with.parts.embedding, actors::status_request{}, context.until);
  ROLLCALL_CO_TRY(const auto embedding, co_await std::move(asking_embedding));
  auto counting = read(context, &count_all);
  ROLLCALL_CO_TRY(const auto sum, co_await std::move(counting));
  co_return json_reply(describe(with, sum, shards, embedding));
}

admin_answer list_collections(admin_request& request) {
  ROLLCALL_CO_TRY(const auto limit, request.read_limit());
  const auto after = request.find_query("after").value_or("");
  auto reading = [after, limit](store::store& in) { return list_counted(in, after, limit); };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  json::array shown;
  for (const auto& one : page.rows)
    shown.push_back(describe(one));
  json::object body;
  body["collections"] = std::move(shown);
  if (page.next)
    body["next"] = *page.next;
  co_return json_reply(body);
}

admin_answer list_partitions(admin_request& request) {
  using heads_type = std::vector<store::partition_head>;
  auto reading = [id = request.arguments.front()](store::store& in) -> core::result<heads_type> {
    ROLLCALL_TRY(const auto record, operations::find_collection_in(in, id));
    ROLLCALL_TRY(auto heads, in.list_heads());
    std::erase_if(heads, [&record](const auto& head) { return head.collection != record.key; });
    return heads;
  };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto heads, co_await std::move(asked));
  json::array shown;
  for (const auto& head : heads)
    shown.push_back(json::object{{"partition", head.partition}, {"seq", head.seq}});
  json::object body;
  body["partitions"] = std::move(shown);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
