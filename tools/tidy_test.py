#!/usr/bin/env python3
"""Each rule of tools/tidy must fail on what it forbids and pass on what it allows."""

import importlib.machinery
import importlib.util
import pathlib
import unittest

LOADER = importlib.machinery.SourceFileLoader("tidy", str(pathlib.Path(__file__).with_name("tidy")))
SPEC = importlib.util.spec_from_loader("tidy", LOADER)
tidy = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(tidy)


def rules(path, text):
    """Names of the rules that the text breaks, one per offence."""
    return [problem.rsplit("[", 1)[1].rstrip("]") for problem in tidy.check(tidy.File(path, text))]


def lengths(text):
    return [(name, last - first + 1) for name, first, last in tidy.cpp_functions(tidy.strip_cpp(text))]


def check(self, path, text, *expected):
    self.assertEqual(rules(path, text), list(expected), text)


class Includes(unittest.TestCase):
    def test_only_from_folders_above(self):
        check(self, "src/plan/node.h", '#include "expr/expr.h"\n#include "plan/schema.h"\n')
        check(self, "src/plan/node.h", '#include "engine/engine.h"\n', "include_direction")
        check(self, "src/execute/compile/emit.cc", '#include "execute/tier.h"\n#include <llvm/IR/IRBuilder.h>\n')
        check(self, "src/base/error.cc", '#  include "types/type.h"\n', "include_direction")

    def test_by_folder(self):
        check(self, "src/plan/node.cc", '#include "node.h"\n', "include_direction")
        check(self, "src/plan/node.cc", '#include "../expr/expr.h"\n', "include_direction")
        check(self, "src/plan/node.cc", '#include "elsewhere/expr.h"\n', "include_direction")

    def test_app_and_examples_see_the_public_headers(self):
        check(self, "src/app/cli/main.cc", '#include <headrace/engine.h>\n#include "app/cli/options.h"\n')
        check(self, "src/app/cli/main.cc", '#include "engine/engine.h"\n', "include_direction")
        check(self, "include/headrace/engine.h", "#include <headrace/session.h>\n#include <memory>\n")
        check(self, "include/headrace/engine.h", '#include "plan/node.h"\n', "include_direction")
        check(self, "examples/sum.cc", "#include <plan/node.h>\n", "include_direction")

    def test_libraries_stay_where_they_are_wrapped(self):
        check(self, "src/io/format/parquet.cc", "#include <arrow/api.h>\n")
        check(self, "src/io/format/parquet_test.cc", "#include <parquet/arrow/reader.h>\n")
        check(self, "src/plan/node.cc", "#include <arrow/api.h>\n", "confined_libraries")
        check(self, "src/execute/tier.cc", "#include <llvm/IR/Module.h>\n", "confined_libraries")
        check(self, "include/headrace/engine.h", "#include <arrow/api.h>\n", "confined_libraries")


class Names(unittest.TestCase):
    def test_paths(self):
        check(self, "src/plan/plan_utils.cc", "", "banned_names")
        check(self, "src/common/x.cc", "", "banned_names")
        check(self, "src/plan/uncommon_case.cc", "")

    def test_types_and_namespaces(self):
        check(self, "src/plan/a.h", "class MemoryManager {};\n", "banned_names")
        check(self, "src/plan/a.h", "namespace headrace::helpers {}\n", "banned_names")
        check(self, "src/plan/a.h", "enum class CommonKind { kOne };\n", "banned_names")
        check(self, "src/plan/a.h", "// class Manager\nclass Budget {};  // a manager of memory\n")
        check(self, "src/plan/a.h", 'const char* kText = "struct Helper";\n')


class Calls(unittest.TestCase):
    def test_have_replacements(self):
        check(self, "src/plan/a.cc", "void f() { assert(true); }\n", "banned_calls")
        check(self, "src/plan/a.cc", "void f() { static_assert(true); }\n")
        check(self, "src/io/a.cc", "void f() { throw 1; }\n", "banned_calls")
        check(self, "src/io/a.cc", "auto f() { return std::chrono::steady_clock::now(); }\n", "banned_calls")
        check(self, "src/base/world.cc", "auto f() { return std::chrono::steady_clock::now(); }\n")
        check(self, "src/io/a.cc", "void f() { std::ifstream in; }\n", "banned_calls")
        check(self, "src/io/a_test.cc", "void f() { std::ifstream in; }\n")
        check(self, "src/io/a.cc", "int x = rand();\n", "banned_calls")
        check(self, "src/io/a.cc", "int x = operand(1);\n")


class Lengths(unittest.TestCase):
    def test_functions(self):
        body = "  call();\n" * 69
        check(self, "src/plan/a.cc", f"void f() {{\n{body[:-10]}}}\n")
        check(self, "src/plan/a.cc", f"void f() {{\n{body}}}\n", "function_length")
        check(self, "src/plan/a.cc", f"namespace a {{\nclass B {{\n void f() const {{\n{body}}}\n}};\n}}\n", "function_length")
        check(self, "tools/a.py", "def f():\n" + "    pass\n" * 70, "function_length")

    def test_what_is_not_a_function(self):
        rows = '  {"a", 1},\n' * 80
        check(self, "src/plan/a.cc", f"const Row kRows[] = {{\n{rows}}};\n")
        check(self, "src/plan/a.cc", "namespace a {\n" + "int f(int);\n" * 80 + "}\n")
        check(self, "src/plan/a.h", "class A : public B<int> {\n" + "  int f(int);\n" * 80 + "};\n")
        check(self, "src/plan/a.h", "template <class T = decltype(f())>\nstruct A {\n" + "  int f(int);\n" * 80 + "};\n")

    def test_braces_in_literals_comments_and_macros(self):
        text = 'void f() {\n  g("}", \'{\', R"x({{{)x", 1\'000);  // }\n  /* { */\n#define X {\n}\nvoid h() {\n}\n'
        self.assertEqual(lengths(text), [("f", 5), ("h", 2)])

    def test_where_a_function_begins(self):
        self.assertEqual(lengths("int a;\n\ntemplate <class T>\nint f(\n    T a)\n{\n}\n"), [("f", 5)])
        for members in ("a_(a), b_{a}", "a_{a}, b_{{1, 2}, 3}", "A<int>{a}, b_(a)", "a_{[] { return 1; }}"):
            self.assertEqual(lengths(f"A::A(int a)\n    : {members} {{\n  x();\n}}\n"), [("A::A", 4)], members)
        self.assertEqual(lengths("TEST(A, B) {\n  auto c = [] { return 1; };\n}\n"), [("TEST", 3)])
        self.assertEqual(lengths("auto f = [](int a) {\n  return a;\n};\n"), [("function", 3)])
        self.assertEqual(lengths("const auto kAll = list(\n  [](int a) {\n  return a;\n}, 1);\n")[0][1], 4)

    def test_files(self):
        check(self, "src/plan/a.cc", "int a;\n" * 1000)
        check(self, "src/plan/a.cc", "int a;\n" * 1001, "file_length")


class Text(unittest.TestCase):
    def test_anywhere(self):
        check(self, "docs/a.md", "see /ro" "ot/x\n", "plain_text")
        check(self, "dev", "cd /ho" "me/me/x\n", "plain_text")
        check(self, "a.sql", "FROM '/wo" "rk/x'\n", "plain_text")
        check(self, "docs/a.md", "a /workflow, src/work/x, build/root, $x/home/y\n")
        check(self, "dev", "https://py" "pi.org/simple\n", "plain_text")
        check(self, "src/plan/a.cc", "// TO" "DO: later\n", "plain_text")
        check(self, "src/plan/a.cc", "// todoist, XXXL\n")


if __name__ == "__main__":
    unittest.main()
