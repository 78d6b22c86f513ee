"""Where digits are: the detector's outputs decoded by their definition, and rows of digits found on made pages."""

import cv2
import numpy as np
import pytest

import digitscope as ds
from digitscope.arrays import NOT_A_DIGIT
from digitscope.reading.detection import MIN_INK, decode, find_digits, inked_part
from digitscope.reading.ink import find_ink
from digitscope.reading.lines import find_rows
from digitscope.synthesis.pages import compose, make_page

# Of six empty pages of each paper, as many as this at least are left alone.
LEFT_ALONE = {"canvas": 6, "board": 6, "ruled": 5, "plain": 4, "form": 3, "ledger": 4, "squared": 4}


def test_cells_are_decoded_by_the_detectors_definition():
    """A cell is 4 pixels high and 2 wide; distances are in units of 16 pixels, at least one pixel."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(11, 0.3), (6, 9)).astype(np.float32)
    reach = rng.uniform(-0.1, 1.2, (6, 9, 4)).astype(np.float32)
    boxes, rows = decode(probabilities, reach, (40, 24))
    expected = []
    for row in range(6):
        for column in range(9):
            left, up, right, down = (max(16 * float(value), 1.0) for value in reach[row, column])
            x, y = 40 + 2 * column + 1, 24 + 4 * row + 2
            found = probabilities[row, column, 10] < 0.8
            if found and 14 / 1.2 < up + down < 28 * 1.2:
                expected.append(((x - left, y - up, x + right, y + down), probabilities[row, column]))
    assert len(expected) > 10
    np.testing.assert_allclose(boxes, [box for box, _ in expected], rtol=1e-5)
    np.testing.assert_array_equal(rows, [row for _, row in expected])


def test_close_by_the_part_with_ink_is_where_the_mask_has_some_however_dark_the_grain():
    page = np.random.default_rng(0).integers(0, 2 * MIN_INK, (400, 600), np.uint8)
    page[100:160, 300:340] = 255
    part, corner = inked_part(page, (300, 100, 40, 60), 1.0)
    assert part.shape == (104, 80)  # the ink, a pixel for rounding, a margin of 16 pixels, and whole blocks of 8
    assert corner == (280, 80)
    whole, _ = inked_part(page, None, 1.0)
    assert whole.shape == page.shape


def row_of(digits, *, height, gap):
    """Digits cut to their ink, all `height` tall, black on a white row: uint8 [H, W], and their boxes."""
    canvas = np.full((2 * height, 60 + len(digits) * (height + gap)), 255, np.uint8)
    x, boxes = 30, []
    for digit in digits:
        rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
        ink = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        width = max(4, round(ink.shape[1] * height / ink.shape[0]))
        canvas[height // 2 : height // 2 + height, x : x + width] -= cv2.resize(ink, (width, height))
        boxes.append((x, height // 2, x + width, height // 2 + height))
        x += width + gap
    return canvas[:, : x + 30], boxes


@pytest.mark.parametrize("height", [20, 60, 180])
def test_digits_in_a_row_are_found_where_they_are(mnist, height):
    right = 0
    for start in range(0, 60, 6):
        part = slice(start, start + 6)
        image, boxes = row_of(mnist.held_out.images[part], height=height, gap=height // 4)
        ink = find_ink(image)
        found = sorted(find_digits(ink), key=lambda digit: digit.box_ltrb[0])
        values = [int(digit.probabilities[:NOT_A_DIGIT].argmax()) for digit in found if digit.score > 0.5]
        if values == mnist.held_out.labels[part].tolist():
            right += 1
            sure = np.array([digit.box_ltrb for digit in found if digit.score > 0.5])
            placed = np.array(boxes) * ink.scale
            longest = (placed[:, 2:] - placed[:, :2]).max(axis=1)
            assert (np.abs(sure - placed) <= 0.3 * longest[:, None]).all()
    assert right >= 8


def test_bare_paper_around_a_row_changes_little(mnist):
    image, _ = row_of(mnist.held_out.images[:4], height=120, gap=30)
    above, beside, below = 64 * 4, 64 * 6, 64 * 3
    larger = cv2.copyMakeBorder(image, above, below, beside, 0, cv2.BORDER_CONSTANT, value=255)
    inks = [find_ink(page) for page in (image, larger)]  # the larger one is worked on at half its size
    plain, moved = map(find_digits, inks)
    assert len(plain) == len(moved) >= 4
    for before, after in zip(
        *(sorted(found, key=lambda digit: digit.box_ltrb) for found in (plain, moved)), strict=True
    ):
        first, second = (np.array(d.box_ltrb) / ink.scale for d, ink in zip((before, after), inks, strict=True))
        assert np.abs(second - [beside, above] * 2 - first).max() < 6
        assert np.abs(after.probabilities - before.probabilities).max() < 0.05


def test_a_page_without_ink_has_no_digits():
    for size in ((40, 60), (300, 500)):
        assert not find_digits(find_ink(np.full(size, 255, np.uint8)))


def test_rules_through_digits_hide_few_of_them(mnist):
    right = extra = 0
    for start in range(0, 60, 6):
        part = slice(start, start + 6)
        image, boxes = row_of(mnist.held_out.images[part], height=60, gap=20)
        cv2.line(image, (0, 84), (image.shape[1], 86), 90, 2)
        cv2.line(image, (0, 20), (image.shape[1], 22), 90, 2)
        ink = find_ink(image)
        found = [digit for digit in find_digits(ink) if digit.score > 0.5]
        middles = [(digit.box_ltrb[0] + digit.box_ltrb[2]) / 2 / ink.scale for digit in found]
        values = [int(digit.probabilities[:NOT_A_DIGIT].argmax()) for digit in found]
        for (left, _, past, _), label in zip(boxes, mnist.held_out.labels[part], strict=True):
            right += any(left < x < past and value == label for x, value in zip(middles, values, strict=True))
        extra += max(0, len(found) - len(boxes))
    assert right >= 54
    assert extra <= 6


@pytest.mark.parametrize("paper", LEFT_ALONE)
def test_nothing_is_read_on_most_empty_pages_of_each_paper(paper, mnist):
    empty = 0
    for seed in range(6):
        page = make_page("dev", seed, paper=paper, text="1", size=(560, 440), height=50)
        x, _, w, _ = page.digits[0].box
        on_the_left = x + w / 2 < page.image.shape[1] / 2
        beside = page.image[:, x + w + 10 :] if on_the_left else page.image[:, : x - 10]
        empty += ds.read(np.ascontiguousarray(beside)).text == ""
    assert empty >= LEFT_ALONE[paper]


def test_each_digit_is_found_once_whatever_its_size(mnist):
    images, labels = mnist.held_out.images, mnist.held_out.labels
    text = "40312\n96587"
    for seed, height in enumerate((16, 22, 31, 45, 64, 90)):
        page = compose(
            images, labels, seed, text=text, paper="plain", distance="normal", degradations=(), height=height
        )
        found = find_digits(find_ink(page.image))
        assert len(found) == 10
        assert [len(row) for row in find_rows([digit.box_ltrb for digit in found])] == [5, 5]
