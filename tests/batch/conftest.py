"""A few digits as files, forms and their scans, and a batch's rows to compare."""

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from pyarrow import parquet

conftest = Path(__file__).parents[1] / "forms" / "conftest.py"
spec = importlib.util.spec_from_file_location("forms_conftest", conftest)
shared = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = shared
spec.loader.exec_module(shared)
stack, form, read = shared.stack, shared.form, shared.read


@pytest.fixture(scope="session")
def pngs(mnist) -> list[bytes]:
    """Twelve digits of the last 5,000 training images in MNIST's form, as PNG files."""
    return [cv2.imencode(".png", image)[1].tobytes() for image in mnist.held_out.images[:12]]


@pytest.fixture
def scans(tmp_path, pngs):
    """A folder with the twelve, one of them in a subfolder, one that is no image, and one that is to be left out."""
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    for number, content in enumerate(pngs[:11]):
        (folder / f"{number}.png").write_bytes(content)
    (folder / "more" / "last.png").write_bytes(pngs[11])
    (folder / "3.png").write_text("no image")
    (folder / "notes.md").write_text("not to be read")
    return folder


@pytest.fixture(scope="session")
def rows():
    """The rows of a batch's output in order, without the time that each took."""

    def read(out):
        found = [row for path in sorted(out.glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]
        return [{name: value for name, value in row.items() if name != "elapsed_ms"} for row in found]

    return read


PROGRAM = """
import sys
from digitscope.batch import read_into
if __name__ == "__main__":
    out, scans, *forms = sys.argv[1:]
    read_into(out, [scans], forms=forms, jobs=1, part_size=4, resume=True)
"""


@pytest.fixture(scope="session")
def resumed():
    """Reads a folder in parts of four, killed so many times after `between` so many seconds, then to the end."""

    def read(out, scans, *, forms=(), times, between, seed):
        command = [sys.executable, "-c", PROGRAM, *map(str, (out, scans, *forms))]
        moments = random.Random(seed)
        for _ in range(times):
            begun = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)
            try:
                begun.wait(moments.uniform(*between))
            except subprocess.TimeoutExpired:
                begun.kill()
            begun.communicate()
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return read
