import cv2
import numpy as np
import pytest

from digitscope.reading.cutout import cut_out
from digitscope.reading.detection import Proposals
from digitscope.reading.glyph import Glyph, read_glyphs, surest
from digitscope.reading.ink import find_ink
from digitscope.reading.reader import Recognizer

CERTAIN = np.eye(11, dtype=np.float32)


def page_of(boxes, size=(500, 900), lines=()):
    """A white page with black rings at the given places, and lines; and the boxes of the rings."""
    image = np.full(size, 255, np.uint8)
    for start, end in lines:
        cv2.line(image, start, end, 0, 5)
    for x, y, w, h in boxes:
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 0, 8, cv2.LINE_AA)
    return find_ink(image), np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], np.float32)


def test_a_cut_holds_the_digit_and_not_its_neighbour():
    ink, found = page_of([(100, 100, 60, 90), (150, 110, 60, 90)])
    (x, y, right, bottom), part = cut_out(ink, found[0])
    assert abs(x - 100) < 4
    assert abs(y - 100) < 4
    assert abs(bottom - y - 90) < 8  # what of the neighbour reaches into the box comes along
    assert right < 170
    assert part.dtype == np.uint8
    alone, _ = page_of([(100, 100, 60, 90)])
    shared = np.count_nonzero(part > 128) / np.count_nonzero(alone.strength > 128)
    assert 0.8 < shared < 1.25


def test_ink_beside_the_box_is_left_out():
    ink, found = page_of([(100, 100, 60, 90)])
    beside, _ = page_of([(100, 100, 60, 90)], lines=[((174, 40), (174, 250))])
    assert cut_out(beside, found[0]).box_ltrb == cut_out(ink, found[0]).box_ltrb


def test_a_stroke_that_ends_a_little_outside_the_box_is_the_digits_own():
    ink, _ = page_of([(100, 100, 60, 90)])
    (x, y, right, bottom), _ = cut_out(ink, np.array([104, 112, 156, 180], np.float32))
    assert (x, y, right, bottom) == cut_out(ink, np.array([100, 100, 160, 190], np.float32)).box_ltrb


def test_a_box_beyond_the_page_is_cut_to_it():
    ink, _ = page_of([(0, 0, 60, 90)])
    (x, y, right, bottom), part = cut_out(ink, np.array([-20, -30, 62, 93], np.float32))
    assert x >= 0
    assert y >= 0
    assert right > x
    assert bottom > y
    assert part.size > 0


def answering(*answers):
    """A classifier that gives these answers, one after the other, and the images it was asked about."""
    asked = []

    def classify(images, views):
        asked.append((images, views))
        return np.array(answers[: len(images)], np.float32)

    return classify, asked


def test_of_answers_that_overlap_the_surest_is_kept():
    ink, found = page_of([(100, 100, 60, 90), (300, 100, 60, 90)])
    whole, half = found[0], found[0] + np.array([0, 0, 0, -50], np.float32)
    proposals = Proposals(np.stack([half, whole, found[1]]), np.array([0.9, 0.4, 0.9], np.float32))
    doubt = CERTAIN[6] * 0.3 + CERTAIN[10] * 0.7
    classify, asked = answering(doubt, CERTAIN[0], CERTAIN[3])
    glyphs = surest(read_glyphs(ink, proposals, classify, 0.5))
    assert sorted(int(glyph.digits.argmax()) for glyph in glyphs) == [0, 3]
    assert asked[0][0].shape == (3, 28, 28)
    assert asked[0][1].shape == (3, 56, 56)


def test_what_is_rejected_stays_where_the_detector_proposed_it():
    ink, found = page_of([(100, 100, 60, 90), (300, 100, 60, 90)])
    proposals = Proposals(found, np.array([0.9, 0.0], np.float32))
    glyphs = surest(read_glyphs(ink, proposals, answering(CERTAIN[10], CERTAIN[10])[0], 0.5))
    assert [glyph.rejected for glyph in glyphs] == [True]


def test_what_a_model_of_ten_classes_cannot_doubt_the_detector_does():
    ink, found = page_of([(100, 100, 60, 90)])
    proposals = Proposals(found, np.array([0.25], np.float32))
    (glyph,) = read_glyphs(ink, proposals, answering(CERTAIN[4][:10])[0], 0.5)
    assert glyph.rejection == pytest.approx(0.75)
    assert glyph.digits[4] == pytest.approx(1)


def test_nothing_proposed_gives_no_glyphs():
    ink, _ = page_of([])
    none = Proposals(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert surest(read_glyphs(ink, none, answering()[0], 0.5)) == []


def test_confidence_is_what_is_left_of_rejection_times_the_best_digit():
    nothing = np.zeros((56, 56), np.uint8)
    glyph = Glyph((0, 0, 1, 1), nothing[:28, :28], nothing, np.array([0, 0.6, 0.2, *[0] * 7, 0.2], np.float32), 0.5)
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
