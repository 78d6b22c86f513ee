"""Merging and suppression of synthetic boxes, against plain loops written from the definition and by hand."""

import numpy as np
import pytest

from digitscope.arrays import NOT_A_DIGIT, ltrb_from_xywh, xywh_from_ltrb
from digitscope.reading.suppression import merge, without_nested, without_specks


def iou(first, second):
    """Intersection over union, counted from the sides."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared)


def same_digit(first, second):
    """IoU above 0.45, or centres closer than 0.35 of the smaller width (or 0.12 of the smaller height) and height."""
    widths, heights = ([box[k + 2] - box[k] for box in (first, second)] for k in (0, 1))
    across, down = (abs(first[k] + first[k + 2] - second[k] - second[k + 2]) / 2 for k in (0, 1))
    near = across < max(0.35 * min(widths), 0.12 * min(heights)) and down < 0.35 * min(heights)
    return iou(first, second) > 0.45 or near


def merged_by_loops(boxes, probabilities):
    """Best score first, each takes what is the same digit; the mean of those within 5 % of its score, by score."""
    scores = [1 - row[NOT_A_DIGIT] for row in probabilities]
    rest = sorted(range(len(boxes)), key=lambda k: -scores[k])
    out = []
    while rest:
        group = [k for k in rest if k == rest[0] or same_digit(boxes[rest[0]], boxes[k])]
        averaged = [k for k in group if scores[k] >= 0.95 * scores[group[0]]]
        total = sum(scores[k] for k in averaged)
        box = [sum(scores[k] * boxes[k][side] for k in averaged) / total for side in range(4)]
        out.append((box, [sum(scores[k] * probabilities[k][c] for k in averaged) / total for c in range(11)]))
        rest = [k for k in rest if k not in group]
    return out


@pytest.mark.parametrize("seed", range(20))
def test_merging_is_what_plain_loops_make_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(20, 180, (12, 2))
    corners = centres[rng.integers(12, size=60)] + rng.normal(0, 4, (60, 2))
    boxes = ltrb_from_xywh(np.hstack([corners, rng.uniform(4, 30, (60, 1)), rng.uniform(14, 34, (60, 1))]))
    probabilities = rng.dirichlet(np.full(11, 0.2), 60)
    got = merge(boxes.astype(np.float32), probabilities.astype(np.float32))
    expected = merged_by_loops(boxes.tolist(), probabilities.tolist())
    assert 5 < len(expected) < 60
    np.testing.assert_allclose(got[0], [box for box, _ in expected], rtol=1e-4)
    np.testing.assert_allclose(got[1], [row for _, row in expected], rtol=1e-3, atol=1e-5)


def test_nothing_merges_to_nothing():
    boxes, probabilities = merge(np.zeros((0, 4), np.float32), np.zeros((0, 11), np.float32))
    assert boxes.shape == (0, 4)
    assert probabilities.shape == (0, 11)


def nested(inside, scores, mask):
    """Which of a box of 100 × 100 pixels, given first, and those inside it are kept."""
    boxes = np.array([(0, 0, 100, 100), *inside], np.float32)
    return without_nested(boxes, np.array(scores, np.float32), mask).tolist()


def test_loops_within_an_eight_are_no_digits_unless_they_score_higher():
    mask = np.ones((100, 100), np.uint8)
    loops = [(30, 5, 70, 45), (30, 55, 70, 95)]
    assert nested(loops, (0.9, 0.8, 0.8), mask) == [True, False, False]
    assert nested(loops, (0.7, 0.8, 0.6), mask) == [False, True, True]


def test_two_digits_replace_the_box_around_them_where_they_cover_its_ink():
    mask = np.zeros((100, 100), np.uint8)
    mask[10:90, 5:45] = mask[10:90, 55:95] = 1
    halves = [(2, 5, 48, 95), (52, 5, 98, 95)]
    assert nested(halves, (0.9, 0.8, 0.8), mask) == [False, True, True]
    mask[:] = 1
    halves = [(2, 20, 40, 80), (60, 20, 98, 80)]
    assert nested(halves, (0.9, 0.8, 0.8), mask) == [True, False, False]


def test_three_confident_digits_replace_the_box_around_them_and_three_doubtful_ones_do_not():
    mask = np.ones((100, 100), np.uint8)
    three = [(5, 20, 30, 60), (35, 20, 60, 60), (65, 20, 95, 60)]
    assert nested(three, (0.9, 0.85, 0.85, 0.85), mask) == [False, True, True, True]
    assert nested(three, (0.9, 0.6, 0.6, 0.6), mask) == [True, False, False, False]


def test_a_speck_is_no_zero_beside_a_tall_digit_and_may_be_one_alone():
    def kept(boxes, pen):
        return without_specks(np.array(boxes, np.float32), np.ones(len(boxes), np.float32), pen).tolist()

    ring, tall, middling = (0, 0, 9, 9), (40, 0, 200, 280), (40, 0, 80, 90)
    assert kept([tall, ring], 4) == [True, False]
    assert kept([tall, ring], 3) == [True, True]
    assert kept([middling, ring], 4) == [True, True]
    assert kept([ring], 4) == [True]


def test_both_forms_of_a_box_convert_into_each_other():
    boxes = np.array([[3, 4, 10, 20], [0, 0, 1, 1]])
    assert xywh_from_ltrb(boxes).tolist() == [[3, 4, 7, 16], [0, 0, 1, 1]]
    assert ltrb_from_xywh(xywh_from_ltrb(boxes)).tolist() == boxes.tolist()
