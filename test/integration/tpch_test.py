"""TPC-H: DuckDB's answers to the last bit, from the same Parquet files, and the same bits in every way of running."""

import pathlib
import subprocess
import sys

import answers
import program
import pytest
import tpch

QUERIES = tuple(f"q{number:02}" for number in range(1, 23))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A twentieth of scale factor 1, generated."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = pathlib.Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generator, "parquet", "--quiet", "--scale-factor", "0.05", "--output-dir", folder], check=True)
    return folder


@pytest.mark.parametrize("name", QUERIES)
def test_small(small, name):
    text = tpch.script(name, small)
    expected = tpch.exact_answer(text)
    for threads in (1, 3):
        answers.check(text, expected, "--threads", threads)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUERIES)
def test_every_way_of_running_gives_the_same_bits(small, name, tmp_path):
    path = tmp_path / f"{name}.sql"
    path.write_text(tpch.script(name, small))
    program.succeed("verify", path)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUERIES)
def test_scale_factor_1(name):
    assert tpch.SF1.is_dir(), "run ./dev data tpch"
    text = tpch.script(name, tpch.SF1)
    answers.check(text, tpch.exact_answer(text))


@pytest.mark.long
@pytest.mark.parametrize("name", QUERIES)
def test_every_way_of_running_at_scale_factor_1(name, tmp_path):
    path = tmp_path / f"{name}.sql"
    path.write_text(tpch.script(name, tpch.SF1))
    program.succeed("verify", path, seconds_max=1800)
