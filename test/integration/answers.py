"""Comparing what headrace answers with rows of Python values, bit for bit."""

import decimal
import struct

import program
import pyarrow.ipc


def rows_of(script, *arguments, **options):
    """Column names and rows of a script's last statement, with types kept (as Arrow)."""
    content = program.succeed("sql", "--format", "arrow", *arguments, stdin=script, **options).stdout
    opened = pyarrow.ipc.open_file(content) if content.startswith(b"ARROW1") else pyarrow.ipc.open_stream(content)
    table = opened.read_all()
    return table.column_names, list(zip(*(column.to_pylist() for column in table.columns)))


def check(script, expected, *arguments):
    names, rows = rows_of(script, *arguments)
    assert names == expected[0]
    assert [bits(row) for row in rows] == [bits(row) for row in expected[1]]


def bits(row):
    """Floats by their bits, so that -0 and the last digit count; decimals with their scale, and as integers without one."""
    return tuple(map(_bits, row))


def _bits(value):
    if isinstance(value, float):
        return struct.pack("<d", value).hex()
    if isinstance(value, decimal.Decimal):
        return str(value) if value.as_tuple().exponent < 0 else int(value)
    return value
