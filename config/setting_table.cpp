#include "config/setting_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <sstream>
#include <vector>

namespace rollcall::config {

namespace {

using s = settings;

constexpr double max_wait_ms = 3'600'000;
constexpr double max_bytes = 1024.0 * 1024 * 1024 * 1024;

constexpr std::array every_setting{
    setting{"node.data_dir", &s::node_data_dir, 0, 0, "",
            "Directory of all that the node keeps: database, key file, lock. Made, with mode 0700, where it does not "
            "exist. Empty: $XDG_DATA_HOME/rollcall, else ~/.local/share/rollcall, else /var/lib/rollcall",
            text_form::path},
    setting{"node.name", &s::node_name, 0, 0, "", "What others call this node. Empty: the machine's host name",
            text_form::optional},
    setting{"node.roles", &s::node_roles, 0, 0, "",
            "What a node of a cluster does: some of front, embedder, shard, ingest, controller, separated by "
            "commas; ingest, which runs cameras and video jobs, needs embedder beside it"},
    setting{"node.zone", &s::node_zone, 0, 0, "",
            "Replicas are put in different zones (racks, rooms, sites) where there are some", text_form::optional},
    setting{"node.capacity", &s::node_capacity, 0.01, 10'000, "",
            "How much this node holds compared with the others: one of 2 holds twice as much as one of 1"},
    setting{"node.drain_timeout", &s::node_drain_timeout, 0, max_wait_ms, "",
            "How long requests in flight may take to end after SIGTERM"},
    setting{"node.scheduler_threads", &s::node_scheduler_threads, 1, 64, "threads",
            "Threads of the actor scheduler, on which nothing blocks"},
    setting{"log.level", &s::log_level, 0, 0, "", "What is logged to stderr: this level and the ones above it",
            text_form::choice, "debug|info|warning|error"},

    setting{"http.listen", &s::http_listen, 0, 0, "",
            "Address of Rekognition's operations and the admin API. On another address than loopback the node needs a "
            "key first: `rollcall init`",
            text_form::endpoint},
    setting{"http.tls_certificate", &s::http_tls_certificate, 0, 0, "",
            "PEM file of the certificate, followed by those of its chain: with http.tls_key the node speaks TLS, and "
            "nothing else, on http.listen. When the files change, new connections get the new certificate within "
            "seconds. Empty: plain HTTP",
            text_form::path},
    setting{"http.tls_key", &s::http_tls_key, 0, 0, "",
            "PEM file of the certificate's private key: not encrypted, mode 0600", text_form::path},
    setting{"http.tls_min_version", &s::http_tls_min_version, 0, 0, "", "Oldest version of TLS that callers may speak",
            text_form::choice, "1.2|1.3"},
    setting{"http.threads", &s::http_threads, 1, 64, "threads", "Threads that serve HTTP"},
    setting{"http.gateways", &s::http_gateways, 1, 64, "actors", "Actors that carry requests to the other actors"},
    setting{"http.max_connections", &s::http_max_connections, 1, 1'000'000, "connections",
            "Connections open at once; more are refused"},
    setting{"http.max_in_flight", &s::http_max_in_flight, 1, 65'536, "requests",
            "Requests being answered at once; more get ThrottlingException"},
    setting{"http.max_header", &s::http_max_header, 1'024, 1'048'576, "", "Largest header of a request"},
    setting{"http.max_body", &s::http_max_body, 1'024, 1'073'741'824, "",
            "Largest body of a request; CompareFaces with two 5 MB pictures needs 14 MB"},
    setting{"http.body_memory", &s::http_body_memory, 1'048'576, max_bytes, "", "All bodies held in memory at once"},
    setting{"http.idle_timeout", &s::http_idle_timeout, 100, max_wait_ms, "",
            "Longest silence between two requests of a connection"},
    setting{"http.header_timeout", &s::http_header_timeout, 100, max_wait_ms, "",
            "From the first byte of a request to the end of its header"},
    setting{"http.body_timeout", &s::http_body_timeout, 100, max_wait_ms, "", "For a whole body"},
    setting{"http.write_timeout", &s::http_write_timeout, 100, max_wait_ms, "", "For a whole reply"},
    setting{"http.request_timeout", &s::http_request_timeout, 100, max_wait_ms, "",
            "Deadline of a request, from the end of its body to its reply"},
    setting{"management.listen", &s::management_listen, 0, 0, "",
            "Address of /livez, /readyz and /metrics; reads and writes no data", text_form::endpoint},

    setting{"zmq.queries", &s::zmq_queries, 0, 0, "",
            "HOST:PORT of the ZeroMQ socket for searches (ROUTER). Empty: there is none", text_form::optional},
    setting{"zmq.frames", &s::zmq_frames, 0, 0, "",
            "HOST:PORT of the ZeroMQ socket that takes frames of cameras (PULL). Empty: there is none",
            text_form::optional},
    setting{"zmq.events", &s::zmq_events, 0, 0, "",
            "HOST:PORT of the ZeroMQ socket that publishes events (XPUB). Empty: there is none", text_form::optional},
    setting{"zmq.event_queue", &s::zmq_event_queue, 1, 1'000'000, "events",
            "Events that wait for one subscriber; those that come when it is full the subscriber misses"},

    setting{
        "webhook.url", &s::webhook_url, 0, 0, "",
        "http:// or https:// URL to which this node posts the events of all cameras; set it on one node of a cluster. "
        "Empty: none",
        text_form::optional},
    setting{"webhook.secret_file", &s::webhook_secret_file, 0, 0, "",
            "File with the secret, 16 bytes at least, by which the posts are signed", text_form::optional},
    setting{"webhook.ca_file", &s::webhook_ca_file, 0, 0, "",
            "PEM of the authority of the URL's certificate. Empty: the system's authorities", text_form::optional},
    setting{"webhook.kinds", &s::webhook_kinds, 0, 0, "",
            "Kinds of events that are posted, with commas between. Empty: all", text_form::optional},
    setting{"webhook.timeout", &s::webhook_timeout, 100, max_wait_ms, "", "For one post; it is repeated then"},

    setting{"aws.region", &s::aws_region, 0, 0, "", "Region in the ARNs that the node hands out"},
    setting{"aws.account", &s::aws_account, 12, 0, "", "Account in the ARNs that the node hands out",
            text_form::digits},
    setting{"auth.key_refresh", &s::auth_key_refresh, 100, max_wait_ms, "",
            "How often the keys are read again from the store"},

    setting{"vision.runtime", &s::vision_runtime, 0, 0, "",
            "What runs the networks; auto: ONNX Runtime where its library is found, else OpenCV", text_form::choice,
            "auto|onnx|opencv"},
    setting{"vision.onnxruntime", &s::vision_onnxruntime, 0, 0, "",
            "ONNX Runtime's shared library. Empty: onnxruntime/libonnxruntime.so under the dependencies, else the "
            "system's",
            text_form::path},
    setting{"vision.models", &s::vision_models, 0, 0, "",
            "Model manifest. Empty: models.toml as shipped with the program", text_form::path},
    setting{"vision.models_dir", &s::vision_models_dir, 0, 0, "",
            "Directory of the model files. Empty: models/ under the dependencies", text_form::path},
    setting{"vision.workers", &s::vision_workers, 0, 256, "threads",
            "Threads that analyse pictures, each with networks of its own; 0: one for each core"},
    setting{"vision.queue", &s::vision_queue, 1, 65'536, "pictures",
            "Pictures that may wait for a worker; one more gets ThrottlingException"},
    setting{"vision.max_pixels", &s::vision_max_pixels, 6'400, 1'000'000'000, "pixels",
            "Largest picture, width times height; refused by its header, before decoding"},
    setting{"vision.max_faces", &s::vision_max_faces, 1, 100, "faces", "Faces per picture; the largest are kept"},
    setting{"vision.min_face_px", &s::vision_min_face_px, 10, 200, "pixels",
            "Faces of this size are found in a picture of 1920x1080; halving it takes up to four times the time"},
    setting{"vision.min_confidence", &s::vision_min_confidence, 0, 100, "",
            "Lowest confidence of a detection, as Rekognition states it; 0: the model manifest's"},
    setting{"vision.crops", &s::vision_crops, 0, 0, "",
            "Crops of a face to embed, for the mean of their embeddings: one; mirrored: 2, fewer errors; shifted: 10, "
            "fewest; their number is the factor on the time",
            text_form::choice, "manifest|one|mirrored|shifted"},
    setting{"vision.attributes.age", &s::vision_attributes_age, 0, 0, "",
            "Estimate age ranges where they are asked for"},
    setting{"vision.attributes.gender", &s::vision_attributes_gender, 0, 0, "",
            "Estimate a binary gender by looks where it is asked for"},
    setting{"vision.attributes.expression", &s::vision_attributes_expression, 0, 0, "",
            "Estimate expressions where they are asked for"},

    setting{"search.partitions", &s::search_partitions, 1, 1'024, "partitions",
            "Partitions of a new collection; those that exist keep theirs", text_form::any, "", true},
    setting{"search.shards", &s::search_shards, 1, 256, "actors", "SHARD actors that share the partitions"},
    setting{"search.workers", &s::search_workers, 1, 256, "threads", "Search threads of each SHARD actor"},
    setting{"search.max_compared", &s::search_max_compared, 4'097, 1'000'000'000, "references",
            "References that a partition may compare exactly for one probe before its answer is marked as not proved"},
    setting{
        "search.lists_from", &s::search_lists_from, 1'024, 4'000'000'000, "references",
        "References of a partition from which on it sorts them into lists, where its collection's searches may miss "
        "some (rollcall collections recall)"},
    setting{"search.memory_budget", &s::search_memory_budget, 0, max_bytes, "",
            "Memory that the references held by this node may take. When it is nearly used up, calls that would add "
            "some are refused; deletions and searches go on. 0: half of the machine's memory, or of the limit of the "
            "process's control group"},
    setting{"search.queue", &s::search_queue, 1, 65'536, "searches",
            "Searches that may wait in a SHARD actor; one more gets ThrottlingException"},
    setting{"search.outstanding", &s::search_outstanding, 1, 65'536, "searches",
            "Searches that the COORDINATOR holds at once"},
    setting{"search.hedge", &s::search_hedge, 0, max_wait_ms, "",
            "In a cluster: another replica is asked beside a node that takes longer than 95 of 100 answers lately, and "
            "than this at the latest; 0s: never"},
    setting{"search.last_known", &s::search_last_known, 0, 86'400'000, "",
            "While the store is out of reach, searches go on with collections and records that it gave no longer than "
            "this ago, and say so; 0s: they are refused"},

    setting{"cluster.listen", &s::cluster_listen, 0, 0, "",
            "Address for the other nodes of the cluster, who are known by their keys", text_form::endpoint},
    setting{"cluster.advertise", &s::cluster_advertise, 0, 0, "",
            "HOST:PORT where the other nodes reach this one. Empty: cluster.listen", text_form::optional},
    setting{"cluster.admission", &s::cluster_admission, 0, 0, "",
            "Who may be a node: whoever can write to the store, or by token only whose key `rollcall cluster join` has "
            "registered; the same on every node",
            text_form::choice, "store|token"},
    setting{"cluster.replicas", &s::cluster_replicas, 1, 16, "replicas",
            "Nodes that hold each partition; the same on every node with the role controller"},
    setting{"cluster.lease", &s::cluster_lease, 1'000, 60'000, "",
            "How long a node may call its answers current without a word from the store, and so how long a node that "
            "is out of reach delays writes"},
    setting{"cluster.dead_after", &s::cluster_dead_after, 1'000, max_wait_ms, "",
            "After this silence of a node its partitions are loaded elsewhere"},

    setting{"snapshots.after_mutations", &s::snapshots_after_mutations, 1, 1e12, "mutations",
            "A node of a cluster writes the snapshot of a partition anew after so many changes, and half of all "
            "that the partition has had"},
    setting{"snapshots.after", &s::snapshots_after, 1'000, max_wait_ms, "",
            "After this it is written anew where anything has changed"},
    setting{"snapshots.scrub_after", &s::snapshots_scrub_after, 100, max_wait_ms, "",
            "After this it is written anew, or removed, where a face or user was removed: so long what was deleted may "
            "stay on a node's disk, beside the time of writing"},
    setting{"snapshots.references", &s::snapshots_references, 0, 0, "",
            "Where a node of a cluster has what a scan's findings are compared with: in memory, or in the snapshots' "
            "files, which takes a twentieth of the memory and wants a fast disk",
            text_form::choice, "memory|file"},

    setting{"store.uri",
            &s::store_uri,
            0,
            0,
            "",
            "PostgreSQL server to keep everything on, as a connection URI: postgresql://USER:PASSWORD@HOST/DATABASE?"
            "sslmode=verify-full&sslrootcert=FILE. Empty: SQLite in node.data_dir",
            text_form::optional,
            {},
            false,
            true},
    setting{"store.uri_file", &s::store_uri_file, 0, 0, "",
            "File whose first line is the URI, in place of store.uri: so that the password stands in no command line",
            text_form::path},
    setting{"store.key_file", &s::store_key_file, 0, 0, "",
            "Key under which the secrets of access keys are encrypted on a PostgreSQL server: 32 random bytes, mode "
            "0600. Empty: secrets.key in node.data_dir",
            text_form::path},
    setting{"store.timeout", &s::store_timeout, 100, max_wait_ms, "",
            "Longest time of a call to a PostgreSQL server, retries included"},
    setting{"store.readers", &s::store_readers, 1, 64, "threads", "Threads, and connections, that read the store"},
    setting{"store.read_queue", &s::store_read_queue, 1, 65'536, "reads", "Reads that may wait for a thread"},
    setting{"store.write_queue", &s::store_write_queue, 1, 65'536, "writes", "Writes that may wait"},
    setting{"store.apply_timeout", &s::store_apply_timeout, 10, max_wait_ms, "",
            "For all SHARD actors to confirm a committed write"},
    setting{"store.token_lifetime", &s::store_token_lifetime, 3'600'000, 31'536'000'000.0, "",
            "How long a ClientRequestToken is remembered; whole hours"},
    setting{"store.mutations_kept", &s::store_mutations_kept, 1, 1e12, "mutations",
            "At least so many are kept for each partition, for shards that catch up"},

    setting{"decisions.wait", &s::decisions_wait, 0, 0, "",
            "Answer a search only when its entry in the decision log is on disk, not just queued"},
    setting{"decisions.backlog", &s::decisions_backlog, 1, 1'048'576, "decisions",
            "Decisions that may wait for the disk; searches are refused when it is full"},
    setting{
        "decisions.spool", &s::decisions_spool, 0, 100'000'000, "decisions",
        "With a PostgreSQL store: decisions that decisions.spool in the data directory may hold while the store is out "
        "of reach; 0: none, they wait in memory"},

    setting{
        "cameras.inputs", &s::cameras_inputs, 0, 0, "",
        "Streams that cameras may be given: SCHEME://HOST[:PORT][/PATH], file:///PATH, zmq://NAME, separated by "
        "commas; * in a host stands for any characters. Empty: all. Checked where a camera is created and where its "
        "stream is opened",
        text_form::optional},
    setting{"cameras.frames_per_second", &s::cameras_frames_per_second, 0.1, 60, "",
            "Frames of each camera that are analysed in a second, at most"},
    setting{"cameras.confirmations", &s::cameras_confirmations, 1, 20, "searches",
            "Searches in a row, each with a view of its own, that must find the same person before it is told"},
    setting{"cameras.best_shot_every", &s::cameras_best_shot_every, 100, 60'000, "",
            "In this time at most one view of a person is embedded and searched for"},
    setting{"cameras.most", &s::cameras_most, 1, 10'000, "cameras", "Cameras that this node runs at once"},
    setting{"cameras.lease", &s::cameras_lease, 1'000, max_wait_ms, "",
            "After this silence of a node another takes its cameras over"},

    setting{"events.keep", &s::events_keep, 3'600'000, 3.2e11, "", "How long events of cameras are kept"},

    setting{"videos.frames_per_second", &s::videos_frames_per_second, 0.1, 60, "",
            "Frames that are analysed of each second of a stored video, at most"},
    setting{"videos.at_once", &s::videos_at_once, 0, 64, "jobs",
            "Video jobs that this node does at the same time; 0: none, they are for other nodes"},
    setting{"videos.keep", &s::videos_keep, 3'600'000, 3.2e11, "",
            "How long video jobs that have ended are kept, with what they found and their tokens"},

    setting{"objects.workers", &s::objects_workers, 1, 64, "threads", "Threads that read pictures from buckets"},
    setting{"objects.queue", &s::objects_queue, 1, 65'536, "reads", "Reads that may wait for one of them"},
    setting{"objects.max_size", &s::objects_max_size, 1'024, 1'073'741'824, "", "Largest picture in a bucket"},
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string in_words(double bound, const setting& of) {
  if (std::holds_alternative<span settings::*>(of.value))
    return std::to_string(static_cast<std::int64_t>(bound)) + "ms";
  std::ostringstream text;
  text.precision(15);
  text << bound;
  return text.str();
}

std::string numbers(std::string_view what, const setting& of) {
  std::string text{what};
  text += " from " + in_words(of.low, of) + " to " + in_words(of.high, of);
  if (!of.unit.empty())
    text += " (" + std::string{of.unit} + ")";
  return text;
}

std::string texts(const setting& of) {
  switch (of.form) {
    case text_form::any:
    case text_form::optional:
      return "a text";
    case text_form::path:
      return "a path";
    case text_form::endpoint:
      return "HOST:PORT";
    case text_form::digits:
      return std::to_string(static_cast<int>(of.low)) + " digits";
    case text_form::choice:
      break;
  }
  std::string words{of.choices};
  for (auto at = words.find('|'); at != std::string::npos; at = words.find('|', at))
    words.replace(at, 1, ", ");
  return "one of " + words;
}

} // namespace

std::span<const setting> setting_table() {
  return every_setting;
}

const setting* find_setting(std::string_view name) {
  const auto* const found =
      std::find_if(every_setting.begin(), every_setting.end(), [&](const setting& row) { return row.name == name; });
  return found == every_setting.end() ? nullptr : found;
}

std::string_view nearest_setting(std::string_view name) {
  const auto key = [](std::string_view full) { return full.substr(full.rfind('.') + 1); };
  std::string_view nearest;
  std::size_t fewest = name.size() / 3 + 1;
  for (const auto& row : every_setting) {
    // A right key in a wrong section is one edit.
    const auto edits = key(row.name) == key(name) ? 1 : edit_distance(row.name, name);
    if (edits < fewest || (edits == fewest && nearest.empty())) {
      fewest = edits;
      nearest = row.name;
    }
  }
  return nearest;
}

std::string environment_name(std::string_view name) {
  std::string variable = "ROLLCALL_";
  for (const char c : name)
    variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

std::string allowed_values(const setting& of) {
  struct visitor {
    const setting& of;
    std::string operator()(bool settings::*) const { return "true or false"; }
    std::string operator()(std::int64_t settings::*) const {
      return numbers(of.is_power_of_two ? "a power of two" : "an integer", of);
    }
    std::string operator()(double settings::*) const { return numbers("a number", of); }
    std::string operator()(std::string settings::*) const { return texts(of); }
    std::string operator()(byte_size settings::*) const { return numbers("a size", of) + " bytes"; }
    std::string operator()(span settings::*) const { return numbers("a time", of); }
  };
  return std::visit(visitor{of}, of.value);
}

} // namespace rollcall::config
