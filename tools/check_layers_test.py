#!/usr/bin/env python3
"""Plants one violation after another in an empty tree and expects check_layers.py to find each, and nothing else."""
import tempfile
import unittest
from pathlib import Path

import check_layers


class CheckLayersTest(unittest.TestCase):
    def found(self, name, text, *others):
        """What the checker says of a tree of `name` with `text` and the empty headers `others`."""
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for path, content in [(name, text)] + [(other, "#pragma once\n") for other in others]:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content)
            return list(check_layers.violations(root))

    def refused(self, name, text, *others):
        found = self.found(name, text, *others)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_accepts_the_arrows_of_the_table(self):
        self.assertEqual(self.found("store/a.cpp", '#include "core/b.hpp"\n#include <sqlite3.h>\n', "core/b.hpp"), [])
        self.assertEqual(self.found("front/a.cpp", '#include "actors/interfaces.hpp"\n', "actors/interfaces.hpp"), [])
        self.assertEqual(self.found("tests/a.cpp", '#include "store/b.hpp"\n#include <opencv2/core.hpp>\n', "store/b.hpp"), [])

    def test_refuses_an_upward_arrow(self):
        self.assertIn("core/ may not include store/b.hpp", self.refused("core/a.cpp", '#include "store/b.hpp"\n', "store/b.hpp"))

    def test_refuses_a_sideward_arrow_whatever_the_brackets(self):
        self.assertIn("a.cpp:2:", self.refused("shard/a.cpp", "\n# include <store/b.hpp>\n", "store/b.hpp"))

    def test_shows_front_only_the_interfaces_of_actors(self):
        self.assertIn("actors/replica/shard.hpp", self.refused("front/a.cpp", '#include "actors/replica/shard.hpp"\n', "actors/replica/shard.hpp"))

    def test_keeps_each_library_in_its_rooms(self):
        cases = {
            "core": "opencv2/core.hpp", "actors": "faiss/Index.h", "store": "caf/all.hpp", "vision": "sqlite3.h",
            "front": "SQLiteCpp/Database.h", "wire": "boost/asio.hpp", "actors/x": "boost/beast/http.hpp",
            "shard": "spdlog/spdlog.h", "front/x": "prometheus/registry.h", "store/x": "toml++/toml.h",
            "config": "CLI/CLI.hpp", "vision/x": "zmq.hpp", "nodes": "libpq-fe.h",
        }
        for folder, header in cases.items():
            with self.subTest(folder=folder, header=header):
                self.assertIn("belongs to", self.refused(f"{folder}/a.cpp", f"#include <{header}>\n"))

    def test_keeps_openssl_out_of_the_headers_of_core(self):
        self.assertEqual(self.found("core/a.cpp", "#include <openssl/evp.h>\n"), [])
        self.assertIn("only in the sources", self.refused("core/a.hpp", "#pragma once\n#include <openssl/evp.h>\n"))

    def test_refuses_includes_that_are_not_from_the_root(self):
        self.assertIn("named from the root", self.refused("core/a.cpp", '#include "b.hpp"\n', "core/b.hpp"))

    def test_refuses_long_files_and_functions(self):
        self.assertIn("401 lines", self.refused("core/a.cpp", "// line\n" * 401))
        self.assertEqual(self.found("core/a.cpp", "// line\n" * 400), [])
        body = "  f();\n" * 79
        self.assertIn("function of 81 lines", self.refused("core/a.cpp", "void g() {\n" + body + "}\n"))
        self.assertIn("function of 82 lines", self.refused("core/a.cpp", "void g(int a,\n       int b) {\n" + body + "}\n"))
        self.assertIn("function of 82 lines", self.refused("core/a.cpp", "a::a()\n    : b_(1) {\n" + body + "}\n"))
        self.assertEqual(self.found("core/a.cpp", "void g() {\n" + body[:-7] + "}\n"), [])
        self.assertEqual(self.found("core/a.cpp", "constexpr int table[] = {\n" + "  1,\n" * 100 + "};\n"), [])

    def test_wants_a_guard_in_each_header(self):
        self.assertIn("#pragma once", self.refused("core/a.hpp", "int a;\n"))


if __name__ == "__main__":
    unittest.main()
