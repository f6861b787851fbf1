#include "config/documents.hpp"

#include "config/setting_table.hpp"
#include "config/setting_value.hpp"

#include <sstream>
#include <string_view>

namespace rollcall::config {

namespace {

std::string_view section_of(const setting& row) {
  return row.name.substr(0, row.name.rfind('.'));
}

/// `text` in lines of at most `width` characters, each after `prefix`.
std::string wrapped(std::string_view text, std::string_view prefix, std::size_t width) {
  std::string lines;
  while (!text.empty()) {
    auto end = text.size();
    if (end > width)
      end = text.rfind(' ', width);
    if (end == std::string_view::npos)
      end = text.size();
    lines += std::string{prefix} + std::string{text.substr(0, end)} + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

constexpr std::size_t text_width = 110;

} // namespace

std::string sample_file() {
  const settings defaults;
  std::ostringstream text;
  text << "# Settings of a Rollcall node, with their defaults. Generated from the settings table; see "
          "docs/settings.md.\n"
          "# Later sources win: this file, environment (ROLLCALL_HTTP_LISTEN for http.listen), --set http.listen=...\n";
  std::string_view section;
  for (const auto& row : setting_table()) {
    if (section_of(row) != section)
      text << "\n[" << section_of(row) << "]\n";
    section = section_of(row);
    text << wrapped(std::string{row.help} + ": " + allowed_values(row) + ".", "# ", text_width);
    text << "#" << row.name.substr(row.name.rfind('.') + 1) << " = " << toml_value(defaults, row) << "\n";
  }
  text
      << "\n# Pictures named by S3Object: bucket name = directory that stands for it. No object leaves its directory.\n"
         "[buckets]\n#photos = \"/srv/photos\"\n";
  return text.str();
}

std::string reference_page() {
  const settings defaults;
  std::ostringstream text;
  text << "# Settings\n\n"
          "Generated from the settings table (`config/setting_table.cpp`); `config/rollcall.sample.toml` has the same "
          "as a "
          "file.\n\n"
          "Later sources win: defaults, the file (`--config FILE`, else `~/.config/rollcall/rollcall.toml`, else\n"
          "`/etc/rollcall/rollcall.toml`), the environment (`ROLLCALL_HTTP_LISTEN` for `http.listen`), the command "
          "line\n"
          "(`--set http.listen=127.0.0.1:0`; `--data-dir`, `--http` and `--management` are short for `node.data_dir`,\n"
          "`http.listen` and `management.listen`). Sizes are written as `4096`, `16KiB`, `512MiB`, times as `500ms`, "
          "`30s`, `5m`,\n`2h`, `7d`. All settings are read at start-up.\n";
  std::string_view section;
  for (const auto& row : setting_table()) {
    if (section_of(row) != section)
      text << "\n## " << section_of(row) << "\n\n| setting | default | allowed | meaning |\n|---|---|---|---|\n";
    section = section_of(row);
    const auto value = row.is_secret ? std::string{} : value_text(defaults, row);
    text << "| `" << row.name << "` | " << (value.empty() ? "(empty)" : "`" + value + "`") << " | "
         << allowed_values(row) << " | " << row.help << (row.needs_restart ? "" : " (no restart needed)") << " |\n";
  }
  text << "\n## buckets\n\nAn open section: `photos = \"/srv/photos\"` makes the directory stand for the S3 bucket "
          "`photos`. Objects are files below\nit; no name leads out of it. A bucket that is not listed answers "
          "`InvalidS3ObjectException`.\n";
  return text.str();
}

} // namespace rollcall::config
