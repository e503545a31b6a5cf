"""The files of the Apache project `parquet-testing`, by many writers: what pyarrow reads of each, or an error that says what is wrong.

They are not in the repository. HEADRACE_PARQUET_TESTING names their folder; else data/parquet-testing and, beside the repository,
shared/data/parquet-testing are looked for, and without any of them nothing is tested.
"""

import os
import pathlib

import arrow_compare
import parquet_files
import program
import pyarrow.ipc
import pytest

PLACES = [os.environ.get("HEADRACE_PARQUET_TESTING", "data/parquet-testing"), "../shared/data/parquet-testing",
          "../../shared/data/parquet-testing"]
FOLDER = next((folder for folder in (program.ROOT / place for place in PLACES) if folder.is_dir()), pathlib.Path("none"))
# What no reader can answer, and how the error says it.
DAMAGED = {
    "datapage_v1-corrupt-checksum.parquet": ["(?i)crc|checksum", "row group 0"],
    "rle-dict-uncompressed-corrupt-checksum.parquet": ["(?i)crc|checksum", "row group 0"],
}
# Valid, and pyarrow does not read them, or wraps a value that no timestamp holds: an answer, or an error that names what it is.
REFUSED = {
    "int96_from_spark.parquet": ["Julian day 4189105064", "row 6"],
    "incorrect_map_schema.parquet": ["(?i)map keys"],
    "large_string_map.brotli.parquet": ["(?i)nested|2 GiB|2147483647|bytes|memory_limit"],
}


@pytest.mark.long
@pytest.mark.skipif(not FOLDER.is_dir(), reason="there is no folder of parquet-testing")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.parquet")), ids=lambda path: path.name)
@pytest.mark.parametrize("threads", [1, 4])
def test_file(path, threads):
    command = ("sql", "--format", "arrow", "--threads", threads, f"SELECT * FROM '{path}'")
    says = DAMAGED.get(path.name) or REFUSED.get(path.name)
    if path.name in DAMAGED or (says and program.run(*command).code != 0):
        program.fail(*command, says=[path.name.replace(".", r"\."), *says])
        return
    found = pyarrow.ipc.open_stream(program.succeed(*command).stdout).read_all()
    if path.name not in REFUSED:
        problem = arrow_compare.table_difference(parquet_files.read_file(path), found)
        assert problem is None, problem
