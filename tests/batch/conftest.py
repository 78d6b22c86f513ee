"""A few digits as files, forms and their scans, and a batch's rows to compare."""

import importlib.util
import sys
from pathlib import Path

import cv2
import pytest
from pyarrow import parquet

conftest = Path(__file__).parents[1] / "forms" / "conftest.py"
spec = importlib.util.spec_from_file_location("forms_conftest", conftest)
assert spec
assert spec.loader
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
