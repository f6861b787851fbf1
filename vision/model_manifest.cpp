#include "vision/model_manifest.hpp"

#include "core/digest.hpp"

#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>
#include <toml++/toml.h>

namespace rollcall::vision {

namespace {

core::error bad_key(const std::string& key, const std::string& wanted) {
  return core::fail(core::error_code::invalid_config, "model manifest: " + key + " must be " + wanted);
}

/// A table of the manifest with the name under which messages speak of it.
struct section {
  const toml::table& table;
  std::string name;

  [[nodiscard]] std::string key(std::string_view of) const { return name + "." + std::string{of}; }
};

core::result<std::string> read_text(const section& from, std::string_view key) {
  const auto value = from.table[key].value<std::string>();
  if (!value || value->empty())
    return bad_key(from.key(key), "a text");
  return *value;
}

core::result<double> read_number(const section& from, std::string_view key, double low, double high) {
  const auto value = from.table[key].value<double>();
  if (!value || !(*value >= low && *value <= high)) {
    std::ostringstream range;
    range << "a number from " << low << " to " << high;
    return bad_key(from.key(key), range.str());
  }
  return *value;
}

core::result<section> read_section(const section& from, std::string_view key) {
  const auto* table = from.table[key].as_table();
  if (table == nullptr)
    return bad_key(from.key(key), "a table");
  return section{*table, from.key(key)};
}

core::result<std::vector<double>> read_numbers(const section& from, std::string_view key, std::size_t count) {
  std::vector<double> numbers;
  if (const auto* list = from.table[key].as_array())
    for (const auto& each : *list)
      if (const auto number = each.value<double>())
        numbers.push_back(*number);
  if (numbers.empty() || (count != 0 && numbers.size() != count))
    return bad_key(from.key(key), "a list of " + (count == 0 ? "" : std::to_string(count) + " ") + "numbers");
  return numbers;
}

core::result<channel_order> read_order(const section& from) {
  ROLLCALL_TRY(const auto text, read_text(from, "order"));
  if (text == "bgr")
    return channel_order::bgr;
  if (text == "rgb")
    return channel_order::rgb;
  if (text == "grey")
    return channel_order::grey;
  return bad_key(from.key("order"), "bgr, rgb or grey");
}

core::result<input_layout> read_input(const section& from) {
  constexpr double max_side = 4'096;
  ROLLCALL_TRY(const auto input, read_section(from, "input"));
  input_layout layout;
  ROLLCALL_TRY(layout.name, read_text(input, "name"));
  ROLLCALL_TRY(layout.order, read_order(input));
  ROLLCALL_TRY(const auto width, read_number(input, "width", 1, max_side));
  ROLLCALL_TRY(const auto height, read_number(input, "height", 1, max_side));
  ROLLCALL_TRY(const auto mean, read_numbers(input, "mean", layout.channels()));
  ROLLCALL_TRY(const auto scale, read_numbers(input, "scale", layout.channels()));
  layout.width_px = static_cast<int>(width);
  layout.height_px = static_cast<int>(height);
  std::copy(mean.begin(), mean.end(), layout.mean.begin());
  std::copy(scale.begin(), scale.end(), layout.scale.begin());
  return layout;
}

core::result<output_layout> read_output(const section& from) {
  output_layout layout;
  ROLLCALL_TRY(layout.name, read_text(from, "name"));
  ROLLCALL_TRY(const auto shape, read_numbers(from, "shape", 0));
  for (const auto side : shape)
    layout.shape.push_back(static_cast<std::int64_t>(side));
  constexpr std::size_t max_size = 10'000'000;
  const bool is_positive = std::all_of(shape.begin(), shape.end(), [](double side) { return side >= 1; });
  if (!is_positive || layout.size() > max_size)
    return bad_key(from.key("shape"), "a list of sizes of at least 1, together at most 10,000,000");
  return layout;
}

core::result<std::vector<output_layout>> read_outputs(const section& from, const std::vector<std::size_t>& sizes) {
  std::vector<output_layout> layouts;
  if (const auto* list = from.table["outputs"].as_array())
    for (const auto& each : *list) {
      const auto* table = each.as_table();
      if (table == nullptr)
        return bad_key(from.key("outputs"), "a list of tables");
      ROLLCALL_TRY(auto layout, read_output({*table, from.key("outputs")}));
      layouts.push_back(std::move(layout));
    }
  if (layouts.size() != sizes.size())
    return bad_key(from.key("outputs"), "a list of " + std::to_string(sizes.size()) + " tables");
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] != 0 && layouts[i].size() != sizes[i])
      return bad_key(from.key("outputs"),
                     "such that " + layouts[i].name + " has " + std::to_string(sizes[i]) + " numbers");
  return layouts;
}

core::status verify(const network_spec& spec) {
  const auto way_out = "; run ./dev setup to fetch the models again";
  const auto digest = core::sha256_file(spec.file);
  if (!digest)
    return core::fail(core::error_code::not_found, "the model file " + spec.file.string() + " can't be read" + way_out);
  if (core::to_hex(*digest) != spec.sha256)
    return core::fail(core::error_code::corrupt,
                      "the model file " + spec.file.string() + " has another SHA-256 than the manifest" + way_out);
  return core::nothing{};
}

/// Reads and verifies one network. `sizes`: the numbers in each output that the code needs, 0 = any.
core::result<network_spec> read_network(const section& from, const std::filesystem::path& models_dir,
                                        const std::vector<std::size_t>& sizes) {
  network_spec spec;
  ROLLCALL_TRY(const auto file, read_text(from, "file"));
  if (std::filesystem::path{file}.filename() != file)
    return bad_key(from.key("file"), "a file name without a folder");
  spec.file = models_dir / file;
  ROLLCALL_TRY(spec.sha256, read_text(from, "sha256"));
  ROLLCALL_TRY(spec.licence, read_text(from, "licence"));
  ROLLCALL_TRY(spec.source, read_text(from, "source"));
  ROLLCALL_TRY(spec.input, read_input(from));
  ROLLCALL_TRY(spec.outputs, read_outputs(from, sizes));
  ROLLCALL_CHECK(verify(spec));
  return spec;
}

core::result<detector_spec> read_detector(const section& from, const std::filesystem::path& models_dir) {
  ROLLCALL_TRY(auto network, read_network(from, models_dir, {0, 0}));
  if (network.outputs[0].size() != 2 * network.outputs[1].size())
    return bad_key(from.key("outputs"), "boxes of n x 4 and scores of n x 2 numbers");
  ROLLCALL_TRY(const auto score, read_number(from, "min_score", 0.01, 1));
  ROLLCALL_TRY(const auto hint, read_number(from, "hint_score", 0.01, 1));
  ROLLCALL_TRY(const auto side, read_number(from, "min_side_px", 1, 1'000));
  ROLLCALL_TRY(const auto overlap, read_number(from, "max_overlap", 0.05, 0.95));
  return detector_spec{std::move(network), static_cast<float>(score), static_cast<float>(hint),
                       static_cast<float>(side), static_cast<float>(overlap)};
}

core::result<landmarker_spec> read_landmarker(const section& from, const std::filesystem::path& models_dir) {
  constexpr std::size_t coordinates = 136;
  ROLLCALL_TRY(auto network, read_network(from, models_dir, {coordinates}));
  ROLLCALL_TRY(const auto crop, read_number(from, "crop_ratio", 0.5, 3));
  ROLLCALL_TRY(const auto shift, read_number(from, "shift_ratio", -0.5, 0.5));
  return landmarker_spec{std::move(network), static_cast<float>(crop), static_cast<float>(shift)};
}

core::result<embedder_spec> read_embedder(const section& from, const std::filesystem::path& models_dir) {
  ROLLCALL_TRY(const auto dimension, read_number(from, "dimension", 16, 4'096));
  embedder_spec spec;
  spec.dimension = static_cast<std::size_t>(dimension);
  ROLLCALL_TRY(spec.network, read_network(from, models_dir, {spec.dimension}));
  ROLLCALL_TRY(spec.version, read_text(from, "version"));
  if (spec.version.find_first_not_of("0123456789.") != std::string::npos)
    return bad_key(from.key("version"), "digits and dots");
  const auto crops = parse_crop_set(from.table["crops"].value_or(std::string_view{"one"}));
  if (!crops)
    return bad_key(from.key("crops"), "one, mirrored or shifted");
  spec.crops = *crops;
  return spec;
}

core::result<attribute_specs> read_attributes(const section& root, const std::filesystem::path& models_dir) {
  /// Three stages of three classes each, their shifts, and three scale factors (soft stagewise regression).
  const std::vector<std::size_t> stagewise{3, 3, 3, 1, 1, 1, 3, 3, 3};
  attribute_specs specs;
  const auto read = [&](std::string_view name, const std::vector<std::size_t>& sizes,
                        std::optional<network_spec>& into) -> core::status {
    if (!root.table.contains(name))
      return core::nothing{};
    ROLLCALL_TRY(const auto from, read_section(root, name));
    ROLLCALL_TRY(into, read_network(from, models_dir, sizes));
    return core::nothing{};
  };
  ROLLCALL_CHECK(read("age", stagewise, specs.age));
  ROLLCALL_CHECK(read("gender", stagewise, specs.gender));
  ROLLCALL_CHECK(read("expression", {7}, specs.expression));
  return specs;
}

core::result<core::similarity_curve> read_similarity(const section& root) {
  ROLLCALL_TRY(const auto from, read_section(root, "similarity"));
  const auto* knots = from.table["knots"].as_array();
  if (knots == nullptr)
    return bad_key(from.key("knots"), "a list of [cosine, similarity]");
  std::vector<core::similarity_curve::knot> read;
  for (const auto& each : *knots) {
    const auto* pair = each.as_array();
    const auto cosine = pair != nullptr && pair->size() == 2 ? (*pair)[0].value<double>() : std::nullopt;
    const auto similarity = pair != nullptr && pair->size() == 2 ? (*pair)[1].value<double>() : std::nullopt;
    if (!cosine || !similarity)
      return bad_key(from.key("knots"), "a list of [cosine, similarity]");
    read.push_back({static_cast<float>(*cosine), static_cast<float>(*similarity)});
  }
  auto curve = core::similarity_curve::make(std::move(read));
  if (!curve)
    return bad_key(from.key("knots"), "strictly ascending in both coordinates, from similarity 0 to 100");
  return curve;
}

core::result<model_manifest> read_manifest(const section& root, const std::filesystem::path& models_dir) {
  ROLLCALL_TRY(const auto detector, read_section(root, "detector"));
  ROLLCALL_TRY(const auto landmarker, read_section(root, "landmarker"));
  ROLLCALL_TRY(const auto embedder, read_section(root, "embedder"));
  ROLLCALL_TRY(auto detector_read, read_detector(detector, models_dir));
  ROLLCALL_TRY(auto landmarker_read, read_landmarker(landmarker, models_dir));
  ROLLCALL_TRY(auto embedder_read, read_embedder(embedder, models_dir));
  ROLLCALL_TRY(auto attributes, read_attributes(root, models_dir));
  ROLLCALL_TRY(auto similarity, read_similarity(root));
  return model_manifest{std::move(detector_read), std::move(landmarker_read), std::move(embedder_read),
                        std::move(attributes), std::move(similarity)};
}

} // namespace

std::size_t output_layout::size() const noexcept {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, [](std::size_t product, std::int64_t side) {
    return product * static_cast<std::size_t>(side);
  });
}

std::optional<crop_set> parse_crop_set(std::string_view name) noexcept {
  if (name == "one")
    return crop_set::one;
  if (name == "mirrored")
    return crop_set::mirrored;
  if (name == "shifted")
    return crop_set::shifted;
  return std::nullopt;
}

core::result<model_manifest> load(const std::filesystem::path& manifest_file, const std::filesystem::path& models_dir) {
  std::ifstream file{manifest_file, std::ios::binary};
  if (!file)
    return core::fail(core::error_code::not_found,
                      "the model manifest " + manifest_file.string() + " can't be read; run ./dev setup");
  std::ostringstream text;
  text << file.rdbuf();
  try {
    const auto parsed = toml::parse(text.str());
    return read_manifest({parsed, "models"}, models_dir);
  } catch (const toml::parse_error& failed) {
    return core::fail(core::error_code::invalid_config,
                      manifest_file.string() + " is not TOML, line " + std::to_string(failed.source().begin.line),
                      std::string{failed.description()});
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::invalid_config, manifest_file.string() + " can't be read", failed.what());
  }
}

} // namespace rollcall::vision
