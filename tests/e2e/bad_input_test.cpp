/// Whatever is sent to a node, it answers in the protocol's words, goes on serving, keeps what it has, takes no more
/// memory than it may, and its log stays a log.
#include "tests/e2e/broken_pictures.hpp"
#include "tests/e2e/node_test.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace rollcall::test {
namespace {

constexpr std::size_t mib = 1024 * 1024;
/// Models (115 MiB), two pictures of 10 megapixels in work at 12 bytes each, 64 MiB of bodies.
constexpr std::size_t most_memory_bytes = 420 * mib;

struct bad_call {
  std::string operation;
  std::string body;
  std::string type; ///< of the error; "" for a success
};

class bad_input_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    start_node({{},
                {"vision.workers=2", "vision.max_pixels=10000000", "http.header_timeout=500ms",
                 "http.body_timeout=800ms", "http.body_memory=64MiB"}});
    ASSERT_EQ(call("CreateCollection", R"({"CollectionId": "staff", "Tags": {"site": "north"}})").status, 200);
    for (const auto* user : {"anna", "bella", "cora"})
      ASSERT_EQ(call("CreateUser", {{"CollectionId", "staff"}, {"UserId", user}}).status, 200);
    const boost::json::object index{{"CollectionId", "staff"}, {"Image", image_of(picture("anna_1.jpg"))}};
    ASSERT_EQ(call("IndexFaces", index).status, 200);
    stored_ = contents();
    ASSERT_EQ(stored_.size(), 5U);
  }

  void TearDown() override {
    if (!IsSkipped() && !HasFatalFailure())
      expect_unharmed();
    node_test::TearDown();
  }

  /// What the node has: faces, users, tags, and whom a search finds.
  std::vector<std::string> contents() {
    std::vector<std::string> all;
    for (const auto& face : list_all("ListFaces", {{"CollectionId", "staff"}}, "Faces"))
      all.emplace_back(face.at("FaceId").as_string());
    for (const auto& user : list_all("ListUsers", {{"CollectionId", "staff"}, {"MaxResults", 2}}, "Users"))
      all.emplace_back(user.at("UserId").as_string());
    const auto arn = body_of(call("DescribeCollection", R"({"CollectionId": "staff"})")).at("CollectionARN");
    all.push_back(call("ListTagsForResource", {{"ResourceArn", arn}}).body);
    return all;
  }

  void expect_unharmed() {
    EXPECT_EQ(contents(), stored_);
    const boost::json::object search{{"CollectionId", "staff"}, {"Image", image_of(picture("anna_2.jpg"))}};
    const auto found = body_of(call("SearchFacesByImage", search));
    ASSERT_TRUE(found.contains("FaceMatches"));
    ASSERT_EQ(found.at("FaceMatches").as_array().size(), 1U);
    EXPECT_EQ(std::string{found.at("FaceMatches").at(0).at("Face").at("FaceId").as_string()}, stored_.front());
    const auto peak_bytes = node().child().peak_resident_bytes().value_or(most_memory_bytes);
    RecordProperty("peak_mib", static_cast<int>(peak_bytes / mib));
    EXPECT_LT(peak_bytes, most_memory_bytes);
    stop_node();
    // Libraries print, too: a line that is not the log's is one of theirs.
    std::istringstream lines{node().child().output(stream::err)};
    const std::regex of_the_log{"\\d{4}-\\d\\d-\\d\\dT\\S+Z (debug|info|warning|error) .*"};
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(std::regex_match(line, of_the_log)) << line;
  }

  void expect_answers(const std::vector<bad_call>& calls) {
    for (const auto& [operation, body, type] : calls) {
      const auto reply = call(operation, body);
      EXPECT_EQ(error_type(reply), type) << operation << " " << body.substr(0, 200) << "\n" << reply.body;
      EXPECT_EQ(reply.status, type.empty() ? 200 : 400) << operation << " " << body.substr(0, 200);
    }
  }

  void expect_one_of(const broken_picture& sent, const http_reply& reply) {
    EXPECT_NE(std::ranges::find(sent.answers, error_type(reply)), sent.answers.end())
        << sent.name << ": " << reply.status << " " << reply.body.substr(0, 300);
    EXPECT_TRUE(reply.status == 200 || reply.status == 400) << sent.name << ": " << reply.status;
  }

  http_connection connect() {
    auto opened = http_connection::open(node().http_port(), soon());
    EXPECT_TRUE(opened) << why(opened);
    return *std::move(opened);
  }

  /// The answer to `bytes`, after which the node closes the connection.
  void expect_refusal(std::string_view bytes, int status, std::string_view type, bool is_half_closed = false) {
    auto connection = connect();
    (void)connection.send(bytes, soon()); // the node may have seen enough before the end
    if (is_half_closed)
      connection.finish_sending();
    const auto reply = connection.read_reply(soon());
    ASSERT_TRUE(reply) << bytes.substr(0, 80) << ": " << why(reply);
    EXPECT_EQ(reply->status, status) << bytes.substr(0, 80);
    EXPECT_EQ(error_type(*reply), type) << bytes.substr(0, 80);
    EXPECT_EQ(reply->headers.count("x-amzn-requestid"), 1U) << bytes.substr(0, 80);
    EXPECT_TRUE(connection.read_to_end(soon())) << "not closed: " << bytes.substr(0, 80);
  }

  [[nodiscard]] core::bytes picture(const std::string& name) const { return bytes_of(scratch_.path() / name); }

private:
  temp_dir scratch_;
  std::vector<std::string> stored_;
};

/// A request's head without its end.
constexpr std::string_view begun = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.1\r\n"
                                   "X-Amz-Target: RekognitionService.ListCollections\r\n";

std::string with_body(std::string_view headers, std::string_view body) {
  return std::string{begun} + std::string{headers} + "\r\n\r\n" + std::string{body};
}

TEST_F(bad_input_test, broken_pictures_are_refused_by_name) {
  auto all = pictures_from_nothing();
  for (const auto* name : {"small.jpg", "blank.png"})
    for (auto& one : pictures_broken_from(name, picture(name), 11))
      all.push_back(std::move(one));
  for (const auto& one : all) {
    const auto image = image_of(one.content);
    expect_one_of(one, call("DetectFaces", {{"Image", image}}));
    expect_one_of(one, call("SearchFacesByImage", {{"CollectionId", "staff"}, {"Image", image}}));
    if (one.answers.front().empty())
      continue; // may be a picture still
    expect_one_of(one, call("IndexFaces", {{"CollectionId", "staff"}, {"Image", image}}));
    expect_one_of(one, call("CompareFaces", {{"SourceImage", image_of(picture("small.jpg"))}, {"TargetImage", image}}));
  }
}

TEST_F(bad_input_test, broken_pictures_of_other_projects_are_refused) {
  const auto folder = shared_data_dir() / "broken";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "no pictures in " << folder << ": set ROLLCALL_TEST_DATA";
  // Cut short in what is said about the picture, not in the picture.
  const std::set<std::string> has_whole_pixels{"truncated__pillow_truncated_exif_dpi.jpg",
                                               "truncated__pillow_truncated_app14.jpg"};
  std::size_t sent = 0;
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    const auto name = file.path().filename().string();
    if (file.path().extension() == ".tsv")
      continue;
    const std::string class_of = name.substr(0, name.find("__"));
    broken_picture one{
        name, bytes_of(file), {"InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"}};
    if (class_of == "empty")
      one.answers.emplace_back("ValidationException");
    else if ((class_of != "truncated" && class_of != "bomb") || has_whole_pixels.count(name) > 0)
      one.answers.emplace_back(""); // odd, or broken where no decoder looks
    expect_one_of(one, call("DetectFaces", {{"Image", image_of(one.content)}}));
    ++sent;
  }
  EXPECT_GT(sent, 100U);
}

TEST_F(bad_input_test, malformed_json_and_wrong_types_are_refused) {
  const std::string deep(100'000, '[');
  expect_answers({{"CreateCollection", "{", "SerializationException"},
                  {"CreateCollection", "[]", "SerializationException"},
                  {"CreateCollection", "null", "SerializationException"},
                  {"CreateCollection", "\"a\"", "SerializationException"},
                  {"CreateCollection", deep, "SerializationException"},
                  {"CreateCollection", "{\"CollectionId\": \"a\"} {}", "SerializationException"},
                  {"CreateCollection", "{\"CollectionId\": \"\xff\"}", "SerializationException"},
                  {"CreateCollection", "{\"CollectionId\": \"\\ud800\"}", "SerializationException"},
                  {"CreateCollection", R"({"CollectionId": 5})", "SerializationException"},
                  {"CreateCollection", R"({"CollectionId": ["a"]})", "SerializationException"},
                  {"CreateCollection", R"({"CollectionId": "a", "Tags": {"k": 5}})", "SerializationException"},
                  {"CreateCollection", "", "ValidationException"},
                  {"CreateCollection", "{}", "ValidationException"},
                  {"CreateCollection", R"({"CollectionId": null})", "ValidationException"},
                  {"DetectFaces", R"({"Image": {"Bytes": "%%%"}})", "SerializationException"},
                  {"DetectFaces", R"({"Image": {"Bytes": 5}})", "SerializationException"},
                  {"DetectFaces", R"({"Image": []})", "SerializationException"},
                  {"ListFaces", R"({"CollectionId": "staff", "MaxResults": "5"})", "SerializationException"},
                  {"ListFaces", R"({"CollectionId": "staff", "MaxResults": 1.5})", "SerializationException"},
                  {"ListFaces", R"({"CollectionId": "staff", "MaxResults": 1e99})", "SerializationException"}});
  // What a later version of the protocol may send is passed over.
  expect_answers({{"ListFaces", R"({"CollectionId": "staff", "Later": {"a": [1, null]}, "later": 5})", ""}});
}

TEST_F(bad_input_test, values_out_of_their_range_are_refused) {
  const std::string long_id(256, 'a');
  const std::string face = "00000000-0000-0000-0000-000000000000";
  expect_answers(
      {{"CreateCollection", R"({"CollectionId": "a b"})", "ValidationException"},
       {"CreateCollection", R"({"CollectionId": "../a"})", "ValidationException"},
       {"CreateCollection", R"({"CollectionId": "a\u0000b"})", "ValidationException"},
       {"CreateCollection", R"({"CollectionId": ""})", "ValidationException"},
       {"CreateCollection", R"({"CollectionId": ")" + long_id + R"("})", "ValidationException"},
       {"CreateUser", R"({"CollectionId": "staff", "UserId": "a/b"})", "ValidationException"},
       {"ListFaces", R"({"CollectionId": "staff", "MaxResults": -1})", "ValidationException"},
       {"ListFaces", R"({"CollectionId": "staff", "MaxResults": 4097})", "ValidationException"},
       {"ListUsers", R"({"CollectionId": "staff", "MaxResults": 0})", "ValidationException"},
       {"ListUsers", R"({"CollectionId": "staff", "MaxResults": 501})", "ValidationException"},
       {"ListFaces", R"({"CollectionId": "staff", "FaceIds": []})", "ValidationException"},
       {"ListFaces", R"({"CollectionId": "staff", "FaceIds": ["X"]})", "ValidationException"},
       {"SearchFaces", R"({"CollectionId": "staff", "FaceId": "X"})", "ValidationException"},
       {"SearchFaces", R"({"CollectionId": "staff", "MaxFaces": 4097, "FaceId": ")" + face + R"("})",
        "ValidationException"},
       {"SearchFaces", R"({"CollectionId": "staff", "FaceMatchThreshold": 101, "FaceId": ")" + face + R"("})",
        "ValidationException"},
       {"SearchFaces", R"({"CollectionId": "staff", "FaceId": ")" + face + R"("})", "ResourceNotFoundException"},
       {"DetectFaces", R"({"Image": {}})", "InvalidParameterException"},
       {"DetectFaces", R"({"Image": {"S3Object": {"Bucket": "nowhere", "Name": "../../etc/passwd"}}})",
        "InvalidS3ObjectException"},
       {"DetectFaces", R"({"Image": {"Bytes": "AAAA"}, "Attributes": ["SOUL"]})", "ValidationException"}});
}

TEST_F(bad_input_test, collections_are_there_once_or_not_at_all) {
  expect_answers({{"CreateCollection", R"({"CollectionId": "staff"})", "ResourceAlreadyExistsException"},
                  {"DeleteCollection", R"({"CollectionId": "nobody"})", "ResourceNotFoundException"},
                  {"DescribeCollection", R"({"CollectionId": "nobody"})", "ResourceNotFoundException"},
                  {"DescribeCollection", R"({"CollectionId": "Staff"})", "ResourceNotFoundException"},
                  {"ListFaces", R"({"CollectionId": "nobody"})", "ResourceNotFoundException"},
                  {"CreateUser", R"({"CollectionId": "nobody", "UserId": "a"})", "ResourceNotFoundException"},
                  {"CreateUser", R"({"CollectionId": "staff", "UserId": "anna"})", "ConflictException"},
                  {"DeleteUser", R"({"CollectionId": "staff", "UserId": "nobody"})", "ResourceNotFoundException"},
                  {"ListTagsForResource", R"({"ResourceArn": "arn:nonsense"})", "ValidationException"},
                  {"NoSuchOperation", "{}", "UnknownOperationException"},
                  {"StartLabelDetection", "{}", "InvalidParameterException"}});
  const boost::json::object index{{"CollectionId", "nobody"}, {"Image", image_of(picture("small.jpg"))}};
  EXPECT_EQ(error_type(call("IndexFaces", index)), "ResourceNotFoundException");
  EXPECT_EQ(error_type(call("SearchFacesByImage", index)), "ResourceNotFoundException");
}

TEST_F(bad_input_test, page_tokens_are_good_for_their_own_listing_alone) {
  ASSERT_EQ(call("CreateCollection", R"({"CollectionId": "other"})").status, 200);
  const boost::json::object first{{"CollectionId", "staff"}, {"MaxResults", 1}};
  const std::string token{body_of(call("ListUsers", first)).at("NextToken").as_string()};
  const auto asked = [&](const char* operation, const char* collection, const std::string& with) {
    return error_type(call(operation, {{"CollectionId", collection}, {"MaxResults", 1}, {"NextToken", with}}));
  };
  EXPECT_EQ(asked("ListUsers", "staff", token), "");
  EXPECT_EQ(asked("ListUsers", "staff", token), "") << "a page can be asked for again";
  const std::string refused = "InvalidPaginationTokenException";
  EXPECT_EQ(asked("ListUsers", "other", token), refused);
  EXPECT_EQ(asked("ListFaces", "staff", token), refused);
  EXPECT_EQ(asked("ListCollections", "staff", token), refused);
  for (std::size_t at = 0; at < token.size(); ++at) {
    auto forged = token;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(asked("ListUsers", "staff", forged), refused) << "changed at " << at;
  }
  for (const auto& forged : {std::string{"x"}, token + "A", token.substr(1), token.substr(0, token.size() - 1),
                             std::string(255, 'A'), std::string{"\xc3\xa4"}})
    EXPECT_EQ(asked("ListUsers", "staff", forged), refused) << forged;
  EXPECT_EQ(asked("ListUsers", "staff", std::string(256, 'A')), "ValidationException");
  ASSERT_EQ(call("DeleteCollection", R"({"CollectionId": "other"})").status, 200);
}

TEST_F(bad_input_test, what_is_no_http_or_too_much_of_it_is_refused) {
  const std::string filler(10'000'000, 'x');
  expect_refusal(std::string{begun} + "A: " + filler + "\r\n\r\n", 431, "RequestHeaderFieldsTooLargeException");
  std::string many{begun};
  for (int i = 0; i < 10'000; ++i)
    many += "A" + std::to_string(i) + ": b\r\n";
  expect_refusal(many + "\r\n", 431, "RequestHeaderFieldsTooLargeException");
  expect_refusal("\x16\x03\x01\x02\x01\x01\xfc\x03\x03 a TLS greeting\r\n\r\n", 400, "SerializationException");
  expect_refusal("POST /\x01 HTTP/1.1\r\n\r\n", 400, "SerializationException");
  expect_refusal("POST / HTTP/9.9\r\n\r\n", 400, "SerializationException");
  expect_refusal(with_body("Content-Length: 2\r\nContent-Length: 3", "{}"), 400, "SerializationException");
  expect_refusal(with_body("Content-Length: -2", "{}"), 400, "SerializationException");
  expect_refusal(with_body("Content-Length: 99999999999", "{}"), 413, "RequestEntityTooLargeException");
  expect_refusal(with_body("Content-Length: 20000000", filler + filler), 413, "RequestEntityTooLargeException");
  expect_refusal(with_body("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"), 400, "SerializationException");
  std::string chunks;
  for (int i = 0; i < 2; ++i)
    chunks += "989680\r\n" + filler + "\r\n";
  expect_refusal(with_body("Transfer-Encoding: chunked", chunks), 413, "RequestEntityTooLargeException");
}

TEST_F(bad_input_test, pipelined_garbage_is_refused_after_the_good_requests) {
  auto connection = connect();
  const auto good = with_body("Content-Length: 2", "{}");
  ASSERT_TRUE(connection.send(good + good + good + "garbage\r\n\r\n" + good, soon()));
  for (int i = 0; i < 3; ++i) {
    const auto reply = connection.read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    EXPECT_EQ(reply->status, 200) << reply->body;
  }
  const auto refused = connection.read_reply(soon());
  ASSERT_TRUE(refused) << why(refused);
  EXPECT_EQ(error_type(*refused), "SerializationException");
  const auto rest = connection.read_to_end(soon());
  ASSERT_TRUE(rest) << why(rest);
  EXPECT_EQ(*rest, "") << "nothing that follows garbage is read as a request";
}

TEST_F(bad_input_test, half_closed_connections_get_their_answer) {
  auto whole = connect();
  ASSERT_TRUE(whole.send(with_body("Content-Length: 2", "{}"), soon()));
  whole.finish_sending();
  const auto reply = whole.read_reply(soon());
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->status, 200);
  expect_refusal(begun, 400, "SerializationException", true);
  expect_refusal(with_body("Content-Length: 20", "{}"), 400, "SerializationException", true);
  expect_refusal(with_body("Transfer-Encoding: chunked", "5\r\n{}"), 400, "SerializationException", true);
}

TEST_F(bad_input_test, slow_clients_are_told_and_keep_nobody_from_being_served) {
  expect_refusal("P", 408, "RequestTimeoutException");
  expect_refusal(begun, 408, "RequestTimeoutException");
  expect_refusal(with_body("Content-Length: 20", "{}"), 408, "RequestTimeoutException");
  expect_refusal(with_body("Transfer-Encoding: chunked", "5\r\n{}"), 408, "RequestTimeoutException");
  std::vector<http_connection> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(connect());
    ASSERT_TRUE(slow.back().send(begun.substr(0, 20 + static_cast<std::size_t>(i)), soon()));
  }
  EXPECT_EQ(call("ListCollections", "{}").status, 200);
  for (auto& one : slow) {
    const auto reply = one.read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    EXPECT_EQ(reply->status, 408);
  }
}

TEST_F(bad_input_test, bodies_that_do_not_come_take_no_more_memory_than_is_set_aside) {
  const std::string part(4'000'000, 'x');
  std::vector<http_connection> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(connect());
    ASSERT_TRUE(slow.back().send(with_body("Content-Length: 12000000", part), soon()));
  }
  std::map<std::string, int> answers;
  for (auto& one : slow) {
    const auto reply = one.read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    ++answers[error_type(*reply)];
  }
  EXPECT_EQ(answers["RequestTimeoutException"], 5); // of 12 MB in 64 MiB
  EXPECT_EQ(answers["ThrottlingException"], 15);
}

TEST_F(bad_input_test, peers_that_vanish_leave_nothing_behind) {
  const auto index = boost::json::serialize(
      boost::json::object{{"CollectionId", "nobody"}, {"Image", image_of(picture("group.jpg"))}});
  const auto request = rekognition_request("IndexFaces", index);
  for (std::size_t i = 0; i < 200; ++i) {
    auto connection = connect();
    ASSERT_TRUE(connection.send(request.substr(0, i * request.size() / 200), soon()));
  }
  const auto until = soon();
  std::string metrics;
  do
    metrics = test::fetch(node().management_port(), "/metrics", soon())->body;
  while (metrics.find("rollcall_http_connections{plane=\"public\"} 0") == std::string::npos && !until.has_passed());
  EXPECT_FALSE(until.has_passed()) << metrics;
}

} // namespace
} // namespace rollcall::test
