"""Where the whole numbers are in a struct of Thrift's compact protocol, as Parquet's footers and page headers are written.

Source: the Thrift project's document "Thrift compact protocol encoding".
"""

import dataclasses

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


@dataclasses.dataclass(frozen=True)
class Number:
    path: tuple  # ids of fields and places in lists, from the outside in; "bytes" and "count" end those that are a length
    begin: int
    end: int
    value: int


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def varint_bytes(value):
    value &= (1 << 64) - 1
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(parts + bytearray([value]))


def zigzag(value):
    return ((value << 1) ^ (value >> 63)) & ((1 << 64) - 1)


def zigzag_bytes(value):
    return varint_bytes(zigzag(value))


def struct_numbers(data, at, path=()):
    """([Number], the place behind the struct that begins at `at`)"""
    numbers, field = [], 0
    while True:
        head = data[at]
        at += 1
        if head == 0:
            return numbers, at
        if head >> 4:
            field += head >> 4
        else:
            coded, at = varint(data, at)
            field = (coded >> 1) ^ -(coded & 1)
        if head & 15 not in (TRUE, FALSE):
            found, at = value_numbers(data, at, head & 15, (*path, field))
            numbers += found


def value_numbers(data, at, kind, path):
    begin = at
    if kind in (TRUE, FALSE, BYTE):
        return [], at + 1
    if kind in (I16, I32, I64):
        coded, at = varint(data, at)
        return [Number(path, begin, at, (coded >> 1) ^ -(coded & 1))], at
    if kind == DOUBLE:
        return [], at + 8
    if kind == BINARY:
        length, at = varint(data, at)
        return [Number((*path, "bytes"), begin, at, length)], at + length
    if kind in (LIST, SET):
        return list_numbers(data, at, path)
    assert kind == STRUCT, f"kind {kind} at byte {begin}"
    return struct_numbers(data, at, path)


def list_numbers(data, at, path):
    begin, head = at, data[at]
    count, at = (head >> 4, at + 1) if head >> 4 < 15 else varint(data, at + 1)
    numbers = [Number((*path, "count"), begin + 1, at, count)] if head >> 4 == 15 else []
    for place in range(count):
        found, at = value_numbers(data, at, head & 15, (*path, place))
        numbers += found
    return numbers, at
