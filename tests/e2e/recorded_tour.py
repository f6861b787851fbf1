#!/usr/bin/python3
"""Runs a client's tour through a recording proxy, then holds every reply that it saw against the service model.

recorded_tour.py --endpoint URL [--limited URL] [--expect FILE]… [--keep FILE] -- COMMAND…
`{endpoint}` and `{limited}` in COMMAND become the proxies' addresses. --expect: a list of operations and outcomes, one
pair a line (`CompareFaces ok`, `CompareFaces InvalidParameterException`), that the tour must have seen. --keep: where
the replies go as JSON Lines. Exit codes: 0, the tour's own, 1 for a reply that is wrong, 77 without a service model.
"""
import argparse
import json
import subprocess
import sys
import urllib.parse

import recording_proxy
import reply_shapes

SKIPPED = 77


def proxy_for(url):
    parts = urllib.parse.urlsplit(url)
    return recording_proxy.RecordingProxy(parts.hostname, parts.port)


def missing(seen, expected_files):
    wanted = []
    for expected in expected_files:
        with open(expected, encoding="utf-8") as file:
            wanted += [tuple(line.split()) for line in file if line.strip() and not line.startswith("#")]
    return [" ".join(pair) for pair in wanted if pair not in seen]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--limited")
    parser.add_argument("--expect", action="append", default=[])
    parser.add_argument("--keep")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    if reply_shapes.model_file() is None:
        print("no botocore of Debian's awscli: the replies can't be checked", file=sys.stderr)
        return SKIPPED
    proxies = {name: proxy_for(url) for name, url in (("endpoint", given.endpoint), ("limited", given.limited)) if url}
    addresses = {"{%s}" % name: proxy.url for name, proxy in proxies.items()}
    command = [addresses.get(word, word) for word in given.command if word != "--"]
    code = subprocess.run(command, check=False).returncode
    replies = [reply for proxy in proxies.values() for reply in proxy.replies]
    if given.keep:
        with open(given.keep, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(reply) + "\n" for reply in replies)
    problems, seen = reply_shapes.check_all(replies)
    for problem in problems:
        print("reply: " + problem, file=sys.stderr)
    absent = missing(seen, given.expect) if code == 0 else []
    for pair in absent:
        print("never seen: " + pair, file=sys.stderr)
    print(f"{len(replies)} replies checked, {len(seen)} kinds, {len(problems)} problems")
    return code or (1 if problems or absent or not replies else 0)


if __name__ == "__main__":
    sys.exit(main())
