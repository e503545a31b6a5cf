"""Goal: a recorded run replays to the same bits and the same decision record.

Method: what the history store has of a run is all that a second run is given: the text, the settings, and each cut pinned to what was decided. Answers
must be equal byte for byte, where rows have no order line for line, and so must the second record's cuts, rules, and the shapes of its loops;
reasons are `pinned` there. now() is what the first run's was. The store has a hash of small answers, which must be equal too.
"""

import datetime
import json
import os
import sqlite3

import program
import pytest
from plan_campaign import answers, as_texts, plan_of
from plan_configurations import PERIOD, configurations
from reference_test import SEED

PLANS = int(os.environ.get("HEADRACE_QUERIES", str(PERIOD)))
DECISIONS = "SELECT from_step, to_step, cut, decision FROM edges ORDER BY edge"
STAGES = "SELECT stage, shape_hash, source, sink FROM stages ORDER BY stage"
RULES = "SELECT rule, fired FROM rules ORDER BY rule"
PINNED = "SELECT DISTINCT cut, decision FROM edges WHERE cut <> '' AND decision IN ('register', 'staged') AND alternatives <> '[]'"


def recorded(store):
    """What the store has of its only run."""
    program.succeed("history", environment={"HEADRACE_HISTORY": str(store)})
    connection = sqlite3.connect(store)
    try:
        select = lambda query: connection.execute(query).fetchall()  # noqa: E731
        ((query, settings, outcome, now_us, answer_hash),) = select("SELECT query, settings, outcome, now_us, answer_hash FROM runs")
        return {"query": query, "settings": json.loads(settings), "outcome": outcome, "now": instant(now_us), "hash": answer_hash, "pins": select(PINNED), "decisions": select(DECISIONS),
                "stages": select(STAGES), "rules": select(RULES)}
    finally:
        connection.close()


def instant(microseconds):
    return f"{datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=microseconds)}Z"


def run(query, settings, store):
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    done = program.run("sql", "--format", "csv", *words, query, environment={"HEADRACE_HISTORY": str(store)})
    return done.stdout, recorded(store)


def check(query, settings, folder, ordered):
    """The pins of the replay."""
    lines = lambda text: text.splitlines() if ordered else sorted(text.splitlines())  # noqa: E731
    answer, record = run(query, settings, folder / "first.db")
    pins = {f"fusion.edge.{cut}": decision for cut, decision in record["pins"]}
    again, replayed = run(record["query"], {**record["settings"], **pins, "now": record["now"]}, folder / "second.db")
    assert lines(again) == lines(answer) and replayed["outcome"] == record["outcome"], f"{query}\n{settings}, pinned {pins}, seed {SEED}"
    for part in ("decisions", "stages", "rules"):
        assert replayed[part] == record[part], f"{part} of {query}\n{settings}, pinned {pins}, seed {SEED}"
    assert replayed["settings"] == {**record["settings"], **pins}
    assert replayed["now"] == record["now"] and replayed["hash"] == record["hash"]
    assert (record["hash"] is not None) == (record["outcome"] == "ok")
    return pins


@pytest.mark.parametrize("number", range(PLANS))
def test_a_random_plan_replays(number, tmp_path):
    plan, way = plan_of(SEED, number * PERIOD + number), configurations(number)[number % 8]
    settings = dict(setting.split("=") for setting in way.settings())
    (expected,) = answers([plan])
    check(as_texts(plan.sql), {**settings, "on_error": plan.on_error}, tmp_path, expected.get("ordered", True))


@pytest.mark.parametrize("settings", [{"tier": "interpreted"}, {"tier": "compiled"}, {"tier": "compiled", "fusion.adapt": "always", "vector_rows": "64"},
                                      {"tier": "compiled", "fusion.mode": "full", "fusion.rule.push_filters": "off", "threads": "1"}])
@pytest.mark.parametrize("query", [
    "SELECT k, sum(x * 2) AS x, count(*) AS n FROM '{data}/edges_some.parquet' WHERE i % 3 = 1 AND length(s) > 1 GROUP BY k ORDER BY k",
    "SELECT a.row, b.s FROM '{data}/edges_none.parquet' a JOIN '{data}/edges_some.parquet' b ON a.k = b.k AND a.i < b.i WHERE a.x * 2 > b.x ORDER BY a.row, b.row LIMIT 50",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n * 2 + 1 FROM t WHERE n < 1000 AND n % 7 <> 5) SELECT sum(n) AS n FROM t WHERE n % 3 = 1",
    "SELECT range, 10 // (range - 900) AS q FROM range(1000) WHERE range % 2 = 0",
    "SELECT now() AS t, current_date AS d, range * 2 + 1 AS n FROM range(3)"])
def test_a_run_replays(query, settings, tmp_path):
    assert check(query.format(data=program.BINARY.parent / "test_data"), settings, tmp_path, ordered=True)
