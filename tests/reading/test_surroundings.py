"""One digit on plain paper, and what photos have besides: a table, a shadow's edge, a lamp's glare, a tight crop."""

import functools

import cv2
import numpy as np
import pytest

import digitscope as ds
from digitscope.reading.ink import find_inks
from digitscope.synthesis.pages import make_page

PAGES = range(70_000, 70_012)


@functools.cache
def page_of(seed):
    """A digit and its page."""
    digit = str(seed % 10)
    page = make_page("dev", seed, text=digit, paper="plain", height=160, size=(640, 480), degradations=())
    return digit, page


def on_a_table(page, rng):
    """The sheet lies on something darker, of any colour, a little turned."""
    h, w = page.image.shape[:2]
    table = np.empty((h + 300, w + 400, 3), np.uint8)
    table[:] = rng.uniform(20, 140, 3)
    top, left = rng.integers(30, 270), rng.integers(30, 370)
    table[top : top + h, left : left + w] = page.image
    turn = cv2.getRotationMatrix2D((table.shape[1] / 2, table.shape[0] / 2), rng.uniform(-8, 8), 1)
    return cv2.warpAffine(table, turn, table.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def half_in_shadow(page, rng):
    """A straight shadow with a hard edge, somewhere."""
    h, w = page.image.shape[:2]
    shadow = np.zeros((h, w), np.float32)
    edge = [[rng.uniform(0, w), 0], [rng.uniform(0, w), h], [w, h], [w, 0]]
    cv2.fillPoly(shadow, [np.array(edge, np.int32)], 1)
    return (page.image * (1 - 0.65 * cv2.GaussianBlur(shadow, (0, 0), 2))[..., None]).astype(np.uint8)


def with_glare(page, rng):
    """A lamp's bright spot, as large as the digit."""
    h, w = page.image.shape[:2]
    y, x = np.mgrid[:h, :w]
    far = ((x - rng.uniform(0, w)) ** 2 + (y - rng.uniform(0, h)) ** 2) / 90**2
    return np.clip(page.image * 0.75 + 140 * np.exp(-far)[..., None], 0, 255).astype(np.uint8)


def cut_tightly(page, rng):
    """The digit with ten pixels of paper around it."""
    x, y, w, h = page.digits[0].box
    return page.image[max(0, y - 10) : y + h + 10, max(0, x - 10) : x + w + 10].copy()


@pytest.mark.parametrize("seen", [on_a_table, half_in_shadow, with_glare, cut_tightly])
def test_a_digit_is_read_whatever_is_around_it(seen):
    right = 0
    for seed in PAGES:
        digit, page = page_of(seed)
        right += ds.read(seen(page, np.random.default_rng(seed))).text == digit
    assert right >= 10


def test_small_digits_of_a_sheet_on_a_table_are_read():
    """The sheet's edge is wider than any stroke, and is not taken for the pen: the page is read at its full size."""
    right, text = 0, "35802461"
    for seed in range(8):
        rng = np.random.default_rng(seed)
        page = make_page("dev", 72_000 + seed, text=text, paper="plain", height=16, size=(900, 640), degradations=())
        seen = on_a_table(page, rng) + rng.normal(0, 8, (940, 1300, 1))
        right += ds.read(seen.clip(0, 255).astype(np.uint8)).text.replace(" ", "") == text
    assert right >= 4  # 2 were, while it was


def test_a_one_that_is_cut_out_closely_is_read(mnist):
    """However narrow the picture is: the stroke may be wider than half of it."""
    right, ones = 0, mnist.held_out.images[mnist.held_out.labels == 1][:20]
    for drawn in ones:
        one = cv2.dilate(drawn, np.ones((1, 5), np.uint8))  # a broad pen's
        x, y, w, h = cv2.boundingRect(one)
        close = np.pad(one[y : y + h, x : x + w], 1)
        right += ds.read(255 - cv2.resize(close, None, fx=10, fy=10, interpolation=cv2.INTER_CUBIC)).text == "1"
    assert right >= 19


def test_plain_paper_leaves_no_doubt_which_is_the_ink():
    for seed in PAGES:
        _, page = page_of(seed)
        assert len(find_inks(page.image)) == len(find_inks(255 - page.image)) == 1


def test_where_it_is_unsure_both_answers_come():
    rng = np.random.default_rng(0)
    pages = [on_a_table(page_of(seed)[1], rng) for seed in PAGES]
    inks = [find_inks(page) for page in pages]
    assert any(len(found) == 2 for found in inks)
    for page, found in zip(pages, inks, strict=True):
        for ink in found:  # of one page, each at the size that fits its pen
            assert np.abs(np.array(ink.mask.shape) / ink.scale - page.shape[:2]).max() < 1 / ink.scale
