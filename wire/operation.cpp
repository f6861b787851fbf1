#include "wire/operation.hpp"

#include <algorithm>
#include <string>

namespace rollcall::wire {

namespace {

constexpr std::string_view service_prefix = "RekognitionService.";

constexpr std::array<std::string_view, all_operations.size()> names{
#define ROLLCALL_TEXT(code, text) text,
    ROLLCALL_OPERATIONS(ROLLCALL_TEXT)
#undef ROLLCALL_TEXT
};

/// Rekognition's other operations (API 2016-06-27 as of 2025).
constexpr std::string_view not_built[] = {
    "CopyProjectVersion",
    "CreateDataset",
    "CreateFaceLivenessSession",
    "CreateProject",
    "CreateProjectVersion",
    "DeleteDataset",
    "DeleteProject",
    "DeleteProjectPolicy",
    "DeleteProjectVersion",
    "DescribeDataset",
    "DescribeProjectVersions",
    "DescribeProjects",
    "DetectCustomLabels",
    "DetectLabels",
    "DetectModerationLabels",
    "DetectProtectiveEquipment",
    "DetectText",
    "DistributeDatasetEntries",
    "GetCelebrityInfo",
    "GetCelebrityRecognition",
    "GetContentModeration",
    "GetFaceLivenessSessionResults",
    "GetLabelDetection",
    "GetMediaAnalysisJob",
    "GetSegmentDetection",
    "GetTextDetection",
    "ListDatasetEntries",
    "ListDatasetLabels",
    "ListMediaAnalysisJobs",
    "ListProjectPolicies",
    "PutProjectPolicy",
    "RecognizeCelebrities",
    "StartCelebrityRecognition",
    "StartContentModeration",
    "StartLabelDetection",
    "StartMediaAnalysisJob",
    "StartProjectVersion",
    "StartSegmentDetection",
    "StartTextDetection",
    "StopProjectVersion",
    "UpdateDatasetEntries",
};

} // namespace

std::string_view to_string(operation op) noexcept {
  return names[static_cast<std::size_t>(op)];
}

core::result<operation> parse_target(std::string_view target) {
  if (!target.starts_with(service_prefix))
    return core::fail(core::error_code::unknown_operation,
                      "The header X-Amz-Target must be RekognitionService.<Operation>.");
  const auto name = target.substr(service_prefix.size());
  if (const auto found = std::find(names.begin(), names.end(), name); found != names.end())
    return static_cast<operation>(found - names.begin());
  if (std::find(std::begin(not_built), std::end(not_built), name) != std::end(not_built))
    return core::fail(core::error_code::unsupported, "This server does not offer the operation " + std::string{name}
                                                         + "; see its list of supported operations.");
  return core::fail(core::error_code::unknown_operation, "There is no operation of this name.",
                    std::string{name.substr(0, 100)});
}

} // namespace rollcall::wire
