#include "wire/operation.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

core::error_code refusal(std::string_view target) {
  const auto parsed = parse_target(target);
  EXPECT_FALSE(parsed) << target;
  return parsed ? core::error_code::internal : parsed.failure().code;
}

TEST(operation, is_found_by_the_name_it_writes) {
  EXPECT_EQ(all_operations.size(), 34U);
  for (const auto op : all_operations) {
    const auto parsed = parse_target("RekognitionService." + std::string{to_string(op)});
    ASSERT_TRUE(parsed) << to_string(op);
    EXPECT_EQ(*parsed, op);
  }
}

TEST(operation, that_exists_elsewhere_is_unsupported) {
  for (const std::string name : {"DetectLabels", "StartLabelDetection", "GetSegmentDetection",
                                 "CreateFaceLivenessSession", "CopyProjectVersion"}) {
    EXPECT_EQ(refusal("RekognitionService." + name), core::error_code::unsupported);
    EXPECT_NE(parse_target("RekognitionService." + name).failure().message.find(name), std::string::npos);
  }
}

TEST(operation, that_does_not_exist_is_unknown) {
  for (const std::string target :
       {"", "IndexFaces", "RekognitionService", "RekognitionService.", "RekognitionService.indexFaces",
        "RekognitionService.IndexFaces ", "rekognitionservice.IndexFaces", "OtherService.IndexFaces",
        "RekognitionService.RekognitionService.IndexFaces", "RekognitionService.DropTables"})
    EXPECT_EQ(refusal(target), core::error_code::unknown_operation);
}

} // namespace
} // namespace rollcall::wire
