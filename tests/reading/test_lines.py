import numpy as np
import pytest

from digitscope.reading.lines import find_rows


def boxes_of(places, width=40, height=80):
    return [(x, y, x + width, y + height) for x, y in places]


def test_no_boxes_no_rows():
    assert find_rows([]) == []


def test_rows_come_from_top_to_bottom_and_boxes_from_left_to_right():
    places = [(60 + 90 * k, 60 + 140 * r) for r in range(3) for k in range(4 + r)]
    shuffled = np.random.default_rng(0).permutation(len(places))
    rows = find_rows(boxes_of([places[i] for i in shuffled]))
    read = [[places[shuffled[k]] for k in row] for row in rows]
    assert read == [[p for p in places if p[1] == 60 + 140 * r] for r in range(3)]


@pytest.mark.parametrize("slope", [-0.25, -0.1, 0.1, 0.25])
def test_tilted_rows_stay_rows(slope):
    places = [(60 + 80 * k, 160 + 130 * r + slope * 80 * k) for r in range(2) for k in range(9)]
    rows = find_rows(boxes_of(places))
    assert rows == [list(range(9)), list(range(9, 18))]


def test_a_wide_gap_does_not_part_a_row():
    assert find_rows(boxes_of([(0, 10), (50, 12), (700, 8), (0, 200)])) == [[0, 1, 2], [3]]


def test_a_low_digit_joins_the_row_of_its_tall_neighbours():
    boxes = [(0, 0, 40, 80), (50, 35, 90, 75), (100, 0, 140, 80)]
    assert find_rows(boxes) == [[0, 1, 2]]
