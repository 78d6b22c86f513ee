"""Tiles of scenes, and what the detector is to say of each of their cells.

A scene is the ink of a page at some scale, with its digits. Tiles are cut out of scenes anew in each epoch, and each is
seen a little differently.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import NOT_A_DIGIT, Floats, Image
from digitscope.reading.detection import REACH_UNIT, STRIDE_X, STRIDE_Y

HEIGHT, WIDTH = 64, 128  # pixels of a tile
LEAST, MOST = 13, 34  # pixels of the digits that are to be found
TOO_SMALL, TOO_LARGE = 9, 46  # what is beyond is none; what lies between counts neither way
VISIBLE = 0.6  # of a digit's box: what is cut more than this counts neither way
CORE = 0.17  # of a digit's box on either side of its middle: cells there are to say what it is
ABOUT_OTHERS = 0.35  # of tiles, where something is written that is no digit, are cut around that
UNTURNED = 0.3  # of tiles; the others are
TURN, SLANT, SIZE, ASPECT = 0.07, 0.12, 0.15, 0.1  # turned by up to so many radians, slanted and stretched
PEN, FOCUS, CURVE, GRAIN = 0.25, 0.2, 0.3, 0.2  # of tiles have a pen, a focus, an ink or a grain of their own


@dataclass(frozen=True, eq=False)
class Scene:
    """A page's ink, uint8 [H, W], and its digits.

    `boxes` is float32 [N, 4]: left, top, right, bottom; `values` uint8 [N]; `whole` bool [N]: can be seen, and is not
    cut by the page's edge; `others` float32 [M, 4]: the boxes of what is written and no digit.
    """

    strength: Image
    boxes: Floats
    values: Image
    whole: npt.NDArray[np.bool_]
    others: Floats


def bare_scene(strength: Image) -> Scene:
    """A scene on which nothing is written."""
    none = np.zeros((0, 4), np.float32)
    return Scene(strength, none, np.zeros(0, np.uint8), np.zeros(0, np.bool_), none)


def tile(scene: Scene, rng: np.random.Generator) -> tuple[Image, Floats]:
    """A tile uint8 [64, 128] of a scene, seen a little differently each time, and its target float32 [16, 64, 6].

    For each cell: the class (10 is none), the cell's weight, and how far the digit's box reaches to the left, up,
    right and down from the cell's middle, in units of 16 pixels.
    """
    h, w = scene.strength.shape
    written = scene.boxes
    if not len(written) or (len(scene.others) and rng.random() < ABOUT_OTHERS):
        written = scene.others
    box = written[rng.integers(len(written))] if len(written) else np.zeros(4)
    about = len(written) > 0 and rng.random() < 0.8
    left = _start(w, WIDTH, (box[0] + box[2]) / 2 if about else None, rng)
    top = _start(h, HEIGHT, (box[1] + box[3]) / 2 if about else None, rng)
    turn = _turn(rng)
    shift = np.array([WIDTH, HEIGHT]) / 2 - turn @ (np.array([left, top]) + np.array([WIDTH, HEIGHT]) / 2)
    image = cv2.warpAffine(scene.strength, np.column_stack([turn, shift]), (WIDTH, HEIGHT))
    half = (scene.boxes[:, 2:] - scene.boxes[:, :2]) / 2
    middles = (scene.boxes[:, :2] + half) @ turn.T + shift
    half = np.sqrt(half**2 @ turn.T**2)  # as an ellipse in the box has it
    boxes = np.concatenate([middles - half, middles + half], axis=1).astype(np.float32)
    return _inked(image, rng), target(boxes, scene.values, scene.whole)


def _start(size: int, tile: int, about: float | None, rng: np.random.Generator) -> int:
    """Where along one side of the scene the tile begins: all of the scene inside, or around what is written."""
    if size <= tile:
        return int(rng.integers(size - tile, 1))
    start = rng.uniform(0, size - tile) if about is None else about - tile * rng.uniform(0.1, 0.9)
    return int(np.clip(start, -8, size - tile + 8))


def _turn(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A small rotation, slant and stretch, [2, 2]; often none."""
    if rng.random() < UNTURNED:
        return np.eye(2)
    angle, slant = rng.uniform(-TURN, TURN), rng.uniform(-SLANT, SLANT)
    size, aspect = rng.uniform(-SIZE, SIZE), rng.uniform(-ASPECT, ASPECT)
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = np.diag(np.exp([size + aspect, size - aspect]))
    return np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, slant], [0, 1]]) @ stretch


def _inked(image: Image, rng: np.random.Generator) -> Image:
    """The tile with another pen, in another focus, in other ink: each sometimes."""
    if rng.random() < PEN:
        change = cv2.dilate if rng.random() < 0.7 else cv2.erode
        image = np.asarray(change(image, np.ones((1, 2) if rng.random() < 0.5 else (2, 1), np.uint8)), np.uint8)
    if rng.random() < FOCUS:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9)), np.uint8)
    if rng.random() < CURVE:
        levels = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.5, 0.5))
        image = np.asarray(cv2.LUT(image, levels.round().astype(np.uint8)))
    if rng.random() < GRAIN:
        grain = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 25))
        image = np.clip(image + grain * (image > 0), 0, 255).astype(np.uint8)
    return image


def target(boxes: Floats, values: Image, whole: npt.NDArray[np.bool_]) -> Floats:
    """What the detector is to say of a tile's cells, float32 [16, 64, 6], given the boxes in the tile's pixels."""
    targets = np.zeros((HEIGHT // STRIDE_Y, WIDTH // STRIDE_X, 6), np.float32)
    targets[..., 0], targets[..., 1] = NOT_A_DIGIT, 1.0
    cx = (np.arange(targets.shape[1]) + 0.5) * STRIDE_X
    cy = (np.arange(targets.shape[0]) + 0.5) * STRIDE_Y
    nearest = np.full(targets.shape[:2], np.inf, np.float32)
    for (left, top, right, bottom), value, complete in zip(boxes, values, whole, strict=True):
        width, height = right - left, bottom - top
        seen = max(0.0, min(right, WIDTH) - max(left, 0)) * max(0.0, min(bottom, HEIGHT) - max(top, 0))
        if not seen or height > TOO_LARGE or height < TOO_SMALL:
            continue
        if not complete or not LEAST <= height <= MOST or seen < VISIBLE * width * height:
            targets[..., 1] *= ~((cx > left) & (cx < right) & ((cy > top) & (cy < bottom))[:, None])
            continue
        across = np.abs(cx - (left + right) / 2) / max(1.5, CORE * width)
        down = np.abs(cy - (top + bottom) / 2) / max(2.2, CORE * height)
        far = np.maximum(down[:, None], across[None])
        core = (far <= 1) & (far < nearest)
        nearest[core] = far[core]
        targets[core, 0], targets[core, 1] = value, 1.0
        reach = np.broadcast_arrays(cx[None] - left, cy[:, None] - top, right - cx[None], bottom - cy[:, None])
        targets[core, 2:] = np.stack(reach, axis=-1)[core] / REACH_UNIT
    return targets
