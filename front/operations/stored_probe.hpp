/// What a search by a face's or user's id starts from: its embedding, as stored.
#pragma once

#include "front/services.hpp"

#include <string>
#include <vector>

namespace rollcall::front::operations {

struct stored_probe {
  store::collection_record collection;
  core::reference_kind kind = core::reference_kind::face;
  core::uuid id;                ///< of the reference
  std::vector<float> embedding; ///< dimension float32, L2-normalised; empty: a user without faces
};

/// From the store; while that is out of reach from the shards, where the collection, and of a user its id, was known
/// last: the request is marked then. Errors: `not_found` (collection, face), `unavailable` (neither can tell).
[[nodiscard]] asio::awaitable<core::result<stored_probe>> find_stored_face(request_context& context,
                                                                           std::string collection, core::face_id face);
/// The same of a user.
[[nodiscard]] asio::awaitable<core::result<stored_probe>> find_stored_user(request_context& context,
                                                                           std::string collection, std::string user);

} // namespace rollcall::front::operations
