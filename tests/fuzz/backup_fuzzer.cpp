// Backups: the input as one, and as blocks with digests that are right (a byte for the table, one for the rows, one for
// the length, and the rows). Nothing is read beyond what is there, and a block that is taken is whole rows.
#include "store/backup.hpp"
#include "store/backup/format.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

namespace {

using namespace rollcall;
namespace backup = store::backup;

const store::backup_watcher nobody = [](const store::backup_summary&) {};

void require(bool condition) {
  if (!condition)
    std::abort();
}

// Errors: those of the writer.
core::result<std::string> write(core::byte_view input) {
  std::ostringstream to;
  backup::writer out(to);
  ROLLCALL_CHECK(out.begin(core::wall_time{}));
  while (input.size() >= 3) {
    const auto& of = backup::tables()[input[0] % backup::tables().size()];
    const auto size = std::min<std::size_t>(input[2], input.size() - 3);
    const auto rows = input.subspan(3, size);
    ROLLCALL_CHECK(out.add({&of, input[1], core::bytes(rows.begin(), rows.end())}));
    input = input.subspan(3 + size);
  }
  ROLLCALL_CHECK(out.finish());
  return to.str();
}

void read(const std::string& text) {
  std::istringstream from(text);
  backup::reader in(from);
  if (!in.begin())
    return;
  for (;;) {
    auto taken = in.next();
    if (!taken || taken->of == nullptr)
      return;
    std::span<std::uint8_t> rest = taken->payload;
    for (std::uint32_t row = 0; row < taken->rows; ++row) {
      const auto fields = backup::take_row(*taken->of, rest);
      require(fields && fields->size() == taken->of->columns.size());
    }
    require(rest.empty());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  std::istringstream as_it_is(std::string(core::as_text({input, size})));
  static_cast<void>(store::verify_backup(as_it_is, nobody));
  const auto made = write({input, size});
  require(made.has_value());
  read(*made);
  return 0;
}
