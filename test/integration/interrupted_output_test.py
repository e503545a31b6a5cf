"""Ctrl-C while a result is written leaves neither the file nor its unfinished part."""

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

PROGRAM = pathlib.Path(os.environ["HEADRACE_BUILD"]).resolve() / "headrace"
QUERY = "SELECT range AS x, range * 3 AS y, cast(range AS utf8) AS s FROM range({rows})"


def commands(tmp_path):
    text = subprocess.run(
        [PROGRAM, "explain", "--stage=fused", QUERY.format(rows=6_000_000)], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    form = tmp_path / "form.txt"
    form.write_text(text)
    stage = tmp_path / "stage.txt"
    stage.write_text(re.sub(r" in \(\d+, \d+\)", "", re.sub(r"  source range .*", "  source stream", text)).replace(
        '"multiply" int64 =', '"multiply" int64 faults ='))
    stream = tmp_path / "in.arrows"
    subprocess.run([PROGRAM, "sql", "SELECT range FROM range(6000000)", "--output", stream], check=True, timeout=60)
    return {
        "form": (["form", "fused", "--file", form], None),
        "stage": (["stage", "--file", stage], stream),
        "sql": (["sql", QUERY.format(rows=60_000_000)], None),
    }


@pytest.mark.parametrize("command", ["form", "stage", "sql"])
def test_an_interrupted_write_leaves_nothing(tmp_path, command):
    arguments, stdin = commands(tmp_path)[command]
    directory = tmp_path / "out"
    directory.mkdir()
    out = directory / "rows.csv"
    process = subprocess.Popen(
        [PROGRAM, *arguments, "--output", out], stdin=open(stdin, "rb") if stdin else subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(directory.iterdir()):  # until it writes
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=60)[1]
    assert b"cancelled" in message, message
    assert process.returncode == 6
    assert list(directory.iterdir()) == []
