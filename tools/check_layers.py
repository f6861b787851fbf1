#!/usr/bin/env python3
"""Holds the tree to its layers and sizes: run from the root, prints each violation, exits 1 when there is one.

The tables below are the folder table of the architecture, as data. A new arrow is a decision record first, then a
line here. With a directory as argument that directory is checked instead of the tree (its own test does so).
"""
import re
import sys
from pathlib import Path

# folder -> folders (or single headers) that it may include, besides itself.
LOWER = {"core"}
ALLOWED = {
    "core": set(),
    "config": {"core"},
    "shard": LOWER,
    "vision": LOWER,
    "store": LOWER,
    "wire": LOWER,
    "net": LOWER,
    "actors": {"shard", "vision", "store", "net", "wire", "config", "core"},
    "front": {"actors/interfaces.hpp", "wire", "net", "config", "core"},
    "nodes": {"front", "actors", "shard", "vision", "store", "wire", "net", "config", "core"},
}

# prefix of a third-party header -> folders that may include it. A header in no row is the standard library's or the
# system's; one of a library that is known but in no row of its own is refused by UNKNOWN below.
THIRD_PARTY = {
    "faiss/": {"shard"},
    "opencv2/": {"vision"},
    "libav": {"vision"},
    "libswscale/": {"vision"},
    "caf/": {"actors", "front", "nodes"},
    "zmq": {"net", "front"},
    "sqlite3.h": {"store"},
    "SQLiteCpp/": {"store"},
    "libpq-fe.h": {"store"},
    "toml++/": {"config", "vision"},
    "toml.hpp": {"config", "vision"},
    "CLI/": {"nodes"},
    "boost/asio": {"front", "nodes"},
    "boost/beast": {"front", "nodes"},
    "boost/json": {"store", "wire", "front", "nodes"},
    "boost/url": {"front", "nodes"},
    "boost/": {"wire", "front", "nodes"},
    "spdlog/": {"nodes"},
    "prometheus/": {"nodes"},
    "openssl/": {"core", "store", "front", "nodes"},
    "google/protobuf": {"net"},
}

# Libraries that no header may show, only sources: a change of the library must not reach the folder's callers.
SOURCES_ONLY = {"core": {"openssl/"}}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 80
SUFFIXES = {".cpp", ".hpp", ".inc"}
FREE = {"tests", "bench", "tools"}  # may include anything of ours and of others

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
OPENING = re.compile(r"^(?!namespace\b|extern\b|class\b|struct\b|enum\b|union\b)[A-Za-z_~\[].*\).*\{$")


def row_of(header):
    """The longest row of THIRD_PARTY that matches the header, or None."""
    rows = [prefix for prefix in THIRD_PARTY if header.startswith(prefix)]
    return max(rows, key=len) if rows else None


def is_allowed(folder, header):
    """Whether `folder` may include our own `header` ("store/store.hpp")."""
    return header.split("/")[0] == folder or any(
        header == entry or header.startswith(entry + "/") for entry in ALLOWED[folder]
    )


def include_violations(root, path, text):
    """Yields (line, message) for each include that the tables refuse."""
    folder = path.relative_to(root).parts[0]
    for match in INCLUDE.finditer(text):
        line, quote, header = text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)
        first = header.split("/")[0]
        if first in ALLOWED and (quote == '"' or (root / header).exists()):
            if folder in ALLOWED and not is_allowed(folder, header):
                yield line, f"{folder}/ may not include {header}"
            continue
        if quote == '"' and not (root / header).exists() and row_of(header) is None:
            yield line, f'"{header}" is not in the tree: includes are named from the root'
        row = row_of(header)
        if folder in ALLOWED and row and folder not in THIRD_PARTY[row]:
            yield line, f"{folder}/ may not include <{header}>: {row} belongs to {', '.join(sorted(THIRD_PARTY[row]))}"
        elif path.suffix == ".hpp" and row in SOURCES_ONLY.get(folder, ()):
            yield line, f"<{header}> only in the sources of {folder}/, not in its headers"


def function_violations(lines):
    """Yields (line, message) for each function at namespace scope, or method outside its class, that is too long.

    Relies on the formatter: such a function opens on an unindented line that ends in `{` (or on the indented end of its
    parameter list) and closes with an unindented `}`.
    """
    start = None
    for number, line in enumerate(lines, 1):
        if OPENING.match(line):
            start = number
        elif start is None and re.match(r"^[A-Za-z_~\[][^;{}=]*[,()]$", line):
            start = number
        elif line.startswith("}"):
            if start is not None and number - start + 1 > MAX_FUNCTION_LINES:
                yield start, f"function of {number - start + 1} lines, more than {MAX_FUNCTION_LINES}"
            start = None
        elif line.endswith(";") and start is not None and not line.startswith(" "):
            start = None


def violations(root):
    """Yields "file:line: message" for everything under `root` that breaks a rule, in the order of paths."""
    for folder in sorted(set(ALLOWED) | FREE):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            text = path.read_text(encoding="utf-8")
            found = list(include_violations(root, path, text))
            lines = text.splitlines()
            if len(lines) > MAX_FILE_LINES:
                found.append((len(lines), f"{len(lines)} lines, more than {MAX_FILE_LINES}"))
            if path.suffix == ".hpp" and "#pragma once" not in text:
                found.append((1, "no #pragma once"))
            found += function_violations(lines)
            for line, message in sorted(found):
                yield f"{path.relative_to(root)}:{line}: {message}"


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = list(violations(root))
    print("\n".join(found) if found else "layers and sizes hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
