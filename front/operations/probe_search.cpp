#include "front/operations/probe_search.hpp"

#include "front/operations/face_search.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/pictures.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace rollcall::front::operations {

namespace {

static_assert(std::endian::native == std::endian::little, "embeddings travel little-endian");

/// Namespace of the ids of embeddings that callers send: fixed for ever, as that of images.
constexpr core::uuid embedding_space{
    {0x8e, 0x21, 0x4c, 0x73, 0x90, 0x5b, 0x4d, 0x0a, 0xb6, 0x37, 0x19, 0xf2, 0xa8, 0x44, 0xc1, 0x6d}};

core::result<std::vector<float>> read_embedding(core::byte_view bytes, std::size_t dimension) {
  if (bytes.size() != dimension * sizeof(float))
    return core::fail(core::error_code::invalid_argument,
                      "An embedding of this model has " + std::to_string(dimension) + " float32 numbers, "
                          + std::to_string(dimension * sizeof(float)) + " bytes; the second part has "
                          + std::to_string(bytes.size()) + ".");
  std::vector<float> read(dimension);
  std::memcpy(read.data(), bytes.data(), bytes.size());
  double square = 0;
  for (const auto one : read)
    square += static_cast<double>(one) * one;
  if (!std::isfinite(square) || square < 1e-12)
    return core::fail(core::error_code::invalid_argument,
                      "The numbers of an embedding are finite, and not all of them nought.");
  for (auto& one : read)
    one = static_cast<float>(one / std::sqrt(square));
  return read;
}

asio::awaitable<core::result<wire::probe_matches>> search_for(request_context& context,
                                                              store::collection_record collection,
                                                              const wire::realtime_query& query,
                                                              std::vector<float> embedding, std::string probe_name) {
  probe wanted;
  wanted.embedding = std::move(embedding);
  wanted.k = static_cast<std::size_t>(query.max_faces);
  wanted.threshold = query.face_match_threshold;
  wire::probe_matches response;
  response.face_model_version = collection.model_version;
  auto searching = search_faces_and_record(context, std::move(collection), std::move(wanted), std::move(probe_name));
  ROLLCALL_CO_TRY(response.face_matches, co_await std::move(searching));
  co_return response;
}

} // namespace

asio::awaitable<core::result<wire::probe_matches>>
search_faces_by_embedding(request_context& context, wire::realtime_query query, core::shared_bytes bytes) {
  const auto& model = context.with.parts.models;
  ROLLCALL_CO_TRY(auto embedding, read_embedding(*bytes, model.dimension));
  if (*query.face_model_version != model.version)
    co_return core::fail(core::error_code::model_mismatch, "The embedding was made by the model "
                                                               + *query.face_model_version + ", this node has "
                                                               + model.version + ".");
  auto finding = find_searched_collection(context, *query.collection_id);
  ROLLCALL_CO_TRY(auto collection, co_await std::move(finding));
  auto name = core::to_string(core::named_uuid(embedding_space, *bytes));
  auto searching = search_for(context, std::move(collection), query, std::move(embedding), std::move(name));
  auto found = co_await std::move(searching);
  co_return found;
}

asio::awaitable<core::result<wire::probe_matches>>
search_faces_by_crop(request_context& context, wire::realtime_query query, core::shared_bytes crop) {
  auto finding = find_searched_collection(context, *query.collection_id);
  ROLLCALL_CO_TRY(auto collection, co_await std::move(finding));
  vision::analyze_options options;
  options.embed = vision::embed_which::largest;
  options.is_aligned = true;
  auto analyzing = analyze(context, wire::image{std::move(crop), {}}, options);
  ROLLCALL_CO_TRY(const auto analysis, co_await std::move(analyzing));
  const auto* face = find_probe(analysis);
  if (face == nullptr)
    co_return core::fail(core::error_code::internal, "", "EMBEDDING gave no embedding of a crop");
  auto searching = search_for(context, std::move(collection), query, face->embedding, core::to_string(analysis.image));
  auto found = co_await std::move(searching);
  co_return found;
}

} // namespace rollcall::front::operations
