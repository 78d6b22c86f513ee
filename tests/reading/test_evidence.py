"""What is known of each detection."""

import cv2
import numpy as np

from digitscope.arrays import NOT_A_DIGIT
from digitscope.models import EVIDENCE
from digitscope.reading.detection import Detection
from digitscope.reading.evidence import gather
from digitscope.reading.glyph import cut_glyphs
from digitscope.reading.ink import find_ink

SURE = np.eye(11, dtype=np.float32)


def classify(images):
    """A classifier that takes what is wide for none, and all else for a zero."""
    wide = (images.max(axis=1) > 0).sum(axis=1) > (images.max(axis=2) > 0).sum(axis=1)
    return SURE[np.where(wide, NOT_A_DIGIT, 0)]


def evidence_of(boxes, tail=False, scale=1):
    """Of rings on a page at some size; the first with a tail to its right."""
    image = np.full((300, 800), 255, np.uint8)
    for x, y, w, h in boxes:
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 0, 5, cv2.LINE_AA)
    if tail:
        x, y, w, h = boxes[0]
        cv2.line(image, (x + w - 4, y + h // 2), (x + 3 * w, y + h // 2), 0, 5)
    ink = find_ink(cv2.resize(image, None, fx=scale, fy=scale))
    sides = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], float) * ink.scale * scale
    found = [Detection(tuple(box), SURE[0] * 0.9 + SURE[NOT_A_DIGIT] * 0.1) for box in sides.tolist()]
    return gather(found, *cut_glyphs(found, ink), ink, classify)


def test_there_is_a_row_of_moderate_numbers_for_each():
    rows = evidence_of([(100, 100, 60, 90), (150, 100, 60, 90), (500, 100, 60, 90)])
    assert rows.shape == (3, EVIDENCE)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() < 6


def test_alone_it_is_its_own_whole():
    (row,) = evidence_of([(100, 100, 60, 90)])
    np.testing.assert_array_equal(row[11:22], row[22:33])


def test_with_a_tail_the_whole_is_classified_as_well():
    (row,) = evidence_of([(100, 100, 60, 90)], tail=True)
    assert row[11] > row[11 + NOT_A_DIGIT]
    assert row[22] < row[22 + NOT_A_DIGIT]


def test_what_is_farther_away_changes_only_what_the_page_says():
    alone, (of_two, _) = evidence_of([(100, 100, 60, 90)]), evidence_of([(100, 100, 60, 90), (700, 100, 60, 90)])
    differing = np.flatnonzero(alone[0] != of_two)
    assert differing.tolist() == [41]  # how many there are


def test_neighbours_are_told_in_heights():
    near = evidence_of([(100, 100, 60, 90), (190, 100, 60, 90)])
    np.testing.assert_allclose(near[0, 46:49], [1, 0, 0], atol=0.01)
    larger = evidence_of([(100, 100, 60, 90), (190, 100, 60, 90)], scale=1.5)
    np.testing.assert_allclose(larger[0, 46:49], near[0, 46:49], atol=0.05)
