/// The scans by instruction set, without an index around them.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <functional>

namespace rollcall::bench {

inline constexpr std::size_t kernel_batch = 96;
inline constexpr std::size_t kernel_faces = 1'000'000;

/// Batches of so many probes over so many codes on this thread, by each kernel that the processor has, in turns; probes
/// a second go to the report, and how many times VNNI's AMX's are, where there is one. NumKong's products likewise,
/// where it was built in, each followed by `whole_search`, of as many probes over as many references, where it is
/// given: the median of these pairs says how many times the products' its rate is.
void measure_kernels(boost::json::object& report, const std::function<void()>& whole_search);

} // namespace rollcall::bench
