import itertools

import numpy as np
import pytest

from digitscope.reading.ink import find_ink
from digitscope.reading.spacing import loose_ink, number_starts, wide_gaps

H = 50  # pixels of a digit's height
NO_MARKS = np.zeros((0, 5))


def row_of(gaps, *, widths=None):
    """Boxes with these gaps between them, in heights; each 0.6 heights wide unless `widths` says otherwise."""
    boxes, x = [], 10.0
    for width, gap in zip(widths or [0.6] * (len(gaps) + 1), [*gaps, 0], strict=True):
        boxes.append((x, 20.0, x + width * H, 20.0 + H))
        x += (width + gap) * H
    return boxes


def parts(gaps, **options):
    """How many digits each number has."""
    row = row_of(gaps, **options)
    starts = np.flatnonzero(number_starts(row, [True] * len(row), NO_MARKS))
    return np.diff([*starts, len(row)]).tolist()


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([0.1, 0.6, 0.12, 0.55, 0.08], [2, 2, 2]),  # 12 34 56, written narrowly
        ([0.6, 0.15, 0.2], [1, 3]),  # 7 419
        ([0.7, 1.9, 0.6, 0.8], [2, 3]),  # written widely
        ([-0.05, 0.0, 0.5, 0.02], [3, 2]),  # touching
        ([0.1, 0.15, 0.05, 0.2], [5]),
        ([0.9, 1.1, 1.0, 0.95, 1.05], [6]),  # one to a cell
        ([0.02, 0.3, 0.1], [4]),  # uneven, but narrow throughout
        ([0.6, 0.1, 0.65, 0.6, 0.7], [6]),  # cells, two of them with wide digits
        ([1.2, 0.2, 1.1], [1, 2, 1]),
        ([0.5], [2]),
        ([1.2], [1, 1]),
        ([3.0, 3.1], [1, 1, 1]),  # columns, not cells
        ([], [1]),
    ],
)
def test_a_space_is_where_the_gap_is_wide_for_that_row(gaps, expected):
    assert parts(gaps) == expected


def test_cells_with_narrow_digits_are_one_number():
    widths = [0.15, 0.6, 0.15, 0.5, 0.6]  # a 1 leaves more room in its cell
    gaps = [1.4 - (a + b) / 2 for a, b in itertools.pairwise(widths)]
    assert parts(gaps, widths=widths) == [5]


def test_the_size_of_the_digits_does_not_matter():
    row = np.array(row_of([0.1, 0.6, 0.12]))
    for factor in (0.2, 7):
        assert number_starts(row * factor, [True] * 4, NO_MARKS).tolist() == [True, False, True, False]


def test_a_glyph_that_is_no_digit_parts_two_digits_and_begins_no_number():
    row = row_of([0.1, 0.1, 0.1, 0.1])
    assert number_starts(row, [True, True, False, True, True], NO_MARKS).tolist() == [True, False, False, True, False]
    assert number_starts(row, [False, True, True, True, False], NO_MARKS).tolist() == [False, True, False, False, False]
    assert not number_starts(row, [False] * 5, NO_MARKS).any()


def test_what_is_rejected_between_touching_digits_is_a_part_of_them():
    row = row_of([0.1, -0.1, 0.1])
    row.insert(2, (row[1][2] - 4, 30.0, row[2][0] + 8, 50.0))
    assert number_starts(row, [True, True, False, True, True], NO_MARKS).tolist() == [True, *[False] * 4]


def test_what_is_rejected_over_a_digit_parts_nothing():
    row = row_of([0.1, 0.1])
    row.insert(1, (row[0][0] + 4, 20.0, row[0][2] - 2, 40.0))
    assert number_starts(row, [True, False, True, True], NO_MARKS).tolist() == [True, False, False, False]


def page_with(mark):
    """The starts of a row of four digits with something drawn between the second and third, at 300 pixels wide."""
    import cv2

    page = np.full((160, 300), 240, np.uint8)
    boxes = [(40 + 55 * k, 50, 65 + 55 * k, 100) for k in range(4)]
    for left, top, right, bottom in boxes:
        cv2.ellipse(page, ((left + right) // 2, (top + bottom) // 2), (9, 22), 0, 0, 360, 20, 6, cv2.LINE_AA)
    for start, end in mark:
        cv2.line(page, start, end, 20, 6, cv2.LINE_AA)
    ink = find_ink(page)
    row = [tuple(side * ink.scale for side in box) for box in boxes]
    return number_starts(row, [True] * 4, loose_ink(ink, row)).tolist()


PARTED = [True, False, True, False]
WHOLE = [True, False, False, False]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ([((135, 98), (135, 98))], PARTED),  # a point
        ([((136, 96), (132, 110))], PARTED),  # a comma
        ([((128, 75), (142, 75))], PARTED),  # a dash
        ([((143, 45), (127, 105))], PARTED),  # a slash
        ([((135, 98), (135, 98)), ((135, 75), (135, 75))], PARTED),  # a colon
        ([], WHOLE),
        ([((135, 20), (135, 130))], WHOLE),  # the side of a cell
        ([((135, 92), (135, 112))], WHOLE),  # a tick between the digits of a comb
        ([((10, 110), (290, 110))], WHOLE),  # a rule below
        ([((135, 52), (136, 56))], WHOLE),  # an apostrophe: 1'250 is one number
        ([((135, 20), (135, 20))], WHOLE),  # a speck above
        ([((40, 130), (40, 130))], WHOLE),
    ],
)
def test_a_sign_between_digits_ends_the_number_and_rules_do_not(mark, expected):
    assert page_with(mark) == expected


def test_a_gap_alone_needs_a_whole_space():
    assert wide_gaps(np.array([0.5])).tolist() == [False]
    assert wide_gaps(np.array([])).tolist() == []
