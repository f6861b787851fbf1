/// What bench_search asks of the machine.
#pragma once

#include <cstddef>

namespace rollcall::bench {

/// Keeps this thread, and those that it starts, on the first `cores` of those it may use. Says so where it can't.
void pin_to(unsigned cores);

/// GB/s at which one core reads memory: what a scan is bound by.
[[nodiscard]] double read_bandwidth();

/// GB/s at which one core touches memory for the first time, in huge pages where there are any: what a build may be
/// bound by. A virtual machine may get memory from its host only then, far more slowly than it is cleared.
[[nodiscard]] double first_touch_bandwidth();

/// Memory of this process that is in use, bytes; what was freed is given back first.
[[nodiscard]] std::size_t resident_bytes();
/// The same without what lies in files.
[[nodiscard]] std::size_t own_bytes();

} // namespace rollcall::bench
