#!/usr/bin/env python3
"""Holds that every header of ours compiles alone, and twice: exits 1 when one doesn't, with what the compiler says.

Most of the time would go into what headers include. So one that includes a header of BASES, directly or not, is compiled
after that, which was compiled alone and once for all (a precompiled header). That is as good as alone: whatever the base
brings the header includes itself, ahead of its own text, and what stands between is a header, too, and checked for
itself.

Headers that were clean are not looked at again until they, a header of ours that they include, or the flags change.
"""
import concurrent.futures
import re
import shlex
import subprocess
import sys
from pathlib import Path

from sources import ROOT, arguments, closure, compile_commands, digest

COMPILER = "clang++-16"
# The heavy ones that many include. A header starts from the first of them that it includes; the order and the choice
# cost time only.
BASES = [
    "front/services.hpp",
    "actors/interfaces.hpp",
    "store/store.hpp",
    "vision/analysis.hpp",
    "shard/search.hpp",
    "core/uuid.hpp",
    "core/result.hpp",
]


def flags_of(entries):
    """Language, definitions, warnings and directories of all the folders; which folder may include what is
    check_layers.py's to say."""
    found = {}
    for entry in entries:
        words = shlex.split(entry["command"])
        for word, following in zip(words, words[1:] + [""]):
            if word == "-isystem":
                found[("-isystem", following)] = None
            elif re.match(r"-[DIW]|-std=", word):
                found[(word,)] = None
    return [word for words in found for word in words]


class Header:
    """One of ours, all that it includes of ours, and the base to start from, if any."""

    def __init__(self, path, flags):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.flags = flags
        self.includes = closure(path, set())
        started = [name for name in BASES if ROOT / name in self.includes and ROOT / name != path]
        self.base = started[0] if started else None

    def digest(self):
        return digest(" ".join(self.flags), sorted(self.includes))

    def compile(self, folder, after=None):
        """What the compiler finds, empty when nothing. The header's own precompiled form is made in `folder`."""
        source = folder / (self.name.replace("/", "_") + ".hpp")
        source.write_text(f'#include "{self.name}"\n' * 2, encoding="utf-8")
        command = [COMPILER, *self.flags, "-x", "c++-header", str(source)]
        command += ["-include-pch", str(after)] if after else []
        command += ["-o", str(precompiled(folder, self.name))] if self.name in BASES else ["-fsyntax-only"]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
        return "" if run.returncode == 0 else run.stderr


def precompiled(folder, name):
    return folder / (name.replace("/", "_") + ".pch")


def main():
    options = arguments(__doc__, "headers")
    flags = flags_of(compile_commands(options.build, options.folders))
    paths = [path for folder in options.folders for path in sorted((ROOT / folder).rglob("*.hpp"))]
    headers = [Header(path, flags) for path in paths]
    unknown = [header for header in headers if not (options.cache / header.digest()).exists()]
    made = (Path(options.build) / "headers").resolve()
    made.mkdir(exist_ok=True)
    wanted = {header.base for header in unknown if header.base}
    failed = []

    def look(header):
        # A base is compiled from nothing, as what it may start from may not be there yet.
        return header.compile(made, None if header.name in BASES else header.base and precompiled(made, header.base))

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        bases = [Header(ROOT / name, flags) for name in BASES if name in wanted]
        rest = [header for header in unknown if header.name not in wanted]
        for group in (bases, rest):
            for header, findings in zip(group, pool.map(look, group)):
                if findings:
                    failed.append(header.name)
                    print(findings, flush=True)
                else:
                    (options.cache / header.digest()).touch()
            if failed:  # what starts from a base that doesn't compile says nothing new
                break
    print(f"{len(headers)} headers, {len(headers) - len(unknown)} unchanged since they were clean")
    for name in failed:
        print(f"{name} does not compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
