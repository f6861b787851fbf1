#include "nodes/resources.hpp"

#include <cstdlib>
#include <vector>

namespace rollcall::nodes {

namespace {

using std::filesystem::path;

bool is_there(const path& at) {
  std::error_code ignored;
  return std::filesystem::exists(at, ignored);
}

path program_dir() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? path{"/usr/bin"} : program.parent_path();
}

/// The first of `bases` that has `name`; empty when none does.
path first_with(const std::vector<path>& bases, const path& name) {
  for (const auto& base : bases)
    if (is_there(base / name))
      return (base / name).lexically_normal();
  return {};
}

} // namespace

core::result<resources> find_resources(const config::settings& from) {
  const auto program = program_dir();
  const std::vector<path> shares{program / "../share/rollcall", "/usr/share/rollcall"};
  std::vector<path> bases;
  if (const auto* deps = std::getenv("ROLLCALL_DEPS"); deps != nullptr && *deps != '\0')
    bases.emplace_back(deps);
  bases.push_back(program / "../../deps"); // build/<preset>/bin → build/deps
  bases.insert(bases.end(), shares.begin(), shares.end());

  resources found{from.vision_models, from.vision_models_dir, from.vision_onnxruntime};
  if (found.manifest.empty())
    found.manifest = first_with({program / "../../../config", shares[0], shares[1]}, "models.toml");
  if (found.models_dir.empty())
    found.models_dir = first_with(bases, "models");
  if (found.onnxruntime.empty())
    found.onnxruntime = first_with(bases, "onnxruntime/libonnxruntime.so");
  if (found.manifest.empty())
    return core::fail(core::error_code::not_found, "no model manifest found: set vision.models to a models.toml");
  if (found.models_dir.empty())
    return core::fail(core::error_code::not_found, "no models found: run ./dev setup, or set vision.models_dir");
  return found;
}

} // namespace rollcall::nodes
