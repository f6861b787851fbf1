/// Finding what a request names, with the protocol's words for what is not there. The `*_in` functions run on STORE's
/// pool, inside a read or write.
#pragma once

#include "front/services.hpp"
#include "wire/page_token.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::front::operations {

/// `found`, with `message` in place of the store's own when it is `not_found`.
template <class Result>
[[nodiscard]] Result or_missing(Result found, std::string_view message) {
  if (!found && found.failure().code == core::error_code::not_found)
    found.failure().message = message;
  return found;
}

/// Whether a listing for `who` may show what is of this collection.
[[nodiscard]] bool may_see(const caller& who, const std::string& collection);

[[nodiscard]] std::string missing_collection(std::string_view id);
[[nodiscard]] std::string missing_user(std::string_view id);

[[nodiscard]] core::result<store::collection_record> find_collection_in(store::store& in, std::string_view id);

[[nodiscard]] core::result<store::collection_shape> find_shape_in(store::store& in, std::string_view id);

/// Every collection, by id.
[[nodiscard]] core::result<std::vector<store::collection_record>> all_collections_in(store::store& in);

/// Whether the nodes that would hold references with these ids have room; none: whichever partition they go to. Called
/// inside the write, right before it commits. Errors: `over_budget`.
[[nodiscard]] core::status find_room(const find_room_function& has_room, const store::collection_record& collection,
                                     std::span<const core::uuid> ids);

/// The collection `id`. Errors: `not_found`.
[[nodiscard]] asio::awaitable<core::result<store::collection_record>> find_collection(request_context& context,
                                                                                      std::string id);

/// The same, and that its embeddings are of the model that this node runs. Errors: `model_mismatch`, too.
[[nodiscard]] asio::awaitable<core::result<store::collection_record>> find_usable_collection(request_context& context,
                                                                                             std::string id);

/// The same for a search, which goes on with what was known last while the store is out of reach.
[[nodiscard]] asio::awaitable<core::result<store::collection_record>> find_searched_collection(request_context& context,
                                                                                               std::string id);

/// A stored face as the protocol shows it.
[[nodiscard]] wire::face make_face(const store::face_record& from);

/// A face that a call refused, with its reason. `low_match` states how similar it was.
[[nodiscard]] wire::failed_face make_failed_face(const store::refused_face& from, const core::similarity_curve& curve);

[[nodiscard]] wire::user_status to_wire(store::user_status from) noexcept;

/// The store's retry mark of a call: tokens are scoped by operation; the fingerprint covers all parameters.
[[nodiscard]] store::client_token make_token(const request_context& context, const std::optional<std::string>& token,
                                             std::initializer_list<std::string> parameters);

/// What is told when a token comes again with other parameters.
[[nodiscard]] std::string token_in_use(const std::optional<std::string>& token);

/// Rows a page of a listing that is asked for without MaxResults.
inline constexpr std::size_t default_page = 1'000;

/// `ids` without repetitions, in order of first appearance.
[[nodiscard]] std::vector<core::face_id> without_repetitions(std::vector<core::face_id> ids);

/// Where a listing goes on: the key in `token`, or empty without one. Errors: `invalid_token`.
[[nodiscard]] core::result<std::string> open_token(const request_context& context, const wire::page_scope& scope,
                                                   const std::optional<std::string>& token);

/// The token for a next page after `key`, where there is one.
[[nodiscard]] std::optional<std::string> next_token(const request_context& context, const wire::page_scope& scope,
                                                    const std::optional<std::string>& key);

} // namespace rollcall::front::operations
