#include "vision/onnx/network.hpp"

#include <array>
#include <vector>

namespace rollcall::vision::onnx {

namespace {

/// A float tensor: its memory, and the library's view of it.
struct tensor {
  std::string name;
  std::vector<float> memory;
  owned_value view;
};

core::result<tensor> make_tensor(table api, const memory_info* where, std::string name,
                                 const std::vector<std::int64_t>& shape) {
  std::size_t size = 1;
  for (const auto side : shape)
    size *= static_cast<std::size_t>(side);
  tensor made{std::move(name), std::vector<float>(size), {}};
  value* view = nullptr;
  ROLLCALL_CHECK(taken(api, create_tensor::call(api, where, made.memory.data(), size * sizeof(float), shape.data(),
                                                shape.size(), float32, &view)));
  made.view = owned_value{view, {api}};
  return made;
}

/// All buffers are made once and bound to the session's tensors, so a run copies nothing in or out.
class session_network final : public network {
public:
  session_network(table api, owned_session session, tensor in, std::vector<tensor> out)
      : api_(api), session_(std::move(session)), in_(std::move(in)), out_(std::move(out)) {
    for (auto& each : out_) {
      names_.push_back(each.name.c_str());
      views_.push_back(each.view.get());
    }
  }

  std::span<float> input() noexcept override { return in_.memory; }

  core::status run() override {
    const std::array<const char*, 1> names{in_.name.c_str()};
    const std::array<const value*, 1> values{in_.view.get()};
    return taken(api_, run::call(api_, session_.get(), nullptr, names.data(), values.data(), 1, names_.data(),
                                 names_.size(), views_.data()));
  }

  std::span<const float> output(std::size_t index) const noexcept override {
    ROLLCALL_ASSERT(index < out_.size());
    return out_[index].memory;
  }

private:
  table api_;
  owned_session session_;
  tensor in_;
  std::vector<tensor> out_;
  std::vector<const char*> names_;
  std::vector<value*> views_;
};

} // namespace

core::result<std::unique_ptr<network>> make_network(table api, const memory_info* where, owned_session session,
                                                    const network_spec& spec) {
  const std::vector<std::int64_t> shape{1, static_cast<std::int64_t>(spec.input.channels()), spec.input.height_px,
                                        spec.input.width_px};
  ROLLCALL_TRY(auto in, make_tensor(api, where, spec.input.name, shape));
  std::vector<tensor> outputs;
  for (const auto& layout : spec.outputs) {
    ROLLCALL_TRY(auto out, make_tensor(api, where, layout.name, layout.shape));
    outputs.push_back(std::move(out));
  }
  auto made = std::make_unique<session_network>(api, std::move(session), std::move(in), std::move(outputs));
  ROLLCALL_CHECK(made->run());
  return std::unique_ptr<network>{std::move(made)};
}

} // namespace rollcall::vision::onnx
