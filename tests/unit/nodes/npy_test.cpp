#include "nodes/cli/npy.hpp"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace rollcall::cli {
namespace {

core::bytes row_of(const std::vector<float>& values) {
  core::bytes row(values.size() * sizeof(float));
  std::memcpy(row.data(), values.data(), row.size());
  return row;
}

std::string content(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

TEST(npy, what_was_written_is_read) {
  const auto file = testing::TempDir() + "rollcall.npy";
  auto writer = npy_writer::create(file);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add(row_of({1, 2, 3})));
  ASSERT_TRUE(writer->add(row_of({4, 5, 6})));
  EXPECT_EQ(writer->add(row_of({7})).failure().code, core::error_code::invalid_argument);
  ASSERT_TRUE(writer->finish());
  auto reader = npy_reader::open(file);
  ASSERT_TRUE(reader) << reader.failure().message;
  EXPECT_EQ(reader->rows(), 2U);
  EXPECT_EQ(*reader->next(), row_of({1, 2, 3}));
  EXPECT_EQ(*reader->next(), row_of({4, 5, 6}));
  EXPECT_EQ(reader->next().failure().code, core::error_code::malformed);
}

TEST(npy, header_is_as_numpy_wants_it) {
  const auto file = testing::TempDir() + "rollcall_header.npy";
  auto writer = npy_writer::create(file);
  ASSERT_TRUE(writer->add(row_of({1, 2})));
  ASSERT_TRUE(writer->finish());
  const auto bytes = content(file);
  ASSERT_EQ(bytes.size(), 128U + 8U);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(bytes.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), } ");
  EXPECT_EQ(bytes[127], '\n');
}

TEST(npy, other_arrays_are_refused) {
  const auto file = testing::TempDir() + "rollcall_other.npy";
  const auto text_of = [](const std::string& dictionary) {
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(dictionary.size()) + std::string(1, '\0')
           + dictionary;
  };
  for (const auto& text : {std::string{}, std::string{"\x93NUMPY"}, std::string{"no array at all"},
                           text_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }"),
                           text_of("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }"),
                           text_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"),
                           text_of("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }")}) {
    std::ofstream{file, std::ios::binary} << text;
    EXPECT_EQ(npy_reader::open(file).failure().code, core::error_code::malformed) << text;
  }
  EXPECT_EQ(npy_reader::open("/nonexistent.npy").failure().code, core::error_code::not_found);
}

} // namespace
} // namespace rollcall::cli
