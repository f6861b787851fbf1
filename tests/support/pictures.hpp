/// Small pictures for tests and benchmarks, cut from the photographs that `./dev setup` fetches. Pure functions on
/// files; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <string>

namespace rollcall::test {

/// The folder that set-up fills: ROLLCALL_DEPS (environment), else build/deps of the working directory.
[[nodiscard]] std::filesystem::path fetched_dir();
/// Hostile and labelled pictures beside the project: ROLLCALL_TEST_DATA (environment), else ../shared/data.
[[nodiscard]] std::filesystem::path shared_data_dir();

/// Empty when the file can't be read.
[[nodiscard]] core::bytes bytes_of(const std::filesystem::path& file);

/// Writes into `to` what the tours send:
///   anna_1.jpg, anna_2.jpg  one woman in two photographs, alone in each picture
///   bella.jpg, cora.jpg     two others, both also in group.jpg
///   group.jpg               four women, bella the one with the largest face
///   small.jpg               anna_1 at 160×160
///   blank.png, tiny.png     nobody; 60×60
///   big_a.jpg, big_b.jpg    anna_1 and anna_2, made exactly 5,242,880 bytes long; too_big.jpg one byte longer
/// Errors: `not_found` without the photographs, `internal` when a picture can't be written.
[[nodiscard]] core::status write_pictures(const std::filesystem::path& to);

/// The JPEG made exactly `size` bytes long by comment segments before its first one. Precondition: `size` is at least 4
/// bytes more than it has.
[[nodiscard]] core::bytes lengthen_jpeg(const core::bytes& jpeg, std::size_t size);

} // namespace rollcall::test
