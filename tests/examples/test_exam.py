import csv
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscope.forms.form import Form

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAM = EXAMPLES / "exam"
with (EXAM / "written.csv").open(newline="") as file:
    ROWS = {row.pop("scan"): row for row in csv.DictReader(file)}


def test_the_script_makes_the_same_form_again(tmp_path):
    subprocess.run([sys.executable, EXAMPLES / "make_exam.py", tmp_path], check=True)
    assert (tmp_path / "written.csv").read_text() == (EXAM / "written.csv").read_text()
    for name in ("blank.png", *(f"scans/{scan}" for scan in ROWS)):
        made, kept = (cv2.imread(str(folder / name)).astype(int) for folder in (tmp_path, EXAM))
        assert np.abs(made - kept).mean() < 1


@pytest.mark.parametrize("scan", ROWS)
def test_what_stands_on_the_example_form_is_read(scan):
    (form,) = Form(EXAM / "exam.toml").read(EXAM / "scans" / scan)
    assert {field.name: field.value or "" for field in form} == ROWS[scan]


def test_the_examples_are_small():
    assert sum(path.stat().st_size for path in EXAM.rglob("*") if path.is_file()) < 500_000
