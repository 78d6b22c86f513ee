import numpy as np
import pytest

from digitscope.reading.ink import find_ink
from digitscope.synthesis.cutouts import Cutouts, cutouts, iou, labelled, turned_left, varied
from digitscope.synthesis.nondigits import Shares
from digitscope.synthesis.pages import compose
from digitscope.synthesis.pools import make_pool


@pytest.fixture(scope="module")
def page(mnist):
    images, labels = mnist.held_out
    return compose(images, labels, 3, text="8061", paper="plain", distance="wide", degradations=(), height=60)


def boxes_of(page):
    sides = np.array([digit.box for digit in page.digits], np.float32)
    sides[:, 2:] += sides[:, :2]
    return sides


def test_a_box_on_a_digit_is_that_digit_and_beside_it_none(page):
    ink = find_ink(page.image)
    boxes = boxes_of(page) * ink.scale
    assert labelled(boxes, ink, page).tolist() == [8, 0, 6, 1]
    tall = boxes[:, 3] - boxes[:, 1]
    above = boxes - np.stack([0 * tall, 2 * tall] * 2, axis=1)
    assert labelled(above, ink, page).tolist() == [10] * 4


def test_a_part_of_a_digit_is_none_and_much_more_than_it_counts_neither_way(page):
    ink = find_ink(page.image)
    eight = boxes_of(page)[:1] * ink.scale
    upper, larger = eight.copy(), eight.copy()
    upper[:, 3] -= 0.55 * (eight[:, 3] - eight[:, 1])
    larger[:, 1] -= 1.0 * (eight[:, 3] - eight[:, 1])
    assert labelled(upper, ink, page).tolist() == [10]
    assert labelled(larger, ink, page).tolist() == [-1]


def test_a_page_on_its_side_keeps_its_digits_in_their_boxes(page):
    turned = turned_left(page)
    assert turned.image.shape[:2] == page.image.shape[1::-1]
    for before, after in zip(page.digits, turned.digits, strict=True):
        x, y, w, h = before.box
        left, top, wide, high = after.box
        inside = np.rot90(page.image[y : y + h, x : x + w])
        np.testing.assert_array_equal(turned.image[top : top + high, left : left + wide], inside)


def test_overlap_is_measured_for_all_pairs():
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32)
    others = np.array([[0, 0, 10, 5], [0, 0, 10, 10], [5, 0, 15, 10]], np.float32)
    np.testing.assert_allclose(iou(boxes, others), [[0.5, 1, 1 / 3], [0, 0, 0]], atol=1e-6)


def test_cutouts_of_pages_are_digits_and_others_and_always_the_same(mnist):
    split = mnist.held_out
    pool = make_pool(split, None, seed=0, digits=60, by_pen=0, nondigits=20, shares=Shares(printed=0))
    made = [cutouts(pool, np.random.default_rng([1, number])) for number in range(6)]
    labels = np.concatenate([each.labels for each in made])
    assert (labels < 10).any()
    assert (labels == 10).any()
    assert labels.max() == 10
    for each in made:
        assert each.images.shape[1:] == (28, 28)
        assert each.surroundings.shape == (len(each.images), 56, 56)
    again = cutouts(pool, np.random.default_rng([1, 0]))
    for name in Cutouts._fields:
        np.testing.assert_array_equal(getattr(again, name), getattr(made[0], name))


def test_a_cutout_seen_a_little_differently_is_still_much_the_same(mnist):
    image = mnist.held_out.images[0]
    around = np.pad(image, 14)
    rng = np.random.default_rng(0)
    for _ in range(20):
        changed, view, label = varied(image, around, 5, rng)
        assert label == 5
        assert changed.dtype == view.dtype == np.uint8
        assert np.corrcoef(np.pad(changed, 1).ravel(), np.pad(image, 1).ravel())[0, 1] > 0.25
