#include "vision/onnx_runtime.hpp"

#include "core/log.hpp"
#include "vision/onnx_graph.hpp"
#include "vision/onnx_network.hpp"
#include "vision/onnx_prelu.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace rollcall::vision {

namespace {

/// A file in memory that has a path as long as it lives.
class memory_file {
public:
  memory_file() : descriptor_(memfd_create("network", MFD_CLOEXEC)) {}
  ~memory_file() { close(descriptor_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  std::string content() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

private:
  int descriptor_;
};

/// True if both networks give the same for the same, within what another order of additions makes.
bool agree(network& a, network& b, std::size_t outputs) {
  const auto into = a.input();
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = std::sin(static_cast<float>(i % 1'009));
  std::ranges::copy(into, b.input().begin());
  if (!a.run() || !b.run())
    return false;
  for (std::size_t i = 0; i < outputs; ++i) {
    const auto x = a.output(i);
    const auto y = b.output(i);
    const auto largest = *std::ranges::max_element(x, {}, [](float each) { return std::abs(each); });
    const float close = 1e-4F * std::abs(largest);
    if (!std::ranges::equal(x, y, [&](float p, float q) { return std::abs(p - q) <= close; }))
      return false;
  }
  return true;
}

class onnx_runtime final : public runtime {
public:
  onnx_runtime(onnx::table api, std::string version, onnx::owned_env env, onnx::owned_memory memory,
               onnx::owned_domain operators)
      : api_(api),
        version_(std::move(version)),
        env_(std::move(env)),
        memory_(std::move(memory)),
        operators_(std::move(operators)) {}

  std::string name() const override { return "onnxruntime " + version_; }

  core::result<std::unique_ptr<network>> make_network(const network_spec& spec) override {
    auto made = make(spec);
    if (made)
      return made;
    return core::fail(core::error_code::invalid_config,
                      "the network " + spec.file.string() + " does not load as the model manifest describes it",
                      made.failure().context);
  }

private:
  core::result<onnx::owned_options> make_options(int optimisation) const {
    onnx::session_options* raw = nullptr;
    ROLLCALL_CHECK(onnx::taken(api_, onnx::create_session_options::call(api_, &raw)));
    onnx::owned_options options{raw, {api_}};
    ROLLCALL_CHECK(onnx::taken(api_, onnx::set_optimisation::call(api_, raw, optimisation)));
    ROLLCALL_CHECK(onnx::taken(api_, onnx::set_intra_op_threads::call(api_, raw, 1)));
    // The embedding network's weights make denormal numbers, which cost it a factor of twelve.
    ROLLCALL_CHECK(onnx::taken(api_, onnx::add_session_config::call(api_, raw, "session.set_denormal_as_zero", "1")));
    return options;
  }

  /// As the file says, optimised; what came of that is written to `optimised`, unless that is empty.
  core::result<std::unique_ptr<network>> make_plain(const network_spec& spec, const std::string& optimised) const {
    ROLLCALL_TRY(const auto options, make_options(onnx::optimise_all));
    if (!optimised.empty())
      ROLLCALL_CHECK(onnx::taken(api_, onnx::set_optimised_model_path::call(api_, options.get(), optimised.c_str())));
    onnx::session* raw = nullptr;
    ROLLCALL_CHECK(
        onnx::taken(api_, onnx::create_session::call(api_, env_.get(), spec.file.c_str(), options.get(), &raw)));
    return onnx::make_network(api_, memory_.get(), onnx::owned_session{raw, {api_}}, spec);
  }

  /// Of a model that is optimised already and whose PReLUs are operators of ours.
  core::result<std::unique_ptr<network>> make_blocked(const network_spec& spec, const std::string& model) const {
    ROLLCALL_TRY(const auto options, make_options(onnx::optimise_nothing));
    ROLLCALL_CHECK(onnx::taken(api_, onnx::add_custom_op_domain::call(api_, options.get(), operators_.get())));
    onnx::session* raw = nullptr;
    ROLLCALL_CHECK(onnx::taken(api_, onnx::create_session_from_array::call(api_, env_.get(), model.data(), model.size(),
                                                                           options.get(), &raw)));
    return onnx::make_network(api_, memory_.get(), onnx::owned_session{raw, {api_}}, spec);
  }

  /// A model whose PReLUs are operators of ours, and the first network of it.
  struct blocked_model {
    std::string model;
    std::unique_ptr<network> first;
  };

  /// Of `optimised`, the graph that `plain` runs; none where none does what `plain` does. The library does not say by
  /// how many channels it blocks: what was tried must give the same numbers.
  std::optional<blocked_model> find_blocked(const network_spec& spec, network& plain,
                                            const std::string& optimised) const {
    for (std::size_t i = 0; i < onnx::channel_blocks.size(); ++i) {
      auto changed =
          onnx::keep_prelu_blocked(optimised, onnx::prelu_ops[i], static_cast<std::int64_t>(onnx::channel_blocks[i]));
      if (!changed)
        continue;
      auto made = make_blocked(spec, *changed);
      const bool same = made && agree(plain, **made, spec.outputs.size());
      core::log(core::log_level::debug, "vision", same ? "PReLU stays in blocks" : "PReLU does not stay in blocks",
                {{"network", spec.file.string()}, {"channels", std::to_string(onnx::channel_blocks[i])}});
      if (same)
        return blocked_model{*std::move(changed), *std::move(made)};
    }
    return std::nullopt;
  }

  /// The first network of a file, which is looked through for PReLUs; what was found serves those that follow.
  core::result<std::unique_ptr<network>> make_first(const network_spec& spec) {
    const memory_file optimised;
    auto plain = make_plain(spec, optimised.path());
    if (!plain)
      return make_plain(spec, {}); // perhaps it was only that its graph could not be written
    auto found = find_blocked(spec, **plain, optimised.content());
    blocked_[spec.file] = found ? std::move(found->model) : "";
    return found ? std::move(found->first) : *std::move(plain);
  }

  core::result<std::unique_ptr<network>> make(const network_spec& spec) {
    std::unique_lock lock(mutex_);
    const auto known = blocked_.find(spec.file);
    if (known == blocked_.end())
      return make_first(spec);
    lock.unlock();
    return known->second.empty() ? make_plain(spec, {}) : make_blocked(spec, known->second);
  }

  onnx::table api_;
  std::string version_;
  onnx::owned_env env_;
  onnx::owned_memory memory_;
  onnx::owned_domain operators_;
  std::mutex mutex_;
  std::map<std::filesystem::path, std::string> blocked_; // by the network's file; empty: as it is
};

/// True for "1.16…" and every later 1.x.
bool is_known(const std::string& version) {
  int minor = 0;
  if (version.rfind("1.", 0) != 0)
    return false;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor >= static_cast<int>(onnx::api_version);
}

core::result<onnx::owned_domain> make_operators(onnx::table api) {
  onnx::custom_op_domain* raw = nullptr;
  ROLLCALL_CHECK(onnx::taken(api, onnx::create_custom_op_domain::call(api, onnx::prelu_domain, &raw)));
  onnx::owned_domain made{raw, {api}};
  for (const auto* each : onnx::describe_prelu_ops())
    ROLLCALL_CHECK(onnx::taken(api, onnx::custom_op_domain_add::call(api, raw, each)));
  return made;
}

} // namespace

core::result<std::unique_ptr<runtime>> load_onnx_runtime(const std::filesystem::path& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* why = handle == nullptr ? dlerror() : nullptr;
  if (handle == nullptr)
    return core::fail(core::error_code::not_found, "no ONNX Runtime library at " + library.string(),
                      why == nullptr ? "" : why);
  const auto base_of = reinterpret_cast<onnx::base_function>(dlsym(handle, "OrtGetApiBase"));
  if (base_of == nullptr)
    return core::fail(core::error_code::unsupported, library.string() + " is not ONNX Runtime");
  const auto* base = base_of();
  std::string version = base->version();
  const auto api = is_known(version) ? base->api(onnx::api_version) : nullptr;
  if (api == nullptr)
    return core::fail(core::error_code::unsupported,
                      "ONNX Runtime " + version + " at " + library.string() + " is not known; 1.16 or a later 1.x is");
  onnx::env* env = nullptr;
  ROLLCALL_CHECK(onnx::taken(api, onnx::create_env::call(api, onnx::log_errors_only, "rollcall", &env)));
  onnx::owned_env env_owner{env, {api}};
  onnx::memory_info* memory = nullptr;
  ROLLCALL_CHECK(
      onnx::taken(api, onnx::create_cpu_memory_info::call(api, onnx::arena_allocator, onnx::default_memory, &memory)));
  onnx::owned_memory memory_owner{memory, {api}};
  ROLLCALL_TRY(auto operators, make_operators(api));
  return std::unique_ptr<runtime>{std::make_unique<onnx_runtime>(api, std::move(version), std::move(env_owner),
                                                                 std::move(memory_owner), std::move(operators))};
}

} // namespace rollcall::vision
