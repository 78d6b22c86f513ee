import numpy as np
import pytest

from digitscope.models.file import load
from digitscope.reading.detection import REACH_UNIT, STRIDE_X, STRIDE_Y
from digitscope.synthesis import scenes
from digitscope.synthesis.pages.record import NO_DIGIT
from digitscope.synthesis.scenes import HEIGHT, WIDTH, make_scene, target, tile


@pytest.fixture(scope="module")
def some(mnist):
    images, labels = mnist.held_out
    return [make_scene(images, np.where(np.arange(len(labels)) < 30, NO_DIGIT, labels).astype(np.uint8),
                       np.random.default_rng([1, i])) for i in range(12)]  # fmt: skip


def test_boxes_lie_on_ink(some):
    inked = []
    for scene in some:
        for left, top, right, bottom in scene.boxes.clip(0).astype(int):
            part = scene.strength[top : bottom + 1, left : right + 1]
            inked.append(part.size > 0 and int(part.max()) > 90)
    assert len(inked) > 20
    assert np.mean(inked) > 0.9


def test_the_same_seed_makes_the_same_tile(mnist):
    tiles = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        tiles.append(tile(make_scene(mnist.held_out.images, mnist.held_out.labels, rng), rng))
    assert np.array_equal(tiles[0][0], tiles[1][0])
    assert np.array_equal(tiles[0][1], tiles[1][1])


def test_cells_point_back_at_the_digits_box():
    box = np.array([[40.0, 20.0, 56.0, 42.0]], np.float32)
    said = target(box, np.array([7], np.uint8), np.array([True]))
    assert said.shape == (HEIGHT // STRIDE_Y, WIDTH // STRIDE_X, 6)
    rows, columns = np.nonzero(said[..., 0] != NO_DIGIT)
    assert len(rows) >= 2
    assert set(said[rows, columns, 0].tolist()) == {7.0}
    x, y = (columns + 0.5) * STRIDE_X, (rows + 0.5) * STRIDE_Y
    reach = said[rows, columns, 2:] * REACH_UNIT
    back = np.stack([x - reach[:, 0], y - reach[:, 1], x + reach[:, 2], y + reach[:, 3]], axis=1)
    assert np.allclose(back, box, atol=1e-3)


@pytest.mark.parametrize(
    ("box", "whole"),
    [((40, 20, 50, 30), True), ((40, 2, 70, 40), True), ((40, 20, 56, 42), False), ((120, 20, 136, 42), True)],
    ids=["rather small", "rather large", "cut by the page", "cut by the tile"],
)
def test_what_is_hard_to_say_counts_neither_way(box, whole):
    said = target(np.array([box], np.float32), np.array([7], np.uint8), np.array([whole]))
    assert (said[..., 0] == NO_DIGIT).all()
    assert (said[..., 1] == 0).any()


@pytest.mark.parametrize("box", [(40, 20, 43, 26), (0, -20, 90, 70)], ids=["far too small", "far too large"])
def test_what_is_for_another_scale_is_none(box):
    said = target(np.array([box], np.float32), np.array([7], np.uint8), np.array([True]))
    assert (said[..., 0] == NO_DIGIT).all()
    assert (said[..., 1] == 1).all()


def test_the_pool_keeps_the_digits_and_adds_what_is_none(mnist):
    images, labels = scenes.pool(mnist.held_out, seed=0, nondigits=5)
    assert images.shape == (5005, 28, 28)
    assert (labels[:5000] == mnist.held_out.labels).all()
    assert (labels[5000:] == NO_DIGIT).all()
    changed = (images[:5000] != mnist.held_out.images).any(axis=(1, 2))
    least = scenes.BENT + scenes.OWN
    assert least - 0.05 < changed.mean() < least + 0.1
    guess = load("cnn").session.run(None, {"images": images[:5000]})[0].argmax(axis=1)
    assert (guess == labels[:5000]).mean() > 0.85


def test_a_texture_holds_no_digit_and_may_be_of_any_size():
    for seed in range(6):
        image = scenes._textured(np.random.default_rng(seed))
        assert image.dtype == np.uint8
        assert 60 <= min(image.shape) <= max(image.shape) <= 900
        assert image.std() > 1


def test_a_turned_tile_keeps_its_boxes_on_the_ink(some):
    inked, rng = [], np.random.default_rng(0)
    for scene in some * 8:
        image, said = tile(scene, rng)
        for row, column in zip(*np.nonzero(said[..., 0] != NO_DIGIT), strict=True):
            x, y = (column + 0.5) * STRIDE_X, (row + 0.5) * STRIDE_Y
            left, up, right, down = said[row, column, 2:] * REACH_UNIT
            inked.append(
                image[max(0, round(y - up)) : round(y + down) + 1, max(0, round(x - left)) : round(x + right) + 1]
            )
    assert len(inked) > 50
    assert np.mean([part.max() > 60 for part in inked]) > 0.95
