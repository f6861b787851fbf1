/// Stream processors as both doors change them: Rekognition's operations and the admin API's cameras. With the
/// protocol's words for what can't be done. The `*_in` functions run on STORE's pool, inside a read or write.
#pragma once

#include "front/services.hpp"
#include "wire/streams.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace rollcall::front::operations {

/// What a request to create one says, as the store keeps it: stopped, with a key of its own.
[[nodiscard]] store::stream_processor make_processor(wire::create_stream_processor_request request, core::wall_time at);

/// What its maker said besides. Errors: `corrupt`.
[[nodiscard]] core::result<wire::stream_details> details_of(const store::stream_processor& kept);

/// Errors: `in_use` (the name), `not_found` (the collection), `quota_exceeded`.
[[nodiscard]] core::status create_processor_in(store::store& in, const store::stream_processor& made);

/// Errors of this and the following: `not_found`.
[[nodiscard]] core::result<store::stream_processor> find_processor_in(store::store& in, std::string_view name);
/// Errors: `in_use` (it runs, or is on the way there or back), too.
[[nodiscard]] core::result<store::stream_processor> start_processor_in(store::store& in, std::string_view name,
                                                                       core::wall_time at);
/// Errors: `in_use` (it does not run), too.
[[nodiscard]] core::result<store::stream_processor> stop_processor_in(store::store& in, std::string_view name,
                                                                      core::wall_time at);
/// Changes what its maker said by `change`, beside others who do so, too: it is called again where one was faster.
/// Errors: those of `change`, too.
[[nodiscard]] core::result<store::stream_processor>
change_details_in(store::store& in, std::string_view name,
                  const std::function<core::status(wire::stream_details&)>& change, core::wall_time at);
/// Errors: `in_use` (it runs), too.
[[nodiscard]] core::result<store::stream_processor> delete_processor_in(store::store& in, std::string_view name);

/// Whether the author of the request may touch the collection of this stream processor; asks the store only where a key
/// is limited to some. Errors: `access_denied`, `not_found`.
[[nodiscard]] asio::awaitable<core::status> permit_processor(request_context& context, std::string name,
                                                             store::role needed);

/// One change of a stream processor, `change` (which takes the store and the name, on STORE's pool), by whoever may
/// touch its collection.
template <class Change>
[[nodiscard]] asio::awaitable<core::result<store::stream_processor>>
change_processor(request_context& context, std::string name, store::role needed, Change change) {
  auto permitting = permit_processor(context, name, needed);
  ROLLCALL_CO_CHECK(co_await std::move(permitting));
  auto changing = [name = std::move(name), change = std::move(change)](store::store& in) { return change(in, name); };
  auto asked = write(context, std::move(changing));
  auto changed = co_await std::move(asked);
  co_return changed;
}

[[nodiscard]] wire::stream_status to_wire(store::processor_status from) noexcept;

} // namespace rollcall::front::operations
