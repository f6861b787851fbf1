/// How the process keeps memory that it has freed.
#pragma once

namespace rollcall::core {

/// Keeps up to 32 MiB of what was freed in each of the allocator's arenas, and blocks of up to 8 MiB among it. By
/// itself the C library gives a picture's buffer back to the system when it is freed, and its pages are made anew for
/// the next picture. Without effect on other C libraries. Call it before the first thread.
void keep_freed_memory() noexcept;

} // namespace rollcall::core
