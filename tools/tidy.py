#!/usr/bin/env python3
"""Runs clang-tidy 14 over the sources of a build's compile_commands.json, as many at a time as there are processors.

Sources of a folder are looked at several at a time, as one that includes them: most of the time goes into the headers,
which they share. They come in the reverse of the order in which the sanitized builds have them, so that a source that
lacks an include which an earlier one has is found by one of the two.

A batch that was clean is not looked at again until a source of it, a header of ours that it includes, its compile
command, or .clang-tidy changes: the digests of clean ones are kept in the cache directory (--cache). Exits 1 on any
finding.
"""
import concurrent.futures
import json
import subprocess
import sys
import time
from pathlib import Path

from sources import FOLDERS, ROOT, arguments, closure, compile_commands, digest, folder_of

TIDY = "clang-tidy-14"
SIZE = 16  # of a batch, as in the preset sanitized
OURS = r".*/(" + "|".join(FOLDERS) + r")/([a-z0-9_]+/)?[a-z0-9_]+\.[ch]pp$"


class Batch:
    """Sources with one compile command, and the source of ours that includes them."""

    def __init__(self, name, entries, folder):
        self.sources = [Path(entry["file"]) for entry in reversed(entries)]
        self.path = folder / (name + ".cpp")
        self.path.write_text("".join(f'#include "{source}"\n' for source in self.sources), encoding="utf-8")
        first = entries[0]
        self.entry = {
            "directory": first["directory"],
            "file": str(self.path),
            "command": first["command"].replace(first["file"], str(self.path)),
        }

    def digest(self):
        """What the verdict hangs on, as a hexadecimal digest."""
        files = set()
        for source in self.sources:
            closure(source, files)
        return digest(self.entry["command"], [ROOT / ".clang-tidy", *sorted(files)])

    def look(self):
        """Findings as text, empty when there are none; and the seconds it took."""
        started = time.monotonic()
        # The batch itself includes sources, as nothing else may; and they are no headers by their name.
        filters = ["--checks=-bugprone-suspicious-include", "--header-filter=" + OURS]
        command = [TIDY, "--quiet", "-p", str(self.path.parent), *filters, str(self.path)]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=900)
        findings = "" if run.returncode == 0 else run.stdout + (run.stderr if not run.stdout.strip() else "")
        return findings, time.monotonic() - started


def batches(build, folders):
    """The batches of the sources of ours below the folders, in a directory of the build's with its own commands."""
    alike = {}
    for entry in compile_commands(build, folders):
        # All of it but the names of object and source, which come last.
        alike.setdefault(entry["command"].split(" -o ")[0], {})[Path(entry["file"])] = entry
    made = (Path(build) / "tidy").resolve()
    made.mkdir(exist_ok=True)
    found = []
    for group in alike.values():
        members = list(group.values())
        folder = folder_of(members[0])
        for first in range(0, len(members), SIZE):
            found.append(Batch(f"{folder}_{len(found)}", members[first : first + SIZE], made))
    (made / "compile_commands.json").write_text(json.dumps([batch.entry for batch in found]), encoding="utf-8")
    return found


def main():
    options = arguments(__doc__, "tidy")
    todo = [(batch, options.cache / batch.digest()) for batch in batches(options.build, options.folders)]
    unknown = {batch: mark for batch, mark in todo if not mark.exists()}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        looks = {pool.submit(batch.look): batch for batch in unknown}
        for done, future in enumerate(concurrent.futures.as_completed(looks), 1):
            batch, (findings, seconds) = looks[future], future.result()
            names = ", ".join(str(source.relative_to(ROOT)) for source in batch.sources)
            print(f"[{done}/{len(looks)}] {seconds:.1f} s: {names}", flush=True)
            if findings:
                failed += 1
                print(findings, flush=True)
            else:
                unknown[batch].touch()
    clean = len(todo) - len(unknown)
    print(f"clang-tidy: {len(todo)} batches, {clean} unchanged since they were clean, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
