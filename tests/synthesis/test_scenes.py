import numpy as np
import pytest

from digitscope.arrays import NOT_A_DIGIT
from digitscope.reading.ink import find_ink
from digitscope.synthesis import pools, scenes
from digitscope.synthesis.pages import compose
from digitscope.synthesis.pages.drawings import Drawing, Print
from digitscope.synthesis.pages.record import SIGN, WORD
from digitscope.synthesis.scenes import cropped, make_scene
from digitscope.synthesis.tiles import tile


@pytest.fixture(scope="module")
def pool(mnist, pens):
    return pools.make_pool(mnist.held_out, pens.choosing, seed=0, digits=400, nondigits=128)


@pytest.fixture(scope="module")
def some(pool):
    return [make_scene(pool, np.random.default_rng([1, i])) for i in range(40)]


def test_a_pool_holds_mnist_pens_and_all_that_is_no_digit(pool):
    assert set(pool.labels.tolist()) == {*range(10), NOT_A_DIGIT, SIGN, WORD}
    digits = [entry for entry, label in zip(pool.entries, pool.labels, strict=True) if label < NOT_A_DIGIT]
    by_pen = np.mean([isinstance(entry, Drawing) for entry in digits])
    assert by_pen == pytest.approx(pools.BY_PEN, abs=0.01)
    assert any(isinstance(entry, Print) for entry in pool.entries)


def test_without_pens_a_pool_holds_no_writing_by_pen(mnist):
    pool = pools.make_pool(mnist.held_out, None, seed=0, digits=50, nondigits=50)
    assert all(isinstance(entry, np.ndarray) for entry in pool.entries[:50])
    assert set(pool.labels.tolist()) >= {NOT_A_DIGIT, SIGN, WORD}


def test_mnists_digits_stay_what_they_are_but_for_how_they_are_written(mnist):
    images, labels = mnist.held_out.images[:1000], mnist.held_out.labels[:1000]
    changed = (pools.varied(images, labels, np.random.default_rng(0)) != images).any(axis=(1, 2)).mean()
    least = pools.BENT + pools.OWN
    assert least - 0.05 < changed < least + 0.1


def test_boxes_lie_on_ink(some):
    inked = []
    for scene in some:
        for (left, top, right, bottom), whole in zip(scene.boxes.clip(0).astype(int), scene.whole, strict=True):
            part = scene.strength[top : bottom + 1, left : right + 1]
            if whole:
                inked.append(int(part.max()) > 90)
    assert len(inked) > 40
    assert np.mean(inked) > 0.9


def test_scenes_with_and_without_digits_are_both_among_them(some):
    assert 0.2 < np.mean([len(scene.boxes) > 0 for scene in some]) < 0.95
    assert sum(len(scene.others) for scene in some) > 20


def test_the_same_seed_makes_the_same_tile(pool):
    tiles = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        tiles.append(tile(make_scene(pool, rng), rng))
    assert np.array_equal(tiles[0][0], tiles[1][0])
    assert np.array_equal(tiles[0][1], tiles[1][1])


def test_scenes_are_made_with_whatever_finds_the_ink(pool):
    asked = []

    def finder(image):
        asked.append(image.shape)
        return find_ink(image)

    for seed in range(6):
        make_scene(pool, np.random.default_rng(seed), find_ink=finder)
    assert len(asked) == 6
    assert all(len(shape) == 3 for shape in asked)


def test_one_digit_fills_a_close_up(pool):
    for seed in range(12):
        page, _ = scenes.close_up(pool, np.random.default_rng(seed))
        for digit in page.digits:
            _, _, w, h = digit.box
            assert h > 0.6 * page.image.shape[0] or w > 0.6 * page.image.shape[1]


def test_a_crop_keeps_the_digits_that_reach_into_it(mnist):
    page = compose(*mnist.held_out, 5, text="4 7", paper="plain", degradations=(), height=60)
    x, y, w, h = page.digits[1].box
    part = cropped(page, x + w // 2, y - 4, page.image.shape[1], y + h + 4)
    (digit,) = part.digits
    assert (digit.value, digit.box) == (7, (0, 4, w - w // 2, h))
    assert np.array_equal(part.image, page.image[y - 4 : y + h + 4, x + w // 2 :])


def test_digits_that_cannot_be_seen_do_not_count():
    strength = np.full((60, 90), 20, np.uint8)
    strength[10:40, 10:14] = 255  # a one
    boxes = np.array([[10, 10, 14, 40], [40, 10, 60, 40]], np.float32)
    assert scenes.visible(strength, boxes).tolist() == [True, False]
