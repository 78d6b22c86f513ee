import csv
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import digitscope as ds

EXAMPLES = Path(__file__).parents[2] / "examples"
with (EXAMPLES / "index.csv").open(newline="") as file:
    ROWS = {row["path"]: row for row in csv.DictReader(file)}


def test_the_index_names_every_image_and_no_other():
    images = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".png", ".jpg")}
    assert images == set(ROWS)
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 500_000


def test_the_script_makes_the_same_images_again(tmp_path):
    subprocess.run([sys.executable, EXAMPLES / "make.py", tmp_path], check=True)
    assert (tmp_path / "index.csv").read_text() == (EXAMPLES / "index.csv").read_text()
    for name in ROWS:
        made, kept = (cv2.imread(str(folder / name)).astype(int) for folder in (tmp_path, EXAMPLES))
        # Another version of OpenCV may round otherwise.
        assert np.abs(made - kept).mean() < 1


WRONG = {
    "ruled.jpg": "a digit on a rule is read as another",
    "squared.jpg": "a corner of the squares is a doubtful digit",
}


def examples():
    def marks(name):
        return pytest.mark.xfail(reason=WRONG[name], strict=True) if name in WRONG else ()

    return [pytest.param(name, marks=marks(name)) for name in ROWS]


@pytest.mark.parametrize("name", examples())
def test_what_stands_on_an_example_is_read(name):
    text = ds.read(EXAMPLES / name).text
    assert text.replace("\n", "|") == ROWS[name]["label"]
