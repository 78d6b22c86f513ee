import cv2
import numpy as np
import pytest

from digitscope.reading.detection import NONE, Found, _without_specks, find_digits
from digitscope.reading.ink import find_ink
from digitscope.reading.lines import find_rows
from digitscope.synthesis.pages import compose, make_page

EIGHT = np.eye(11, dtype=np.float32)[8]


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
        found = sorted(find_digits(ink), key=lambda digit: digit.box[0])
        values = [int(digit.probabilities[:NONE].argmax()) for digit in found if digit.probabilities[NONE] < 0.5]
        if values == mnist.held_out.labels[part].tolist():
            right += 1
            sure = np.array([digit.box for digit in found if digit.probabilities[NONE] < 0.5])
            placed = np.array(boxes) * ink.scale
            longest = (placed[:, 2:] - placed[:, :2]).max(axis=1)
            assert (np.abs(sure - placed) <= 0.3 * longest[:, None]).all()
    assert right >= 8


def test_bare_paper_around_a_row_changes_little(mnist):
    image, _ = row_of(mnist.held_out.images[:4], height=120, gap=30)
    above, beside, below = 64 * 4, 64 * 6, 64 * 3
    larger = cv2.copyMakeBorder(image, above, below, beside, 0, cv2.BORDER_CONSTANT, value=255)
    plain, moved = (find_digits(find_ink(page)) for page in (image, larger))
    assert len(plain) == len(moved) >= 4
    for before, after in zip(*(sorted(found, key=lambda digit: digit.box) for found in (plain, moved)), strict=True):
        assert np.abs(np.array(after.box) - [beside, above] * 2 - before.box).max() < 2
        assert np.abs(after.probabilities - before.probabilities).max() < 0.05


def test_a_page_without_ink_has_no_digits():
    for size in ((40, 60), (300, 500)):
        assert not find_digits(find_ink(np.full(size, 255, np.uint8)))


def test_a_speck_is_no_zero_beside_a_digit_and_may_be_one_alone():
    ring, large = Found((0, 0, 9, 9), np.eye(11, dtype=np.float32)[0]), Found((40, 0, 200, 280), EIGHT)
    middling = Found((40, 0, 80, 90), EIGHT)
    assert _without_specks([large, ring], pen=4) == [large]
    assert _without_specks([large, ring], pen=3) == [large, ring]
    assert _without_specks([middling, ring], pen=4) == [middling, ring]
    assert _without_specks([ring], pen=4) == [ring]


def test_rules_through_digits_hide_few_of_them(mnist):
    right = extra = 0
    for start in range(0, 60, 6):
        part = slice(start, start + 6)
        image, boxes = row_of(mnist.held_out.images[part], height=60, gap=20)
        cv2.line(image, (0, 84), (image.shape[1], 86), 90, 2)
        cv2.line(image, (0, 20), (image.shape[1], 22), 90, 2)
        ink = find_ink(image)
        found = [digit for digit in find_digits(ink) if digit.probabilities[NONE] < 0.5]
        middles = [(digit.box[0] + digit.box[2]) / 2 / ink.scale for digit in found]
        values = [int(digit.probabilities[:NONE].argmax()) for digit in found]
        for (left, _, past, _), label in zip(boxes, mnist.held_out.labels[part], strict=True):
            right += any(left < x < past and value == label for x, value in zip(middles, values, strict=True))
        extra += max(0, len(found) - len(boxes))
    assert right >= 54
    assert extra <= 6


@pytest.mark.parametrize("paper", ["plain", "board"])
def test_paper_alone_has_no_digits(paper, mnist):
    for seed in range(4):
        page = make_page("dev", seed, paper=paper, text="1", size=(900, 700), height=50)
        x, _, w, _ = page.digits[0].box
        blank = page.image.copy()
        side = blank[:, x + w + 10 :] if x + w / 2 < blank.shape[1] / 2 else blank[:, : x - 10]
        assert [d for d in find_digits(find_ink(np.ascontiguousarray(side))) if d.probabilities[NONE] < 0.5] == []


def test_each_digit_is_found_once_whatever_its_size(mnist):
    images, labels = mnist.held_out.images, mnist.held_out.labels
    text = "40312\n96587"
    for seed, height in enumerate((16, 22, 31, 45, 64, 90)):
        page = compose(
            images, labels, seed, text=text, paper="plain", distance="normal", degradations=(), height=height
        )
        found = find_digits(find_ink(page.image))
        assert len(found) == 10
        assert [len(row) for row in find_rows([digit.box for digit in found])] == [5, 5]
