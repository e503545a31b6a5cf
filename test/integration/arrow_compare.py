"""Arrow arrays as pyarrow reads them beside those that headrace answers, value for value.

Headrace has one type where Arrow has several (docs/types.md): dictionaries are their values, half floats are floats, moments are in µs.
`difference(expected, found)` knows how one becomes the other, and nothing else is forgiven: floats are compared by their bits, but
there is one NaN only, and inside nested values one zero (docs/adr/0004-nested-values-as-bytes.md).
"""

import numpy
import pyarrow
import pyarrow.compute

MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


def table_difference(expected, found):
    """None, or what differs first."""
    if expected.column_names != found.column_names:
        return f"columns {expected.column_names}, found {found.column_names}"
    if expected.num_rows != found.num_rows:
        return f"{expected.num_rows} rows, found {found.num_rows}"
    for name in expected.column_names:
        problem = difference(whole(expected[name]), whole(found[name]))
        if problem is not None:
            return f"column {name} ({expected[name].type}): {problem}"
    return None


def whole(column):
    """A chunked array as one array."""
    chunks = [chunk for chunk in column.chunks if len(chunk) > 0]
    if not chunks:
        return column.chunk(0) if column.num_chunks > 0 else pyarrow.array([], column.type)
    return chunks[0] if len(chunks) == 1 else pyarrow.concat_arrays(chunks)


def difference(expected, found, nested=False):
    expected, found = plain(expected), plain(found)
    wanted, kind = expected.type, found.type
    if len(expected) != len(found):
        return f"{len(expected)} values, found {len(found)}"
    if pyarrow.types.is_null(wanted):
        return None if found.null_count == len(found) else "a value, expected none"
    valid = first_difference(expected.is_valid(), found.is_valid())
    if valid is not None:
        return describe(valid, expected, found)
    if pyarrow.types.is_list(wanted) != pyarrow.types.is_list(kind) or pyarrow.types.is_struct(wanted) != pyarrow.types.is_struct(kind):
        return f"type {wanted}, found {kind}"
    if pyarrow.types.is_list(wanted):
        if expected.null_count == len(expected):  # pyarrow cannot flatten such lists of every type
            return None
        lengths = first_difference(pyarrow.compute.list_value_length(expected), pyarrow.compute.list_value_length(found))
        if lengths is not None:
            return describe(lengths, expected, found)
        problem = difference(expected.flatten(), found.flatten(), nested=True)
        return problem and f"elements: {problem}"
    if pyarrow.types.is_struct(wanted):
        names = [[field.name for field in one] for one in (wanted, kind)]
        if names[0] != names[1]:
            return f"fields {names[0]}, found {names[1]}"
        for name, left, right in zip(names[0], expected.flatten(), found.flatten()):
            problem = difference(left, right, nested=True)
            if problem is not None:
                return f"field {name}: {problem}"
        return None
    if wanted != kind:
        return f"type {wanted}, found {kind}"
    if pyarrow.types.is_floating(wanted):
        expected, found = float_bits(expected, nested), float_bits(found, nested)
    at = first_difference(expected, found)
    return None if at is None else describe(at, expected, found)


def describe(at, expected, found):
    return f"place {at} of {len(expected)}: {expected[at].as_py()!r}, found {found[at].as_py()!r}"


def first_difference(expected, found):
    """None, or the first place that differs. Nulls equal nulls."""
    if expected.equals(found):
        return None
    alike = pyarrow.compute.equal(expected, found)
    both_null = pyarrow.compute.and_(expected.is_null(), found.is_null())
    alike = pyarrow.compute.or_(pyarrow.compute.fill_null(alike, False), both_null)
    places = numpy.flatnonzero(~alike.to_numpy(zero_copy_only=False))
    return int(places[0]) if len(places) else None


def float_bits(array, one_zero):
    """Floats as integers of their bits; every NaN is the same, and every zero where there is one."""
    width = array.type.bit_width // 8
    values = pyarrow.compute.fill_null(array, 0.0).to_numpy(zero_copy_only=False).copy()
    values[numpy.isnan(values)] = numpy.nan
    if one_zero:
        values[values == 0] = 0.0
    bits = pyarrow.array(values.view(f"i{width}"))
    return pyarrow.compute.if_else(array.is_valid(), bits, pyarrow.scalar(None, bits.type))


def plain(array):
    """The array in the type that headrace has for it, on this level. An array without offset."""
    kind = array.type
    types = pyarrow.types
    if isinstance(kind, pyarrow.BaseExtensionType):
        return plain(array.storage)
    if types.is_dictionary(kind):
        return plain(array.dictionary_decode())
    if types.is_map(kind):
        pair = pyarrow.struct([("key", kind.key_type), ("value", kind.item_type)])
        return array.cast(pyarrow.list_(pair))
    if types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return array.cast(pyarrow.list_(kind.value_type))
    if types.is_float16(kind):
        return array.cast(pyarrow.float32())
    if types.is_decimal(kind):
        return array.cast(pyarrow.decimal128(kind.precision, kind.scale))
    if types.is_date64(kind):
        return array.cast(pyarrow.date32())
    if types.is_time(kind):
        return array.cast(pyarrow.time64("us"))
    if types.is_timestamp(kind) and (kind.tz is not None or kind.unit != "ns"):
        return array.cast(pyarrow.timestamp("us", None if kind.tz is None else "UTC"))
    if types.is_duration(kind):
        return array.cast(pyarrow.int64()) if kind.unit == "us" else plain(array.cast(pyarrow.duration("us")))
    if types.is_interval(kind):
        return pyarrow.array([None if v is None else ((v.months * 30 + v.days) * 86_400_000_000 + v.nanoseconds // 1000)
                              for v in array.to_pylist()], pyarrow.int64())
    if types.is_large_string(kind) or types.is_string_view(kind):
        return array.cast(pyarrow.string())
    if types.is_large_binary(kind) or types.is_fixed_size_binary(kind) or types.is_binary_view(kind):
        return array.cast(pyarrow.binary())
    return array
