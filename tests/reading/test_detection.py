"""Where digits are: the detector's outputs decoded by their definition, and rows of digits found on made pages."""

import cv2
import numpy as np
import pytest

import digitscope as ds
from digitscope.reading.detection import decode, propose
from digitscope.reading.ink import find_ink
from digitscope.synthesis.pages import compose, make_page

# Of six empty pages of each paper, as many as this at least are left alone.
LEFT_ALONE = {"canvas": 6, "board": 6, "ruled": 5, "plain": 4, "form": 3, "ledger": 3, "squared": 1}


def test_cells_are_decoded_by_the_detectors_definition():
    """A cell is 4 pixels high and 2 wide; distances are in units of 16 pixels, at least one pixel."""
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(11, 0.3), (6, 9)).astype(np.float32)
    reach = rng.uniform(-0.1, 1.2, (6, 9, 4)).astype(np.float32)
    boxes, scores = decode(probabilities, reach, (40, 24))
    expected = []
    for row in range(6):
        for column in range(9):
            left, up, right, down = (max(16 * float(value), 1.0) for value in reach[row, column])
            x, y = 40 + 2 * column + 1, 24 + 4 * row + 2
            found = probabilities[row, column, 10] < 0.9
            if found and 14 / 1.2 < up + down < 28 * 1.2:
                expected.append(((x - left, y - up, x + right, y + down), 1 - probabilities[row, column, 10]))
    assert len(expected) > 10
    np.testing.assert_allclose(boxes, [box for box, _ in expected], rtol=1e-5)
    np.testing.assert_allclose(scores, [score for _, score in expected], rtol=1e-5)


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


def sure(ink):
    """What the detector takes for digits: boxes_ltrb float32 [N, 4], from left to right."""
    proposals = propose(ink)
    boxes = proposals.boxes_ltrb[proposals.scores > 0.5]
    return boxes[boxes[:, 0].argsort()]


@pytest.mark.parametrize("height", [20, 60, 180])
def test_digits_in_a_row_are_found_where_they_are(mnist, height):
    right = 0
    for start in range(0, 60, 6):
        image, boxes = row_of(mnist.held_out.images[start : start + 6], height=height, gap=height // 4)
        ink = find_ink(image)
        placed = np.array(boxes) * ink.scale
        found = sure(ink)
        longest = (placed[:, 2:] - placed[:, :2]).max(axis=1)
        right += sum(
            (np.abs(found - box) <= 0.3 * side).all(axis=1).any() for box, side in zip(placed, longest, strict=True)
        )
    assert right >= 57


def test_a_page_without_ink_has_no_digits():
    for size in ((40, 60), (300, 500)):
        assert not len(propose(find_ink(np.full(size, 255, np.uint8))).scores)


def test_what_the_detector_passes_over_is_proposed_as_a_piece_of_ink():
    page = np.full((300, 300), 255, np.uint8)
    cv2.line(page, (20, 150), (280, 150), 0, 6)
    ink = find_ink(page)
    proposals = propose(ink)
    by_itself = proposals.boxes_ltrb[proposals.scores == 0]
    assert len(by_itself) == 2  # the piece, which is all the ink as well
    np.testing.assert_allclose(by_itself[0], by_itself[1])
    assert by_itself[0][2] - by_itself[0][0] == pytest.approx(262 * ink.scale, abs=6)


@pytest.mark.parametrize("paper", LEFT_ALONE)
def test_nothing_is_read_on_most_empty_pages_of_each_paper(paper, mnist):
    empty = 0
    for seed in range(6):
        page = make_page("dev", seed, paper=paper, text="1", size=(900, 700), height=50)
        x, _, w, _ = page.digits[0].box
        on_the_left = x + w / 2 < page.image.shape[1] / 2
        beside = page.image[:, x + w + 10 :] if on_the_left else page.image[:, : x - 10]
        empty += ds.read(np.ascontiguousarray(beside)).text == ""
    assert empty >= LEFT_ALONE[paper]


def test_each_digit_is_read_once_whatever_its_size(mnist):
    images, labels = mnist.held_out.images, mnist.held_out.labels
    text = "40312\n96587"
    for seed, height in enumerate((16, 22, 31, 45, 64, 90)):
        page = compose(
            images, labels, seed, text=text, paper="plain", distance="normal", degradations=(), height=height
        )
        assert [len(line.digits) for line in ds.read(page.image).pages[0].lines] == [5, 5]
