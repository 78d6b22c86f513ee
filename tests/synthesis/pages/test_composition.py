import itertools

import numpy as np
import pytest

from digitscope import load_mnist
from digitscope.errors import UsageError
from digitscope.synthesis.pages import DEGRADATIONS, DISTANCES, MARKS, PAPERS, compose, make_page

TEXT = "40312\n77 5"


@pytest.fixture(scope="module")
def digits():
    mnist = load_mnist()
    return mnist.train_images[:2000], mnist.train_labels[:2000]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("palette", ["dev", "test"])
def test_every_paper_shows_every_digit_of_the_text_inside_the_image(digits, paper, palette):
    page = compose(*digits, 3, text=TEXT, paper=paper, palette=palette)
    assert page.image.dtype == np.uint8
    assert page.image.ndim == 3
    assert page.text == TEXT
    assert "".join(str(d.value) for d in page.digits) == TEXT.replace("\n", "").replace(" ", "")
    height, width = page.image.shape[:2]
    for digit in page.digits:
        x, y, w, h = digit.box
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


def test_a_seed_makes_the_same_page_again_and_another_seed_another(digits):
    first, again, other = (compose(*digits, seed) for seed in (11, 11, 12))
    assert np.array_equal(first.image, again.image)
    assert first == again
    assert first != other


def test_the_ink_of_each_digit_fills_its_box_and_none_lies_outside(digits):
    page = compose(*digits, 5, text="4 7 1", paper="plain", degradations=(), distance="wide", height=60)
    ink = page.image.mean(2) < np.median(page.image.mean(2)) - 25
    outside = ink.copy()
    for digit in page.digits:
        x, y, w, h = digit.box
        part = ink[y : y + h, x : x + w]
        assert part.any(0).mean() > 0.9
        assert part.any(1).mean() > 0.9
        outside[max(0, y - 2) : y + h + 2, max(0, x - 2) : x + w + 2] = False
    assert not outside.any()


def test_a_tilted_page_keeps_each_polygon_around_its_box(digits):
    page = compose(*digits, 8, text="123\n456", paper="plain", degradations=("tilt", "perspective"), height=50)
    for digit in page.digits:
        corners = np.array(digit.polygon)
        x, y, w, h = digit.box
        assert corners[:, 0].min() <= x + 2
        assert corners[:, 1].min() <= y + 2
        assert corners[:, 0].max() >= x + w - 2
        assert corners[:, 1].max() >= y + h - 2


def test_distances_go_from_apart_to_overlapping(digits):
    def gaps(distance):
        found = []
        for seed in range(6):
            page = compose(*digits, seed, text="31415926", paper="canvas", distance=distance, degradations=())
            boxes = [digit.box for digit in page.digits]
            found += [b[0] - a[0] - a[2] for a, b in itertools.pairwise(boxes)]
        return np.mean(found)

    means = [gaps(distance) for distance in DISTANCES]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0 > means[-1]


def test_marks_are_placed_and_are_no_digits(digits):
    page = compose(*digits, 2, text="12", paper="plain", marks=MARKS)
    assert [mark.kind for mark in page.marks] == list(MARKS)
    assert [digit.value for digit in page.digits] == [1, 2]


@pytest.mark.parametrize("degradation", DEGRADATIONS)
def test_each_degradation_alone_changes_the_photo(digits, degradation):
    clean = compose(*digits, 4, text="12", paper="plain", degradations=())
    worse = compose(*digits, 4, text="12", paper="plain", degradations=(degradation,))
    assert clean.image.shape != worse.image.shape or not np.array_equal(clean.image, worse.image)


def test_the_size_asked_for_is_the_least(digits):
    page = compose(*digits, 4, text="12", paper="plain", height=40, size=(900, 700))
    assert page.image.shape == (700, 900, 3)


def test_the_splits_hold_other_pages():
    dev, test = make_page("dev", 1), make_page("test", 1)
    assert dev.seed == test.seed == 1
    assert not np.array_equal(dev.image, test.image)
    assert make_page("dev", 1) == dev


@pytest.mark.parametrize(
    "wrong",
    [
        {"paper": "papyrus"},
        {"distance": "far"},
        {"degradations": ("rain",)},
        {"marks": ("stamp",)},
        {"palette": "train"},
        {"text": "12a"},
        {"text": ""},
        {"text": "1", "size": (9000, 9000)},
    ],
)
def test_what_cannot_be_composed_is_refused_with_what_was_received(digits, wrong):
    with pytest.raises(UsageError, match="Received: "):
        compose(*digits, 0, **wrong)


@pytest.mark.parametrize("palette", ["dev", "test"])
def test_no_pen_leaves_a_digit_unseen(digits, palette):
    pens = set()
    for seed in range(40):
        page = compose(
            *digits, seed, text="58", paper="plain", degradations=(), distance="wide", height=40, palette=palette
        )
        pens.add(page.pen)
        for digit in page.digits:
            x, y, w, h = digit.box
            paper, part = np.median(page.image, (0, 1)), page.image[y : y + h, x : x + w].astype(float)
            assert np.abs(part - paper).max() > 25
    assert len(pens) == 5
