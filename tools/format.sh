#!/usr/bin/env bash
# Formats every C++ file of the tree with clang-format 14; with --check only says which ones differ, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
# Files not yet added to git count, too: they are about to be committed.
sources() { git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.inc' | xargs -0 -r ls 2>/dev/null; }
if [[ ${1:-} == --check ]]; then
  sources | xargs -r clang-format-14 --dry-run -Werror
else
  sources | xargs -r clang-format-14 -i
fi
