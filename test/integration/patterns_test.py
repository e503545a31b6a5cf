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


def in_folder(text, folder):
    """What of the example reads and writes files does so there."""
    return re.sub(r"'[^' ]*/headrace-pattern-[^/]+/", f"'{folder}/", text)


def settings_of(told, way):
    return [f"--set={name}={value}" for name, value in told[way]["settings"].items()]


def prepared(name, folder):
    told = json.loads(program.succeed("patterns", name, "--json").text)
    if told["prepare"]:
        program.succeed("sql", in_folder(told["prepare"], folder))
    return told


def answers(told, folder, way):
    """Of the query, and the files that it wrote."""
    text = program.csv(in_folder(told[way]["query"], folder), *settings_of(told, way))
    return text, {path.name: path.read_text() for path in sorted(folder.glob("*.csv"))}


@pytest.mark.parametrize("name", ["shared_batches", "shared_aggregation", "late_decode", "reused_rooms", "ordered_filters", "borrowed_vectors"])
def test_both_ways_give_the_same(name, tmp_path):
    told = prepared(name, tmp_path)
    assert answers(told, tmp_path, "with") == answers(told, tmp_path, "without")


def stages(told, folder, way):
    """As counted while they ran, by one worker."""
    query = in_folder(told[way]["query"], folder)
    return json.loads(program.succeed("explain", "--analyze", "--format", "json", query, "--set=threads=1", *settings_of(told, way)).text)["stages"]


def test_filters_side_by_side_change_places(tmp_path):
    told = prepared("ordered_filters", tmp_path)
    assert stages(told, tmp_path, "with")[0]["filter_order_changes"] > 0
    assert stages(told, tmp_path, "without")[0]["filter_order_changes"] == 0


def test_columns_that_cross_a_join_as_they_are_are_not_copied(tmp_path):
    told = prepared("borrowed_vectors", tmp_path)
    copied = {way: sum(part["bytes_copied"] for part in stages(told, tmp_path, way)[1]["parts"]) for way in ("with", "without")}
    assert copied == {"with": 0, "without": 4 * 8 * told["rows"]}


def test_examples_leave_nothing_behind(tmp_path):
    program.succeed("patterns", "late_decode", environment={"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_is_an_error_with_the_list():
    program.fail("patterns", "filter_projekt", says=["there is no pattern 'filter_projekt'", *LISTED])


def test_explain_finds_them_in_any_query():
    text = program.succeed("explain", "--patterns", "SELECT sum(range + 1) AS s FROM range(9) WHERE range > 3").text
    assert re.search(r"^filter_project +stage 0, cut 0\.1: #1 filter, #2 add_i64_i64$", text, re.MULTILINE)
    assert program.succeed("explain", "--patterns", "SELECT range FROM range(9)").text == ""
