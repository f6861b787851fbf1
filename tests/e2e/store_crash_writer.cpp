// Adds and removes faces in a SQLite store, and says on stdout before and after each call what it does: the victim of
// store_crash_test. Usage: store_crash_writer DATA_DIR FIRST COUNT
#include "tests/contract/store_fixture.hpp"

#include <unistd.h>

#include <cstdio>

namespace {

using namespace rollcall;

// One write a line: what the pipe holds is what was said, whenever the process is killed.
void say(const char* what, std::uint64_t seed) {
  const auto line = std::string(what) + " " + std::to_string(seed) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    std::_Exit(3);
}

template <class T>
void require(const core::result<T>& outcome) {
  if (outcome)
    return;
  std::fprintf(stderr, "%s\n", store::testing::why(outcome).c_str());
  std::_Exit(2);
}

void write(store::store& into, std::uint64_t first, std::uint64_t count) {
  const auto key = store::testing::make_collection("c").key;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const auto face = store::testing::make_face(seed, 512);
    say("add", seed);
    require(into.add_faces(key, {&face, 1}));
    say("added", seed);
    if (seed % 3 != 2 || seed == first)
      continue;
    const auto earlier = store::testing::make_face(seed - 1, 512).face.id;
    say("remove", seed - 1);
    require(into.remove_faces(key, {&earlier, 1}));
    say("removed", seed - 1);
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 4)
    return 1;
  store::sqlite_settings settings;
  settings.scrub_after = std::chrono::milliseconds{5};
  auto opened = store::open_sqlite_store(words[1], settings);
  require(opened);
  if (!(*opened)->find_collection("c"))
    require((*opened)->create_collection(store::testing::make_collection("c"), {}));
  write(**opened, std::stoull(words[2]), std::stoull(words[3]));
  return 0;
}
