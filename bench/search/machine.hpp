/// What bench_search asks of the machine.
#pragma once

#include <cstddef>

namespace rollcall::bench {

/// Keeps this thread, and those that it starts, on the first `cores` of those it may use. Says so where it can't.
void pin_to(unsigned cores);

/// OpenBLAS takes a processor that is newer than itself for the oldest that it knows, and FAISS's flat index computes
/// by it. Where it did so, starts this program again with the instructions named that there are; otherwise, and where
/// OPENBLAS_CORETYPE is set, returns.
void give_openblas_its_kernels(char** arguments);

/// GB/s at which one core reads memory: what a scan is bound by.
[[nodiscard]] double read_bandwidth();

/// Touches so much memory, in huge pages where there are any, and gives it back; GB/s. A virtual machine may get memory
/// from its host only when it is touched first, far more slowly than it is cleared; what was given back just now is
/// there. 0 where there is not so much.
double touch_memory(std::size_t bytes);

/// Memory of this process that is in use, bytes; what was freed is given back first.
[[nodiscard]] std::size_t resident_bytes();
/// The same without what lies in files.
[[nodiscard]] std::size_t own_bytes();

} // namespace rollcall::bench
