/// The scans by instruction set, without an index around them.
#pragma once

#include <boost/json/object.hpp>

#include <optional>

namespace rollcall::bench {

/// Batches of 96 probes over a million codes on this thread, by each kernel that the processor has, in turns; probes a
/// second go to the report, and how many times VNNI's AMX's are, where there is one. NumKong's products likewise, where
/// it was built in, and, where it is given, how many times theirs the rate of our whole searches by 96 is.
void measure_kernels(boost::json::object& report, std::optional<double> whole_searches_per_s);

} // namespace rollcall::bench
