// `rollcall index`: enrols the faces of pictures, several at once, going on where an earlier run stopped.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/files.hpp"
#include "nodes/cli/index_journal.hpp"
#include "nodes/cli/output.hpp"
#include "nodes/cli/pictures.hpp"
#include "nodes/cli/progress.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

namespace rollcall::cli {

namespace {

namespace fs = std::filesystem;

struct index_options {
  std::string at;
  std::string collection;
  std::string id;               ///< external image id of all; empty: made by `id_from`
  std::string id_from = "path"; ///< path, name or folder
  std::string quality = "AUTO";
  std::string journal;
  int max_faces = 0;
  std::size_t jobs = 4;
  bool wants_all = false; ///< also what the journal has
};

/// What has been done so far, by all threads.
struct tally {
  std::mutex mutex; ///< of `failures` and `first`
  std::vector<std::pair<fs::path, std::string>> failures;
  std::optional<core::error> fatal; ///< nothing else can succeed either
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> pictures{0};
  std::atomic<std::size_t> faces{0};
  std::atomic<std::size_t> refused{0};
};

/// Text as Rekognition allows it in an ExternalImageId: `/` becomes `:`, everything else that is not allowed `_`.
std::string external_id(std::string text) {
  constexpr std::size_t longest = 255;
  for (auto& c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '/')
      c = ':';
    else if (std::isalnum(code) == 0 && std::string_view{"_.-:"}.find(c) == std::string_view::npos)
      c = '_';
  }
  // The end of a path tells more than its beginning.
  return text.size() > longest ? text.substr(text.size() - longest) : text;
}

std::string id_of(const index_options& wanted, const fs::path& picture) {
  if (!wanted.id.empty())
    return wanted.id;
  if (wanted.id_from == "name")
    return external_id(picture.stem().string());
  if (wanted.id_from == "folder")
    return external_id(fs::absolute(picture).parent_path().filename().string());
  const auto relative = fs::path{picture}.lexically_relative(wanted.at);
  return external_id(relative.empty() || relative == "." ? picture.filename().string() : relative.string());
}

core::result<json::object> index_one(client& node, const index_options& wanted, const fs::path& picture) {
  ROLLCALL_TRY(const auto encoded, read_whole_file(picture));
  json::object request;
  request["CollectionId"] = wanted.collection;
  request["ExternalImageId"] = id_of(wanted, picture);
  request["QualityFilter"] = wanted.quality;
  if (wanted.max_faces > 0)
    request["MaxFaces"] = wanted.max_faces;
  request["Image"] = image_member(encoded);
  return node.call("IndexFaces", request);
}

/// Failures after which the other pictures would fail as well.
bool is_fatal(const core::error& failed) {
  const auto code = exit_code_of(failed);
  return code == exit_code::denied || code == exit_code::unreachable;
}

void note_failure(tally& into, const fs::path& picture, const core::error& failed) {
  const std::lock_guard lock{into.mutex};
  into.failures.emplace_back(picture, failed.message);
  if (is_fatal(failed) && !into.fatal)
    into.fatal = failed;
}

bool is_over(tally& of) {
  const std::lock_guard lock{of.mutex};
  return of.fatal.has_value();
}

/// What one thread does: takes pictures until there are none.
void index_some(client node, const index_options& wanted, const std::vector<fs::path>& pictures, index_journal& journal,
                progress& shown, tally& into) {
  for (auto i = into.next++; i < pictures.size() && !is_over(into); i = into.next++) {
    const auto reply = index_one(node, wanted, pictures[i]);
    if (reply) {
      journal.add(pictures[i]);
      ++into.pictures;
      into.faces += array_at(*reply, "FaceRecords").size();
      into.refused += array_at(*reply, "UnindexedFaces").size();
    } else {
      note_failure(into, pictures[i], reply.failure());
    }
    shown.step();
  }
}

core::result<std::unique_ptr<index_journal>> open_journal(const session& with, const index_options& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  json::object request;
  request["CollectionId"] = wanted.collection;
  ROLLCALL_TRY(const auto described, node.call("DescribeCollection", request));
  const auto file = wanted.journal.empty()
                        ? index_journal::default_file(with.connection.endpoint, text_at(described, "CollectionARN"),
                                                      number_at(described, "CreationTimestamp"))
                        : fs::path{wanted.journal};
  return index_journal::open(file);
}

void print_outcome(const session& with, const tally& done, std::size_t skipped) {
  for (const auto& [picture, message] : done.failures)
    std::fprintf(stderr, "rollcall: %s: %s\n", picture.c_str(), message.c_str());
  if (with.wants_json) {
    print_json(json::object{{"pictures", done.pictures.load()},
                            {"faces", done.faces.load()},
                            {"faces_refused", done.refused.load()},
                            {"skipped", skipped},
                            {"failed", done.failures.size()}});
    return;
  }
  print("indexed " + std::to_string(done.faces) + " faces of " + std::to_string(done.pictures) + " pictures; "
        + std::to_string(done.refused) + " faces refused by the quality filter, " + std::to_string(skipped)
        + " pictures done before, " + std::to_string(done.failures.size()) + " failed\n");
}

core::result<exit_code> index(session& with, const index_options& wanted) {
  ROLLCALL_TRY(auto pictures, find_pictures(wanted.at));
  ROLLCALL_TRY(const auto journal, open_journal(with, wanted));
  const auto found = pictures.size();
  if (!wanted.wants_all)
    std::erase_if(pictures, [&](const fs::path& picture) { return journal->has(picture); });
  tally done;
  {
    progress shown{pictures.size()};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(wanted.jobs, pictures.size()); ++i) {
      ROLLCALL_TRY(auto node, client::make(with.connection)); // fails for the first or for none
      threads.emplace_back([&, own = std::make_shared<client>(std::move(node))] {
        index_some(std::move(*own), wanted, pictures, *journal, shown, done);
      });
    }
    for (auto& thread : threads)
      thread.join();
  }
  print_outcome(with, done, found - pictures.size());
  if (done.fatal)
    return exit_code_of(*done.fatal);
  if (done.failures.empty())
    return exit_code::done;
  return done.pictures > 0 ? exit_code::partly : exit_code::failed;
}

} // namespace

void add_index(CLI::App& app, session& with) {
  auto wanted = std::make_shared<index_options>();
  auto* command = app.add_subcommand("index", "enrol the faces of a picture, or of all pictures below a directory");
  command->add_option("FILE|DIR", wanted->at)->required();
  command->add_option("--collection", wanted->collection)->required();
  command->add_option("--id", wanted->id, "external image id of all faces: letters, digits, _ . - :");
  command
      ->add_option("--id-from", wanted->id_from,
                   "external image id from the path below DIR, the file's name, or its folder")
      ->check(CLI::IsMember({"path", "name", "folder"}))
      ->capture_default_str();
  command->add_option("--max-faces", wanted->max_faces, "of each picture; default all")->check(CLI::Range(1, 100));
  command->add_option("--quality", wanted->quality, "quality filter")
      ->check(CLI::IsMember({"NONE", "AUTO", "LOW", "MEDIUM", "HIGH"}))
      ->capture_default_str();
  command->add_option("--jobs", wanted->jobs, "pictures at once")->check(CLI::Range(1, 64))->capture_default_str();
  command->add_option("--journal", wanted->journal, "file that notes what is done; default below ~/.local/state");
  command->add_flag("--again", wanted->wants_all, "also the pictures that an earlier run has done");
  on_chosen(*command, with, [wanted](session& chosen) { return index(chosen, *wanted); });
}

} // namespace rollcall::cli
