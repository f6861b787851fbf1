/// ONNX Runtime's C interface as far as it is used here, without its headers: one exported function hands out a table
/// of function pointers that only ever grows at its end. Inside vision/ only.
///
/// Indices are of API version 16 (ONNX Runtime 1.16), the oldest that is asked for.
/// Source: onnxruntime_c_api.h (MIT, Microsoft), whose order is fixed by static assertions in onnxruntime_c_api.cc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rollcall::vision::onnx {

// Opaque types of the library.
struct status;
struct env;
struct session;
struct session_options;
struct memory_info;
struct value;
struct run_options;

inline constexpr std::uint32_t api_version = 16;
inline constexpr int log_errors_only = 3;
inline constexpr int optimise_all = 99;
inline constexpr int arena_allocator = 1;
inline constexpr int default_memory = 0;
inline constexpr int float32 = 1;

using table = const void* const*;

/// What `OrtGetApiBase` returns.
struct api_base {
  table (*api)(std::uint32_t version);
  const char* (*version)();
};
using base_function = const api_base* (*)();

/// An entry of the table: its index and its type.
template <std::size_t Index, class Function>
struct entry;
template <std::size_t Index, class Result, class... Args>
struct entry<Index, Result(Args...)> {
  static Result call(table api, Args... args) {
    return reinterpret_cast<Result (*)(Args...)>(const_cast<void*>(api[Index]))(args...);
  }
};

using error_message = entry<2, const char*(const status*)>;
using create_env = entry<3, status*(int, const char*, env**)>;
using create_session = entry<7, status*(const env*, const char*, const session_options*, session**)>;
using run = entry<9, status*(session*, const run_options*, const char* const*, const value* const*, std::size_t,
                             const char* const*, std::size_t, value**)>;
using create_session_options = entry<10, status*(session_options**)>;
using set_optimisation = entry<23, status*(session_options*, int)>;
using set_intra_op_threads = entry<24, status*(session_options*, int)>;
using create_tensor =
    entry<49, status*(const memory_info*, void*, std::size_t, const std::int64_t*, std::size_t, int, value**)>;
using create_cpu_memory_info = entry<69, status*(int, int, memory_info**)>;
using release_env = entry<92, void(env*)>;
using release_status = entry<93, void(status*)>;
using release_memory_info = entry<94, void(memory_info*)>;
using release_session = entry<95, void(session*)>;
using release_value = entry<96, void(value*)>;
using release_session_options = entry<100, void(session_options*)>;
using add_session_config = entry<130, status*(session_options*, const char*, const char*)>;

} // namespace rollcall::vision::onnx
