/// The scans by instruction set, without an index around them.
#pragma once

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// Batches of 96 probes over a million codes on this thread, by each kernel that the processor has, in turns; probes a
/// second go to the report, and how many times VNNI's AMX's are, where there is one.
void measure_kernels(boost::json::object& report);

} // namespace rollcall::bench
