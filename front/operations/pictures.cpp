#include "front/operations/pictures.hpp"

#include <algorithm>

namespace rollcall::front::operations {

namespace {

asio::awaitable<core::result<core::shared_bytes>> fetch(request_context& context, wire::image picture) {
  if (picture.bytes)
    co_return *std::move(picture.bytes);
  if (!picture.s3)
    co_return core::fail(core::error_code::invalid_argument, "Image needs Bytes or S3Object");
  const stage_watch watch{context.stages, stage::parse};
  auto asked = context.with.objects.read(*std::move(picture.s3));
  auto content = co_await std::move(asked);
  co_return content;
}

void count_vision(stage_times& into, const vision::stage_times& times, std::chrono::microseconds took) {
  into.add(stage::decode, times.decode);
  into.add(stage::detect, times.detect);
  into.add(stage::landmark, times.landmark);
  into.add(stage::embed, times.embed);
  into.add(stage::attributes, times.attributes);
  into.networks += times.networks;
  const auto inside = times.decode + times.detect + times.landmark + times.embed + times.attributes;
  into.add(stage::vision_wait, std::max(took - inside, std::chrono::microseconds{0}));
}

} // namespace

asio::awaitable<core::result<vision::analysis>> analyze(request_context& context, wire::image picture,
                                                        vision::analyze_options options) {
  auto fetched = fetch(context, std::move(picture));
  ROLLCALL_CO_TRY(auto bytes, co_await std::move(fetched));
  const auto start = std::chrono::steady_clock::now();
  actors::analyze_request message{context.request, std::move(bytes), options, context.until};
  auto asked = ask<vision::analysis>(context.with.via, context.with.parts.embedding, std::move(message), context.until);
  auto answered = co_await std::move(asked);
  const auto took = std::chrono::steady_clock::now() - start;
  if (answered)
    count_vision(context.stages, answered->times, std::chrono::duration_cast<std::chrono::microseconds>(took));
  co_return answered;
}

const vision::face* find_probe(const vision::analysis& in) noexcept {
  const auto found = std::ranges::find_if(
      in.faces, [](const vision::face& face) { return face.reasons.empty() && !face.embedding.empty(); });
  return found == in.faces.end() ? nullptr : &*found;
}

} // namespace rollcall::front::operations
