import numpy as np
import pytest

from digitscope.learn.cuts import cuts_of_page, overlaps
from digitscope.modelfile import load
from digitscope.pages.compose import NO_DIGIT


def test_overlaps_are_intersections_over_unions():
    first = np.array([[0, 0, 4, 4], [10, 10, 12, 12]], np.float32)
    second = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [20, 20, 30, 30]], np.float32)
    assert overlaps(first, second) == pytest.approx(np.array([[1, 1 / 3, 0], [0, 0, 0]]))
    assert overlaps(first[:0], second).shape == (0, 3)


def test_what_is_cut_out_of_pages_is_mostly_the_digit_that_was_written_there(mnist):
    labels = mnist.held_out.labels.copy()
    labels[:50] = NO_DIGIT
    parts = [cuts_of_page(mnist.held_out.images, labels, np.random.default_rng([4, i])) for i in range(40)]
    images, values = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    assert images.dtype == np.uint8
    assert images.shape == (len(values), 28, 28)
    assert set(values.tolist()) == set(range(NO_DIGIT + 1))
    digits = values != NO_DIGIT
    guess = load("reader").session.run(None, {"images": images[digits]})[0][:, :10].argmax(axis=1)
    assert (guess == values[digits]).mean() > 0.6
