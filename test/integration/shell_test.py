"""The interactive shell as a person uses it: through a terminal of its own, key by key."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import program
import pytest

PROMPT = "headrace> "
SECONDS_MAX = 60


class Terminal:
    """The program on a pseudo-terminal of 80 columns."""

    def __init__(self, folder, *arguments, environment=None):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.environ.update({"XDG_STATE_HOME": str(folder / "state"), "TERM": "xterm", "LC_ALL": "C.UTF-8",
                               **(environment or {})})
            os.execv(program.BINARY, [str(program.BINARY), *arguments])
        self.text = ""

    def send(self, keys):
        os.write(self.descriptor, keys.encode())

    def wait_for(self, pattern, seconds=SECONDS_MAX):
        """What came until the pattern, without what is behind it."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            left = deadline - time.monotonic()
            assert left > 0, f"{pattern!r} does not come in:\n{self.text}"
            if select.select([self.descriptor], [], [], left)[0]:
                try:
                    read = os.read(self.descriptor, 65536)
                except OSError:
                    read = b""
                assert read, f"ended without {pattern!r}:\n{self.text}"
                self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", read.decode(errors="replace"))
        before, self.text = self.text[:found.end()], self.text[found.end():]
        return before

    def ask(self, line, answer):
        self.send(line + "\r")
        return self.wait_for(answer)

    def end(self):
        try:
            while True:
                assert select.select([self.descriptor], [], [], SECONDS_MAX)[0], f"it does not end:\n{self.text}"
                if not os.read(self.descriptor, 65536):
                    break
        except OSError:
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def shell(tmp_path):
    terminal = Terminal(tmp_path)
    terminal.wait_for(PROMPT)
    yield terminal
    try:
        os.kill(terminal.process, signal.SIGKILL)
        terminal.end()
    except (ProcessLookupError, ChildProcessError, OSError):
        pass


def test_statements_over_several_lines(shell):
    shell.ask("SELECT 40 + 2 AS answer", r"\.\.\.> ")
    shell.ask(", 'a;b' AS text;", r"42\s+a;b\r\n\(1 row\)")
    shell.ask("CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR DEFAULT 'x'); INSERT INTO t (a) VALUES (7);", PROMPT)
    shell.ask(".tables", r"\bt\r\n")
    shell.ask(".schema", r"t \(a INTEGER NOT NULL, b VARCHAR DEFAULT 'x'\);")
    shell.ask("SELECT * FROM t;", r"7\s+x")
    shell.send(".quit\r")
    assert shell.end() == 0


def test_several_statements_on_a_line_print_each(shell):
    shell.ask("SELECT 5 AS a; SELECT 'x;y' AS b; -- done", r"5\r\n\(1 row\)[\s\S]*x;y\r\n\(1 row\)")
    text = shell.ask("SELECT 6 AS a; SELECT nothing; SELECT 7 AS c;", r"error: .*nothing[\s\S]*" + PROMPT)
    assert "6\r\n(1 row)" in text and "line 1, column 23" in text and "7\r\n(1 row)" not in text


@pytest.mark.parametrize("word", ["quit", "exit;", " EXIT "])
def test_ends_without_a_dot(shell, word):
    shell.ask("SELECT 1 AS quit;", r"\(1 row\)[\s\S]*" + PROMPT)
    shell.send(word + "\r")
    assert shell.end() == 0


def test_schema_of_no_table(shell):
    shell.ask("CREATE TABLE orders (a INTEGER);", PROMPT)
    shell.ask(".schema ORDERS", r"orders \(a INTEGER\);")
    shell.ask(".schema order", r"error: there is no table or view 'order'\s+hint: did you mean orders")
    shell.ask(".schema nope", r"error: there is no table or view 'nope'\s+hint: \.tables lists them")


def test_an_error_does_not_end_it(shell):
    shell.ask("SELECT nothing;", r"error: .*nothing")
    shell.ask(".tabels", r"error: there is no command \.tabels[\s\S]*did you mean \.tables")
    shell.ask(".mode xml", r"expected \.mode")
    shell.ask("SELECT 1 AS one;", r"one[\s\S]*1\r\n\(1 row\)")
    shell.wait_for(PROMPT)  # the terminal reads keys one by one again
    shell.send("\x04")
    assert shell.end() == 0


def test_modes_and_timer(shell):
    shell.ask(".mode csv", PROMPT)
    shell.ask("SELECT 1 AS a, 'x' AS b;", r"a,b\r\n1,x\r\n")
    shell.ask(".timer on", PROMPT)
    shell.ask("SELECT 2;", r"2\r\n\(\d+\.\d{3} s\)")
    shell.ask(".help", r"\.schema \[NAME\]")


def test_interrupts_stop_the_query_and_the_line(shell):
    shell.send("SELECT sum(range * 3 % 7) FROM range(0, 200000000000);\r")
    time.sleep(0.7)
    shell.send("\x03")
    shell.wait_for(r"cancelled[\s\S]*" + PROMPT)
    shell.send("SELECT 'half a line")
    shell.wait_for("half a line")
    shell.send("\x03")
    shell.wait_for(r"\^C[\s\S]*" + PROMPT)
    shell.ask("SELECT 6 * 7 AS answer;", r"42\r\n\(1 row\)")


def test_completion(shell):
    shell.ask("CREATE TABLE measurements (temperature_celsius DOUBLE);", PROMPT)
    shell.send("sel\t1 AS one from meas\t;\r")
    shell.wait_for(r"\r\n +one\r\nint32\r\n[\s\S]*\(0 rows\)")
    shell.send("SELECT temperature\tFROM measurements;\r")
    shell.wait_for(r"\r\ntemperature_celsius\r\n[\s\S]*\(0 rows\)")
    shell.send("SELECT date_tr\t'year', DATE '2024-01-05') AS first_day;\r")
    shell.wait_for(r"2024-01-01[\s\S]*\(1 row\)")


def test_history_is_kept(tmp_path):
    first = Terminal(tmp_path)
    first.wait_for(PROMPT)
    first.ask("SELECT 12345 AS n;", r"12345\r\n\(1 row\)")
    first.send(".quit\r")
    assert first.end() == 0
    assert (tmp_path / "state/headrace/history").is_file()
    second = Terminal(tmp_path)
    second.wait_for(PROMPT)
    second.send("\x1b[A\x1b[A\r")  # .quit, and the statement before it
    second.wait_for(r"12345\r\n\(1 row\)[\s\S]*" + PROMPT)
    second.send("\x04")
    assert second.end() == 0


def test_a_table_fits_the_terminal(shell):
    columns = ", ".join(f"{i} AS column_number_{i}" for i in range(30))
    text = shell.ask(f"SELECT {columns};", r"30 columns, \d+ shown\)")
    table = text[text.rindex("column_number_0"):]
    assert "…" in table and max(len(line) for line in table.splitlines()) <= 80


def test_progress_is_shown_and_taken_away(shell):
    text = shell.ask("SELECT sum(range * 3 % 7) AS s FROM range(0, 200000000000);", r"\d+ % · [\d.]+ [kMG] rows · ")
    assert "s\r\n" not in text[text.index(";"):][:20]
    shell.send("\x03")
    shell.wait_for(r"rows read in [\d.]+ s \([\d.]+ [kMG] rows/s\)")


def test_plain_lines_from_a_pipe():
    done = program.run("shell", stdin="CREATE TABLE t AS\nSELECT 7 AS a;\n.tables\nSELECT nothing;\nSELECT a * 6 AS b FROM t")
    assert re.search(r"\bt\n\(1 row\)[\s\S]*42\n\(1 row\)", done.text) and "nothing" in done.stderr and done.code == 1


def test_settings_from_the_environment():
    environment = {"HEADRACE_SET_THREADS": "3", "HEADRACE_SET_FUSION__MODE": "off"}
    assert program.csv("SHOW threads", environment=environment).strip().endswith("threads,3")
    assert program.csv("SHOW fusion.mode", environment=environment).strip().endswith("off")
    assert program.csv("SHOW threads", "--set", "threads=2", environment=environment).strip().endswith("threads,2")
    program.fail("sql", "SELECT 1", environment={"HEADRACE_SET_THREAD": "3"}, says=["HEADRACE_SET_THREAD", "did you mean threads"])
