# How every target of the tree is made: one library a folder, one test program a folder under tests/.

set(ROLLCALL_TESTS AUTO CACHE STRING "build the tests: ON, OFF, or AUTO: where GoogleTest is installed")
set(ROLLCALL_BENCH AUTO CACHE STRING "build the benchmarks: ON, OFF, or AUTO: where Google Benchmark is installed")
option(ROLLCALL_FUZZ "build the fuzzers (Clang only)" OFF)
option(ROLLCALL_WERROR "warnings are errors" OFF)
option(ROLLCALL_PCH "precompile the heavy third-party headers of each folder" ON)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

# ccache where it is installed. It must be told that precompiled headers are ours to judge (its manual, "Precompiled
# headers"): CMake names each one's file, and a change of it changes the objects' dependencies. Objects don't depend on
# where the tree lies, so that a fresh clone profits from the cache of another.
find_program(ROLLCALL_CCACHE ccache)
if(ROLLCALL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ROLLCALL_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
include(dependencies)
find_package(GTest QUIET)
find_package(benchmark QUIET)

add_library(rollcall_flags INTERFACE)
# Sources that are compiled as one see each other's names, and for GCC none of them is the main file.
set(unity $<BOOL:${CMAKE_UNITY_BUILD}>)
target_compile_options(rollcall_flags INTERFACE -Wall -Wextra -Wpedantic $<$<NOT:${unity}>:-Wshadow>
                                                $<$<AND:${unity},$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>
                                                -Werror=switch $<$<BOOL:${ROLLCALL_WERROR}>:-Werror>)
target_include_directories(rollcall_flags INTERFACE ${PROJECT_SOURCE_DIR})

# Both compilers are asked for precompiled headers that ccache can tell apart by content.
add_library(rollcall_pch_flags INTERFACE)
target_compile_options(rollcall_pch_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                                                    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

# Precompiled headers of a target.
function(rollcall_precompile target)
  if(ROLLCALL_PCH AND ARGN)
    list(TRANSFORM ARGN REPLACE "^(.+)$" "<\\1>")
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_link_libraries(${target} PRIVATE rollcall_pch_flags)
  endif()
endfunction()

# rollcall_library(<folder> SOURCES … [PUBLIC targets…] [PRIVATE targets…] [PCH headers…]): the library of a folder,
# rollcall_<folder>. PCH names heavy third-party headers (`caf/all.hpp`), never our own: those change.
function(rollcall_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE;PCH" ${ARGN})
  add_library(rollcall_${folder} STATIC ${arg_SOURCES})
  add_library(rollcall::${folder} ALIAS rollcall_${folder})
  target_link_libraries(rollcall_${folder} PUBLIC rollcall_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  rollcall_precompile(rollcall_${folder} ${arg_PCH})
  set_property(GLOBAL APPEND PROPERTY rollcall_libraries ${folder})
endfunction()

# rollcall_messages(<folder> names…): the target rollcall_<folder>_messages, C++ that protoc makes of <folder>/<name>.proto;
# included as "<folder>/<name>.pb.h". Its headers are none of ours to warn about.
function(rollcall_messages folder)
  set(into ${PROJECT_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${into})
  set(generated)
  foreach(name IN LISTS ARGN)
    add_custom_command(
      OUTPUT ${into}/${folder}/${name}.pb.cc ${into}/${folder}/${name}.pb.h
      COMMAND protobuf::protoc --cpp_out=${into} -I ${PROJECT_SOURCE_DIR} ${folder}/${name}.proto
      DEPENDS ${name}.proto WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
    list(APPEND generated ${into}/${folder}/${name}.pb.cc)
  endforeach()
  add_library(rollcall_${folder}_messages STATIC ${generated})
  set_target_properties(rollcall_${folder}_messages PROPERTIES UNITY_BUILD OFF)
  target_include_directories(rollcall_${folder}_messages SYSTEM PUBLIC ${into})
  target_link_libraries(rollcall_${folder}_messages PUBLIC rollcall_dep_protobuf)
endfunction()

# rollcall_program(<name> SOURCES … LINKS targets… [PCH headers…]): an executable in bin/, built with the target
# `programs`.
add_custom_target(programs)
function(rollcall_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PCH" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  add_dependencies(programs ${name})
  target_link_libraries(${name} PRIVATE rollcall_flags ${arg_LINKS})
  rollcall_precompile(${name} ${arg_PCH})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
endfunction()

# What is tested is the libraries' code, not the test's: it compiles in three quarters of the time, half with sanitizers.
add_library(rollcall_test_flags INTERFACE)
target_link_libraries(rollcall_test_flags INTERFACE rollcall_flags rollcall_pch_flags)
target_compile_options(rollcall_test_flags INTERFACE $<$<CONFIG:Release>:-O0>
                       "$<$<CONFIG:Sanitized>:-O0;-fno-sanitize=fuzzer-no-link>")

# rollcall_test_headers(<name> HEADERS headers… [LINKS targets…]): headers that test programs share, precompiled once for
# all that say SHARES <name>; after those of GoogleTest and the standard library that most tests include. LINKS names
# what the headers need. One of ours may be among them where nearly all of these programs' sources include it.
function(rollcall_test_headers name)
  cmake_parse_arguments(arg "" "" "HEADERS;LINKS" ${ARGN})
  set(target rollcall_test_headers_${name})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${target}.cpp CONTENT "")
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/${target}.cpp)
  target_link_libraries(${target} PRIVATE rollcall_test_flags ${arg_LINKS} GTest::gmock)
  rollcall_precompile(${target} gmock/gmock.h gtest/gtest.h algorithm atomic chrono filesystem fstream functional map memory
                      mutex optional random ranges set span sstream string thread variant vector ${arg_HEADERS})
endfunction()

# rollcall_test(<name> LABEL unit|contract|actor|e2e SOURCES … LINKS targets… [SHARES name] [OPTIMISED] [TSAN] [SLOW]
# [TIMEOUT seconds]): a GoogleTest program, built with the target <label>_tests.
# SHARES: the precompiled headers, of rollcall_test_headers; `plain` unless given.
# Of a unit, contract or actor test `./dev test` runs what was built with AddressSanitizer; OPTIMISED: also what is
# released, as its results hang on what the compiler makes of them (numbers, and what lies in memory). TSAN: under
# ThreadSanitizer, too (actor tests always are). SLOW: only `./dev test --all` runs it.
function(rollcall_test name)
  cmake_parse_arguments(arg "OPTIMISED;TSAN;SLOW" "LABEL;TIMEOUT;SHARES" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rollcall_test_flags ${arg_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT arg_SHARES)
    set(arg_SHARES plain)
  endif()
  if(ROLLCALL_PCH)
    target_precompile_headers(${name} REUSE_FROM rollcall_test_headers_${arg_SHARES})
  endif()
  # Each source of tests has names of its own for what it tests with.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests UNITY_BUILD OFF)
  set(labels ${arg_LABEL})
  if(arg_TSAN OR arg_LABEL STREQUAL "actor" OR name MATCHES "^(core|shard|net)_")
    list(APPEND labels tsan)
  endif()
  if(arg_OPTIMISED)
    list(APPEND labels optimised)
  endif()
  if(arg_SLOW)
    list(APPEND labels slow)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${arg_TIMEOUT})
  foreach(label IN LISTS labels)
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
  endforeach()
endfunction()
