// The request tables against the service model that AWS's clients carry.
#include "wire/request_tables.hpp"

#include "tests/unit/wire/service_model.hpp"
#include "wire/operation.hpp"

#include <algorithm>
#include <map>

namespace rollcall::wire {
namespace {

namespace json = boost::json;

class request_tables : public service_model_test {
protected:
  void compare_shape(const shape& ours, const std::string& name, const std::string& where) {
    SCOPED_TRACE(where + " : " + name);
    if (&ours == &shapes::stream_uri || &ours == &shapes::label_detection)
      return; // other than theirs on purpose
    const auto& theirs = shape_named(name);
    static const std::map<std::string, json_kind> kinds{
        {"string", json_kind::text},         {"blob", json_kind::blob},      {"integer", json_kind::integer},
        {"float", json_kind::number},        {"list", json_kind::list},      {"map", json_kind::map},
        {"structure", json_kind::structure}, {"boolean", json_kind::boolean}};
    constexpr std::int64_t earlier_tag = 256;
    if (&ours == &shapes::job_tag && theirs.at("max").to_number<std::int64_t>() == earlier_tag)
      return; // that of Debian 12's model, narrower
    ASSERT_TRUE(kinds.contains(text_of(theirs.at("type"))));
    EXPECT_EQ(ours.kind, kinds.at(text_of(theirs.at("type"))));
    const auto bound = [&](const char* key, std::int64_t absent) {
      return theirs.contains(key) ? theirs.at(key).to_number<std::int64_t>() : absent;
    };
    EXPECT_EQ(ours.min, bound("min", std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(ours.max, bound("max", std::numeric_limits<std::int64_t>::max()));
    if (theirs.contains("pattern"))
      EXPECT_EQ(expression_of(ours.pattern), text_of(theirs.at("pattern")));
    else
      EXPECT_EQ(ours.pattern, pattern::anything);
    compare_values(ours, theirs);
    if (ours.member != nullptr)
      compare_shape(*ours.member, text_of(theirs.at(theirs.contains("value") ? "value" : "member").at("shape")), where);
    if (ours.key != nullptr)
      compare_shape(*ours.key, text_of(theirs.at("key").at("shape")), where);
    if (ours.kind == json_kind::structure)
      compare_fields(ours.fields, name, where);
  }

  static void compare_values(const shape& ours, const json::object& theirs) {
    EXPECT_EQ(ours.values.empty(), !theirs.contains("enum"));
    if (ours.values.empty())
      return;
    for (const auto& value : theirs.at("enum").as_array())
      EXPECT_NE(std::find(ours.values.begin(), ours.values.end(), text_of(value)), ours.values.end());
  }

  /// All members of theirs are ours, alike. Ours may be more: the model at hand may be older.
  void compare_fields(std::span<const field> ours, const std::string& name, const std::string& where) {
    const auto& theirs = shape_named(name);
    std::vector<std::string> required;
    if (theirs.contains("required"))
      for (const auto& one : theirs.at("required").as_array())
        required.push_back(text_of(one));
    for (const auto& member : theirs.at("members").as_object()) {
      const auto found = std::find_if(ours.begin(), ours.end(),
                                      [&](const field& one) { return one.name == std::string{member.key()}; });
      ASSERT_NE(found, ours.end()) << where << '.' << member.key();
      const bool is_required = std::find(required.begin(), required.end(), found->name) != required.end();
      EXPECT_EQ(found->is_required, is_required) << where << '.' << member.key();
      compare_shape(*found->of, text_of(member.value().at("shape")), where + "." + std::string{member.key()});
    }
  }

  template <class Request>
  int compare_request(const std::string& operation_name) {
    if (!operations().contains(operation_name))
      return 0;
    std::vector<field> ours;
    for (const auto& one : fields_of<Request>)
      ours.push_back(one.what);
    compare_fields(ours, text_of(operations().at(operation_name).at("input").at("shape")), operation_name);
    return 1;
  }
};

TEST_F(request_tables, agree_with_the_service_model) {
  int compared = 0;
#define ROLLCALL_COMPARE(name, text) compared += compare_request<name##_request>(text);
  ROLLCALL_OPERATIONS(ROLLCALL_COMPARE)
#undef ROLLCALL_COMPARE
  EXPECT_GE(compared, 21) << "the model lacks most of the operations";
}

TEST_F(request_tables, know_every_operation_of_the_service_model) {
  for (const auto& one : operations()) {
    const auto parsed = parse_target("RekognitionService." + std::string{one.key()});
    EXPECT_TRUE(parsed || parsed.failure().code == core::error_code::unsupported) << one.key();
  }
}

} // namespace
} // namespace rollcall::wire
