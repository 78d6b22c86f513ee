import itertools

import cv2
import numpy as np
import pytest

from digitscope.learn.strips import NONE, STRIDE, WIDTH, make_strip
from digitscope.read.line import HEIGHT, TALL, find_digits, strip_of


def row_of(digits, *, height, gap):
    """Digits cut to their ink, all `height` tall, on one row: ink uint8 [H, W], and their middles."""
    canvas = np.zeros((2 * height, 60 + len(digits) * (height + gap)), np.uint8)
    x, middles = 30, []
    for digit in digits:
        rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
        ink = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        width = max(4, round(ink.shape[1] * height / ink.shape[0]))
        canvas[height // 2 : height // 2 + height, x : x + width] = cv2.resize(ink, (width, height))
        middles.append(x + width / 2)
        x += width + gap
    return canvas[:, : x + 30], middles


@pytest.mark.parametrize("height", [20, 60])
def test_digits_in_a_row_are_found_where_they_are(mnist, height):
    found_right = 0
    for start in range(0, 60, 6):
        part = slice(start, start + 6)
        ink, middles = row_of(mnist.held_out.images[part], height=height, gap=height // 4)
        strip = strip_of(ink, (0, height // 2, ink.shape[1], height), height=height, slope=0)
        assert strip.shape[0] == HEIGHT
        found = find_digits(strip, left=0, height=height)
        values = [int(f.probabilities[:NONE].argmax()) for f in found]
        if values == mnist.held_out.labels[part].tolist():
            found_right += 1
            assert np.allclose([f.middle for f in found], middles, atol=0.35 * height)
            assert all(a.right <= b.left + 1 for a, b in itertools.pairwise(found))
    assert found_right >= 7


def test_a_strip_scales_rows_to_the_networks_height():
    ink = np.zeros((400, 600), np.uint8)
    ink[150:250, 300:320] = 255  # a bar 100 pixels tall
    strip = strip_of(ink, (0, 150, 600, 100), height=100, slope=0)
    rows = np.flatnonzero((strip > 127).any(axis=1))
    assert abs(np.ptp(rows) + 1 - TALL) <= 1
    assert abs(np.flatnonzero((strip > 127).any(axis=0)).mean() - 62) <= 1


def test_a_sloping_row_is_straightened():
    ink = np.zeros((400, 600), np.uint8)
    for x in (100, 300, 500):
        ink[130 + x // 10 : 180 + x // 10, x : x + 10] = 255
    strip = strip_of(ink, (0, 160, 600, 50), height=50, slope=0.1)
    tops = [np.flatnonzero(strip[:, c] > 127)[0] for c in (41, 121, 201)]
    assert np.ptp(tops) <= 1


def test_made_strips_say_where_each_digits_middle_is(mnist):
    rng = np.random.default_rng(0)
    inked = 0
    for _ in range(50):
        strip = make_strip(mnist.held_out.images, mnist.held_out.labels, rng)
        assert strip.image.shape == (HEIGHT, WIDTH)
        assert strip.columns.shape == (WIDTH // STRIDE,)
        assert set(strip.columns.tolist()) <= set(range(NONE + 1))
        for column in np.flatnonzero(strip.columns != NONE):
            inked += strip.image[:, max(0, STRIDE * column - 8) : STRIDE * column + 8].max() > 60
    assert inked > 0


def test_the_same_seed_makes_the_same_strip(mnist):
    one, other = (make_strip(mnist.held_out.images, mnist.held_out.labels, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.image, other.image)
    assert np.array_equal(one.columns, other.columns)
