"""Goal: the cases of test/equivalence mean what DuckDB says, wherever the dialects agree.

Method: each case runs through reference_run (which test_equivalence holds against the engine, bit for bit) and through DuckDB.
Values must be equal, floats by bits; sums and averages of floats are not DuckDB's but the exact ones, by fractions.Fraction over the
values that DuckDB lists. Rows are compared as multisets: ties and free orders are ours to define.
"""

import datetime
import fractions
import math
import os
import pathlib
import re
import subprocess
import sys

import duckdb
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from reference_test import KINDS, bits, ours, reference  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))
CASES = sorted(pathlib.Path("test/equivalence").glob("*.sql"))

EXCLUDED = {
    "aggregate_moments": "variances and covariances are exact here (aggregates_test.py against fractions.Fraction)",
    "aggregate_moments_all": "as aggregate_moments",
    "aggregate_first": "without ORDER BY rows come in the order of the input here, in any there",
    "aggregate_first_all": "as aggregate_first",
    "join_list_order": "as aggregate_first",
    "string_agg": "as aggregate_first",
    "recursive_distances": "as aggregate_first",
    "recursive_nulls": "the statement says that faults become null",
    "recursive_files": "as aggregate_first",
    "quantiles": "of several modes the smallest here, any there",
    "quantiles_all": "as quantiles",
    "distinct_order": "of rows that are equal the first in the order counts here, any there",
    "hash": "the hash is our own",
    "limit_groups": "LIMIT over a free order is ours to define",
    "drop_joins_limit": "as limit_groups",
    "limit_inputs_join": "ties at the cut",
    "limit_inputs_union": "ties of equal keys in a sort",
    "simplify_cases_null_policy": "no policy for faults",
    "top_n_ties": "ties at the cut: ours break by input order",
    "top_n_ties_descending": "ties at the cut",
    "sort_of_limit": "ties at the cut",
    "text_case": "upper('ß') is 'ß' by simple case mapping",
    "round": "round of a float goes by its exact value: round(2.675, 2) is 2.67",
    "cast_float64": "text that is no number; decimals are rounded correctly, DuckDB divides doubles",
    "cast_text": "floats of many digits print with another exponent",
    "text_substring": "positions that are null or beyond ±2^32 are refused there",
    "null_policy_case": "a faulting call inside CASE is null, and CASE goes on",
    "null_policy_filter": "no policy for faults",
    "null_policy_unnest": "no policy for faults",
    "null_policy_key": "no policy for faults",
    "null_policy_key_is_null": "no policy for faults",
    "join_project_below_faults": "no policy for faults",
    "join_project_below_list": "as aggregate_first",
    "null_policy_aggregate": "no policy for faults",
    "aggregate_every_width": "no policy for faults",
    "float32": "no policy for faults",
    "group_by_narrow": "no policy for faults",
    "integers_of_every_width": "no policy for faults",
    "null_policy_join_condition": "no policy for faults",
    "null_policy_join_right": "no policy for faults",
    "null_policy_join_full": "no policy for faults",
    "null_policy_join_semi": "no policy for faults",
    "null_policy_join_anti": "no policy for faults",
    "join_right_limit": "rows of the right side without a match come last here, in no order there",
    "join_right_offset": "rows of the right side without a match come last here, in no order there",
    "join_full_limit": "rows of the right side without a match come last here, in no order there",
    "join_full_offset": "rows of the right side without a match come last here, in no order there",
    "fault_in_no_pair": "DuckDB lets a join's condition fault on rows that meet nothing",
    "fault_with_null_key": "DuckDB lets a join's condition fault on rows that meet nothing",
    "join_left_residual_limit": "a row beyond LIMIT faults there",
    "nan_bits": "what bits a NaN has is our own rule",
    "group_key_zero_sign": "DuckDB's optimizer asks the filter of the rows in front of the groups",
    "zero_signs_limit": "LIMIT over a free order is ours to define",
    "fault_subquery_filter": "DuckDB lets rows fault that a filter below removes",
    "aggregate_grouped": "sums of decimals overflow on the way there, only at the end here",
    "aggregate_all": "sum(e) overflows under the policy null",
    "between_symmetric": "there is no BETWEEN SYMMETRIC",
    "row_compare": "rows are structs there, in which nulls are equal",
    "math": "ours are the nearest doubles; the C library's are off by a last bit now and then",
    "fault_beyond_unnest_limit": "a row beyond LIMIT faults there",
    "interval_distinct": "an interval that is a key shows months of 30 days here",
    "grouping_faults": "the policy null is ours; only calls in the select lists of kernel cases stand in for it there",
    "json_broken": "what becomes of bad records is our own policy",
    "json_broken_count": "what becomes of bad records is our own policy",
    "logic_faults": "faults in AND and OR are no errors where the other side decides",
}
EXCLUDED |= {path.stem: "which rows a sample takes is ours to define" for path in CASES if path.stem.startswith("sample_")}
DIVISION = "float division by zero is a fault here, an infinity or NaN there"
EXCLUDED_COLUMNS = {  # case: (columns that mean something else there, why)
    "distinct_mixed_all": (["vi"], "variances are exact here"),
    "arithmetic_float64": (["c3"], DIVISION),
    "arithmetic_int32": (["c7"], DIVISION),
    "arithmetic_int64": (["c7"], DIVISION),
    "arithmetic_mixed": (["c3"], "products of decimals up to 18 digits overflow at 18 digits there, at 38 here"),
    "arithmetic_decimal": (["c1", "c9"], "products of up to 18 digits; division by zero"),
    "date_arithmetic": (["c3", "c9"], "dates at the ends are infinite there; minus the smallest int32 overflows here"),
    "group_by_x": (["key"], "zeros of both signs are one key, which shows as +0"),
    "math_integers": (["c8", "c11", "c19"], "a remainder of floats by zero is a fault; fmod is not exact there"),
    "math_whole_parts": (["c17"], "trunc to digits goes by the exact value"),
    "greatest_least": (["c9"], "a faulting call is null, and greatest skips it"),
    "date_calendar": (["c19", "c30"], "years before 1 print as BC there"),
    "case_when": (["c5"], "a faulting condition is null, and CASE goes on"),
    "interval_cast": (["c3"], "a number without a unit means seconds there"),
    "interval_compare": (["c9", "c10"], "greatest goes by days before hours there"),
    "interval_group": (["key"], "an interval that is a key shows months of 30 days here"),
    "nested_list_functions": (["c12", "c13"], "nulls alone make an empty text here, a null there"),
    "nested_parquet": (["c8"], "nulls alone make an empty text here, a null there"),
    "nested_split": (["c6"], "without a separator there is one part there, a null here"),
    "is_null": (["c0"], "a faulting call is null, and IS NULL sees it"),
    "try_cast": (["c1", "c2", "c5"], "infinite dates and floats too large for float32 are values there, -0.005 is no unsigned one"),
    "list_functions": (["h"], "lists hold no -0 here"),
    "cast_date": (["c2", "c3"], "there are no infinite dates here"),
}


def exact(function, values):
    """Our sum and avg of floats."""
    values = [value for value in values or [] if value is not None]
    if not values:
        return None
    special = [value for value in values if not math.isfinite(value)]
    if special:
        return sum(special)
    if function == "sum" and isinstance(values[0], int):
        return sum(values)
    total = sum(map(fractions.Fraction, values), fractions.Fraction(0))
    total = total / len(values) if function == "avg" else total
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def select_items(text):
    """(start, end) of each expression before AS in the outermost select list of a kernel case."""
    start = text.index("SELECT row, ") + len("SELECT row, ")
    depth, begin, quoted = 0, start, False
    for at in range(start, len(text)):
        letter = text[at]
        quoted ^= letter == "'"
        if quoted:
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and (letter == "," or text.startswith("\nFROM", at)):
            yield begin, text.rindex(" AS ", begin, at)
            begin = at + 1
            if letter != ",":
                return


def their_text(text):
    """The case in DuckDB's words."""
    text = re.sub(r"read_csv\('test/data/edges\.csv', types = \{[^}]*\}\)|'test/data/edges\.csv'",
                  f"'{BUILD}/test_data/edges_some.parquet'", text)
    if "SET on_error = 'null';" in text:
        text = text.replace("SET on_error = 'null';\n", "")
        for begin, end in reversed(list(select_items(text))):  # what faults in one call is null
            text = f"{text[:begin]} TRY({text[begin:end]}){text[end:]}"
    else:
        text = re.sub(r"\b(sum|avg)\((-?x(?: \* 0\.5)?|(?:o\.)?total)\)", r"{'function': '\1', 'values': list(\2)}", text)
    return text


def our_text(text):
    text = re.sub(r"read_csv\('test/data/edges\.csv', types = \{[^}]*\}\)|'test/data/edges\.csv'",
                  f"'{BUILD}/test_data/edges_some.parquet'", text)
    return " ".join(line for line in text.splitlines() if not line.startswith("--"))


def theirs(value):
    if isinstance(value, str):  # years before 1 as numbers
        before_1 = re.fullmatch(r"(\d+)(-\d\d-\d\d) \(BC\)(.*)", value)
        return f"{'-' if before_1[1] != '0001' else ''}{int(before_1[1]) - 1:04}{before_1[2]}{before_1[3]}" if before_1 else value
    if isinstance(value, datetime.datetime) and value.microsecond:
        return str(value).rstrip("0")
    if isinstance(value, dict):
        return bits(exact(value["function"], value["values"]))
    return bits(value)


def is_told_as_text(kind):
    """Whether a value of our type is compared by its text: python has other forms for these."""
    return kind in ("interval", "time", "timestamptz") or kind.endswith("[]") or kind.startswith(("struct(", "map("))


def their_answer(connection, text, our_types):
    """Columns, types and rows of the case; what is_told_as_text names is cast to text."""
    result = connection.execute(text)
    columns, kinds = zip(*[(column[0], str(column[1])) for column in result.description])
    if any(map(is_told_as_text, our_types)):
        *before, last = text.rstrip().removesuffix(";").split(";\n")
        shown = [f"CAST(#{place} AS VARCHAR)" if is_told_as_text(kind) else f"#{place}" for place, kind in enumerate(our_types, 1)]
        result = connection.execute(";\n".join([*before, f"SELECT {', '.join(shown)} FROM ({last}\n)"]))
    return list(columns), list(kinds), [[theirs(value) for value in row] for row in result.fetchall()]


@pytest.fixture(scope="module")
def answers():
    texts = {path.stem: path.read_text().replace("{build}", str(BUILD)) for path in CASES}
    return texts, dict(zip(texts, reference([our_text(text) for text in texts.values()]), strict=True))


@pytest.mark.parametrize("name", [path.stem for path in CASES if path.stem not in EXCLUDED])
def test_case(answers, name):
    texts, mine = answers[0], answers[1][name]
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    if "-- error: division by zero" in texts[name]:
        pytest.skip("division by zero is NULL in DuckDB")
    if "error" in mine:
        with pytest.raises(duckdb.Error):
            connection.execute("PRAGMA disable_optimizer")
            connection.execute(their_text(texts[name])).fetchall()
        return
    columns, kinds, rows = their_answer(connection, their_text(texts[name]), mine["types"])
    our_kinds = ["utf8" if is_told_as_text(kind) else kind for kind in mine["types"]]
    our_rows = [[ours(value, kind) for value, kind in zip(row, our_kinds, strict=True)] for row in mine["rows"]]
    for position, (kind, our_kind) in enumerate(zip(kinds, mine["types"], strict=True)):
        if EXCLUDED_COLUMNS.get(name) and columns[position] in EXCLUDED_COLUMNS[name][0]:
            continue
        loose = kind in ("HUGEINT", "TINYINT", "SMALLINT", "UBIGINT", "FLOAT", '"NULL"') or kind.startswith("STRUCT")
        if loose or our_kind.startswith("decimal") or is_told_as_text(our_kind):
            continue
        assert KINDS[kind] == our_kind, f"{columns[position]} is {our_kind}, expected {kind}"
    key = lambda row: [(value is not None, value or "") for value in row]  # noqa: E731
    if EXCLUDED_COLUMNS.get(name):
        dropped = [columns.index(column) for column in EXCLUDED_COLUMNS[name][0]]
        keep = lambda row: [value for position, value in enumerate(row) if position not in dropped]  # noqa: E731
        our_rows, rows = list(map(keep, our_rows)), list(map(keep, rows))
    different = [pair for pair in zip(sorted(our_rows, key=key), sorted(rows, key=key)) if pair[0] != pair[1]]
    assert len(our_rows) == len(rows)
    assert not different, f"{len(different)} rows differ (ours, theirs); columns {columns}: {different[:3]}"
