"""Footers of Parquet files are kept between the queries of an engine; a file that changed is read again, whatever it looks like."""

import os
import re
import time

import pyarrow
import pyarrow.parquet
import shell_test


def write(path, values):
    pyarrow.parquet.write_table(pyarrow.table({"x": pyarrow.array(values, pyarrow.int64())}), path, use_dictionary=False,
                                compression="none", write_statistics=False)


class Engine:
    """One engine for several statements: the engine."""

    def __init__(self, folder):
        self.terminal = shell_test.Terminal(folder)
        self.terminal.wait_for(shell_test.PROMPT)

    def number(self, query):
        answer = self.terminal.ask(query + ";", r"\(1 row\)[^$]*" + shell_test.PROMPT)
        return int(re.findall(r"^\s*(\d+)\s*$", answer, re.MULTILINE)[-1])

    def end(self):
        self.terminal.send("\x04")
        assert self.terminal.end() == 0


def test_a_file_that_changed_is_read_again(tmp_path):
    path, other = tmp_path / "t.parquet", tmp_path / "other.parquet"
    engine = Engine(tmp_path)
    query = f"SELECT sum(x) FROM '{path}'"
    write(path, range(1000))
    os.utime(path, ns=(10**18, 10**18))
    time.sleep(0.1)  # so that the footer is kept
    for _ in range(3):
        assert engine.number(query) == 499500
    before = path.stat()
    # The same size and time of writing, in the same file.
    write(other, range(1, 1001))
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(10**18, 10**18))
    assert (path.stat().st_size, path.stat().st_mtime_ns, path.stat().st_ino) == \
        (before.st_size, before.st_mtime_ns, before.st_ino)
    assert engine.number(query) == 500500
    # Another file in its place.
    write(other, range(2, 1002))
    other.rename(path)
    assert engine.number(query) == 501500
    # More rows than before, written at once behind a read.
    write(path, range(3000))
    assert engine.number(query) == 4498500
    write(path, range(1, 3001))
    assert engine.number(query) == 4501500
    engine.end()
