#include "nodes/inspection.hpp"

#include "nodes/resources.hpp"
#include "nodes/wiring.hpp"
#include "shard/codes/scan.hpp"
#include "shard/codes/similarity.hpp"
#include "vision/model_manifest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>
#include <set>

namespace rollcall::nodes {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::object look_at_disk(const fs::path& data_dir) {
  std::error_code failed;
  const auto space = fs::space(data_dir, failed);
  if (failed)
    return {{"path", data_dir.string()}, {"problem", failed.message()}};
  return {{"path", data_dir.string()}, {"free_bytes", space.available}, {"total_bytes", space.capacity}};
}

json::array look_at_files(const config::settings& with, const fs::path& data_dir) {
  std::set<fs::path> secret{data_dir / "node.key", data_dir / "page_token.key", data_dir / "zmq.key",
                            postgres_settings_of(with, data_dir).key_file};
  if (!with.store_uri_file.empty())
    secret.insert(with.store_uri_file);
  json::array found;
  for (const auto& path : secret) {
    std::error_code failed;
    const auto status = fs::status(path, failed);
    if (failed || !fs::exists(status))
      continue;
    const auto bits = static_cast<unsigned>(status.permissions()) & 0777U;
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%03o", bits);
    found.push_back(json::object{{"path", path.string()}, {"mode", mode.data()}, {"is_private", (bits & 077U) == 0}});
  }
  return found;
}

core::status read_models(const config::settings& with) {
  ROLLCALL_TRY(const auto found, find_resources(with));
  ROLLCALL_CHECK(vision::load(found.manifest, found.models_dir));
  return core::nothing{};
}

json::object look_at_models(const config::settings& with) {
  const auto read = read_models(with);
  return read ? json::object{} : json::object{{"problem", read.failure().message}};
}

json::object look_at_cpu() {
  const auto compare = [] {
    switch (shard::best_kernel()) {
      case shard::kernel::avx512:
        return "avx512";
      case shard::kernel::avx2:
        return "avx2";
      case shard::kernel::baseline:
        break;
    }
    return "baseline";
  };
  return {{"search", shard::name_of(shard::best_scan_kernel())}, {"compare", compare()}};
}

} // namespace

std::string inspect(const config::settings& with, const fs::path& data_dir) {
  json::object found;
  found["disk"] = look_at_disk(data_dir);
  found["files"] = look_at_files(with, data_dir);
  found["models"] = look_at_models(with);
  found["cpu"] = look_at_cpu();
  return json::serialize(found);
}

} // namespace rollcall::nodes
