"""Goal: `headrace patterns` lists the fusion patterns and shows what each is worth; its examples answer alike with the pattern and without."""

import json
import pathlib
import re

import program
import pytest

LISTED = re.findall(r"^PATTERN\((\w+)\)", pathlib.Path("src/fuse/patterns/list.def").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_list_has_a_line_for_each():
    lines = program.succeed("patterns").text.splitlines()
    assert [line.split()[0] for line in lines] == LISTED
    assert all(len(line.split(None, 1)[1]) > 20 for line in lines)


@pytest.mark.parametrize("name", LISTED)
def test_a_pattern_is_described_found_and_measured(name):
    told = json.loads(program.succeed("patterns", name, "--json").text)
    assert told["name"] == name
    assert all(told[field] for field in ("shape", "assumptions", "guarantee", "cost"))
    assert told["with"]["found"]
    assert not told["without"]["found"] or name == "reused_rooms"
    fast, slow = told["with"]["ns_per_row"], told["without"]["ns_per_row"]
    assert fast > 0 and slow > 0
    assert told["ratio"] == pytest.approx(fast / slow, rel=0.01)


def test_the_text_names_what_is_measured():
    text = program.succeed("patterns", "filter_project").text
    for part in ("filter_project: ", "\nassumes ", "\nguarantees ", "\ncosts ", "\nwith it\n", "\nwithout\n", "found     stage 0, cut 0.3", "nowhere",
                 " ns a row", "\nratio "):
        assert part in text, part


def answers(told, folder, way):
    """Of the query, and the files that it wrote."""
    arguments = [f"--set={name}={value}" for name, value in told[way]["settings"].items()]
    query = re.sub(r"'[^' ]*/headrace-pattern-[^/]+/", f"'{folder}/", told[way]["query"])
    text = program.csv(query, *arguments)
    return text, {path.name: path.read_text() for path in sorted(folder.glob("*.csv"))}


@pytest.mark.parametrize("name", ["shared_batches", "shared_aggregation", "late_decode", "reused_rooms"])
def test_both_ways_give_the_same(name, tmp_path):
    told = json.loads(program.succeed("patterns", name, "--json").text)
    if told["prepare"]:
        program.succeed("sql", re.sub(r"'[^' ]*/headrace-pattern-[^/]+/", f"'{tmp_path}/", told["prepare"]))
    assert answers(told, tmp_path, "with") == answers(told, tmp_path, "without")


def test_examples_leave_nothing_behind(tmp_path):
    program.succeed("patterns", "late_decode", environment={"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_is_an_error_with_the_list():
    program.fail("patterns", "filter_projekt", says=["there is no pattern 'filter_projekt'", *LISTED])


def test_explain_finds_them_in_any_query():
    text = program.succeed("explain", "--patterns", "SELECT sum(range + 1) AS s FROM range(9) WHERE range > 3").text
    assert re.search(r"^filter_project +stage 0, cut 0\.1: #1 filter, #2 add_i64_i64$", text, re.MULTILINE)
    assert program.succeed("explain", "--patterns", "SELECT range FROM range(9)").text == ""
