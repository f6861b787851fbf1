#include "tests/unit/wire/constraint_edges.hpp"

#include "wire/base64.hpp"
#include "wire/shared.hpp"

namespace rollcall::wire {

namespace {

using core::error_code;

edge malformed(std::string value) {
  return {std::move(value), "must be", {}, error_code::malformed};
}

/// [id, id, …], all different.
std::string ids(int count) {
  std::string list = "[";
  for (int i = 0; i < count; ++i) {
    const auto tail = std::to_string(100'000'000'000 + i);
    list += (i == 0 ? "\"" : ",\"") + ("00000000-0000-0000-0000-" + tail) + '"';
  }
  return list + "]";
}

std::string tags(int count) {
  std::string map = "{";
  for (int i = 0; i < count; ++i)
    map += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":\"v\"";
  return map + "}";
}

std::string no_text_is(const std::string& what) {
  return "Member must have " + what;
}

const std::string at_least = "length greater than or equal to ";
const std::string at_most = "length less than or equal to ";
const std::string value_at_least = "Member must have value greater than or equal to ";
const std::string value_at_most = "Member must have value less than or equal to ";

std::vector<edge> name_edges(std::size_t longest, const std::string& expression, const std::string& good,
                             const std::string& bad) {
  std::vector<edge> edges{{text(1)},
                          {text(longest)},
                          {text(longest + 1), no_text_is(at_most + std::to_string(longest))},
                          {"\"\"", no_text_is(at_least + "1")},
                          {"\"\"", "Member must satisfy regular expression pattern: " + expression},
                          {'"' + good + '"'},
                          malformed("1"),
                          malformed("true"),
                          malformed("[\"a\"]"),
                          malformed("{}")};
  for (const char c : bad)
    edges.push_back({std::string{"\"a"} + c + "a\"", "Member must satisfy regular expression pattern: " + expression});
  edges.push_back({"\"\\u00e9\"", "Member must satisfy regular expression pattern: " + expression});
  edges.push_back({"\"a\\n\"", "Member must satisfy regular expression pattern: " + expression});
  return edges;
}

std::vector<edge> integer_edges(int low, int high) {
  std::vector<edge> edges{{std::to_string(low)},
                          {std::to_string(low - 1), value_at_least + std::to_string(low)},
                          {"-99999999999", value_at_least + std::to_string(low)},
                          {"7.0"},
                          malformed("7.5"),
                          malformed("\"7\""),
                          malformed("true"),
                          malformed("[]"),
                          malformed("{}"),
                          malformed("1e99")};
  if (high == 0) {
    edges.insert(edges.end(), {{"2147483648"}, {"9223372036854775807"}, {"18446744073709551615"}});
    return edges;
  }
  edges.push_back({std::to_string(high)});
  for (const auto& over : {std::to_string(high + 1), std::string{"99999999999"}, std::string{"18446744073709551615"},
                           std::to_string(high + 1) + ".0"})
    edges.push_back({over, value_at_most + std::to_string(high)});
  return edges;
}

std::vector<edge> id_list_edges(int most) {
  return {{ids(1)},
          {ids(most)},
          {ids(most + 1), no_text_is(at_most + std::to_string(most))},
          {"[]", no_text_is(at_least + "1")},
          {"[" + a_face + "," + a_face + "]"},
          {"[" + a_face + ",\"x\"]", "Member must satisfy regular expression pattern: [0-9a-f]{8}", ".2.member"},
          {"[null]", "Member must not be null", ".1.member"},
          malformed("[1]"),
          malformed(a_face),
          malformed("{}")};
}

std::vector<edge> enum_edges(const std::vector<std::string>& values) {
  std::vector<edge> edges{{"\"\"", "Member must satisfy enum value set: ["},
                          {'"' + values[0] + " \"", "Member must satisfy enum value set: [" + values[0]},
                          {"\"none\"", "Member must satisfy enum value set: ["},
                          malformed("1"),
                          malformed("[]")};
  for (const auto& value : values)
    edges.push_back({'"' + value + '"'});
  return edges;
}

std::string blob(std::size_t size) {
  return "{\"Bytes\":\"" + encode_base64(core::bytes(size)) + "\"}";
}

std::string s3(const std::string& members) {
  return "{\"S3Object\":{" + members + "}}";
}

std::vector<edge> image_edges() {
  const std::string name = R"(,"Name":"n")";
  return {
      {blob(1)},
      {blob(max_image_bytes)},
      {blob(max_image_bytes + 1), no_text_is(at_most + "5242880"), ".bytes"},
      {"{\"Bytes\":\"\"}", no_text_is(at_least + "1"), ".bytes"},
      {R"({"Bytes":"AAAA","S3Object":null})"},
      {s3(R"("Bucket":"b12","Name":"n")")},
      {s3(R"("Bucket":"b12","Name":"n","Version":"v")")},
      {s3(R"("Bucket":"b1")" + name), no_text_is(at_least + "3"), ".s3Object.bucket"},
      {s3("\"Bucket\":" + text(255) + name)},
      {s3("\"Bucket\":" + text(256) + name), no_text_is(at_most + "255"), ".s3Object.bucket"},
      {s3(R"("Bucket":"b/1")" + name), "Member must satisfy regular expression pattern: [0-9A-Za-z\\.\\-_]*",
       ".s3Object.bucket"},
      {s3(R"("Bucket":"b12","Name":"")"), no_text_is(at_least + "1"), ".s3Object.name"},
      {s3(R"("Bucket":"b12","Name":)" + text(1024))},
      {s3(R"("Bucket":"b12","Name":)" + text(1025)), no_text_is(at_most + "1024"), ".s3Object.name"},
      {s3(R"("Bucket":"b12","Name":"n","Version":"")"), no_text_is(at_least + "1"), ".s3Object.version"},
      {s3(R"("Bucket":"b12","Name":"n","Version":)" + text(1025)), no_text_is(at_most + "1024"), ".s3Object.version"},
      {"{}", "neither", {}, error_code::invalid_argument},
      {R"({"Bytes":null})", "neither", {}, error_code::invalid_argument},
      {R"({"Bytes":"AAAA","S3Object":{"Bucket":"b12","Name":"n"}})", "both", {}, error_code::invalid_argument},
      {s3(""), "Bucket and Name", {}, error_code::invalid_s3_object},
      {s3(R"("Name":"n")"), "Bucket and Name", {}, error_code::invalid_s3_object},
      {R"({"Bytes":"A===" })", "base64", {}, error_code::malformed},
      {R"({"Bytes":"AAA"})", "base64", {}, error_code::malformed},
      {R"({"Bytes":"AA A"})", "base64", {}, error_code::malformed},
      malformed(R"({"Bytes":[1,2]})"),
      malformed(R"({"S3Object":"s3://b/n"})"),
      malformed(R"({"S3Object":{"Bucket":1}})"),
      malformed("\"AAAA\""),
      malformed("[]")};
}

std::vector<edge> tag_edges() {
  const std::string keys = "Map keys must satisfy constraint: [";
  const std::string values = "Map value must satisfy constraint: [";
  return {{"{}"},
          {tags(200)},
          {tags(201), no_text_is(at_most + "200")},
          {"{" + text(128) + ":\"\"}"},
          {"{" + text(129) + ":\"\"}", keys + no_text_is(at_most + "128")},
          {"{\"\":\"\"}", keys + no_text_is(at_least + "1")},
          {"{\"aws:x\":\"\"}", keys + "Member must satisfy regular expression pattern: ^(?!aws:)"},
          {"{\"a;b\":\"\"}", keys + "Member must satisfy regular expression pattern: ^(?!aws:)"},
          {"{\"k\":" + text(256) + "}"},
          {"{\"k\":" + text(257) + "}", values + no_text_is(at_most + "256")},
          {"{\"k\":\"a;b\"}", values + "Member must satisfy regular expression pattern: ^("},
          {"{\"\\u00e9 +-=._:/@\":\"\\u65e5\"}"},
          malformed("{\"k\":1}"),
          malformed("{\"k\":null}"),
          malformed("[]"),
          malformed("\"k\"")};
}

std::vector<edge> tag_key_edges() {
  std::string full = "[\"k\"";
  for (int i = 1; i < 200; ++i)
    full += ",\"k\"";
  return {{"[]"},
          {full + "]"},
          {full + ",\"k\"]", no_text_is(at_most + "200")},
          {"[" + text(128) + "]"},
          {"[" + text(129) + "]", no_text_is(at_most + "128"), ".1.member"},
          {"[\"k\",\"aws:x\"]", "Member must satisfy regular expression pattern: ^(?!aws:)", ".2.member"},
          malformed("[1]"),
          malformed("{}")};
}

const std::vector<std::string> all_attributes = {
    "DEFAULT",   "ALL",    "AGE_RANGE", "BEARD",      "EMOTIONS", "EYEGLASSES",    "EYE_DIRECTION",
    "EYES_OPEN", "GENDER", "SMILE",     "MOUTH_OPEN", "MUSTACHE", "FACE_OCCLUDED", "SUNGLASSES"};

std::vector<edge> attribute_edges() {
  std::vector<edge> edges{{"[]"},
                          {"[\"ALL\",\"DEFAULT\",\"ALL\"]"},
                          {"[\"ALL\",\"all\"]", "Member must satisfy enum value set: [DEFAULT, ALL", ".2.member"},
                          {"[null]", "Member must not be null", ".1.member"},
                          malformed("\"ALL\""),
                          malformed("[1]")};
  for (const auto& value : all_attributes)
    edges.push_back({"[\"" + value + "\"]"});
  return edges;
}

std::vector<edge> stream_input_edges() {
  const auto no_stream = [](const std::string& value) {
    return edge{value, "Input must have a KinesisVideoStream with an Arn.", {}, error_code::invalid_argument};
  };
  return {{R"({"KinesisVideoStream":{"Arn":"rtsp://camera"}})"},
          no_stream("{}"),
          no_stream(R"({"KinesisVideoStream":{}})"),
          {R"({"KinesisVideoStream":{"Arn":""}})",
           "Input.KinesisVideoStream.Arn must be the URI of a stream",
           {},
           error_code::invalid_argument},
          malformed(R"({"KinesisVideoStream":{"Arn":1}})"),
          malformed(R"({"KinesisVideoStream":"rtsp://camera"})"),
          malformed("\"rtsp://camera\"")};
}

std::vector<edge> stream_output_edges() {
  const auto to_bucket = [](const std::string& members) { return R"({"S3Destination":{)" + members + "}}"; };
  return {{"{}"},
          {R"({"KinesisDataStream":{}})"},
          {R"({"KinesisDataStream":{"Arn":"arn:aws:kinesis:eu-west-1:123456789012:stream/s"}})"},
          {R"({"KinesisDataStream":{"Arn":"s"}})",
           "Member must satisfy regular expression pattern: (^arn:", ".kinesisDataStream.arn"},
          {to_bucket(R"("Bucket":"b12","KeyPrefix":"")")},
          {to_bucket(R"("Bucket":"b1")"), no_text_is(at_least + "3"), ".s3Destination.bucket"},
          {to_bucket("\"KeyPrefix\":" + text(1024))},
          {to_bucket("\"KeyPrefix\":" + text(1025)), no_text_is(at_most + "1024"), ".s3Destination.keyPrefix"},
          malformed("[]")};
}

std::vector<edge> stream_settings_edges() {
  const auto search = [](const std::string& members) { return R"({"FaceSearch":{)" + members + "}}"; };
  return {{search("\"CollectionId\":" + text(255))},
          {search("\"CollectionId\":" + text(256)), no_text_is(at_most + "255"), ".faceSearch.collectionId"},
          {search(R"("CollectionId":"c","FaceMatchThreshold":0)")},
          {search(R"("CollectionId":"c","FaceMatchThreshold":101)"), value_at_most + "100",
           ".faceSearch.faceMatchThreshold"},
          {"{}", "FaceSearch with a CollectionId", {}, error_code::invalid_argument},
          {R"({"ConnectedHome":{}})", "ConnectedHome", {}, error_code::invalid_argument},
          malformed(search("\"CollectionId\":1")),
          malformed("[]")};
}

std::vector<edge> video_edges() {
  const auto at = [](const std::string& members) { return R"({"S3Object":{)" + members + "}}"; };
  return {{at(R"("Bucket":"b12","Name":"v.mp4","Version":"1")")},
          {at(R"("Bucket":"b1","Name":"v.mp4")"), no_text_is(at_least + "3"), ".s3Object.bucket"},
          {at(R"("Bucket":"b12","Name":)" + text(1025)), no_text_is(at_most + "1024"), ".s3Object.name"},
          {at(R"("Bucket":"b12")"), "An S3Object needs both Bucket and Name.", {}, error_code::invalid_s3_object},
          {"{}", "Video must have an S3Object", {}, error_code::invalid_argument},
          malformed(R"({"S3Object":1})"),
          malformed("\"v.mp4\"")};
}

std::vector<edge> video_channel_edges() {
  const std::string topic = R"("SNSTopicArn":"arn:aws:sns:eu-west-1:123456789012:t")";
  return {
      {"{" + topic + R"(,"RoleArn":"arn:aws:iam::123456789012:role/a"})",
       "NotificationChannel can't be served: there is no SNS here",
       {},
       error_code::invalid_argument},
      {"{" + topic + "}", "Member must not be null", ".roleArn"},
      {"{" + topic + R"(,"RoleArn":"r"})", "Member must satisfy regular expression pattern: arn:aws:iam", ".roleArn"},
      malformed("[]")};
}

} // namespace

const std::map<std::string, std::vector<edge>>& edges_by_kind() {
  static const std::map<std::string, std::vector<edge>> kinds{
      {"collection", name_edges(255, "[a-zA-Z0-9_.\\-]+", "AZaz09_.-", " :/@,")},
      {"user", name_edges(128, "[a-zA-Z0-9_.\\-:]+", "AZaz09_.-:", " /@,")},
      {"external", name_edges(255, "[a-zA-Z0-9_.\\-:]+", "AZaz09_.-:", " /@,")},
      {"client_token", name_edges(64, "^[a-zA-Z0-9-_]+$", "AZaz09_-", " .:/")},
      {"face",
       {{a_face},
        {"\"0123ABCD-0123-abcd-0123-0123456789ab\"", "Member must satisfy regular expression pattern: [0-9a-f]{8}"},
        {"\"\"", "Member must satisfy regular expression pattern: [0-9a-f]{8}"},
        malformed("1")}},
      {"page_token",
       {{"\"\""}, {text(255)}, {text(256), no_text_is(at_most + "255")}, {"\"\\u65e5\""}, malformed("1")}},
      {"arn",
       {{text(20)},
        {text(19), no_text_is(at_least + "20")},
        {text(2048)},
        {text(2049), no_text_is(at_most + "2048")},
        malformed("{}")}},
      {"page_size", integer_edges(0, 4096)},
      {"max_faces", integer_edges(1, 4096)},
      {"index_faces", integer_edges(1, 0)},
      {"max_users", integer_edges(1, 500)},
      {"percent",
       {{"0"},
        {"0.0"},
        {"-0.001", value_at_least + "0"},
        {"-1", value_at_least + "0"},
        {"100"},
        {"99.999"},
        {"100.001", value_at_most + "100"},
        {"1e300", value_at_most + "100"},
        {"18446744073709551615", value_at_most + "100"},
        malformed("\"80\""),
        malformed("true")}},
      {"quality", enum_edges({"NONE", "AUTO", "LOW", "MEDIUM", "HIGH"})},
      {"attributes", attribute_edges()},
      {"ids", id_list_edges(4096)},
      {"user_ids", id_list_edges(100)},
      {"image", image_edges()},
      {"tags", tag_edges()},
      {"tag_keys", tag_key_edges()},
      {"processor", name_edges(128, "[a-zA-Z0-9_.\\-]+", "AZaz09_.-", " :/@,")},
      {"stream_input", stream_input_edges()},
      {"stream_output", stream_output_edges()},
      {"stream_settings", stream_settings_edges()},
      {"role",
       {{"\"arn:aws:iam::123456789012:role/path/a\""},
        {"\"arn:aws:iam::1:role/a\"", "Member must satisfy regular expression pattern: arn:aws:iam::"},
        malformed("1")}},
      {"channel",
       {{R"({"SNSTopicArn":"arn:aws:sns:eu-west-1:123456789012:t"})"},
        {R"({"SNSTopicArn":"t"})", "Member must satisfy regular expression pattern: (^arn:aws:sns", ".sNSTopicArn"},
        {"{}", "Member must not be null", ".sNSTopicArn"},
        malformed("[]")}},
      {"sharing",
       {{R"({"OptIn":true})"},
        {R"({"OptIn":false})"},
        {"{}", "Member must not be null", ".optIn"},
        malformed(R"({"OptIn":"true"})"),
        malformed("true")}},
      {"video", video_edges()},
      {"video_channel", video_channel_edges()},
      {"job", name_edges(64, "^[a-zA-Z0-9-_]+$", "AZaz09_-", " .:/")},
      {"job_tag", name_edges(1024, "[a-zA-Z0-9_.\\-:+=\\/]+", "AZaz09_.-:+=/", " @,")},
      {"video_attributes", enum_edges({"DEFAULT", "ALL"})},
      {"video_sort", enum_edges({"INDEX", "TIMESTAMP"})},
      {"label_detection",
       {{"{}", "is for label detection", {}, error_code::invalid_argument},
        {"[]", "is for label detection", {}, error_code::invalid_argument},
        {"\"\"", "is for label detection", {}, error_code::invalid_argument}}},
  };
  return kinds;
}

} // namespace rollcall::wire
