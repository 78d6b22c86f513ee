"""Images that hold nothing to read: reading ends, and reads nothing into blank ones."""

import numpy as np
import pytest

import digitscope as ds
from digitscope.errors import ImageError
from digitscope.reading.result import Reading

RNG = np.random.default_rng(0)
STRANGE = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "a line": RNG.integers(0, 256, (1, 10_000)).astype(np.uint8),
    "a column": RNG.integers(0, 256, (10_000, 1)).astype(np.uint8),
    "four pixels": np.array([[0, 255], [255, 0]], np.uint8),
    "three rows": RNG.integers(0, 256, (3, 28)).astype(np.uint8),
    "noise": RNG.integers(0, 256, (300, 400, 3)).astype(np.uint8),
    "noise of MNIST's size": RNG.integers(0, 256, (28, 28)).astype(np.uint8),
    "a chessboard": (np.indices((300, 300)).sum(0) % 2 * 255).astype(np.uint8),
    "stripes": np.tile(np.array([0] * 5 + [255] * 15, np.uint8), (200, 20)),
    "half black, half white": np.repeat(np.array([[0], [255]], np.uint8), 200, 0).repeat(300, 1),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_image_is_read_to_its_end(name):
    assert isinstance(ds.read(STRANGE[name]), Reading)


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (60, 34), (600, 800), (600, 800, 3)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_is_read_on_a_blank_page(shape, value):
    assert ds.read(np.full(shape, value, np.uint8)).text == ""


def test_an_unreadable_source_is_the_same_error_from_read(tmp_path):
    for source in (
        b"",
        b"text",
        tmp_path,
        tmp_path / "missing.png",
        "https://example.org/7.png",
        None,
        np.full((9, 9), -1),
    ):
        with pytest.raises(ImageError, match="Received: "):
            ds.read(source)
