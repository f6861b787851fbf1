#include "wire/json_document.hpp"

#include "wire/codec.hpp"

#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>

#include <new>
#include <optional>

namespace rollcall::wire {

namespace json = boost::json;

namespace {

constexpr std::size_t max_depth = 16;

/// Hands out memory until its budget is spent, then throws std::bad_alloc.
class budgeted_memory final : public json::memory_resource {
public:
  explicit budgeted_memory(std::size_t budget_bytes) : left_bytes_(budget_bytes) {}

private:
  // Boost.JSON 1.81 gives keys back under another alignment than it asked for, so every block has the default one,
  // which is enough for all that it stores.
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (size > left_bytes_ || alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
      throw std::bad_alloc{};
    void* block = ::operator new(size);
    left_bytes_ -= size;
    return block;
  }
  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    ::operator delete(block);
    left_bytes_ += size;
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }

  std::size_t left_bytes_;
};

core::error malformed(std::string why) {
  return core::fail(core::error_code::malformed, "The request body is not well-formed JSON: " + std::move(why));
}

} // namespace

struct json_document::state {
  explicit state(std::size_t budget_bytes) : memory(budget_bytes) {}
  budgeted_memory memory;
  std::optional<json::value> root;
};

json_document::json_document(std::unique_ptr<state> parsed) : state_(std::move(parsed)) {}
json_document::json_document(json_document&&) noexcept = default;
json_document& json_document::operator=(json_document&&) noexcept = default;
json_document::~json_document() = default;

const json::object& json_document::root() const noexcept {
  return *state_->root->if_object();
}

core::result<json_document> json_document::parse(std::string_view text) {
  if (text.empty())
    text = "{}";
  if (text.size() > max_body_bytes)
    return malformed("it is longer than " + std::to_string(max_body_bytes) + " bytes.");
  try {
    auto parsed = std::make_unique<state>(3 * text.size() + 1024 * 1024);
    json::parse_options options;
    options.max_depth = max_depth;
    const json::storage_ptr storage{&parsed->memory};
    json::parser parser{storage, options};
    parser.reset(storage);
    boost::system::error_code problem;
    const auto read = parser.write(text.data(), text.size(), problem);
    if (problem)
      return malformed(problem.message() + " at byte " + std::to_string(read) + ".");
    parsed->root.emplace(parser.release());
    if (!parsed->root->is_object())
      return malformed("it must be one object.");
    return json_document{std::move(parsed)};
  } catch (const std::exception&) {
    return malformed("it holds too many values.");
  }
}

} // namespace rollcall::wire
