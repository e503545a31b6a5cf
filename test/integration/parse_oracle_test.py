"""Goal: what parses here is what libpg_query (PostgreSQL's own parser, by pglast) takes, but for differences that have a reason.

Method: every statement of our tests, the 22 TPC-H queries and 2,000 statements from a grammar of SELECT go through both parsers.
Each statement that only one of them takes must match a line of parse_differences.txt, and each line there must be met.
"""

import os
import pathlib
import re
import subprocess

import pglast
import pytest
import select_grammar

PARSE_RUN = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "parse_run"
HERE = pathlib.Path(__file__).parent
SEED = int(os.environ.get("HEADRACE_SEED", "0"))
GENERATED = 2_000


def without_remarks(text):
    return re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)


def from_files(pattern):
    return [without_remarks(path.read_text()) for path in sorted(pathlib.Path("test").glob(pattern))]


def from_slt():
    """The text of each statement and query: from the line behind its head to a blank line or ----."""
    found = []
    for path in sorted(pathlib.Path("test/slt").glob("**/*.test")):
        for record in re.split(r"\n\s*\n", path.read_text()):
            lines = [line for line in record.splitlines() if not line.startswith("#")]
            while lines and re.match(r"(skipif|onlyif)\b", lines[0]):
                lines.pop(0)
            if lines and re.match(r"(statement ok|query)\b", lines[0]):
                found.append("\n".join(lines[1:]).split("\n----")[0])
    return found


def from_parser_tests():
    """The texts that the parser's unit tests expect to parse."""
    found = []
    for path in sorted(pathlib.Path("src/frontend/sql").glob("*_test.cc")):
        found += re.findall(r'\bcheck\w*\("((?:[^"\\]|\\.)*)",\s*(?:R"|"\\n)', path.read_text())
    return [text.encode().decode("unicode_escape").encode("latin-1").decode("utf-8") for text in found]


def ours(texts):
    given = "\0".join(texts) + "\0"
    done = subprocess.run([PARSE_RUN], input=given.encode(), capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def theirs(text):
    try:
        pglast.parse_sql(text)
        return "ok"
    except pglast.Error as error:
        return str(error)


def listed_differences():
    """Lines "ours|theirs <tab> regular expression <tab> reason": who takes such a statement alone."""
    found = []
    for line in (HERE / "parse_differences.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            who, pattern, reason = line.split("\t")
            assert who in ("ours", "theirs") and reason
            found.append((who, re.compile(pattern, re.IGNORECASE | re.DOTALL), reason))
    return found


CORPUS = {
    "tests": from_files("equivalence/*.sql") + from_slt() + from_parser_tests(),
    "tpch": from_files("data/tpch/*.sql"),
    "generated": [select_grammar.generate(SEED + at) for at in range(GENERATED)],
}


@pytest.fixture(scope="module")
def met():
    return set()


@pytest.mark.parametrize("part", CORPUS)
def test_parses_as_the_oracle_does(part, met):
    texts = CORPUS[part]
    assert texts
    answers = ours(texts)
    assert len(answers) == len(texts)
    unlisted = []
    for text, answer in zip(texts, answers):
        oracle = theirs(text)
        if (answer == "ok") == (oracle == "ok"):
            continue
        who = "ours" if answer == "ok" else "theirs"
        lines = [at for at, (side, pattern, _) in enumerate(listed_differences()) if side == who and pattern.search(text)]
        met.update(lines)
        if not lines:
            unlisted.append(f"{who} alone: {text.strip()[:500]}\n  ours: {answer}\n  theirs: {oracle}")
    assert not unlisted, "\n".join(unlisted[:20]) + f"\n{len(unlisted)} differences without a reason; seed {SEED}"


def test_every_listed_difference_is_met(met):
    if len(met) == 0:
        pytest.skip("needs the other tests of this file")
    unmet = [line for at, line in enumerate(listed_differences()) if at not in met]
    assert not unmet, f"parse_differences.txt lists what no statement shows: {unmet}"
