# How every target of the tree is made: one library a folder, one test program a folder under tests/.

option(ROLLCALL_TESTS "build the tests" ON)
option(ROLLCALL_BENCH "build the benchmarks" ON)
option(ROLLCALL_WERROR "warnings are errors" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
include(dependencies)

add_library(rollcall_flags INTERFACE)
target_compile_options(rollcall_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror=switch
                                                $<$<BOOL:${ROLLCALL_WERROR}>:-Werror>)
target_include_directories(rollcall_flags INTERFACE ${PROJECT_SOURCE_DIR})

# rollcall_library(<folder> SOURCES … [PUBLIC targets…] [PRIVATE targets…]): the library of a folder, rollcall_<folder>.
function(rollcall_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(rollcall_${folder} STATIC ${arg_SOURCES})
  add_library(rollcall::${folder} ALIAS rollcall_${folder})
  target_link_libraries(rollcall_${folder} PUBLIC rollcall_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# rollcall_program(<name> SOURCES … LINKS targets…): an executable in bin/.
function(rollcall_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rollcall_flags ${arg_LINKS})
endfunction()

# rollcall_test(<name> LABEL unit|contract|actor|integration|e2e SOURCES … LINKS targets…): a GoogleTest program.
function(rollcall_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rollcall_flags ${arg_LINKS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT 300)
endfunction()
