#include "vision/onnx_runtime.hpp"

#include "vision/onnx_api.hpp"

#include <array>
#include <charconv>
#include <dlfcn.h>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::vision {

namespace {

/// Frees an object of the library through the table it came from.
template <class Release>
struct releaser {
  onnx::table api = nullptr;
  template <class Object>
  void operator()(Object* object) const {
    Release::call(api, object);
  }
};
template <class Object, class Release>
using owned = std::unique_ptr<Object, releaser<Release>>;

using owned_env = owned<onnx::env, onnx::release_env>;
using owned_session = owned<onnx::session, onnx::release_session>;
using owned_options = owned<onnx::session_options, onnx::release_session_options>;
using owned_memory = owned<onnx::memory_info, onnx::release_memory_info>;
using owned_value = owned<onnx::value, onnx::release_value>;

/// The library's status as ours; frees it.
core::status taken(onnx::table api, onnx::status* raw) {
  if (raw == nullptr)
    return core::nothing{};
  std::string text = onnx::error_message::call(api, raw);
  onnx::release_status::call(api, raw);
  return core::fail(core::error_code::internal, "a network could not be run", std::move(text));
}

/// A float tensor: its memory, and the library's view of it.
struct tensor {
  std::string name;
  std::vector<float> memory;
  owned_value view;
};

core::result<tensor> make_tensor(onnx::table api, const onnx::memory_info* where, std::string name,
                                 const std::vector<std::int64_t>& shape) {
  std::size_t size = 1;
  for (const auto side : shape)
    size *= static_cast<std::size_t>(side);
  tensor made{std::move(name), std::vector<float>(size), {}};
  onnx::value* view = nullptr;
  ROLLCALL_CHECK(taken(api, onnx::create_tensor::call(api, where, made.memory.data(), size * sizeof(float),
                                                      shape.data(), shape.size(), onnx::float32, &view)));
  made.view = owned_value{view, {api}};
  return made;
}

/// All buffers are made once and bound to the session's tensors, so a run copies nothing in or out.
class onnx_network final : public network {
public:
  onnx_network(onnx::table api, owned_session session, tensor in, std::vector<tensor> out)
      : api_(api), session_(std::move(session)), in_(std::move(in)), out_(std::move(out)) {
    for (auto& each : out_) {
      names_.push_back(each.name.c_str());
      views_.push_back(each.view.get());
    }
  }

  std::span<float> input() noexcept override { return in_.memory; }

  core::status run() override {
    const std::array<const char*, 1> names{in_.name.c_str()};
    const std::array<const onnx::value*, 1> values{in_.view.get()};
    return taken(api_, onnx::run::call(api_, session_.get(), nullptr, names.data(), values.data(), 1, names_.data(),
                                       names_.size(), views_.data()));
  }

  std::span<const float> output(std::size_t index) const noexcept override {
    ROLLCALL_ASSERT(index < out_.size());
    return out_[index].memory;
  }

private:
  onnx::table api_;
  owned_session session_;
  tensor in_;
  std::vector<tensor> out_;
  std::vector<const char*> names_;
  std::vector<onnx::value*> views_;
};

class onnx_runtime final : public runtime {
public:
  onnx_runtime(onnx::table api, std::string version, owned_env env, owned_memory memory)
      : api_(api), version_(std::move(version)), env_(std::move(env)), memory_(std::move(memory)) {}

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
  core::result<owned_options> make_options() const {
    onnx::session_options* raw = nullptr;
    ROLLCALL_CHECK(taken(api_, onnx::create_session_options::call(api_, &raw)));
    owned_options options{raw, {api_}};
    ROLLCALL_CHECK(taken(api_, onnx::set_optimisation::call(api_, raw, onnx::optimise_all)));
    ROLLCALL_CHECK(taken(api_, onnx::set_intra_op_threads::call(api_, raw, 1)));
    // The embedding network's weights make denormal numbers, which cost it a factor of twelve.
    ROLLCALL_CHECK(taken(api_, onnx::add_session_config::call(api_, raw, "session.set_denormal_as_zero", "1")));
    return options;
  }

  core::result<std::unique_ptr<network>> make(const network_spec& spec) {
    ROLLCALL_TRY(const auto options, make_options());
    onnx::session* raw = nullptr;
    ROLLCALL_CHECK(taken(api_, onnx::create_session::call(api_, env_.get(), spec.file.c_str(), options.get(), &raw)));
    owned_session session{raw, {api_}};
    const std::vector<std::int64_t> shape{1, static_cast<std::int64_t>(spec.input.channels()), spec.input.height_px,
                                          spec.input.width_px};
    ROLLCALL_TRY(auto in, make_tensor(api_, memory_.get(), spec.input.name, shape));
    std::vector<tensor> outputs;
    for (const auto& layout : spec.outputs) {
      ROLLCALL_TRY(auto out, make_tensor(api_, memory_.get(), layout.name, layout.shape));
      outputs.push_back(std::move(out));
    }
    auto made = std::make_unique<onnx_network>(api_, std::move(session), std::move(in), std::move(outputs));
    ROLLCALL_CHECK(made->run());
    return std::unique_ptr<network>{std::move(made)};
  }

  onnx::table api_;
  std::string version_;
  owned_env env_;
  owned_memory memory_;
};

/// True for "1.16…" and every later 1.x.
bool is_known(const std::string& version) {
  int minor = 0;
  if (version.rfind("1.", 0) != 0)
    return false;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor >= static_cast<int>(onnx::api_version);
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
  ROLLCALL_CHECK(taken(api, onnx::create_env::call(api, onnx::log_errors_only, "rollcall", &env)));
  owned_env env_owner{env, {api}};
  onnx::memory_info* memory = nullptr;
  ROLLCALL_CHECK(
      taken(api, onnx::create_cpu_memory_info::call(api, onnx::arena_allocator, onnx::default_memory, &memory)));
  return std::unique_ptr<runtime>{
      std::make_unique<onnx_runtime>(api, std::move(version), std::move(env_owner), owned_memory{memory, {api}})};
}

} // namespace rollcall::vision
