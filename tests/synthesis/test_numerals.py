import numpy as np
import pytest

from digitscope.models.file import load
from digitscope.reading.normalization import normalize
from digitscope.synthesis import numerals


@pytest.mark.parametrize("value", range(10))
def test_digits_written_with_our_strokes_are_mostly_read_as_what_they_are(value):
    rng = np.random.default_rng(value)
    images = np.stack([normalize(numerals.write(value, rng)) for _ in range(60)])
    guess = load("reader").session.run(None, {"images": images})[0][:, :10].argmax(axis=1)
    assert (guess == value).mean() > 0.7


def test_the_same_seed_writes_the_same_digit():
    one, two = (numerals.write(4, np.random.default_rng(5)) for _ in range(2))
    assert one.shape == (56, 56)
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)
