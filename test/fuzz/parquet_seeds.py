"""Small Parquet files of every type and encoding, for fuzz_parquet to begin with.

    test/fuzz/parquet_seeds.py FOLDER
"""

import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import damaged_files_test  # noqa: E402


def main():
    folder = pathlib.Path(sys.argv[1])
    chance = numpy.random.default_rng(1)
    for number in range(96):
        original = damaged_files_test.make_original(folder, number, chance)
        if len(original.content) < 20_000:
            (folder / f"seed{number}").write_bytes(original.content)
    (folder / "original.parquet").unlink()


if __name__ == "__main__":
    main()
