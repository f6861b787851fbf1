// `rollcall export` and `import`: a collection's faces with their embeddings as JSON Lines, or as a NumPy matrix with a
// file of JSON Lines (without embeddings, same order) beside it. Both in bounded memory.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/npy.hpp"
#include "nodes/cli/output.hpp"
#include "wire/base64.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

namespace rollcall::cli {

namespace {

struct transfer_options {
  std::string file;
  std::string collection;
};

bool is_matrix(const std::string& file) {
  return file.ends_with(".npy");
}

/// Where the faces of a matrix's rows stand: OUT.npy → OUT.ids.jsonl.
std::string ids_file(const std::string& matrix) {
  return matrix.substr(0, matrix.size() - std::string_view{".npy"}.size()) + ".ids.jsonl";
}

core::result<json::object> parse_line(std::string_view line) {
  boost::system::error_code failed;
  auto value = json::parse({line.data(), line.size()}, failed);
  if (failed || !value.is_object())
    return core::fail(core::error_code::malformed, "a line is no JSON object");
  return std::move(value.as_object());
}

/// Takes lines and writes them in the form that the file's name asks for.
class face_sink {
public:
  static core::result<std::unique_ptr<face_sink>> create(const std::string& file) {
    std::unique_ptr<face_sink> made{new face_sink};
    if (is_matrix(file)) {
      ROLLCALL_TRY(made->matrix_, npy_writer::create(file));
    }
    made->name_ = is_matrix(file) ? ids_file(file) : file;
    made->lines_.open(made->name_, std::ios::binary);
    ROLLCALL_CHECK(made->check());
    return made;
  }

  core::status take(std::string_view piece) {
    rest_.append(piece);
    std::size_t from = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', from)) {
      ROLLCALL_CHECK(take_line(std::string_view{rest_}.substr(from, end - from)));
      from = end + 1;
    }
    rest_.erase(0, from);
    return core::nothing{};
  }

  core::status finish() {
    if (!rest_.empty())
      return core::fail(core::error_code::unavailable, "the export ended in the middle of a line");
    lines_.close();
    ROLLCALL_CHECK(check());
    if (matrix_)
      return matrix_->finish();
    return core::nothing{};
  }

  [[nodiscard]] std::uint64_t faces() const { return faces_; }

private:
  face_sink() = default;

  core::status check() {
    if (!lines_)
      return core::fail(core::error_code::storage_full, "can't write " + name_ + ": " + std::strerror(errno));
    return core::nothing{};
  }

  core::status take_line(std::string_view line) {
    ++faces_;
    if (!matrix_) {
      lines_ << line << '\n';
      return check();
    }
    ROLLCALL_TRY(auto face, parse_line(line));
    const auto embedding = wire::decode_base64(text_at(face, "embedding"));
    if (!embedding)
      return core::fail(core::error_code::malformed, "a face has no readable embedding");
    ROLLCALL_CHECK(matrix_->add(*embedding));
    face.erase("embedding");
    lines_ << json::serialize(face) << '\n';
    return check();
  }

  std::string name_;
  std::ofstream lines_;
  std::optional<npy_writer> matrix_;
  std::string rest_;
  std::uint64_t faces_ = 0;
};

/// Gives the lines of a file, each with its embedding.
class face_source {
public:
  static core::result<std::unique_ptr<face_source>> open(const std::string& file) {
    std::unique_ptr<face_source> made{new face_source};
    if (is_matrix(file)) {
      ROLLCALL_TRY(made->matrix_, npy_reader::open(file));
    }
    const auto name = is_matrix(file) ? ids_file(file) : file;
    made->lines_.open(name, std::ios::binary);
    if (!made->lines_)
      return core::fail(core::error_code::not_found, "can't read " + name + ": " + std::strerror(errno));
    return made;
  }

  /// Empty at the end. Errors: `malformed`.
  core::result<std::string> next() {
    std::string line;
    while (line.empty())
      if (!std::getline(lines_, line))
        return std::string{};
    if (!matrix_)
      return line + "\n";
    ROLLCALL_TRY(auto face, parse_line(line));
    ROLLCALL_TRY(const auto row, matrix_->next());
    face["embedding"] = wire::encode_base64(row);
    return json::serialize(face) + "\n";
  }

private:
  face_source() = default;
  std::ifstream lines_;
  std::optional<npy_reader> matrix_;
};

std::string faces_path(const std::string& collection) {
  return "collections/" + url_encoded(collection) + "/faces";
}

void print_count(const session& with, const char* verb, std::uint64_t faces) {
  if (with.wants_json)
    print_json(json::object{{"faces", faces}});
  else
    print(std::string{verb} + " " + std::to_string(faces) + " faces\n");
}

core::result<exit_code> export_faces(session& with, const transfer_options& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto sink, face_sink::create(wanted.file));
  ROLLCALL_CHECK(
      node.read_stream(faces_path(wanted.collection), [&](std::string_view piece) { return sink->take(piece); }));
  ROLLCALL_CHECK(sink->finish());
  print_count(with, "exported", sink->faces());
  return exit_code::done;
}

core::result<exit_code> import_faces(session& with, const transfer_options& wanted) {
  constexpr std::size_t body_bytes = 4 * 1024 * 1024;
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto source, face_source::open(wanted.file));
  std::uint64_t faces = 0;
  for (bool is_done = false; !is_done;) {
    std::string body;
    while (body.size() < body_bytes && !is_done) {
      ROLLCALL_TRY(const auto line, source->next());
      is_done = line.empty();
      body += line;
    }
    if (body.empty())
      break;
    ROLLCALL_TRY(const auto reply, node.write("POST", faces_path(wanted.collection), body));
    faces += static_cast<std::uint64_t>(number_at(reply, "imported"));
  }
  print_count(with, "imported", faces);
  return exit_code::done;
}

CLI::App& declare(CLI::App& app, const std::string& name, const std::string& help, transfer_options& into) {
  auto* command = app.add_subcommand(name, help);
  command->add_option("FILE", into.file, "FILE.jsonl, or FILE.npy with FILE.ids.jsonl beside it")->required();
  command->add_option("--collection", into.collection)->required();
  return *command;
}

} // namespace

void add_export(CLI::App& app, session& with) {
  auto wanted = std::make_shared<transfer_options>();
  auto& command = declare(app, "export", "write a collection's faces with their embeddings to a file", *wanted);
  on_chosen(command, with, [wanted](session& chosen) { return export_faces(chosen, *wanted); });
}

void add_import(CLI::App& app, session& with) {
  auto wanted = std::make_shared<transfer_options>();
  auto& command = declare(app, "import", "read faces into a collection; those it has are not added again", *wanted);
  on_chosen(command, with, [wanted](session& chosen) { return import_faces(chosen, *wanted); });
}

} // namespace rollcall::cli
