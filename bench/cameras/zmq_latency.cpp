#include "bench/cameras/zmq_latency.hpp"

#include "bench/cameras/zmq_access.hpp"
#include "bench/figures.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/http.hpp"
#include "tests/support/random_references.hpp"
#include "tests/support/rollcalld_process.hpp"

#include <chrono>

namespace rollcall::bench {

namespace {

namespace json = boost::json;

constexpr std::size_t dimension = 512;
constexpr std::size_t faces_per_import = 2'000;

core::deadline soon() {
  return core::deadline::in(std::chrono::seconds{60});
}

core::status enrol(std::uint16_t port, std::size_t faces) {
  ROLLCALL_TRY(const auto made, test::call(port, "CreateCollection", R"({"CollectionId":"people"})", soon()));
  testing::random_references random{20261129};
  for (std::size_t done = 0; done < faces;) {
    std::string lines;
    for (std::size_t i = 0; i < faces_per_import && done < faces; ++i, ++done)
      lines += test::face_line(to_string(random.id()), to_string(random.id()), random.embedding(dimension));
    ROLLCALL_TRY(auto connection, test::http_connection::open(port, soon()));
    ROLLCALL_CHECK(connection.send(test::import_request("people", lines), soon()));
    ROLLCALL_TRY(const auto reply, connection.read_reply(soon()));
    if (reply.status != 200)
      return core::fail(core::error_code::internal, "the faces were not taken: " + reply.body);
  }
  return core::nothing{};
}

} // namespace

core::result<zmq_latency> measure_zmq(std::size_t faces, std::size_t queries) {
  test::node_options options;
  options.settings = {"zmq.queries=127.0.0.1:0", "log.level=error"};
  ROLLCALL_TRY(const auto node, test::rollcalld_process::start(options));
  ROLLCALL_CHECK(enrol(node->http_port(), faces));
  ROLLCALL_TRY(const auto access, make_zmq_access(*node));
  test::zmq_client asker{zmq::socket_type::dealer, access.queries, access.keys};
  const json::object query{{"Version", 1},
                           {"Operation", "SearchFacesByEmbedding"},
                           {"CollectionId", "people"},
                           {"MaxFaces", 10},
                           {"FaceModelVersion", "1.0"}};
  testing::random_references random{7};
  std::vector<double> whole;
  std::vector<double> added;
  constexpr std::size_t warm_up = 50;
  for (std::size_t i = 0; i < queries + warm_up; ++i) {
    const auto probe = random.embedding(dimension);
    const std::string bytes{reinterpret_cast<const char*>(probe.data()), dimension * sizeof(float)};
    const auto start = std::chrono::steady_clock::now();
    if (!asker.send(query, bytes))
      return core::fail(core::error_code::deadline_exceeded, "the query did not go");
    const auto reply = asker.receive();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (reply.size() != 2)
      return core::fail(core::error_code::internal, reply.empty() ? "no answer came" : "not answered: " + reply[0]);
    const auto header = json::parse(reply[0]).as_object();
    if (i < warm_up)
      continue;
    whole.push_back(took.count());
    added.push_back(took.count() - header.at("SearchMicros").to_number<double>() / 1e3);
  }
  return zmq_latency{quantile(whole, 0.5), quantile(whole, 0.99), quantile(added, 0.5)};
}

} // namespace rollcall::bench
