# Every third-party library of the tree, each as one target of ours: rollcall_dep_<name>.
#
# A folder links the ones it needs, PRIVATE unless a header of its own includes them; tools/check_layers.py holds who may.
# Versions are those of Debian 12. A library without a CMake configuration of its own (CAF, CLI11) is looked up by hand.

set(ROLLCALL_CAF_ROOT "" CACHE PATH "prefix of another build of CAF 0.17.6 (for ThreadSanitizer); empty: the system's")

# rollcall_dependency(<name> targets…): the interface target rollcall_dep_<name> over imported targets.
function(rollcall_dependency name)
  add_library(rollcall_dep_${name} INTERFACE)
  target_link_libraries(rollcall_dep_${name} INTERFACE ${ARGN})
endfunction()

# CAF, the core library only. Another build (a static one, under ThreadSanitizer) hides the system's headers, too: its
# build configuration header must match the library.
if(ROLLCALL_CAF_ROOT)
  find_path(ROLLCALL_CAF_INCLUDE caf/all.hpp PATHS ${ROLLCALL_CAF_ROOT}/include NO_DEFAULT_PATH REQUIRED)
  find_library(ROLLCALL_CAF_CORE caf_core PATHS ${ROLLCALL_CAF_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
else()
  find_path(ROLLCALL_CAF_INCLUDE caf/all.hpp REQUIRED)
  find_library(ROLLCALL_CAF_CORE caf_core REQUIRED)
endif()
rollcall_dependency(caf ${ROLLCALL_CAF_CORE} Threads::Threads)
if(ROLLCALL_CAF_ROOT)
  target_include_directories(rollcall_dep_caf SYSTEM BEFORE INTERFACE ${ROLLCALL_CAF_INCLUDE})
endif()

find_package(JPEG REQUIRED) # libjpeg-turbo
rollcall_dependency(jpeg JPEG::JPEG)
find_package(PNG REQUIRED)
rollcall_dependency(png PNG::PNG)

# OpenCV, by its parts: the CMake configuration comes only with libopencv-dev, which pulls VTK and Qt.
find_path(ROLLCALL_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(rollcall_dep_opencv INTERFACE)
target_include_directories(rollcall_dep_opencv SYSTEM INTERFACE ${ROLLCALL_OPENCV_INCLUDE})
foreach(part core imgproc imgcodecs dnn calib3d videoio)
  find_library(ROLLCALL_OPENCV_${part} opencv_${part} REQUIRED)
  target_link_libraries(rollcall_dep_opencv INTERFACE ${ROLLCALL_OPENCV_${part}})
endforeach()

# FFmpeg, which OpenCV's videoio brings along.
find_path(ROLLCALL_FFMPEG_INCLUDE libavformat/avformat.h REQUIRED)
add_library(rollcall_dep_ffmpeg INTERFACE)
target_include_directories(rollcall_dep_ffmpeg SYSTEM INTERFACE ${ROLLCALL_FFMPEG_INCLUDE})
foreach(part avformat avcodec swscale avutil)
  find_library(ROLLCALL_FFMPEG_${part} ${part} REQUIRED)
  target_link_libraries(rollcall_dep_ffmpeg INTERFACE ${ROLLCALL_FFMPEG_${part}})
endforeach()

find_package(SQLiteCpp REQUIRED)
rollcall_dependency(sqlite SQLiteCpp)

find_package(PostgreSQL REQUIRED) # its C client library
rollcall_dependency(postgres PostgreSQL::PostgreSQL)

find_package(tomlplusplus REQUIRED)
rollcall_dependency(toml tomlplusplus::tomlplusplus)

find_package(spdlog REQUIRED)
rollcall_dependency(spdlog spdlog::spdlog)

find_package(prometheus-cpp REQUIRED)
rollcall_dependency(prometheus prometheus-cpp::core)

find_path(ROLLCALL_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
rollcall_dependency(cli11)

find_package(Boost 1.81 REQUIRED COMPONENTS json url)
rollcall_dependency(boost Boost::headers Threads::Threads) # Asio, Beast, UUID: headers only
# Clang before 19 computes the address of a thread-local once for a whole loop of a coroutine, which may go on in another
# thread (github.com/llvm/llvm-project/pull/81937): Asio's per-thread cache is then another thread's. A pthread key can't
# be hoisted. With GCC there is nothing to mend.
target_compile_definitions(rollcall_dep_boost INTERFACE
                           $<$<CXX_COMPILER_ID:Clang>:BOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION>)
rollcall_dependency(boost_json Boost::json)
rollcall_dependency(boost_url Boost::url)

# FAISS's own CMake configuration names OpenMP and BLAS targets that it doesn't look up. Debian built it by GCC: its OpenMP
# is GCC's, whichever compiler builds us.
find_package(LAPACK REQUIRED) # looks for BLAS, too
find_path(ROLLCALL_FAISS_INCLUDE faiss/Index.h REQUIRED)
find_library(ROLLCALL_FAISS faiss REQUIRED)
rollcall_dependency(faiss ${ROLLCALL_FAISS} gomp LAPACK::LAPACK BLAS::BLAS)

find_package(Protobuf 3.21 REQUIRED)
rollcall_dependency(protobuf protobuf::libprotobuf)

find_library(ROLLCALL_ZMQ zmq REQUIRED)
find_path(ROLLCALL_CPPZMQ_INCLUDE zmq.hpp REQUIRED)
rollcall_dependency(zmq ${ROLLCALL_ZMQ})
