"""Damaged files: an error or an answer, never a crash, never much memory or time.

Small Parquet files of every type and encoding are damaged: bits and bytes changed, stretches cut out, doubled or overwritten, numbers of
the footer and of page headers replaced by others. Without page checksums, so that damage reaches the decoders; and with them: then
damage inside a page must be an error. CSV and JSON, also compressed, under every policy for bad records. One `headrace slt` reads many files, going on after each; a batch that ends in another way is halved until the
guilty file is alone. It is kept in pytest's folder, and the message says how it was made.

    HEADRACE_SEED=7 HEADRACE_DAMAGED=100000 pytest test/integration/damaged_files_test.py
"""

import csv
import dataclasses
import datetime
import gzip
import io
import json
import os
import signal
import subprocess
import tempfile
import time

import numpy
import parquet_files
import pyarrow
import pyarrow.parquet
import pytest
from parquet_files import NESTED, PARTS, Shape
from program import BINARY
from thrift_compact import struct_numbers, varint_bytes, zigzag_bytes

SEED = int(os.environ.get("HEADRACE_SEED", "3"))
COUNT = int(os.environ.get("HEADRACE_DAMAGED", "10000"))
SECONDS_MAX = 5  # for one file
MEMORY_BYTES_MAX = 1 << 30
BATCH_FILES = 250
INSTRUMENTED = any(word in str(BINARY) for word in ("asan", "tsan", "fuzz"))


@dataclasses.dataclass
class Original:
    name: str
    content: bytes
    pages: list  # [(begin of header, begin of body, end)]
    checked: bool  # page checksums
    ending: str = "parquet"


def make_original(folder, number, chance):
    """A file of some columns with the encodings of one turn."""
    names = list(PARTS)
    first = number * 7 % len(names)
    columns = [names[(first + step) % len(names)] for step in range(7)]
    if number % 3 > 0:
        others = [name for name in NESTED if name not in columns[:3]]
        columns = [*columns[:3], *map(str, chance.choice(others, number % 3, replace=False))]
    shape = Shape(codec=("none", "none", "snappy", "zstd", "lz4", "gzip")[number % 6], version=("1.0", "2.0")[number // 2 % 2],
                  nulls=("required", "few", "many", "runs")[number // 3 % 4], turn=number % 4)
    table = parquet_files.make_table(shape, chance, columns, int(chance.choice([30, 120, 400])))
    checked = number % 5 == 4
    dictionary, encodings = [], {}
    for place, leaf in enumerate(parquet_files.leaves_of(table)):
        choices = parquet_files.encodings_of(leaf)
        encoding = choices[(place + shape.turn) % len(choices)]
        if encoding == "DICTIONARY":
            dictionary.append(leaf.path)
        else:
            encodings[leaf.path] = encoding
    path = folder / "original.parquet"
    pyarrow.parquet.write_table(table, path, compression=shape.codec, data_page_version=shape.version, use_dictionary=dictionary,
                                column_encoding=encodings, write_page_checksum=checked, row_group_size=int(chance.choice([50, 1000])),
                                data_page_size=int(chance.choice([100, 1 << 20])), write_batch_size=16, store_schema=number % 2 == 0,
                                write_page_index=number % 2 == 1,
                                bloom_filter_options={"shuffled": {"ndv": 100, "fpp": 0.1}} if number % 3 == 1 else None)
    content = path.read_bytes()
    return Original(f"{shape} {columns}", content, pages_of(path, content), checked)


def pages_of(path, content):
    pages = []
    metadata = pyarrow.parquet.read_metadata(path)
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            at = chunk.data_page_offset if chunk.dictionary_page_offset is None else chunk.dictionary_page_offset
            end = at + chunk.total_compressed_size
            while at < end:
                numbers, body = struct_numbers(content, at)
                size = next(number.value for number in numbers if number.path == (3,))
                pages.append((at, body, body + size))
                at = body + size
    return pages


def footer_begin(content):
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


# --- damage: (what was done, the bytes)

class Damage:
    def __init__(self, original, chance):
        self.original, self.content, self.chance = original, original.content, chance

    def place(self):
        """Anywhere; mostly in a page, and there mostly at its beginning, where levels, widths and lengths are; often in a Bloom filter or index."""
        where = self.chance.random()
        if where < 0.17:
            return int(self.chance.integers(len(self.content)))
        behind, footer = self.original.pages[-1][2], footer_begin(self.content)
        if where < 0.25 and behind < footer:
            return int(self.chance.integers(behind, footer))
        header, body, end = self.page()
        if where < 0.35:
            return int(self.chance.integers(header, body))
        if where < 0.7:
            return int(self.chance.integers(body, max(min(end, body + 16), body + 1)))
        return int(self.chance.integers(body, max(end, body + 1)))

    def page(self):
        return self.original.pages[self.chance.integers(len(self.original.pages))]

    def make(self):
        kinds = [self.flip, self.flip, self.flips, self.byte, self.byte, self.stretch, self.cut, self.truncate, self.double,
                 self.footer_number, self.footer_number, self.header_number, self.header_number]
        return kinds[self.chance.integers(len(kinds))]()

    def changed(self, at, new):
        return self.content[:at] + bytes(new) + self.content[at + len(new):]

    def flip(self):
        at, bit = self.place(), int(self.chance.integers(8))
        return f"bit {bit} of byte {at} flipped", self.changed(at, [self.content[at] ^ 1 << bit])

    def flips(self):
        content, places = bytearray(self.content), [self.place() for _ in range(self.chance.integers(2, 9))]
        for at in places:
            content[at] ^= 1 << int(self.chance.integers(8))
        return f"bits of bytes {places} flipped", bytes(content)

    def byte(self):
        at, value = self.place(), int(self.chance.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, self.chance.integers(256)]))
        return f"byte {at} set to {value}", self.changed(at, [value])

    def stretch(self):
        at, length = self.place(), int(self.chance.integers(1, 40))
        new = self.chance.bytes(length) if self.chance.random() < 0.5 else bytes([int(self.chance.choice([0, 0xFF]))]) * length
        return f"bytes {at}+{length} overwritten by {new.hex()}", self.changed(at, new[:len(self.content) - at])

    def cut(self):
        at, length = self.place(), int(self.chance.integers(1, 100))
        return f"bytes {at}+{length} cut out", self.content[:at] + self.content[at + length:]

    def truncate(self):
        """A shorter file, with the old footer behind it half of the time."""
        length = int(self.chance.integers(len(self.content)))
        if self.chance.random() < 0.5:
            return f"cut at {length}", self.content[:length]
        begin = footer_begin(self.content)
        return f"pages cut at {min(length, begin)}", self.content[:min(length, begin)] + self.content[begin:]

    def double(self):
        at, length = self.place(), int(self.chance.integers(1, 60))
        return f"bytes {at}+{length} doubled", self.content[:at + length] + self.content[at:]

    def number(self, old):
        small = [old + 1, old - 1, old * 2, old // 2, 0, -1, 1]
        large = [2**31 - 1, -(2**31), 2**31, 2**32, 2**62, -(2**63), 2**15, 2**24, int(self.chance.integers(2**31))]
        return int(self.chance.choice(numpy.array(small if self.chance.random() < 0.5 else large, object)))

    def replaced(self, number):
        value = self.number(number.value)
        coded = varint_bytes(value) if number.path[-1] in ("bytes", "count") else zigzag_bytes(value)
        return f"{number.path} = {number.value} set to {value}", coded

    def footer_number(self):
        begin = footer_begin(self.content)
        numbers, _ = struct_numbers(self.content, begin)
        number = numbers[self.chance.integers(len(numbers))]
        what, coded = self.replaced(number)
        return f"footer: {what}", self.with_footer(self.content[:begin], self.content[begin:number.begin] + coded + self.content[number.end:-8])

    def with_footer(self, before, footer):
        return before + footer + len(footer).to_bytes(4, "little") + self.content[-4:]

    def header_number(self):
        """What stands behind moves; the footer is told, so that only this number is wrong."""
        header, body, _ = self.page()
        numbers, _ = struct_numbers(self.content, header)
        number = numbers[self.chance.integers(len(numbers))]
        what, coded = self.replaced(number)
        growth = len(coded) - (number.end - number.begin)
        begin = footer_begin(self.content)
        before = self.content[:number.begin] + coded + self.content[number.end:begin]
        return f"page header at {header}: {what}", self.with_footer(before, self.moved_footer(header, growth))

    def moved_footer(self, header, growth):
        begin = footer_begin(self.content)
        footer, numbers = self.content[begin:-8], struct_numbers(self.content, begin)[0]
        chunks = {}
        for number in numbers:  # 4: row groups, 1: columns, 3: their metadata
            if len(number.path) == 6 and (number.path[0], number.path[2], number.path[4]) == (4, 1, 3):
                chunks.setdefault(number.path[:4], {})[number.path[5]] = number
        for number in sorted(numbers, key=lambda number: -number.begin):
            value = self.moved(number, chunks.get(number.path[:4]), header, growth)
            if value != number.value:
                footer = footer[:number.begin - begin] + zigzag_bytes(value) + footer[number.end - begin:]
        return footer

    def moved(self, number, chunk, header, growth):
        if chunk is None or len(number.path) not in (5, 6):
            return number.value
        field = number.path[4:]
        if field in ((3, 9), (3, 10), (3, 11), (4,), (6,)):  # offsets of pages and of the page index
            return number.value + (growth if number.value > header else 0)
        first = min(chunk[id_].value for id_ in (9, 11) if id_ in chunk)
        inside = first <= header < first + chunk[7].value
        return number.value + (growth if field == (3, 7) and inside else 0)


@dataclasses.dataclass
class Variant:
    original: Original
    what: str
    content: bytes
    query: str
    must_fail: bool


def make_variant(originals, chance):
    original = originals[chance.integers(len(originals))]
    what, content = Damage(original, chance).make()
    where = ("", "", "", " WHERE shuffled % 3 = 0", " WHERE place BETWEEN 20 AND 30", " WHERE shuffled = 5")[chance.integers(6)]
    return Variant(original, what, content, f"SELECT * FROM '{{}}'{where}", where == "" and must_fail(original, content))


def must_fail(original, content):
    """A page with a checksum was changed, and nothing else was."""
    if not original.checked or len(content) != len(original.content):
        return False
    old, new = (numpy.frombuffer(one, numpy.uint8) for one in (original.content, content))
    changed = numpy.flatnonzero(old != new)
    return len(changed) > 0 and all(any(body <= at < end for _, body, end in original.pages) for at in changed)


# --- running them

def run_batch(variants, folder, threads):
    """[(Variant, what is wrong with its reading)]"""
    records = []
    for number, variant in enumerate(variants):
        path = folder / f"{number}.{variant.original.ending}"
        path.write_bytes(variant.content)
        records.append(f"statement {'error' if variant.must_fail else 'maybe'}\n{variant.query.replace('{}', str(path))}\n\n")
    script = folder / "batch.test"
    script.write_text("".join(records))
    command = [BINARY, "slt", "--json", "--any-error", "--threads", str(threads), "--set", "tier=interpreted", script]
    report, problem = run_once(command, SECONDS_MAX + (0.1 if INSTRUMENTED else 0.02) * len(variants))
    if problem is None:
        return [(variants[(failure["line"] - 1) // 3], failure["reason"]) for failure in report["failures"]]
    if len(variants) == 1:
        return [(variants[0], problem)]
    middle = len(variants) // 2
    return run_batch(variants[:middle], folder, threads) + run_batch(variants[middle:], folder, threads)


def run_once(command, seconds_max):
    """(report, None) or (None, what is wrong)"""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        code, peak_bytes = wait_for(process.pid, seconds_max)
        process.returncode = code
        for file in (output, errors):
            file.seek(0)
        if code is None:
            return None, f"takes more than {seconds_max:.0f} s"
        report = output.read()
        if code not in (0, 1) or not report:
            return None, f"ended with {code}: {errors.read().decode(errors='replace')[-2_000:]}"
        if peak_bytes > MEMORY_BYTES_MAX and not INSTRUMENTED:
            return None, f"takes {peak_bytes >> 20} MiB"
        return json.loads(report), None


def wait_for(process_id, seconds_max):
    """(exit code, bytes of memory at its peak); the code is None when the process had to be killed."""
    end = time.monotonic() + seconds_max
    while True:
        ended, status, usage = os.wait4(process_id, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024
        if time.monotonic() > end:
            os.kill(process_id, signal.SIGKILL)
            os.wait4(process_id, 0)
            return None, 0
        time.sleep(0.005)


def check(variants, folder):
    wrong = []
    for first in range(0, len(variants), BATCH_FILES):
        wrong += run_batch(variants[first:first + BATCH_FILES], folder, threads=1 + first // BATCH_FILES % 2)
    for number, (variant, _) in enumerate(wrong):
        (folder / f"wrong{number}.{variant.original.ending}").write_bytes(variant.content)
    assert not wrong, f"seed {SEED}, files in {folder}:\n" + "\n".join(
        f"wrong{number}.{variant.original.ending}: {variant.what} in {variant.original.name}\n  {variant.query}: {problem}"
        for number, (variant, problem) in enumerate(wrong))


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    chance = numpy.random.default_rng(SEED)
    return [make_original(folder, number, chance) for number in range(72)]


def test_originals(originals, tmp_path):
    """What is damaged below is readable before."""
    paths = []
    for number, original in enumerate(originals):
        paths.append(tmp_path / f"{number}.parquet")
        paths[-1].write_bytes(original.content)
    records = "".join(f"statement ok\nSELECT * FROM '{path}'\n\n" for path in paths)
    (tmp_path / "batch.test").write_text(records)
    report, problem = run_once([BINARY, "slt", "--json", tmp_path / "batch.test"], 60)
    assert problem is None and report["failures"] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_damaged_files(originals, part, tmp_path):
    chance = numpy.random.default_rng([SEED, part])
    check([make_variant(originals, chance) for _ in range(COUNT // 4)], tmp_path)


@pytest.mark.slow
def test_every_byte_of_a_small_file(originals, tmp_path):
    """Each byte of one file set to 0, to 255 and to its neighbours."""
    original = min(originals, key=lambda one: len(one.content))
    variants = []
    for at, byte in enumerate(original.content[:1_500]):
        for value in {0, 255, byte ^ 1, byte ^ 128} - {byte}:
            content = original.content[:at] + bytes([value]) + original.content[at + 1:]
            variants.append(Variant(original, f"byte {at} set to {value}", content, "SELECT * FROM '{}'", must_fail(original, content)))
    check(variants, tmp_path)


CLAIMS = {"rows of the file": (3,), "rows of a row group": (4, 0, 3), "values of a chunk": (4, 0, 1, 0, 3, 5),
          "bytes of a chunk": (4, 0, 1, 0, 3, 7), "bytes of a chunk, decompressed": (4, 0, 1, 0, 3, 6), "begin of a chunk": (4, 0, 1, 0, 3, 9)}


@pytest.mark.parametrize("value", [-1, 0, 2**31, 2**40, 2**62])
@pytest.mark.parametrize("claim", CLAIMS)
def test_absurd_claims(claim, value, tmp_path):
    """A footer that promises what the file cannot hold."""
    content = parquet_file(tmp_path)
    original = Original("three columns", content, [], False)
    damage = Damage(original, None)
    begin = footer_begin(content)
    number = next(number for number in struct_numbers(content, begin)[0] if number.path == CLAIMS[claim])
    changed = damage.with_footer(content[:begin], content[begin:number.begin] + zigzag_bytes(value) + content[number.end:-8])
    check([Variant(original, f"{claim}: {value}", changed, query, False) for query in QUERIES], tmp_path)


QUERIES = ("SELECT * FROM '{}'", "SELECT count(*) FROM '{}'", "SELECT a FROM '{}' WHERE b = 7", "SELECT max(b) FROM '{}'", "SELECT * FROM '{}' LIMIT 3")


def parquet_file(folder):
    path = folder / "original.parquet"
    columns = {"a": range(100), "b": [row % 10 for row in range(100)], "c": [f"text {row % 7}" for row in range(100)]}
    pyarrow.parquet.write_table(pyarrow.table(columns), path, compression="none", use_dictionary=["b", "c"])
    return path.read_bytes()


EXTREMES = (-(2**63), -1, 0, 1, 2**31 - 1, 2**31, 2**62, 2**63 - 4_096, 2**63 - 11, 2**63 - 1)


def test_every_number_of_a_footer(tmp_path):
    """Of a file with everything that a footer may say: statistics, dictionaries, Bloom filters, page indexes."""
    path = tmp_path / "original.parquet"
    columns = {"a": range(400), "b": [row * 7 % 400 for row in range(400)], "c": [f"text {row % 7}" for row in range(400)]}
    pyarrow.parquet.write_table(
        pyarrow.table(columns), path, row_group_size=200, use_dictionary=["c"], write_page_index=True, data_page_size=100, write_batch_size=10,
        bloom_filter_options={name: {"ndv": 200, "fpp": 0.01} for name in columns})
    content = path.read_bytes()
    original = Original("everything", content, [], False)
    begin = footer_begin(content)
    query = "SELECT * FROM '{}' WHERE a = 77 OR (a = 350 AND b = 50) OR (b = 7 AND c = 'text 3')"
    variants = []
    for number in struct_numbers(content, begin)[0]:
        is_length = number.path[-1] in ("bytes", "count")
        for value in EXTREMES:
            coded = varint_bytes(value) if is_length else zigzag_bytes(value)
            changed = Damage(original, None).with_footer(content[:begin], content[begin:number.begin] + coded + content[number.end:-8])
            variants.append(Variant(original, f"{number.path} = {number.value} set to {value}", changed, query, False))
    assert len(variants) > 1_500
    check(variants, tmp_path)


# --- text formats

def text_originals():
    moment = datetime.datetime(2024, 2, 28, 23, 59, 1)
    rows = [{"id": row, "x": row / 7, "name": ["plain", 'say "hi", Zoë', "line\nbreak", "", "漢字"][row % 5], "ok": row % 3 == 0,
             "at": str(moment + datetime.timedelta(hours=row * 7)), "price": f"{row % 97}.{row % 10}5"} for row in range(150)]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    nested = [row | {"tags": list(range(row["id"] % 4)), "where": {"lat": row["x"], "names": [row["name"], None]}} for row in rows]
    lines = "".join(json.dumps(row, ensure_ascii=row["id"] % 2 == 0) + "\n" for row in nested)
    contents = {"csv": text.getvalue().encode(), "ndjson": lines.encode(), "json": json.dumps(nested, indent=1).encode()}
    contents |= {f"{ending}.gz": gzip.compress(contents[ending], mtime=0) for ending in ("csv", "ndjson")}
    return [Original(ending, content, [(0, 1, len(content))], False, ending) for ending, content in contents.items()]


TEXT_DAMAGE = b'",\n\r{}[]:\\\x00\xff\xc3 \t-.eE0'


def make_text_variant(originals, chance):
    original = originals[chance.integers(len(originals))]
    damage = Damage(original, chance)
    kind = chance.integers(6)
    if kind == 0:
        at, byte = damage.place(), TEXT_DAMAGE[chance.integers(len(TEXT_DAMAGE))]
        what, content = f"byte {at} set to {byte}", damage.changed(at, [byte])
    elif kind == 1:
        at, byte = damage.place(), TEXT_DAMAGE[chance.integers(len(TEXT_DAMAGE))]
        count = int(chance.choice([1, 2, 100, 5_000]))
        what, content = f"{count} times byte {byte} put in at {at}", original.content[:at] + bytes([byte]) * count + original.content[at:]
    else:
        what, content = (damage.flip, damage.flips, damage.stretch, damage.double if chance.random() < 0.5 else damage.cut)[kind - 2]()
    reader = "read_csv" if ".csv" in f".{original.ending}" else "read_json"
    options = ("", ", on_error = 'null'", ", on_error = 'skip'", ", all_varchar = true" if reader == "read_csv" else ", maximum_depth = 1",
               ", types = {'id': 'int16', 'price': 'decimal(6, 2)'}")[chance.integers(5)]
    return Variant(original, what, content, f"SELECT * FROM {reader}('{{}}'{options})", False)


@pytest.mark.slow
def test_damaged_text(tmp_path):
    chance = numpy.random.default_rng([SEED, 77])
    originals = text_originals()
    check([make_text_variant(originals, chance) for _ in range(COUNT // 2)], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("part", range(50))
def test_many_damaged_files(originals, part, tmp_path):
    chance = numpy.random.default_rng([SEED, 1_000 + part])
    check([make_variant(originals, chance) for _ in range(10_000)], tmp_path)
