// demo_clip FOLDER: writes faces of the fetched photographs, and live.avi, in which two women walk through the picture:
// anna, of another photograph than anna_1.jpg, twice, and bella once.
#include "tests/support/made_clip.hpp"
#include "tests/support/pictures.hpp"

#include <iostream>

namespace {

using namespace rollcall;

core::status make(const std::filesystem::path& folder) {
  ROLLCALL_CHECK(test::write_pictures(folder));
  const auto anna = folder / "anna_2.jpg";
  const auto bella = folder / "bella.jpg";
  test::clip_shape shape;
  shape.seconds = 16;
  return test::write_clip(
      folder / "live.avi",
      {{anna, 0.6, 1, 5, -0.1, 0.6, 0.5}, {bella, 0.55, 2.5, 9, 1.1, 0.2, 0.55}, {anna, 0.5, 10, 14, 0.8, 0.4, 0.5}},
      shape);
}

} // namespace

int main(int count, char** values) {
  if (count != 2) {
    std::cerr << "demo_clip FOLDER\n";
    return 2;
  }
  if (const auto done = make(values[1]); !done) {
    std::cerr << "demo_clip: " << done.failure().message << '\n';
    return 1;
  }
  return 0;
}
