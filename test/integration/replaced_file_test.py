"""A file that is written anew keeps its permissions, and a link to it stays a link."""

import os
import pathlib
import subprocess

PROGRAM = pathlib.Path(os.environ["HEADRACE_BUILD"]).resolve() / "headrace"


def write(path, rows):
    subprocess.run([PROGRAM, "sql", f"COPY (SELECT range AS x FROM range({rows})) TO '{path}'"], check=True, timeout=60)


def test_a_link_and_its_files_permissions_stay(tmp_path):
    (tmp_path / "data").mkdir()
    file, link, outer = tmp_path / "data" / "rows.csv", tmp_path / "link.csv", tmp_path / "outer.csv"
    link.symlink_to("data/rows.csv")
    outer.symlink_to(link)
    write(outer, 1)  # what the links point to is not there yet
    assert file.read_text() == "x\n0\n"
    file.chmod(0o640)
    write(outer, 2)
    assert file.read_text() == "x\n0\n1\n"
    assert outer.is_symlink() and link.is_symlink() and not file.is_symlink()
    assert file.stat().st_mode & 0o7777 == 0o640
    write(file, 3)
    assert file.stat().st_mode & 0o7777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "link.csv", "outer.csv"]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["rows.csv"]
