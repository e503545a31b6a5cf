"""Files behind URLs: the same answers as from the disk, in few requests, from servers of every kind; from bad ones an error that says what
is wrong, in bounded time."""

import gzip
import json
import re
import signal
import time

import numpy
import object_server
import program
import pyarrow
import pyarrow.parquet
import pytest

ROWS, GROUPS = 80_000, 8


@pytest.fixture
def server():
    with object_server.serving() as (objects, url):
        yield objects, url


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """wide.parquet: 8 row groups of 10 columns, 450 KB each; narrow.parquet: few bytes; text.csv, text.json and text.csv.gz."""
    place = tmp_path_factory.mktemp("http")
    chance = numpy.random.default_rng(5)
    wide = pyarrow.table({
        "id": numpy.arange(ROWS),
        **{f"x{column}": chance.integers(0, 1 << 40, ROWS) for column in range(6)},
        "part": numpy.arange(ROWS) * GROUPS // ROWS,
        "name": [f"name {number % 977}" for number in range(ROWS)],
        "last": chance.random(ROWS),
    })
    pyarrow.parquet.write_table(wide, place / "wide.parquet", row_group_size=ROWS // GROUPS)
    pyarrow.parquet.write_table(wide.slice(0, 100), place / "narrow.parquet")
    pyarrow.parquet.write_table(wide.slice(0, 0), place / "none.parquet")
    lines = ["id,name,value", *(f'{row},"name, {row % 97}",{row * 0.5}' for row in range(300_000))]
    text = "".join(line + "\n" for line in lines).encode()
    (place / "text.csv").write_bytes(text)
    (place / "text.csv.gz").write_bytes(gzip.compress(text, 6))
    records = (json.dumps({"id": row, "name": f"name {row % 97}", "more": {"value": row * 0.5}}) for row in range(150_000))
    (place / "text.json").write_text("".join(record + "\n" for record in records))
    return place


def put_all(objects, folder):
    for path in folder.iterdir():
        objects.put(path.name, path.read_bytes())


def both(query, folder, url, *arguments):
    """The answer from the URL, which must be that from the disk."""
    local = program.csv(query.format(at=f"{folder}/"), *arguments)
    assert program.csv(query.format(at=url), *arguments) == local
    return local


QUERIES = [
    "SELECT count(*), sum(x0), min(name), max(last) FROM '{at}wide.parquet'",
    "SELECT * FROM '{at}wide.parquet' ORDER BY id DESC LIMIT 20",
    "SELECT name, sum(x5) AS total FROM '{at}wide.parquet' WHERE x1 % 7 = 3 GROUP BY ALL ORDER BY ALL LIMIT 50",
    "SELECT sum(x3) FROM '{at}wide.parquet' WHERE part = 5",
    "SELECT * FROM '{at}narrow.parquet'",
    "SELECT * FROM '{at}none.parquet'",
    "SELECT count(*) FROM '{at}wide.parquet'",
    "SELECT count(*), sum(id), sum(value), min(name) FROM '{at}text.csv'",
    "SELECT * FROM read_csv('{at}text.csv') WHERE id % 50000 = 7",
    "SELECT count(*), sum(id), sum(value), min(name) FROM '{at}text.csv.gz'",
    "SELECT count(*), sum(id), sum(more.value), min(name) FROM '{at}text.json'",
    "SELECT count(*), sum(id) FROM read_parquet(['{at}wide.parquet', '{at}narrow.parquet'])",
]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_same_answers_as_from_the_disk(server, folder, threads):
    objects, url = server
    put_all(objects, folder)
    for query in QUERIES:
        both(query, folder, url, "--set", f"threads={threads}")


@pytest.mark.parametrize("kind", ["no ranges", "no suffixes", "no length", "no tags", "slow to answer"])
def test_servers_of_every_kind(server, folder, kind):
    objects, url = server
    put_all(objects, folder)
    objects.knows_ranges = kind != "no ranges"
    objects.knows_suffixes = kind != "no suffixes"
    objects.tells_length = kind != "no length"
    objects.delay_s = 0.1 if kind == "slow to answer" else 0
    if kind == "no tags":
        objects.tags = dict.fromkeys(objects.tags)
    for query in QUERIES:
        both(query, folder, url)


def test_few_requests(server, folder):
    objects, url = server
    put_all(objects, folder)

    def requests_of(query):
        objects.requests.clear()
        program.csv(query.format(at=url))
        return len(objects.requests)

    # The end with the footer, which is more than the last row group; then one request a row group, since its chunks lie near each other.
    assert requests_of("SELECT sum(x0), sum(x3), max(last) FROM '{at}wide.parquet'") <= 1 + GROUPS
    assert requests_of("SELECT sum(x0) FROM '{at}wide.parquet' WHERE x4 % 2 = 0 AND name LIKE '%7'") <= 1 + GROUPS
    assert requests_of("SELECT sum(x3) FROM '{at}wide.parquet' WHERE part = 2") <= 2
    assert requests_of("SELECT * FROM '{at}narrow.parquet'") == 1
    # Its beginning to see what it is, then 4 MiB at a time.
    bytes_of_text = len(objects.content["/text.csv"])
    assert requests_of("SELECT sum(id) FROM '{at}text.csv'") <= 2 + bytes_of_text / (4 << 20) + 1


def test_a_filter_that_drops_all_rows_reads_no_late_columns(server, tmp_path):
    objects, url = server
    chance = numpy.random.default_rng(2)
    rows = 1 << 19
    table = pyarrow.table({"key": numpy.arange(rows), **{f"x{i}": chance.random(rows) for i in range(4)}})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", use_dictionary=False, compression="none")  # 4 MiB a chunk
    objects.put("t.parquet", (tmp_path / "t.parquet").read_bytes())
    program.csv(f"SELECT sum(x0 + x1 + x2 + x3) FROM '{url}t.parquet' WHERE key % 1000003 = 999999")
    assert sum(request.bytes_sent for request in objects.requests) < 6 << 20
    objects.requests.clear()
    both("SELECT sum(x0 + x1 + x2 + x3) FROM '{at}t.parquet' WHERE key % 5 = 3", tmp_path, url)
    assert len(objects.requests) <= 4


def bytes_sent(objects):
    return sum(request.bytes_sent for request in objects.requests)


def write_paged(path, page_bytes):
    """4 row groups of 3 chunks of 8 MiB, sorted by the first column."""
    rows, groups = 1 << 22, 4
    chance = numpy.random.default_rng(3)
    table = pyarrow.table({"key": numpy.arange(rows), "x": chance.random(rows), "y": chance.random(rows)})
    pyarrow.parquet.write_table(table, path, row_group_size=rows // groups, use_dictionary=False, compression="none", write_page_index=True,
                                data_page_size=page_bytes, write_batch_size=256)
    return rows, groups, pyarrow.parquet.ParquetFile(path).metadata


# The page index of small pages is longer than the end of the file that comes with the footer.
@pytest.mark.parametrize(("page_bytes", "index_requests"), [(64 << 10, 0), (2 << 10, 2)])
@pytest.mark.parametrize("threads", [1, 2])
def test_pages_that_cannot_pass_are_not_asked_for(server, tmp_path, threads, page_bytes, index_requests):
    objects, url = server
    rows, groups, metadata = write_paged(tmp_path / "t.parquet", page_bytes)
    content = (tmp_path / "t.parquet").read_bytes()
    objects.put("t.parquet", content)
    index_begin = metadata.row_group(groups - 1).column(2).data_page_offset + metadata.row_group(groups - 1).column(2).total_compressed_size
    index_bytes = len(content) - index_begin
    assert (index_bytes > 256 << 10) == (index_requests > 0)
    # One of the row groups by its statistics, a page of each of its chunks by the index.
    place = rows // groups + 300_000
    one = f"SELECT sum(x), sum(y), count(*) FROM '{{at}}t.parquet' WHERE key BETWEEN {place} AND {place + 100}"
    both(one, tmp_path, url, "--set", f"threads={threads}")
    footer, pages = 1, 3
    assert len(objects.requests) <= footer + index_requests + pages
    assert bytes_sent(objects) < index_bytes + (1 << 20)
    # No statistics help here, of each row group a page of each chunk.
    objects.requests.clear()
    places = " OR ".join(f"key BETWEEN {group * rows // groups + 300_000} AND {group * rows // groups + 300_100}" for group in range(groups))
    both(f"SELECT sum(x), sum(y), count(*) FROM '{{at}}t.parquet' WHERE {places}", tmp_path, url, "--set", f"threads={threads}")
    assert len(objects.requests) <= footer + index_requests + groups * pages
    assert bytes_sent(objects) < index_bytes + (3 << 20)
    # A condition that can rule nothing out asks for no index, one that rules no page out for no more requests than the index and the chunks.
    objects.requests.clear()
    both("SELECT sum(x), count(*) FROM '{at}t.parquet' WHERE y + x > 0.5", tmp_path, url, "--set", f"threads={threads}")
    assert not any(index_begin <= begin_of(request) < len(content) - (256 << 10) for request in objects.requests)
    plan = json.loads(program.succeed("explain", "--analyze", "--format", "json", one.format(at=url)).text)
    rungs = {rung["unit"]: rung for rung in plan["stages"][0]["pruning"]}
    assert rungs["pages"]["bytes_saved"] > 20 << 20
    assert rungs["pages"]["bytes_saved"] + rungs["row groups"]["bytes_saved"] + plan["stages"][0]["bytes_read"] <= len(content) + index_bytes


def begin_of(request):
    found = re.match(r"bytes=(\d+)-", request.range)
    return int(found.group(1)) if found else -1


@pytest.mark.parametrize("threads", [1, 2])
def test_row_groups_without_the_value_are_not_asked_for(server, tmp_path, threads):
    objects, url = server
    rows, groups = 400_000, 8
    even = numpy.random.default_rng(4).permutation(rows) * 2
    table = pyarrow.table({"even": even, **{f"x{i}": numpy.random.default_rng(i).random(rows) for i in range(6)}})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=rows // groups,
                                bloom_filter_options={"even": {"ndv": rows // groups, "fpp": 1e-6}})
    objects.put("t.parquet", (tmp_path / "t.parquet").read_bytes())
    for value, has_it in ((int(even[0]), 1), (77_777, 0)):
        objects.requests.clear()
        both(f"SELECT * FROM '{{at}}t.parquet' WHERE even = {value}", tmp_path, url, "--set", f"threads={threads}")
        footer, of_filters = 1, groups
        assert len(objects.requests) <= footer + of_filters + has_it * 2
        assert bytes_sent(objects) < (256 << 10) + groups * (256 << 10) + has_it * (4 << 20)


def write_filtered(path, columns, rows=100_000):
    """One row group whose Bloom filters have 256 KiB each, and lie in front of what is read with the footer."""
    chance = numpy.random.default_rng(9)
    table = pyarrow.table({name: chance.permutation(rows) * 2 for name in [*columns, "last"]})
    pyarrow.parquet.write_table(table, path, bloom_filter_options={name: {"ndv": rows, "fpp": 1e-4} for name in table.column_names})


def test_a_server_that_fails_is_not_asked_for_each_filter(server, tmp_path):
    objects, url = server
    write_filtered(tmp_path / "t.parquet", "abc")
    objects.put("t.parquet", (tmp_path / "t.parquet").read_bytes())
    objects.misbehave = lambda request, number: "503" if number >= 1 else None
    program.fail("sql", "--set", "http_retries=2", f"SELECT * FROM '{url}t.parquet' WHERE a = 7 OR b = 7 OR c = 7", says=["tried 3 times"])
    footer, of_filters, of_data = 1, 3, 3
    assert len(objects.requests) <= footer + of_filters + of_data


@pytest.mark.parametrize(("place", "limit"), [("here", "12MiB"), ("there", "24MiB")])  # ends of files there: 16 MiB at most
def test_files_that_were_read_keep_no_filters(server, tmp_path, place, limit):
    objects, url = server
    write_filtered(tmp_path / "t.parquet", "a")
    content = (tmp_path / "t.parquet").read_bytes()
    names = [f"{part}.parquet" for part in range(60)]
    for name in names:
        (tmp_path / name).write_bytes(content)
        objects.put(name, content)
    at = url if place == "there" else f"{tmp_path}/"
    files = ", ".join(f"'{at}{name}'" for name in names)
    for value, count in ((8, 60), (9, 0)):
        query = f"SELECT count(*) AS n FROM read_parquet([{files}]) WHERE a = {value}"
        assert program.csv(query, "--set", "threads=1", "--set", f"memory_limit={limit}", "--set", "tier=interpreted") == f"n\n{count}\n"


def test_a_limit_reads_the_index_of_few_row_groups(server, tmp_path):
    objects, url = server
    rows, groups, metadata = write_paged(tmp_path / "t.parquet", 2 << 10)
    objects.put("t.parquet", (tmp_path / "t.parquet").read_bytes())
    both("SELECT x FROM '{at}t.parquet' WHERE key % 2 = 0 AND key > 300000 LIMIT 3", tmp_path, url, "--set", "threads=1")
    footer, index, group, ahead = 1, 2, 2, 2
    assert len(objects.requests) <= footer + index + group + ahead
    assert bytes_sent(objects) < 36 << 20


def test_limit_is_thrifty(server, folder):
    objects, url = server
    put_all(objects, folder)
    program.csv(f"SELECT id, x0 FROM '{url}wide.parquet' LIMIT 5", "--set", "threads=1")
    assert len(objects.requests) == 2


def test_a_second_query_does_not_read_the_footer_again(server, folder):
    objects, url = server
    put_all(objects, folder)
    query = f"SELECT sum(x3) FROM '{url}wide.parquet' WHERE part = 2;"
    program.csv(query + query + query)
    assert [request.status for request in objects.requests] == [206, 206, 304, 206, 304, 206]
    assert len({request.range for request in objects.requests}) == 2
    # A new version is read anew.
    objects.requests.clear()
    versions = [(folder / "wide.parquet").read_bytes(), (folder / "narrow.parquet").read_bytes()]
    objects.misbehave = lambda request, number: objects.put("wide.parquet", versions[0 if number < 4 else 1])
    rows = f"SELECT count(*) AS n FROM '{url}wide.parquet' WHERE x0 >= 0;"
    assert program.csv(query + query + rows) == "n\n100\n"
    assert [request.status for request in objects.requests] == [206, 206, 304, 206, 206]


@pytest.mark.parametrize("fault", ["500", "503", "reset", "close", "short", "short and reset"])
def test_what_passes_is_tried_again(server, folder, fault):
    objects, url = server
    put_all(objects, folder)
    objects.misbehave = lambda request, number: fault if number % 3 == 0 else None
    for query in (QUERIES[0], QUERIES[7]):
        both(query, folder, url)


@pytest.mark.parametrize(("fault", "says"), [
    ("500", r"status 500 \(the server failed\).*\(tried 3 times\)"),
    ("503", r"status 503 \(the server is not available\).*\(tried 3 times\)"),
    ("403", r"status 403 \(access is refused\), expected the file's bytes"),
    ("reset", r"\(tried 3 times\)"),
    ("short", r"\(tried 3 times\)"),
    ("wrong place", r"found content-range 'bytes \d+-\d+/\d+'"),
    ("huge total", r"found content-range"),
    ("odd content-range", r"found content-range 'items 1 to many'"),
    ("no content-range", r"found content-range ''"),
    ("encoded", r"found content-encoding 'gzip'"),
    ("garbage", r"error: "),
    ("endless fields", r"error: "),
])
def test_lasting_faults_are_clear_errors(server, folder, fault, says):
    objects, url = server
    put_all(objects, folder)
    for fails_from in (0, 1, 3):
        objects.requests.clear()
        objects.misbehave = lambda request, number, first=fails_from: fault if number >= first else None
        for query in (QUERIES[0], QUERIES[7]):
            objects.requests.clear()
            program.fail("sql", "--set", "http_retries=2", query.format(at=url), says=[says, f"at {re.escape(url)}"],
                         seconds_max=30)


def test_a_file_that_is_replaced_meanwhile(server, folder):
    objects, url = server
    put_all(objects, folder)
    for fault in ("other tag", "wrong total"):
        objects.requests.clear()
        objects.misbehave = lambda request, number, fault=fault: fault if number >= 1 else None
        for query in (QUERIES[0], QUERIES[7]):
            objects.requests.clear()
            program.fail("sql", query.format(at=url), says=["it was replaced on the server while it was read"])


@pytest.mark.parametrize("fault", ["silence", "slow"])
def test_no_answer_ends_in_time(server, folder, fault):
    objects, url = server
    put_all(objects, folder)
    for fails_from in (0, 1):
        objects.requests.clear()
        objects.misbehave = lambda request, number, first=fails_from: fault if number >= first else None
        begun = time.monotonic()
        program.fail("sql", "--set", "http_timeout=1", "--set", "http_retries=1", QUERIES[0].format(at=url),
                     says=[r"the server gave \d+ bytes in 1000 ms", r"SET http_timeout"])
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("fails_from", [0, 1])
def test_cancel_does_not_wait_for_the_server(server, folder, fails_from):
    objects, url = server
    put_all(objects, folder)
    objects.misbehave = lambda request, number: "silence" if number >= fails_from else None
    for query in (QUERIES[0], QUERIES[2], QUERIES[7]):
        objects.requests.clear()
        process = program.start("sql", query.format(at=url))
        while len(objects.requests) <= fails_from:
            time.sleep(0.01)
        time.sleep(0.3)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
        assert time.monotonic() - begun < 1.5, query


def test_names_and_redirects(server, folder):
    objects, url = server
    put_all(objects, folder)
    objects.redirects["/moved.parquet"] = "/narrow.parquet"
    objects.redirects["/circle.parquet"] = "/circle.parquet"
    objects.redirects["/disk.parquet"] = f"file://{folder}/narrow.parquet"
    count = "SELECT count(*) AS n FROM "
    for path in ("moved.parquet", "narrow.parquet?signature=secret", "narrow.parquet#part"):
        assert program.csv(f"{count} '{url}{path}'") == "n\n100\n"
    assert program.csv(f"{count} '{url.replace('http', 'HTTP')}narrow.parquet'") == "n\n100\n"
    host = url.replace("http://", "")
    assert program.csv(f"{count} 'http://user:password@{host}narrow.parquet'") == "n\n100\n"
    program.fail("sql", f"{count} '{url}missing.parquet'", says=[r"status 404 \(there is no such file\)"])
    program.fail("sql", f"{count} '{url}circle.parquet'", says=["redirects"])
    program.fail("sql", f"{count} '{url}disk.parquet'", says=["error: "])
    program.fail("sql", f"{count} '{url}*.parquet'", says=["a pattern cannot be matched over http", "name the files in a list"])
    program.fail("sql", f"{count} '{url}narrow'", says=["ending does not say what format"])
    program.fail("sql", f"{count} 's3://bucket/t.parquet'", says=["hint: files of this machine and of http:// and https:// are read"])
    program.fail("sql", f"{count} 'http://127.0.0.1:1/t.parquet'", "--set", "http_retries=1", says=["port 1", "tried 2 times"])
    refused = program.fail("sql", f"{count} 'http://user:password@{host}missing.parquet?signature=secret'", says=["404"])
    assert "password" not in refused.stderr and "secret" not in refused.stderr


def test_a_file_without_bytes(server):
    objects, url = server
    objects.put("empty.parquet", b"")
    objects.put("empty.csv", b"")
    program.fail("sql", f"SELECT * FROM '{url}empty.parquet'", says=["expected a Parquet file, found an empty file"])
    program.fail("sql", f"SELECT * FROM '{url}empty.csv'", says=["expected a CSV file, found an empty file"])


def test_a_large_file_of_a_server_without_ranges(server):
    objects, url = server
    objects.put("large.parquet", bytes(70 << 20))
    objects.knows_ranges = False
    program.fail("sql", f"SELECT * FROM '{url}large.parquet'", says=["the server gives no parts of files", "download the file"])
    objects.tells_length = False
    program.fail("sql", f"SELECT * FROM '{url}large.parquet'", says=["no parts of files"])


def test_damaged_answers_never_crash(server, folder):
    """Bytes, totals and lengths that are lies, in some of the answers."""
    objects, url = server
    put_all(objects, folder)
    chance = numpy.random.default_rng(11)
    faults = ["other bytes", "too much", "huge length", "wrong place", "wrong total", "huge total", "garbage", "short", None, None]
    for _ in range(40):
        plan = [faults[pick] for pick in chance.integers(0, len(faults), 200)]
        objects.requests.clear()
        objects.misbehave = lambda request, number, plan=plan: plan[number % 200]
        query = QUERIES[chance.integers(0, len(QUERIES))].format(at=url)
        outcome = program.run("sql", "--set", "http_retries=1", "--set", "http_timeout=2", query, seconds_max=40)
        assert 0 <= outcome.code <= 100, (plan[:20], query, outcome.stderr)


def test_counts_are_shown(server, folder):
    objects, url = server
    put_all(objects, folder)
    query = "SELECT sum(x0), sum(x3), max(last) FROM '{at}wide.parquet'"

    def measured(at):
        plan = json.loads(program.succeed("explain", "--analyze", "--format", "json", query.format(at=at)).text)
        return plan["stages"][0]

    remote = measured(url)
    in_front = 1  # the one that brings the footer, when the table is opened
    assert remote["requests"] == len(objects.requests) - in_front
    assert remote["bytes_read"] == sum(request.bytes_sent for request in objects.requests[in_front:])
    local = measured(f"{folder}/")
    chunks = pyarrow.parquet.ParquetFile(folder / "wide.parquet").metadata
    names = [chunks.schema.column(column).name for column in range(10)]
    assert local["bytes_read"] == sum(chunks.row_group(group).column(names.index(name)).total_compressed_size
                                      for group in range(GROUPS) for name in ("x0", "x3", "last"))
    assert local["requests"] == 3 * GROUPS
    assert re.search(rf"read {local['bytes_read']} bytes in {local['requests']} requests",
                     program.succeed("explain", "--analyze", query.format(at=f"{folder}/")).text)


def test_little_memory(server, folder):
    """Without memory to read ahead, all is read as it is needed."""
    objects, url = server
    put_all(objects, folder)
    for query in (QUERIES[0], QUERIES[2], QUERIES[7]):
        both(query, folder, url, "--set", "memory_limit=16MiB", "--set", "threads=2")
