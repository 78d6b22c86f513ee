"""Merging and suppression of synthetic boxes, against plain loops written from the definition and by hand."""

import numpy as np
import pytest

from digitscope.arrays import ltrb_from_xywh, xywh_from_ltrb
from digitscope.reading.suppression import merge, without_overlaps


def shared(first, second):
    """The area that two boxes share, counted from the sides."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def iou(first, second):
    """Intersection over union."""
    return shared(first, second) / (area(first) + area(second) - shared(first, second))


def merged_by_loops(boxes, scores):
    """Best score first, each takes what overlaps it by more than half; the mean of those within 5 % of its score."""
    rest = sorted(range(len(boxes)), key=lambda k: -scores[k])
    out = []
    while rest:
        group = [k for k in rest if k == rest[0] or iou(boxes[rest[0]], boxes[k]) > 0.5]
        averaged = [k for k in group if scores[k] >= 0.95 * scores[group[0]]]
        total = sum(scores[k] for k in averaged)
        box = [sum(scores[k] * boxes[k][side] for k in averaged) / total for side in range(4)]
        out.append((box, scores[group[0]]))
        rest = [k for k in rest if k not in group]
    return out


def many_boxes(seed):
    """60 boxes around 12 places, float32 [60, 4], and their scores."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(20, 180, (12, 2))
    corners = centres[rng.integers(12, size=60)] + rng.normal(0, 4, (60, 2))
    boxes = ltrb_from_xywh(np.hstack([corners, rng.uniform(4, 30, (60, 1)), rng.uniform(14, 34, (60, 1))]))
    return boxes.astype(np.float32), rng.uniform(0.1, 1, 60).astype(np.float32)


@pytest.mark.parametrize("seed", range(20))
def test_merging_is_what_plain_loops_make_of_the_definition(seed):
    boxes, scores = many_boxes(seed)
    got = merge(boxes, scores)
    expected = merged_by_loops(boxes.tolist(), scores.tolist())
    assert 5 < len(expected) < 60
    np.testing.assert_allclose(got[0], [box for box, _ in expected], rtol=1e-4)
    np.testing.assert_allclose(got[1], [score for _, score in expected], rtol=1e-5)


def test_nothing_merges_to_nothing():
    boxes, scores = merge(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)
    assert len(without_overlaps(boxes, scores)) == 0


@pytest.mark.parametrize("seed", range(20))
def test_what_is_kept_overlaps_nothing_better_and_what_is_not_does(seed):
    def same(first, second):
        return iou(first, second) > 0.4 or shared(first, second) > 0.5 * min(area(first), area(second))

    boxes, scores = many_boxes(seed)
    sides = boxes.astype(np.float64).tolist()
    kept = without_overlaps(boxes, scores).tolist()
    assert kept == sorted(kept, key=lambda k: -scores[k])
    for k in range(len(sides)):
        better = [other for other in kept if scores[other] > scores[k] and same(sides[k], sides[other])]
        assert (k in kept) == (not better)


def test_of_an_eight_and_its_loops_the_surest_remain():
    boxes = np.array([(0, 0, 60, 100), (10, 5, 50, 45), (10, 55, 50, 95)], np.float32)
    assert without_overlaps(boxes, np.array([0.9, 0.3, 0.2], np.float32)).tolist() == [0]
    assert without_overlaps(boxes, np.array([0.3, 0.9, 0.8], np.float32)).tolist() == [1, 2]


def test_both_forms_of_a_box_convert_into_each_other():
    boxes = np.array([[3, 4, 10, 20], [0, 0, 1, 1]])
    assert xywh_from_ltrb(boxes).tolist() == [[3, 4, 7, 16], [0, 0, 1, 1]]
    assert ltrb_from_xywh(xywh_from_ltrb(boxes)).tolist() == boxes.tolist()
