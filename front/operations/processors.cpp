#include "front/operations/processors.hpp"

#include "front/operations/lookup.hpp"
#include "wire/codec.hpp"

namespace rollcall::front::operations {

namespace {

constexpr int most_tries = 16; ///< of a change beside others

std::string missing_processor(std::string_view name) {
  return "The stream processor: " + std::string{name} + " does not exist";
}

/// A change of `name` with the protocol's words where it is not there, or `busy` where its state forbids it.
core::result<store::stream_processor> reworded(core::result<store::stream_processor> changed, std::string_view name,
                                               const std::string& busy) {
  changed = or_missing(std::move(changed), missing_processor(name));
  if (!changed && changed.failure().code == core::error_code::conflict)
    return core::fail(core::error_code::in_use, busy);
  return changed;
}

} // namespace

store::stream_processor make_processor(wire::create_stream_processor_request request, core::wall_time at) {
  store::stream_processor made;
  made.key = core::random_uuid();
  made.name = std::move(request.name);
  made.input = std::move(request.input.uri);
  made.collection = std::move(request.settings.collection_id);
  made.threshold = request.settings.face_match_threshold;
  made.details =
      wire::encode(wire::stream_details{std::move(request.output), std::move(request.role_arn), std::move(request.tags),
                                        std::move(request.notification), request.data_sharing});
  made.created = made.updated = at;
  return made;
}

core::result<wire::stream_details> details_of(const store::stream_processor& kept) {
  auto read = wire::decode<wire::stream_details>(kept.details);
  if (!read)
    return core::fail(core::error_code::corrupt, "The details of stream processor " + kept.name + " can't be read",
                      read.failure().message);
  return read;
}

core::status create_processor_in(store::store& in, const store::stream_processor& made) {
  if (const auto found = find_collection_in(in, made.collection); !found) // the model has no error of its own for it
    return found.failure().code == core::error_code::not_found
               ? core::fail(core::error_code::invalid_argument, found.failure().message)
               : found.failure();
  auto created = in.create_processor(made);
  if (!created && created.failure().code == core::error_code::already_exists)
    return core::fail(core::error_code::in_use, "Stream processor name already in use: " + made.name);
  return created;
}

core::result<store::stream_processor> find_processor_in(store::store& in, std::string_view name) {
  return or_missing(in.find_processor(name), missing_processor(name));
}

core::result<store::stream_processor> start_processor_in(store::store& in, std::string_view name, core::wall_time at) {
  return reworded(in.start_processor(name, at), name,
                  "Specified resource is in use: " + std::string{name} + " was started already");
}

core::result<store::stream_processor> stop_processor_in(store::store& in, std::string_view name, core::wall_time at) {
  return reworded(in.stop_processor(name, at), name,
                  "Processor not available for stopping stream: " + std::string{name} + " does not run");
}

core::result<store::stream_processor>
change_details_in(store::store& in, std::string_view name,
                  const std::function<core::status(wire::stream_details&)>& change, core::wall_time at) {
  for (int tries = 1;; ++tries) {
    ROLLCALL_TRY(const auto found, find_processor_in(in, name));
    ROLLCALL_TRY(auto details, details_of(found));
    ROLLCALL_CHECK(change(details));
    auto changed = in.replace_details(name, found.details, wire::encode(details), at);
    if (changed || changed.failure().code != core::error_code::conflict || tries == most_tries)
      return reworded(std::move(changed), name, "Others change " + std::string{name} + " just now: try again");
  }
}

core::result<store::stream_processor> delete_processor_in(store::store& in, std::string_view name) {
  return reworded(in.delete_processor(name), name,
                  "Cannot delete stream processor: " + std::string{name} + " must be stopped first");
}

asio::awaitable<core::status> permit_processor(request_context& context, std::string name, store::role needed) {
  if (context.who.collections.empty())
    co_return core::nothing{};
  auto reading = [name = std::move(name)](store::store& in) { return find_processor_in(in, name); };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  const auto action = "rekognition:" + std::string{context.operation};
  auto permitted = context.with.gate.permit(context.who, {action, needed, found.collection});
  co_return permitted;
}

wire::stream_status to_wire(store::processor_status from) noexcept {
  switch (from) {
    case store::processor_status::stopped:
      return wire::stream_status::stopped;
    case store::processor_status::starting:
      return wire::stream_status::starting;
    case store::processor_status::running:
      return wire::stream_status::running;
    case store::processor_status::failed:
      return wire::stream_status::failed;
    case store::processor_status::stopping:
      return wire::stream_status::stopping;
  }
  return wire::stream_status::stopped;
}

} // namespace rollcall::front::operations
