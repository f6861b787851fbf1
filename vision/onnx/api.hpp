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
struct custom_op_domain;
struct kernel_info;
struct kernel_context;
struct tensor_info;

inline constexpr std::uint32_t api_version = 16;
inline constexpr int log_errors_only = 3;
inline constexpr int optimise_nothing = 0;
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

/// An operator that the caller defines, as it was until API version 12: what is newer is not asked for.
struct custom_op {
  std::uint32_t version = 12;
  void* (*create_kernel)(const custom_op*, table, const kernel_info*);
  const char* (*name)(const custom_op*);
  const char* (*provider)(const custom_op*); // null: the processor
  int (*input_type)(const custom_op*, std::size_t);
  std::size_t (*input_count)(const custom_op*);
  int (*output_type)(const custom_op*, std::size_t);
  std::size_t (*output_count)(const custom_op*);
  void (*compute)(void* kernel, kernel_context*);
  void (*destroy_kernel)(void* kernel);
  int (*input_kind)(const custom_op*, std::size_t); // 0: required
  int (*output_kind)(const custom_op*, std::size_t);
};

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
using create_session_from_array =
    entry<8, status*(const env*, const void*, std::size_t, const session_options*, session**)>;
using create_session_options = entry<10, status*(session_options**)>;
using set_optimised_model_path = entry<11, status*(session_options*, const char*)>;
using set_optimisation = entry<23, status*(session_options*, int)>;
using set_intra_op_threads = entry<24, status*(session_options*, int)>;
using create_custom_op_domain = entry<26, status*(const char*, custom_op_domain**)>;
using custom_op_domain_add = entry<27, status*(custom_op_domain*, const custom_op*)>;
using add_custom_op_domain = entry<28, status*(session_options*, custom_op_domain*)>;
using create_tensor =
    entry<49, status*(const memory_info*, void*, std::size_t, const std::int64_t*, std::size_t, int, value**)>;
using tensor_data = entry<51, status*(value*, void**)>;
using dimensions_count = entry<61, status*(const tensor_info*, std::size_t*)>;
using dimensions = entry<62, status*(const tensor_info*, std::int64_t*, std::size_t)>;
using tensor_type_and_shape = entry<65, status*(const value*, tensor_info**)>;
using create_cpu_memory_info = entry<69, status*(int, int, memory_info**)>;
using kernel_input = entry<90, status*(const kernel_context*, std::size_t, const value**)>;
using kernel_output = entry<91, status*(kernel_context*, std::size_t, const std::int64_t*, std::size_t, value**)>;
using release_env = entry<92, void(env*)>;
using release_status = entry<93, void(status*)>;
using release_memory_info = entry<94, void(memory_info*)>;
using release_session = entry<95, void(session*)>;
using release_value = entry<96, void(value*)>;
using release_tensor_info = entry<99, void(tensor_info*)>;
using release_session_options = entry<100, void(session_options*)>;
using release_custom_op_domain = entry<101, void(custom_op_domain*)>;
using add_session_config = entry<130, status*(session_options*, const char*, const char*)>;

} // namespace rollcall::vision::onnx
