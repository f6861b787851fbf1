#include "actors/peers/peer_codec.hpp"

#include "actors/peers/peer_bytes.hpp"

namespace rollcall::actors {

namespace {

namespace pb = net::pb;

using peer_bytes::malformed;
using peer_bytes::parse;
using peer_bytes::read;
using peer_bytes::to_body;
using peer_bytes::to_text;

bool read(std::uint32_t number, core::reference_kind& kind) {
  return peer_bytes::read(number, kind, core::reference_kind::user);
}

bool read(std::uint32_t number, shard::exactness& exact) {
  return peer_bytes::read(number, exact, shard::exactness::not_proved);
}

} // namespace

// -- searches

core::shared_bytes encode(const shard::search_request& request) {
  pb::search_request made;
  made.set_request(to_text(request.request.id));
  made.set_collection(to_text(request.collection.id));
  made.set_kind(static_cast<std::uint32_t>(request.kind));
  made.mutable_partitions()->Add(request.partitions.begin(), request.partitions.end());
  made.set_probes(to_text(request.probes));
  made.set_dimension(static_cast<std::uint32_t>(request.dimension));
  made.set_k(static_cast<std::uint32_t>(request.k));
  made.set_lowest_cosine(request.lowest_cosine);
  made.set_recall_floor(request.recall_floor);
  return to_body(made);
}

core::result<shard::search_request> decode_search(core::byte_view body, core::deadline until) {
  pb::search_request got;
  shard::search_request made{.request = {}, .collection = {}, .partitions = {}, .probes = {}, .until = until};
  if (!parse(got, body) || !read(got.request(), made.request.id) || !read(got.collection(), made.collection.id)
      || !read(got.kind(), made.kind) || !read(got.probes(), made.probes)
      || !(got.recall_floor() > 0 && got.recall_floor() <= 1))
    return malformed("a search");
  made.partitions.assign(got.partitions().begin(), got.partitions().end());
  made.dimension = got.dimension();
  made.k = got.k();
  made.lowest_cosine = got.lowest_cosine();
  made.recall_floor = got.recall_floor();
  return made;
}

core::shared_bytes encode(const shard::search_answer& answer) {
  pb::search_answer made;
  std::size_t hits = 0;
  for (const auto& row : answer.rows)
    hits += row.size();
  made.mutable_ids()->reserve(hits * sizeof(core::uuid::value));
  made.mutable_cosines()->reserve(hits * sizeof(float));
  for (const auto& row : answer.rows) {
    made.add_hits(static_cast<std::uint32_t>(row.size()));
    for (const auto& one : row) {
      made.mutable_ids()->append(core::as_text(one.id.value));
      made.mutable_cosines()->append(reinterpret_cast<const char*>(&one.cosine), sizeof one.cosine);
    }
  }
  for (const auto& one : answer.partitions) {
    auto& part = *made.add_partitions();
    part.set_partition(one.partition);
    part.set_has_answered(one.has_answered);
    part.set_is_current(one.is_current);
    part.set_exact(static_cast<std::uint32_t>(one.exact));
    part.set_seq(one.seq);
    part.set_references(one.references);
    part.set_compared(one.compared);
    part.set_recall(one.recall);
  }
  return to_body(made);
}

core::result<shard::search_answer> decode_search_answer(core::byte_view body) {
  pb::search_answer got;
  if (!parse(got, body))
    return malformed("an answer");
  std::uint64_t hits = 0;
  for (const auto count : got.hits())
    hits += count;
  constexpr auto id_bytes = sizeof(core::uuid::value);
  if (got.ids().size() != hits * id_bytes || got.cosines().size() != hits * sizeof(float))
    return malformed("an answer");
  shard::search_answer made;
  const auto* id = got.ids().data();
  const auto* cosine = got.cosines().data();
  for (const auto count : got.hits()) {
    auto& row = made.rows.emplace_back(count);
    for (auto& one : row) {
      std::memcpy(one.id.value.data(), id, id_bytes);
      std::memcpy(&one.cosine, cosine, sizeof one.cosine);
      id += id_bytes;
      cosine += sizeof one.cosine;
    }
  }
  for (const auto& part : got.partitions()) {
    auto& one = made.partitions.emplace_back();
    if (!read(part.exact(), one.exact) || !(part.recall() >= 0 && part.recall() <= 1))
      return malformed("an answer");
    one.partition = part.partition();
    one.has_answered = part.has_answered();
    one.is_current = part.is_current();
    one.seq = part.seq();
    one.references = part.references();
    one.compared = part.compared();
    one.recall = part.recall();
  }
  return made;
}

core::shared_bytes encode(const shard::find_request& wanted) {
  pb::find_request made;
  made.set_collection(to_text(wanted.collection.id));
  made.set_partition(wanted.partition);
  made.set_kind(static_cast<std::uint32_t>(wanted.kind));
  made.set_id(to_text(wanted.id));
  return to_body(made);
}

core::result<shard::find_request> decode_find(core::byte_view body, core::deadline until) {
  pb::find_request got;
  shard::find_request made{.collection = {}, .id = {}, .until = until};
  if (!parse(got, body) || !read(got.collection(), made.collection.id) || !read(got.kind(), made.kind)
      || !read(got.id(), made.id))
    return malformed("a search for one reference");
  made.partition = got.partition();
  return made;
}

core::shared_bytes encode(const shard::found_reference& found) {
  pb::found_reference made;
  made.set_embedding(to_text(found.embedding));
  made.set_is_current(found.is_current);
  return to_body(made);
}

core::result<shard::found_reference> decode_found(core::byte_view body) {
  pb::found_reference got;
  shard::found_reference made;
  if (!parse(got, body) || !read(got.embedding(), made.embedding))
    return malformed("a reference");
  made.is_current = got.is_current();
  return made;
}

// -- changes

core::shared_bytes encode(const apply_request& request) {
  pb::apply_request made;
  for (const auto& batch : request.batches) {
    auto& to = *made.add_batches();
    to.set_collection(to_text(batch.collection.id));
    to.set_partition(batch.partition);
    for (const auto& one : batch.mutations) {
      auto& change = *to.add_mutations();
      change.set_seq(one.seq);
      change.set_kind(static_cast<std::uint32_t>(one.kind));
      change.set_id(to_text(one.id));
      change.set_embedding(to_text(one.embedding));
    }
  }
  return to_body(made);
}

core::result<apply_request> decode_apply(core::byte_view body) {
  pb::apply_request got;
  if (!parse(got, body))
    return malformed("changes");
  apply_request made;
  for (const auto& batch : got.batches()) {
    auto& to = made.batches.emplace_back();
    if (!read(batch.collection(), to.collection.id))
      return malformed("changes");
    to.partition = batch.partition();
    for (const auto& change : batch.mutations()) {
      auto& one = to.mutations.emplace_back();
      const auto follows = to.mutations.size() == 1 || change.seq() > to.mutations[to.mutations.size() - 2].seq;
      one.seq = change.seq();
      if (one.seq == 0 || !follows || !read(change.kind(), one.kind) || !read(change.id(), one.id)
          || !read(change.embedding(), one.embedding))
        return malformed("changes");
    }
  }
  return made;
}

core::shared_bytes encode(const drop_request& request) {
  ROLLCALL_ASSERT(!request.only);
  pb::drop_request made;
  made.set_collection(to_text(request.collection.id));
  return to_body(made);
}

core::result<drop_request> decode_drop(core::byte_view body) {
  pb::drop_request got;
  drop_request made;
  if (!parse(got, body) || !read(got.collection(), made.collection.id))
    return malformed("a removal");
  return made;
}

core::shared_bytes encode(const applied& /*done*/) {
  return std::make_shared<const core::bytes>();
}

// -- status

core::shared_bytes encode(const shard_status& status) {
  pb::shard_status made;
  made.set_is_ready(status.is_ready);
  made.set_partitions(status.partitions);
  made.set_references(status.references);
  for (const auto& [name, part] : shard::all_memory_parts)
    made.add_memory_bytes(status.memory.*part);
  return to_body(made);
}

core::result<shard_status> decode_status(core::byte_view body) {
  pb::shard_status got;
  if (!parse(got, body))
    return malformed("its status");
  shard_status made{.is_ready = got.is_ready(), .partitions = got.partitions(), .references = got.references()};
  for (int at = 0; at < std::min(got.memory_bytes_size(), static_cast<int>(shard::all_memory_parts.size())); ++at)
    made.memory.*shard::all_memory_parts[static_cast<std::size_t>(at)].second = got.memory_bytes(at);
  return made;
}

// -- snapshots

core::shared_bytes encode(const snapshot_open_request& request) {
  pb::snapshot_open_request made;
  made.set_collection(to_text(request.key.first.id));
  made.set_partition(request.key.second);
  return to_body(made);
}

core::result<snapshot_open_request> decode_snapshot_open(core::byte_view body) {
  pb::snapshot_open_request got;
  snapshot_open_request made;
  if (!parse(got, body) || !read(got.collection(), made.key.first.id))
    return malformed("a request for a snapshot");
  made.key.second = got.partition();
  return made;
}

core::shared_bytes encode(const snapshot_opened& opened) {
  pb::snapshot_opened made;
  made.set_ticket(opened.ticket);
  made.set_bytes(opened.bytes);
  return to_body(made);
}

core::result<snapshot_opened> decode_snapshot_opened(core::byte_view body) {
  pb::snapshot_opened got;
  if (!parse(got, body))
    return malformed("a snapshot");
  return snapshot_opened{got.ticket(), got.bytes()};
}

core::shared_bytes encode(const snapshot_read_request& request) {
  pb::snapshot_read_request made;
  made.set_ticket(request.ticket);
  made.set_offset(request.offset);
  made.set_bytes(request.bytes);
  return to_body(made);
}

core::result<snapshot_read_request> decode_snapshot_read(core::byte_view body) {
  pb::snapshot_read_request got;
  if (!parse(got, body))
    return malformed("a request for a snapshot's part");
  return snapshot_read_request{got.ticket(), got.offset(), got.bytes()};
}

} // namespace rollcall::actors
