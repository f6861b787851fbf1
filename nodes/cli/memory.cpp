// `rollcall partitions memory`.
#include "nodes/cli/client.hpp"
#include "nodes/cli/commands.hpp"
#include "nodes/cli/output.hpp"

#include <array>

namespace rollcall::cli {

namespace {

constexpr std::array parts{"coarse_codes", "fine_codes", "embeddings", "ids", "lists"};

struct wanted_memory {
  std::string collection;
  std::string node;

  [[nodiscard]] bool has(const json::object& row) const {
    return (collection.empty() || text_at(row, "collection_id") == collection)
           && (node.empty() || text_at(row, "node") == node);
  }
};

std::string each(double bytes, double references) {
  return references > 0 ? fixed(bytes / references, 0) : "-";
}

std::vector<std::string> cells_of(const json::object& row) {
  const auto references = number_at(row, "references");
  const auto& bytes = object_at(row, "bytes");
  double sum = 0;
  std::vector<std::string> of_parts;
  for (const auto* part : parts) {
    sum += number_at(bytes, part);
    of_parts.push_back(each(number_at(bytes, part), references));
  }
  std::vector<std::string> cells{text_at(row, "collection_id"), text_at(row, "node"), whole_at(row, "partitions"),
                                 whole_at(row, "references"),   mebibytes(sum, 1),    each(sum, references)};
  cells.insert(cells.end(), of_parts.begin(), of_parts.end());
  return cells;
}

core::result<exit_code> show_memory(session& with, const wanted_memory& wanted) {
  ROLLCALL_TRY(auto node, client::make(with.connection));
  ROLLCALL_TRY(const auto found, node.read("partitions/memory"));
  text_table table{{"COLLECTION", "NODE", "PARTITIONS", "REFERENCES", "MIB", "B/REFERENCE", "COARSE", "FINE",
                    "EMBEDDINGS", "IDS", "LISTS"}};
  for (const auto& one : array_at(found, "collections")) {
    const auto& row = as_row(one);
    if (!wanted.has(row))
      continue;
    if (with.wants_json)
      print_json(row);
    else
      table.add(cells_of(row));
  }
  if (!with.wants_json)
    print(table.text());
  return exit_code::done;
}

} // namespace

void add_memory(CLI::App& partitions, session& with) {
  auto wanted = std::make_shared<wanted_memory>();
  auto* command = partitions.add_subcommand("memory", "what collections take of each node's memory, by part");
  command->add_option("--collection", wanted->collection, "of this one only");
  command->add_option("--node", wanted->node, "of this one only");
  on_chosen(*command, with, [wanted](session& chosen) { return show_memory(chosen, *wanted); });
}

} // namespace rollcall::cli
