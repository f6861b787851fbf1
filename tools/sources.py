"""What the checks of tools/ share: the folders of the product, what a file of ours includes, and verdicts that stay.

A verdict hangs on a command and on the contents of files. Those that were clean are kept by their digest, in the cache
directory that a check names, and not made again.
"""
import argparse
import hashlib
import json
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["core", "config", "vision", "store", "wire", "net", "shard", "actors", "front", "nodes"]
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def closure(path, seen):
    """Adds to `seen` the file and every header of ours that it includes, directly or not."""
    if path in seen or not path.exists():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_bytes()):
        closure(ROOT / name.decode(), seen)
    return seen


def digest(command, files):
    """Of a command (text) and of files and their contents, as a hexadecimal digest: the same wherever the tree lies."""
    parts = hashlib.sha256()
    parts.update(command.replace(str(ROOT), "").encode())
    for path in files:
        parts.update(str(path).replace(str(ROOT), "").encode() + b"\0" + path.read_bytes() + b"\0")
    return parts.hexdigest()


def compile_commands(build, folders):
    """The entries of a build's compile_commands.json whose sources are ours and below the folders."""
    with open(Path(build) / "compile_commands.json", encoding="utf-8") as file:
        entries = json.load(file)
    return [entry for entry in entries if Path(entry["file"]).is_relative_to(ROOT) and folder_of(entry) in folders]


def folder_of(entry):
    return Path(entry["file"]).relative_to(ROOT).parts[0]


def arguments(description, check):
    """Parsed arguments of a check: `build`, `cache` (a directory that exists), `jobs`, `folders`."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--build", required=True, help="build directory with compile_commands.json")
    parser.add_argument("--cache", type=Path, default=Path(home) / "rollcall" / check)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("folders", nargs="*", help="folders of the tree; all but tests/ and bench/ unless given")
    options = parser.parse_args()
    options.folders = options.folders or FOLDERS
    options.cache.mkdir(parents=True, exist_ok=True)
    return options
