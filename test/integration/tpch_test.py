"""TPC-H Q1, Q3 and Q6: DuckDB's answers to the last bit, from the same Parquet files."""

import pathlib
import subprocess
import sys

import answers
import oracle
import program
import pytest

QUERIES = ("q01", "q03", "q06")
SF1 = program.ROOT / "data/tpch-sf1"


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A twentieth of scale factor 1, generated."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = pathlib.Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generator, "parquet", "--quiet", "--scale-factor", "0.05", "--output-dir", folder], check=True)
    return folder


def script(name, folder):
    return (program.ROOT / f"test/tpch/{name}.sql").read_text().replace("data/tpch-sf1", str(folder))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", QUERIES)
def test_small(small, name, threads):
    text = script(name, small)
    answers.check(text, oracle.exact_answer(text), "--threads", threads)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUERIES)
def test_scale_factor_1(name):
    assert SF1.is_dir(), "run ./dev data tpch"
    text = script(name, SF1)
    answers.check(text, oracle.exact_answer(text))


@pytest.mark.slow
@pytest.mark.parametrize("name", QUERIES)
def test_every_way_of_running_gives_the_same_bits(name, tmp_path):
    path = tmp_path / f"{name}.sql"
    path.write_text(script(name, SF1))
    program.succeed("verify", path)
