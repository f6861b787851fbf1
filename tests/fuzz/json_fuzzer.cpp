// The JSON of every request, the pagination tokens, the ARNs and the base64 of pictures: whatever comes in, a value or
// an error goes out, and what was accepted can be written again. The first byte picks the reader.
#include "wire/arn.hpp"
#include "wire/base64.hpp"
#include "wire/codec.hpp"
#include "wire/error_reply.hpp"
#include "wire/json_document.hpp"
#include "wire/operation.hpp"
#include "wire/page_token.hpp"

#include <cstdlib>
#include <iterator>

namespace {

using namespace rollcall;

void require(bool condition) {
  if (!condition)
    std::abort();
}

/// The error's text must be fit for a reply, whatever of the input it quotes.
void answer(const core::error& failed) {
  require(failed.code != core::error_code::internal);
  const auto reply = wire::encode_error("ValidationException", failed.message, "id");
  require(wire::json_document::parse(reply).has_value());
}

template <class Request>
void read_request(std::string_view body) {
  if (const auto decoded = wire::decode<Request>(body); !decoded)
    answer(decoded.failure());
}

void read_token(std::string_view text) {
  const core::bytes key(32, 7);
  const wire::page_scope scope{wire::operation::list_faces, "scope"};
  require(!wire::open_page_token(key, scope, text).has_value());
}

void read_base64(std::string_view text) {
  if (const auto decoded = wire::decode_base64(text))
    require(wire::encode_base64(*decoded) == text);
}

void read_names(std::string_view text) {
  if (const auto arn = wire::parse_collection_arn(text))
    require(wire::parse_collection_arn(wire::make_collection_arn(arn->scope, arn->collection_id)).has_value());
  else
    answer(arn.failure());
  if (const auto target = wire::parse_target(text); !target)
    answer(target.failure());
  require(wire::json_document::parse(wire::encode_gateway_error(text, text)).has_value());
}

void read_by(std::size_t choice, std::string_view text) {
  using reader = void (*)(std::string_view);
  constexpr reader readers[] = {read_token, read_base64, read_names,
#define ROLLCALL_READER(name, text) read_request<wire::name##_request>,
                                ROLLCALL_OPERATIONS(ROLLCALL_READER)
#undef ROLLCALL_READER
  };
  readers[choice % std::size(readers)](text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size > 0)
    read_by(input[0], rollcall::core::as_text({input + 1, size - 1}));
  return 0;
}
