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


WRONG = {"2.jpg": {"student": "doubtful"}}  # the fields of each scan that are read wrongly, and what they are marked as


@pytest.mark.parametrize("scan", ROWS)
def test_what_stands_on_the_example_form_is_read(scan):
    (form,) = Form(EXAM / "exam.toml").read(EXAM / "scans" / scan)
    wrong = {field.name: field.status for field in form if (field.value or "") != ROWS[scan][field.name]}
    assert wrong == WRONG.get(scan, {})
    assert [field.name for field in form] == list(ROWS[scan])


def test_the_examples_are_small():
    assert sum(path.stat().st_size for path in EXAM.rglob("*") if path.is_file()) < 500_000
