/// What a node exports for Prometheus, as numbers. Link rollcall::test_support.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <string>

namespace rollcall::test {

/// The sum over all labels of a counter or gauge of the node whose management port this is; 0 where there is none.
/// Errors: those of `fetch`.
[[nodiscard]] core::result<double> exported_metric(std::uint16_t management_port, const std::string& name,
                                                   core::deadline until);

} // namespace rollcall::test
