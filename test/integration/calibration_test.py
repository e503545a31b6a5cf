"""Goal: explain says by which prices it goes, and a calibration that cannot be made is an error."""

import json
import os

from program import fail, succeed

QUERY = "SELECT sum(range * 3 + 1) AS s FROM range(10)"


def prices(calibration):
    return succeed("explain", "--fusion", QUERY, environment={"HEADRACE_CALIBRATION": str(calibration)}).text.splitlines()[-1]


def test_a_calibration_that_is_not_used_says_why(tmp_path):
    path = tmp_path / "calibration"
    assert prices(path) == f"prices: compiled in (there is no {path}); headrace calibrate measures this machine"
    path.write_text("headrace machine 3\nnonsense\n")
    assert prices(path).startswith(f"prices: compiled in ({path}: ")
    path.write_bytes(b"\xf1\x00 bytes")
    assert json.loads(succeed("explain", "--fusion", "--format", "json", QUERY, environment={"HEADRACE_CALIBRATION": str(path)}).text)


def test_no_calibration_is_written_of_what_could_not_be_measured(tmp_path):
    path = tmp_path / "calibration"
    fail("calibrate", "--output", path, says=["nowhere"], environment={"TMPDIR": str(tmp_path / "nowhere")})
    assert not os.path.exists(path)
    file = tmp_path / "file"
    file.write_text("")
    # Found out before anything is measured.
    fail("calibrate", "--output", file / "calibration", says=[f"{file}"], environment={"TMPDIR": str(tmp_path / "nowhere")})
