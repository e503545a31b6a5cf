"""Goal: what a pipeline writes, copies and allocates is known to the byte, so that a copy that nobody meant fails a test.

Method: ten pipelines run with one worker, each fused and with every step alone, and their counts are compared with materialised.json, which
UPDATE_GOLDEN=1 writes anew. Fused must not write more than staged, but where a filter shares the loop: machine code writes what leaves its
loop for the rows that the filter drops, too.
"""

import json
import os
import pathlib

import pytest
from program import BINARY, succeed

GOLDEN = pathlib.Path(__file__).with_name("materialised.json")
DATA = BINARY.parent / "test_data"
# Plans do not change while they run, nothing is run both ways, and code is there from the first row on.
SETTINGS = {"threads": 1, "tier": "compiled", "fusion.adapt": "off", "fusion.shadow_share": 0, "samples_per_second": 0}
NUMBERS = "(SELECT range AS i, range % 7 AS k, range / 4e0 AS x FROM range(100000)) t"
PIPELINES = {
    "aggregate of a chain": f"SELECT sum((i * 3 + 1) * 2) AS s FROM {NUMBERS}",
    "filter and aggregate": f"SELECT sum(x * 2) AS s, max(i) AS m FROM {NUMBERS} WHERE i % 3 = 1 AND x > 10",
    "filter and rows": f"SELECT i + 1 AS i, x FROM {NUMBERS} WHERE k = 3",
    "all rows": f"SELECT i, x FROM {NUMBERS}",
    "groups": f"SELECT k, sum(i) AS s, count(*) AS n FROM {NUMBERS} GROUP BY k",
    "join": f"SELECT count(*) AS n, sum(b.x) AS x FROM {NUMBERS} JOIN (SELECT range AS i, range * 2e0 AS x FROM range(1000)) b ON t.i = b.i",
    "sort": f"SELECT i, k FROM {NUMBERS} WHERE i < 5000 ORDER BY k, i DESC",
    "top n": f"SELECT i FROM {NUMBERS} ORDER BY x DESC LIMIT 10",
    "texts": "SELECT max(upper(s)) AS m, max(length(s)) AS l FROM (SELECT 'a text of number ' || CAST(range AS varchar) AS s FROM range(20000)) t WHERE s LIKE '%7%'",
    "parquet, late": f"SELECT s, x FROM '{DATA}/edges_some.parquet' WHERE k = 2",
}
FILTERED = {"filter and rows", "sort"}
COUNTS = ("bytes_written", "bytes_copied", "allocations", "bytes_allocated")


def counts(query, mode):
    """By stage."""
    settings = [word for name, value in {**SETTINGS, "fusion.mode": mode}.items() for word in ("--set", f"{name}={value}")]
    stages = json.loads(succeed("sql", f"EXPLAIN (ANALYZE, FORMAT json) {query}", *settings).text)["stages"]
    return [{count: sum(part[count] for part in stage["parts"]) for count in COUNTS} for stage in stages]


def found(query):
    return {mode: counts(query, mode) for mode in ("full", "staged")}


@pytest.mark.parametrize("name", PIPELINES)
def test_counts_are_known(name):
    known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    answer = found(PIPELINES[name])
    if os.environ.get("UPDATE_GOLDEN"):
        known[name] = answer
        GOLDEN.write_text(json.dumps(known, indent=1) + "\n")
    assert answer == known[name]


def test_every_pipeline_is_known():
    assert set(json.loads(GOLDEN.read_text())) == set(PIPELINES) and len(PIPELINES) >= 10


@pytest.mark.parametrize("name", sorted(set(PIPELINES) - FILTERED))
def test_fused_writes_no_more_than_staged(name):
    both = json.loads(GOLDEN.read_text())[name]
    written = {mode: sum(stage["bytes_written"] for stage in stages) for mode, stages in both.items()}
    assert written["full"] <= written["staged"]


def test_a_chain_that_is_fused_writes_nothing_between_its_steps():
    fused, staged = (json.loads(GOLDEN.read_text())["aggregate of a chain"][mode][0]["bytes_written"] for mode in ("full", "staged"))
    assert fused == 8 * 100_000, "the source's numbers, and nothing else"
    assert staged >= 3 * fused
