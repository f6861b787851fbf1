#!/usr/bin/env python3
"""Runs clang-tidy 14 over the sources of a build's compile_commands.json, as many at a time as there are processors.

A source that was clean is not looked at again until it, a header of ours that it includes, its compile command, or
.clang-tidy changes: the digests of clean ones are kept in the cache directory (--cache). Exits 1 on any finding.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
TIDY = "clang-tidy-14"


def closure(path, seen):
    """Adds to `seen` the file and every header of ours that it includes, directly or not."""
    if path in seen or not path.exists():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_bytes()):
        closure(ROOT / name.decode(), seen)
    return seen


def digest(command, source):
    """What the verdict on one source hangs on, as a hexadecimal digest."""
    parts = hashlib.sha256()
    # The tree may lie elsewhere next time, as CI's does.
    parts.update(command.replace(str(ROOT), "").encode())
    for path in [ROOT / ".clang-tidy", *sorted(closure(source, set()))]:
        parts.update(str(path).replace(str(ROOT), "").encode() + b"\0" + path.read_bytes() + b"\0")
    return parts.hexdigest()


def look(build, source):
    """Findings on one source as text, empty when it is clean; and the seconds it took."""
    started = time.monotonic()
    run = subprocess.run(
        [TIDY, "--quiet", "-p", build, str(source)], capture_output=True, text=True, cwd=ROOT, timeout=900
    )
    findings = "" if run.returncode == 0 else run.stdout + (run.stderr if not run.stdout.strip() else "")
    return findings, time.monotonic() - started


def units(build, folders):
    """(source, command) of each translation unit of ours below the folders, the largest source first."""
    with open(Path(build) / "compile_commands.json", encoding="utf-8") as file:
        entries = json.load(file)
    found = {}
    for entry in entries:
        source = Path(entry["file"])
        if source.is_relative_to(ROOT) and source.relative_to(ROOT).parts[0] in folders:
            found[source] = entry["command"]
    return sorted(found.items(), key=lambda unit: -unit[0].stat().st_size)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="build directory with compile_commands.json")
    parser.add_argument("--cache", default=(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")) + "/rollcall/tidy")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("folders", nargs="*", help="folders of the tree; all but tests/ and bench/ unless given")
    return parser.parse_args()


def main():
    options = arguments()
    cache = Path(options.cache)
    cache.mkdir(parents=True, exist_ok=True)
    folders = options.folders or ["core", "config", "vision", "store", "wire", "net", "shard", "actors", "front", "nodes"]
    todo = {source: digest(command, source) for source, command in units(options.build, folders)}
    clean = [source for source in todo if (cache / todo[source]).exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        looks = {pool.submit(look, options.build, source): source for source in todo if source not in clean}
        for done, future in enumerate(concurrent.futures.as_completed(looks), 1):
            source, (findings, seconds) = looks[future], future.result()
            print(f"[{done}/{len(looks)}] {source.relative_to(ROOT)} {seconds:.1f} s", flush=True)
            if findings:
                failed += 1
                print(findings, flush=True)
            else:
                (cache / todo[source]).touch()
    print(f"clang-tidy: {len(todo)} sources, {len(clean)} unchanged since they were clean, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
