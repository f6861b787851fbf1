/// What the admin API's import takes: faces as lines of JSON, and a request of them. Header only; link rollcall::wire.
#pragma once

#include "core/bytes.hpp"
#include "wire/base64.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <span>
#include <string>
#include <string_view>

namespace rollcall::test {

/// One line with its end; `embedding` has length 1.
inline std::string face_line(const std::string& face, const std::string& image, std::span<const float> embedding,
                             const std::string& model_version = "1.0") {
  namespace json = boost::json;
  const core::byte_view raw{reinterpret_cast<const std::uint8_t*>(embedding.data()), embedding.size_bytes()};
  return json::serialize(json::object{{"face_id", face},
                                      {"image_id", image},
                                      {"bounding_box", {{"left", 0.1}, {"top", 0.1}, {"width", 0.5}, {"height", 0.5}}},
                                      {"confidence", 99.0},
                                      {"model_version", model_version},
                                      {"embedding", wire::encode_base64(raw)}})
         + "\n";
}

/// The request that imports `lines`, unsigned.
inline std::string import_request(const std::string& collection, std::string_view lines) {
  return "POST /admin/v1/collections/" + collection
         + "/faces HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\nContent-Type: "
           "application/jsonl\r\nContent-Length: "
         + std::to_string(lines.size()) + "\r\n\r\n" + std::string(lines);
}

} // namespace rollcall::test
