"""What CAST makes of texts: as DuckDB, beside what docs/types.md lists."""

import csv
import io
import re

import pytest

from oracle import open_duckdb
from program import run

DATES = [
    "2024-1-5", "2024-01-5", "2024-1-05", "24-1-5", "2024/1/5", "2024/01/05", "2024-01/05", " 2024-01-05 ", "2024-01-05 10:00",
    "2024-01-05T10:00:00", "2024-01-05 10:00:00.5", "2024-01-05 10:00:00Z", "2024-01-05 10:00:00+02", "2024-01-05 (BC)",
    "0044-03-15 (BC)", "-0044-03-15", "0001-01-01", "0000-01-01", "99999-01-01", "2024-13-01", "2024-02-30", "2024-02-29",
    "2023-02-29", "20240105", "2024.01.05", "2024 01 05", "05-01-2024", "1/5/2024", "Jan 5 2024", "2024-Jan-05", "epoch", "infinity",
    "-infinity", "today", "now", "", "  ", "2024", "2024-01", "2024-01-05x", "2024-01-05 x", "+2024-01-05", "2024-1-5 1:2:3",
    "2024-00-01", "2024-01-00", "2024-01-32", "1-1-1", "12345-01-01", "123456-01-01", "5877642-06-25", "2024-01-05 24:00:00",
    "2024-01-05 25:00", "2024-01-05\t10:00:00", "2024-01-05\n", "2024-1-05T9:5", "2024-01-05  10:00", "2024-01-05T", "2024-01-05 ",
    "2024-01-05 10", "2024-01-05 10:", "20 24-01-05", "2024\\01\\05", "2024-01-05 12:00:00 AM",
]
TIMES = [
    "9:00", "09:00", "9:0", "9", "09", "09:00:00", "9:5:7", "09:00:00.1", "09:00:00.123456", "09:00:00.1234567", "09:00:00.1234565",
    "09:00:00.123456789", "09:00:00.", "09:00:00,5", "24:00", "24:00:00", "24:00:00.0", "24:00:01", "23:59:60", "23:60", "25:00",
    " 09:00 ", "09:00Z", "09:00+02", "09:00:00+02", "09:00:00 ", "T09:00", "09:00 AM", "9:00 PM", "0900", "090000", "-1:00",
    "09:00:00x", "2024-01-05 09:00", "2024-01-05T09:00:00", "", "1:2:3.4", "001:00", "9:00:00.0000009", "9:00.5", "00:00:00",
    "23:59:59.999999", "23:59:59.9999999",
]
TIMESTAMPS = [
    "2024-01-05", "2024-1-5 9:00", "2024-01-05 09:00", "2024-01-05T09:00", "2024-01-05T09:00:00Z", "2024-01-05T09:00:00z",
    "2024-01-05t09:00:00", "2024-01-05 09:00:00 Z", "2024-01-05 09:00:00+02", "2024-01-05 09:00:00-02", "2024-01-05 09:00:00+02:00",
    "2024-01-05 09:00:00+0200", "2024-01-05 09:00:00+2", "2024-01-05 09:00:00 +02:00", "2024-01-05 09:00:00+02:00:30",
    "2024-01-05 09:00:00+18", "2024-01-05 09:00:00+23", "2024-01-05 09:00:00 UTC", "2024-01-05 09:00:00 Europe/Berlin",
    "2024-01-05 09:00:00 EST", "2024-01-05 09:00:00.1", "2024-01-05 09:00:00.123456", "2024-01-05 09:00:00.1234567",
    "2024-01-05 09:00:00.123456789", "2024-01-05 09:00:00.1234567891", "2024-01-05 09:00:00.", "2024-01-05 9:5:7",
    "2024-01-05 24:00:00", "2024-01-05 24:00:01", "2024-01-05 23:59:60", "2024-01-05   09:00:00", "  2024-01-05 09:00:00  ",
    "2024/01/05 09:00", "2024-01-05 09:00:00Z ", "2024-01-05 09", "2024-01-05 09:00:00 PM", "20240105T090000",
    "2024-01-05 09:00:00.5Z", "2024-01-05T09:00:00.123Z", "2024-01-05T09:00:00.123+05:30", "2024-01-05T09:00+05:30",
    "2024-01-05 09:00+05", "epoch", "infinity", "-infinity", "1704445200", "0001-01-01 00:00:00", "-0001-01-01 00:00:00",
    "0044-03-15 (BC) 10:00:00", "294247-01-10 04:00:54.775806", "294247-01-10 04:00:55", "290309-12-22 (BC) 00:00:00", "2024-01-05Z",
    "2024-01-05 Z", "2024-01-05+02", "2024-01-05 09:00:00,5", "", "2024-01-05 09:00:00 -02", "2024-01-05 09:00:00 GMT",
    "2024-01-05 09:00:00+00", "2024-01-05 09:00:00 +0", "1969-12-31 23:59:59.9999999",
]
NUMBERS = [
    "0x1F", "0X1f", "-0x1F", "0x", "0b11", "0B11", "0o17", "017", "1_000", "1__000", "_1", "1_", "1_000.5", "  12 ", "\t12\n", "+12",
    "-12", "--12", "+-12", "1e3", "1E3", "1e+3", "1e-3", "15e-1", "1.5e3", "1.5", "2.5", "-1.5", "-2.5", "0.5", "-0.5", ".5", "5.",
    "1.", ".", "-", "+", "", "  ", "1e", "1e+", "e3", "1,000", "1 000", "12a", "a", "1.5.5", "127", "128", "-128", "-129", "255",
    "256", "-1", "-0", "32767", "32768", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e2", "1e40", "1e-40", "1e400",
    "1e-400", "99999999999999999999999999999999999999", "999999999999999999999999999999999999999", "inf", "-inf", "Infinity",
    "+infinity", "nan", "NaN", "-nan", "true", "false", "TRUE", "t", "f", "yes", "no", "on", "off", "y", "n", "Y", "1.0", "0.0",
    "0.49", "0.9999", "1.4999999", "127.4", "127.5", "1e0", "0x1.8p1", "1d", "1f", "$1", "1%", "१", "½", "1e3.5", "1.5e", "12 34",
    "0.1e1", "00012", "0e5", "1e18", "1e19", "1.000000000000000000000000000000000000001", "123.456", "-123.455", "999.995", "0.005",
    "-0.005", "1e-3", "12.3e-1", "0xFFFFFFFFFFFFFFFF", "0x7FFFFFFF", "0x80000000", "1_0e3", "1e1_0",
]
INTERVALS = [
    "1 day", "1 days", "2 months", "1 year 2 months", "1 week", "3 weeks", "1 quarter", "1 decade", "1 century", "1 millennium", "1h",
    "1 h", "1 hr", "1 hour", "1 hours", "1 min", "1 minute", "1 m", "1 mon", "1 s", "1 sec", "1 second", "1.5 days", "1.5 hours",
    "1.5 months", "1.5 years", "1.5 seconds", "0.5 s", "1 ms", "1 millisecond", "1 us", "1 microsecond", "1 ns", "-1 day", "+1 day",
    "1 day ago", "1 day 2 hours", "1 day, 2 hours", "04:05:06", "04:05", "4:5", "-04:05:06", "1 day 04:05:06", "1 day -04:05:06",
    "P1D", "P1Y2M3DT4H5M6S", "PT1H", "1", "", "  ", "day", "1 foo", "1day", "1day2hours", "1 Day", "1 DAY", "@ 1 day", "1 y", "1 yr",
    "1 yrs", "1 d", "1 w", "1 c", "1 dec", "100:00:00", "00:00:00.5", "1 year-2 months", "1-2", "1-2 3 4:05:06", "1e3 days",
    "9999999999 days", " 1 day ",
]
TEXTS = {
    "date": DATES, "time": TIMES, "timestamp": TIMESTAMPS, "timestamptz": TIMESTAMPS, "timestamp_ns": TIMESTAMPS, "interval": INTERVALS,
    "blob": ["abc", "\\xAA", "\\xaa", "\\x", "\\xA", "é", "", "a\\x20b", "\\XAA"],
} | {kind: NUMBERS for kind in ("tinyint", "integer", "bigint", "utinyint", "ubigint", "float", "double", "decimal(5,2)", "decimal(38,0)", "boolean")}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def answers(query, by_row):
    outcome = run("sql", "--format", "csv", query)
    assert outcome.code == 0, outcome
    rows = list(csv.reader(io.StringIO(outcome.text)))[1:]
    return [None if one == "no value" else one for one in ([row[0] for row in rows] if by_row else rows[0])]


def ours(kind, texts):
    """Each text as that type, printed; None where CAST faults."""
    rows = ", ".join(f"({number}, {quoted(text)})" for number, text in enumerate(texts))
    return answers(f"SELECT coalesce(TRY_CAST(t AS {kind})::text, 'no value') FROM (VALUES {rows}) v(i, t) ORDER BY i", by_row=True)


def theirs(kind, texts):
    connection = open_duckdb()
    return [connection.execute(f"SELECT TRY_CAST({quoted(text)}::text AS {kind})::text").fetchone()[0] for text in texts]


def with_signed_year(text):
    """0044-03-15 (BC) is -0043-03-15 here."""
    found = re.fullmatch(r"(\d+)(-\d+-\d+) \(BC\)(.*)", text or "")
    if found is None:
        return text
    year = 1 - int(found[1])
    return f"{'-' if year < 0 else ''}{abs(year):04}{found[2]}{found[3]}"


def is_listed(kind, text, here, there):
    """What docs/types.md names."""
    if here is not None and there is None:  # read here alone
        listed = {
            "time": r" 09:00 |09:00(Z|\+02)", "utinyint": r"-0\.005", "ubigint": r"-0\.005", "decimal(38,0)": r"0[xXbB].*",
            "interval": r"\+1 day|1 day, 2 hours",
        }.get(kind, r".*( Z| [+-]\d.*|[+-]\d)" if kind.startswith("timestamp") else "never")
        return re.fullmatch(listed, text) is not None
    if "infinity" in text:
        return kind == "date" or kind.startswith("timestamp")
    if there == "inf":
        return kind == "float"
    return text in ("2024-01-05 10:", "2024-01-05 12:00:00 AM", "2024-01-05 09:00:00 PM", "001:00", "+-12", "-nan")


@pytest.mark.parametrize("kind", TEXTS)
def test_casts_of_texts_are_duckdbs(kind):
    differing = []
    for text, here, there in zip(TEXTS[kind], ours(kind, TEXTS[kind]), theirs(kind, TEXTS[kind])):
        if here != with_signed_year(there) and not is_listed(kind, text, here, there):
            differing.append((text, here, there))
    assert not differing


@pytest.mark.parametrize("kind", TEXTS)
def test_a_literal_is_what_a_column_of_its_text_is(kind):
    """Folding while typing and the kernel over rows read alike."""
    columns = ", ".join(f"coalesce(TRY_CAST({quoted(text)} AS {kind})::text, 'no value')" for text in TEXTS[kind])
    assert answers(f"SELECT {columns}", by_row=False) == ours(kind, TEXTS[kind])
