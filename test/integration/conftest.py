"""Marks and data that the tests of this folder share."""

import os

import program
import pytest

os.environ["HEADRACE_HISTORY"] = "off"  # a test of the history store names a place of its own


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds; run by a ctest entry of its own")
    config.addinivalue_line("markers", "long: takes many minutes; run by ./dev check --long alone")


@pytest.fixture
def table(tmp_path):
    """table("a,b", "1,x", …) writes a CSV file and gives its path."""
    def write(*lines, name="t.csv"):
        path = tmp_path / name
        path.write_text("".join(line + "\n" for line in lines))
        return path
    return write


@pytest.fixture(scope="session")
def flights():
    folder = program.ROOT / "data/nycflights13"
    assert folder.is_dir(), "run ./dev data flights"
    return folder
