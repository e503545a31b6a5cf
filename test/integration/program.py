"""The program as its users see it: arguments and stdin in, exit code, stdout and stderr out."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = (ROOT / os.environ.get("HEADRACE_BUILD", "build/release") / "headrace").resolve()
SECONDS_MAX = 240


@dataclasses.dataclass
class Outcome:
    code: int  # negative: ended by that signal
    stdout: bytes
    stderr: str

    @property
    def text(self):
        return self.stdout.decode()


def run(*arguments, stdin="", cwd=ROOT, environment=None, seconds_max=SECONDS_MAX):
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin.encode(), capture_output=True, cwd=cwd,
                          timeout=seconds_max, env={**os.environ, **(environment or {})}, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def start(*arguments, cwd=ROOT, environment=None):
    return subprocess.Popen([BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, cwd=cwd, env={**os.environ, **(environment or {})})


def succeed(*arguments, **options):
    outcome = run(*arguments, **options)
    assert outcome.code == 0, f"ended with {describe(outcome.code)}:\n{outcome.stderr}"
    return outcome


def csv(query, *arguments, **options):
    """The answer as CSV text."""
    return succeed("sql", "--format", "csv", *arguments, query, **options).text


def fail(*arguments, says=(), **options):
    """Must end in an error that a person can act on: exit code 1 to 100, nothing on stdout, every one of `says` (regular
    expressions) on stderr, no trace of a crash."""
    outcome = run(*arguments, **options)
    assert 1 <= outcome.code <= 100, f"ended with {describe(outcome.code)}:\n{outcome.text}{outcome.stderr}"
    assert outcome.stdout == b"", outcome.text
    assert outcome.stderr.startswith("error: "), outcome.stderr
    for crash in ("Sanitizer", "runtime error:", "CHECK failed", "terminate called"):
        assert crash not in outcome.stderr, outcome.stderr
    for pattern in says:
        assert re.search(pattern, outcome.stderr), f"{pattern!r} is not in:\n{outcome.stderr}"
    return outcome


def describe(code):
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
