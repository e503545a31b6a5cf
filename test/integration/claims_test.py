"""Files of a few bytes that claim much, and queries that need little: bounded memory, bounded time, and no byte that nobody needs."""

import resource
import subprocess
import sys

import object_server
import program
import pyarrow
import pyarrow.parquet
import pytest


def peak_and_outcome(query):
    """MiB, and what came out. Address space is bounded, so that a file that claims more fails the test and not the machine."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (32 << 30, 32 << 30))
    done = subprocess.run(["/usr/bin/env", "python3", "-c", "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, code, file=sys.stderr)", program.BINARY, "sql", query],
                          capture_output=True, text=True, timeout=60, preexec_fn=limit, check=False)  # fmt: skip
    peak, code = map(int, done.stderr.splitlines()[-1].split())
    return peak, code, done.stdout + done.stderr


def test_a_wide_value_split_into_byte_streams(tmp_path):
    path = tmp_path / "t.parquet"
    width = 2_000_000
    table = pyarrow.table({"x": pyarrow.array([b"\0" * width], pyarrow.binary(width))})
    pyarrow.parquet.write_table(table, path, use_dictionary=False, column_encoding={"x": "BYTE_STREAM_SPLIT"}, compression="zstd")
    peak, code, text = peak_and_outcome(f"SELECT octet_length(x) AS n FROM '{path}'")
    assert code == 0 and str(width) in text
    assert peak < 300


# Pages of 320 MB. In a process of its own: what this one has held counts as the peak of all that it starts later.
WRITE_ZEROS = """
import sys, numpy, pyarrow.parquet
zeros = numpy.zeros(40_000_000, dtype=numpy.int64)
pyarrow.parquet.write_table(pyarrow.table({"a": zeros, "b": zeros}), sys.argv[1], compression=sys.argv[2], use_dictionary=False, write_statistics=False,
                            data_page_size=1 << 30, row_group_size=1 << 30, max_rows_per_page=1 << 30)
"""


@pytest.mark.parametrize("codec", ["zstd", "brotli", "gzip", "lz4"])
def test_pages_that_decompress_to_much_more_than_their_file(tmp_path, codec):
    path = tmp_path / "t.parquet"
    subprocess.run([sys.executable, "-c", WRITE_ZEROS, path, codec], check=True)
    assert path.stat().st_size < 10 << 20
    peak, code, text = peak_and_outcome(f"SELECT sum(a), sum(b) FROM '{path}'")
    assert peak < 1_000
    assert code == 5 and "pages of a file of" in text, text


@pytest.mark.parametrize("on", ["on", "off"])
def test_the_error_of_a_value_does_not_depend_on_the_batch(tmp_path, on):
    """Rows that a filter drops are not looked at, however many lie in one batch, in a dictionary or not."""
    for dictionary in (True, False):
        path = tmp_path / f"{dictionary}.parquet"
        texts = pyarrow.array([b"good", b"\xff\xfe", None, b"fine"] * 500, pyarrow.binary()).view(pyarrow.binary())
        table = pyarrow.table({"x": range(2_000), "s": pyarrow.StringArray.from_buffers(2_000, texts.buffers()[1], texts.buffers()[2], texts.buffers()[0])})
        pyarrow.parquet.write_table(table, path, use_dictionary=dictionary, data_page_size=300, write_batch_size=16, write_statistics=False)
        for rows in (1, 3, 64, 2048):
            settings = ("--set", f"vector_rows={rows}", "--set", f"fusion.rule.prune_scans={on}")
            assert program.succeed("sql", "--format", "csv", *settings, f"SELECT count(s), max(s) FROM '{path}' WHERE x % 4 <> 1").text.endswith("\n1000,good\n")
            program.fail("sql", *settings, f"SELECT count(s), max(s) FROM '{path}' WHERE x > 1000", says=[r"not UTF-8", r"row 1002"])


def test_a_fault_in_the_first_row_ends_the_reading(tmp_path):
    path = tmp_path / "t.parquet"
    values = [2**63 - 1] + list(range(399_999))
    pyarrow.parquet.write_table(pyarrow.table({"a": values}), path, row_group_size=20_000, use_dictionary=False, compression="none")
    with object_server.serving() as (objects, url):
        objects.put("t.parquet", path.read_bytes())
        program.fail("sql", f"SELECT sum(a + 1) FROM '{url}t.parquet'", says=["row 1"])
        assert sum(request.bytes_sent for request in objects.requests) < path.stat().st_size // 2


def test_rows_are_counted_without_values(tmp_path):
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": range(300_000), "l": [[1, 2, 3]] * 300_000}), path, row_group_size=100_000)
    pyarrow.parquet.write_table(pyarrow.table({"a": range(5), "l": [[1]] * 5}), tmp_path / "u.parquet")
    for files, rows in ((path, 300_000), (tmp_path / "*.parquet", 300_005)):
        assert program.csv(f"SELECT count(*) AS n FROM '{files}'") == f"n\n{rows}\n"
        assert program.csv(f"SELECT 7 AS x FROM '{files}' LIMIT 2") == "x\n7\n7\n"
    assert " bytes in " not in program.succeed("explain", "--analyze", f"SELECT count(*) FROM '{path}'").text
    assert " bytes in " in program.succeed("explain", "--analyze", f"SELECT count(a) FROM '{path}'").text
    assert program.csv(f"SELECT count(*) AS n FROM '{path}' x, (VALUES (1), (2)) y") == "n\n600000\n"
