#include "vision/onnx_runtime.hpp"

#include "core/log.hpp"
#include "vision/onnx/dead_channels.hpp"
#include "vision/onnx/network.hpp"
#include "vision/onnx/prelu_graph.hpp"
#include "vision/onnx/prelu_op.hpp"

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

private:
  int descriptor_;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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
  /// A network's model as it is given to the library.
  struct model {
    std::string bytes; ///< empty: the file
    bool optimised = false;
  };

  /// A model, its first network, and what the library made of it, where it optimised it and that could be written.
  struct loaded {
    model source;
    std::unique_ptr<network> first;
    std::string graph;
  };

  core::result<onnx::owned_options> make_options(bool optimised) const {
    onnx::session_options* raw = nullptr;
    ROLLCALL_CHECK(onnx::taken(api_, onnx::create_session_options::call(api_, &raw)));
    onnx::owned_options options{raw, {api_}};
    ROLLCALL_CHECK(onnx::taken(
        api_, onnx::set_optimisation::call(api_, raw, optimised ? onnx::optimise_nothing : onnx::optimise_all)));
    ROLLCALL_CHECK(onnx::taken(api_, onnx::set_intra_op_threads::call(api_, raw, 1)));
    // The embedding network's weights make denormal numbers, which cost it a factor of twelve.
    ROLLCALL_CHECK(onnx::taken(api_, onnx::add_session_config::call(api_, raw, "session.set_denormal_as_zero", "1")));
    ROLLCALL_CHECK(onnx::taken(api_, onnx::add_custom_op_domain::call(api_, raw, operators_.get())));
    return options;
  }

  /// The graph that the library makes of the model is written to `optimised`, unless that is empty.
  core::result<std::unique_ptr<network>> load(const network_spec& spec, const model& from,
                                              const std::string& optimised = {}) const {
    ROLLCALL_TRY(const auto options, make_options(from.optimised));
    if (!optimised.empty())
      ROLLCALL_CHECK(onnx::taken(api_, onnx::set_optimised_model_path::call(api_, options.get(), optimised.c_str())));
    onnx::session* raw = nullptr;
    ROLLCALL_CHECK(onnx::taken(
        api_, from.bytes.empty() ? onnx::create_session::call(api_, env_.get(), spec.file.c_str(), options.get(), &raw)
                                 : onnx::create_session_from_array::call(api_, env_.get(), from.bytes.data(),
                                                                         from.bytes.size(), options.get(), &raw)));
    return onnx::make_network(api_, memory_.get(), onnx::owned_session{raw, {api_}}, spec);
  }

  core::result<loaded> load_first(const network_spec& spec, model from) const {
    if (!from.optimised) {
      const memory_file optimised;
      if (auto made = load(spec, from, optimised.path()))
        return loaded{std::move(from), *std::move(made), read_file(optimised.path())};
      // Perhaps it was only that its graph could not be written.
    }
    ROLLCALL_TRY(auto made, load(spec, from));
    return loaded{std::move(from), std::move(made), {}};
  }

  /// Takes `from` in place of `best`, if it does what `best` does.
  bool try_out(const network_spec& spec, loaded& best, model from, std::string_view what) const {
    auto other = load_first(spec, std::move(from));
    const bool same = other && agree(*best.first, *other->first, spec.outputs.size());
    core::log(core::log_level::debug, "vision", std::string{what} + (same ? "" : ": not taken, it gives other results"),
              {{"network", spec.file.string()}});
    if (same)
      best = *std::move(other);
    return same;
  }

  /// The library does not say by how many channels it blocks: what was tried must give the same numbers.
  void keep_prelus_in_blocks(const network_spec& spec, loaded& best) const {
    const auto graph = best.graph;
    for (const auto& each : onnx::blocked_prelus) {
      auto changed = onnx::keep_prelu_blocked(graph, each.op, static_cast<std::int64_t>(each.block));
      if (changed && try_out(spec, best, {*std::move(changed), true}, "PReLU stays in blocks"))
        return;
    }
  }

  /// The first network of a file, made as fast as it can be; what was found serves those that follow.
  core::result<std::unique_ptr<network>> make_first(const network_spec& spec) {
    ROLLCALL_TRY(auto best, load_first(spec, {}));
    if (auto narrower = onnx::drop_dead_channels(read_file(spec.file)))
      try_out(spec, best, {*std::move(narrower), false}, "dead channels are dropped");
    keep_prelus_in_blocks(spec, best);
    found_[spec.file] = std::move(best.source);
    return std::move(best.first);
  }

  core::result<std::unique_ptr<network>> make(const network_spec& spec) {
    std::unique_lock lock(mutex_);
    const auto known = found_.find(spec.file);
    if (known == found_.end())
      return make_first(spec);
    lock.unlock();
    return load(spec, known->second);
  }

  onnx::table api_;
  std::string version_;
  onnx::owned_env env_;
  onnx::owned_memory memory_;
  onnx::owned_domain operators_;
  std::mutex mutex_;
  std::map<std::filesystem::path, model> found_; // by the network's file
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
