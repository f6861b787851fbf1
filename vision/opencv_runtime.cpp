#include "vision/opencv_runtime.hpp"

#include <algorithm>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <vector>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace rollcall::vision {

namespace {

/// While alive, the calling thread takes denormal numbers as zero: the embedding network runs a tenth faster.
class denormals_as_zero {
public:
#if defined(__SSE2__)
  denormals_as_zero() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | flush_and_zero);
  }
  ~denormals_as_zero() {
    _mm_setcsr(before_);
  }
#else
  denormals_as_zero() = default;
#endif
  denormals_as_zero(const denormals_as_zero&) = delete;
  denormals_as_zero& operator=(const denormals_as_zero&) = delete;

private:
#if defined(__SSE2__)
  static constexpr unsigned flush_and_zero = 0x8040; // FTZ and DAZ of MXCSR
  unsigned before_;
#endif
};

class opencv_network final : public network {
public:
  explicit opencv_network(const network_spec& spec)
      : net_(cv::dnn::readNetFromONNX(spec.file.string())), input_name_(spec.input.name) {
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    const std::array<int, 4> shape{1, static_cast<int>(spec.input.channels()), spec.input.height_px,
                                   spec.input.width_px};
    memory_.resize(spec.input.channels() * spec.input.plane());
    blob_ = cv::Mat(static_cast<int>(shape.size()), shape.data(), CV_32F, memory_.data());
    for (const auto& layout : spec.outputs) {
      names_.emplace_back(layout.name);
      outputs_.emplace_back(layout.size());
    }
  }

  std::span<float> input() noexcept override { return memory_; }

  core::status run() override {
    try {
      const denormals_as_zero guard;
      net_.setInput(blob_, input_name_);
      net_.forward(blobs_, names_);
      for (std::size_t i = 0; i < outputs_.size(); ++i) {
        if (blobs_[i].type() != CV_32F || blobs_[i].total() != outputs_[i].size())
          return core::fail(core::error_code::internal, "a network could not be run",
                            "output " + names_[i] + " has another shape");
        std::copy_n(blobs_[i].ptr<float>(), outputs_[i].size(), outputs_[i].begin());
      }
      return core::nothing{};
    } catch (const std::exception& failed) {
      return core::fail(core::error_code::internal, "a network could not be run", failed.what());
    }
  }

  std::span<const float> output(std::size_t index) const noexcept override {
    ROLLCALL_ASSERT(index < outputs_.size());
    return outputs_[index];
  }

private:
  cv::dnn::Net net_;
  std::string input_name_;
  std::vector<float> memory_;
  cv::Mat blob_;
  std::vector<cv::String> names_;
  std::vector<cv::Mat> blobs_;
  std::vector<std::vector<float>> outputs_;
};

class opencv_runtime final : public runtime {
public:
  std::string name() const override { return "opencv " + cv::getVersionString(); }

  core::result<std::unique_ptr<network>> make_network(const network_spec& spec) override {
    std::string why;
    try {
      auto made = std::make_unique<opencv_network>(spec);
      const auto tried = made->run();
      if (tried)
        return std::unique_ptr<network>{std::move(made)};
      why = tried.failure().context;
    } catch (const std::exception& failed) {
      why = failed.what();
    }
    return core::fail(core::error_code::invalid_config,
                      "the network " + spec.file.string() + " does not load as the model manifest describes it",
                      std::move(why));
  }
};

} // namespace

std::unique_ptr<runtime> make_opencv_runtime() {
  cv::setNumThreads(1);
  return std::make_unique<opencv_runtime>();
}

} // namespace rollcall::vision
