/// The search of faces as all who search for them do it.
#pragma once

#include "front/operations/matching.hpp"

#include <string>
#include <vector>

namespace rollcall::front::operations {

/// Searches the collection, fetches the records of what was found and writes the decision, in which the probe is called
/// `probe_name`. Errors: those of `search`, `record` and STORE.
[[nodiscard]] asio::awaitable<core::result<std::vector<wire::face_match>>>
search_faces_and_record(request_context& context, store::collection_record collection, probe wanted,
                        std::string probe_name);

} // namespace rollcall::front::operations
