import numpy as np
import pytest

from digitscope.arrays import NOT_A_DIGIT
from digitscope.reading.detection import REACH_UNIT, STRIDE_X, STRIDE_Y
from digitscope.synthesis.tiles import HEIGHT, WIDTH, Scene, target, tile


def scene(height, width, boxes, others=()):
    """Boxes of full ink on blank paper."""
    strength = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in (*boxes, *others):
        strength[top:bottom, left:right] = 255
    sides, aside = (np.array(list(some), np.float32).reshape(-1, 4) for some in (boxes, others))
    return Scene(strength, sides, np.arange(len(sides), dtype=np.uint8), np.ones(len(sides), bool), aside)


WRITTEN = scene(200, 300, [(40, 20, 56, 42), (80, 22, 100, 44), (200, 150, 214, 174)], [(240, 30, 290, 60)])


def test_cells_point_back_at_the_digits_box():
    box = np.array([[40.0, 20.0, 56.0, 42.0]], np.float32)
    targets = target(box, np.array([7], np.uint8), np.array([True]))
    assert targets.shape == (HEIGHT // STRIDE_Y, WIDTH // STRIDE_X, 6)
    rows, columns = np.nonzero(targets[..., 0] != NOT_A_DIGIT)
    assert len(rows) >= 2
    assert set(targets[rows, columns, 0].tolist()) == {7.0}
    x, y = (columns + 0.5) * STRIDE_X, (rows + 0.5) * STRIDE_Y
    reach = targets[rows, columns, 2:] * REACH_UNIT
    back = np.stack([x - reach[:, 0], y - reach[:, 1], x + reach[:, 2], y + reach[:, 3]], axis=1)
    assert np.allclose(back, box, atol=1e-3)


@pytest.mark.parametrize(
    ("box", "whole"),
    [((40, 20, 50, 30), True), ((40, 2, 70, 40), True), ((40, 20, 56, 42), False), ((120, 20, 136, 42), True)],
    ids=["rather small", "rather large", "cut by the page", "cut by the tile"],
)
def test_what_is_hard_to_say_counts_neither_way(box, whole):
    targets = target(np.array([box], np.float32), np.array([7], np.uint8), np.array([whole]))
    assert (targets[..., 0] == NOT_A_DIGIT).all()
    assert (targets[..., 1] == 0).any()


@pytest.mark.parametrize("box", [(40, 20, 43, 26), (0, -20, 90, 70)], ids=["far too small", "far too large"])
def test_what_is_for_another_scale_is_none(box):
    targets = target(np.array([box], np.float32), np.array([7], np.uint8), np.array([True]))
    assert (targets[..., 0] == NOT_A_DIGIT).all()
    assert (targets[..., 1] == 1).all()


def test_a_turned_tile_keeps_its_boxes_on_the_ink():
    inked, rng = [], np.random.default_rng(0)
    for _ in range(100):
        image, targets = tile(WRITTEN, rng)
        assert image.shape == (HEIGHT, WIDTH)
        for row, column in zip(*np.nonzero(targets[..., 0] != NOT_A_DIGIT), strict=True):
            x, y = (column + 0.5) * STRIDE_X, (row + 0.5) * STRIDE_Y
            left, up, right, down = targets[row, column, 2:] * REACH_UNIT
            inked.append(
                image[max(0, round(y - up)) : round(y + down) + 1, max(0, round(x - left)) : round(x + right) + 1]
            )
    assert len(inked) > 50
    assert np.mean([part.max() > 60 for part in inked]) > 0.95


def test_tiles_of_a_scene_without_digits_are_cut_around_what_is_written_there():
    rng, alone = np.random.default_rng(0), scene(400, 600, [], [(500, 300, 530, 330)])
    assert np.mean([tile(alone, rng)[0].max() > 0 for _ in range(100)]) > 0.7
