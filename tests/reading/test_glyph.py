import cv2
import numpy as np
import pytest

from digitscope.reading.cutout import WINDOW_MARGIN, cut_out, grow, separate_components, split_components
from digitscope.reading.detection import Detection
from digitscope.reading.glyph import Glyph, read_glyphs
from digitscope.reading.ink import find_ink
from digitscope.reading.reader import Recognizer

CERTAIN = np.eye(11, dtype=np.float32)


def page_of(boxes, size=(500, 900), lines=()):
    """A white page with black rings at the given places, and lines, by a pen so thin that it is worked on whole."""
    image = np.full(size, 255, np.uint8)
    for start, end in lines:
        cv2.line(image, start, end, 0, 5)
    for x, y, w, h in boxes:
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 0, 6, cv2.LINE_AA)
    return find_ink(image), np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], np.float32)


def test_a_cut_holds_the_digit_and_not_its_neighbour():
    ink, found = page_of([(100, 100, 60, 90), (150, 110, 60, 90)])
    (x, y, right, bottom), part, share = cut_out(ink, found, 0)
    assert share > 0.4
    assert abs(x - 100) < 4
    assert abs(y - 100) < 4
    assert abs(bottom - y - 90) < 6
    assert right < 164
    assert part.dtype == np.uint8
    alone, _ = page_of([(100, 100, 60, 90)])
    shared = np.count_nonzero(part > 128) / np.count_nonzero(alone.strength > 128)
    assert 0.8 < shared < 1.05


def test_ink_beside_the_box_is_left_out():
    bare = cut_out(*page_of([(100, 100, 60, 90)]), 0)
    assert bare.share == 1
    beside = page_of([(100, 100, 60, 90)], lines=[((174, 40), (174, 250))])
    assert cut_out(*beside, 0).box_ltrb == bare.box_ltrb


def test_a_digit_that_nothing_touches_is_cut_the_short_way_as_the_long_one():
    ink, found = page_of([(100, 100, 60, 90), (180, 105, 60, 90), (225, 110, 60, 90)], lines=[((20, 240), (400, 240))])
    for k, plain in enumerate((True, False, False)):
        window = grow(found[k], WINDOW_MARGIN, *ink.mask.shape[::-1])
        short, long = separate_components(ink, found, k, window), split_components(ink, found, k, window)
        assert (short is not None) == plain
        assert long.any()
        if plain:
            assert np.array_equal(short, long)


def test_a_box_beyond_the_page_is_cut_to_it():
    ink, _ = page_of([(0, 0, 60, 90)])
    (x, y, right, bottom), part, _ = cut_out(ink, np.array([(-20, -30, 62, 93)], np.float32), 0)
    assert x >= 0
    assert y >= 0
    assert right > x
    assert bottom > y
    assert part.size > 0


def test_confidence_is_what_is_left_of_rejection_times_the_best_digit():
    probabilities = np.array([0, 0.6, 0.2, *[0] * 7, 0.2], np.float32)
    glyph = Glyph((0, 0, 1, 1), np.zeros((28, 28), np.uint8), probabilities, threshold=0.5, confidence_threshold=0)
    assert glyph.digits[1] == pytest.approx(0.75)
    assert glyph.confidence == pytest.approx(0.8 * 0.75)
    assert not glyph.rejected


def alpha(seed):
    """An α of our own on white paper: an open loop and two strokes that cross behind it."""
    rng = np.random.default_rng(seed)
    size, tilt = rng.uniform(120, 260), rng.uniform(-15, 15)
    pen = int(rng.uniform(0.06, 0.12) * size)
    page = np.full((int(2 * size), int(2.4 * size)), 255, np.uint8)
    axes = int(0.36 * size), int(0.3 * size)
    cv2.ellipse(page, (int(size), int(size)), axes, tilt, 28, 332, 0, pen, cv2.LINE_AA)
    for stroke in ([(0.3, -0.15), (0.48, 0), (0.62, 0.3), (0.78, 0.33)], [(0.3, 0.15), (0.5, -0.1), (0.66, -0.36)]):
        points = (size + size * np.array(stroke)).astype(np.int32)
        cv2.polylines(page, [points], False, 0, pen, cv2.LINE_AA)
    return page


def test_a_loop_that_is_part_of_a_letter_is_no_digit():
    reader = Recognizer()
    assert [reader.read(alpha(seed)).text for seed in range(8)].count("") >= 7


def test_what_a_digit_is_connected_with_is_classified_whole_and_once():
    asked = []

    def classify(images):
        asked.append(len(images))
        return np.repeat(CERTAIN[[0]], len(images), axis=0)

    ink, found = page_of([(100, 100, 60, 90), (150, 100, 60, 90), (400, 100, 60, 90)])
    digits = [Detection(tuple(box), CERTAIN[0]) for box in found.tolist()]
    read_glyphs(digits, ink, classify)
    read_glyphs(digits[2:], ink, classify)
    assert asked == [3 + 1, 1]
