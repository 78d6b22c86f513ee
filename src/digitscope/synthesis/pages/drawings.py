"""What a pool of a page holds beside MNIST's images: drawings by pen, and prints; and the fields of all of them.

drawing = Drawing((np.array([[0.1, 0.0], [0.6, 0.0], [0.2, 1.0]], np.float32),))      # a seven
page = compose([*images, drawing], [*labels, 7], seed=0)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image
from digitscope.synthesis.pages.strokes import BOX, MARGIN, Distances, Field, centre_lines, outlines

Path = npt.NDArray[np.float32]  # [N, 2]: x to the right, y down, in digit heights; a digit lies between 0 and 1

AROUND = 2 * MARGIN  # MNIST pixels of field around a drawing: a brush of 0.35 of the height, pressed, reaches so far
COARSE, DENSE = 3, 6  # field pixels to one MNIST pixel: for small digits, and for those whose hairlines are seen
SEEN = 36  # pixels of a digit's height from which on its hairlines are
LARGEST = 120_000  # pixels of a field; a long word's is coarser
LIFTED = 0.02  # the pressure of a pen that leaves no ink
SETTLED = 0.6  # field pixels by which smoothing lifts the bottom of the valley


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes of a pen.

    Attributes:
        paths: one polyline a stroke; one of a single point is a dot.
        pressures: for each path, float32 [N]: the factor on the pen's width along it; none where it is 1 throughout.
        own: half the stroke's width in MNIST pixels where the pen is to keep that of what is written.
    """

    paths: tuple[Path, ...]
    pressures: tuple[npt.NDArray[np.float32], ...] = ()
    own: float = 1.3  # as MNIST's


@dataclass(frozen=True, eq=False)
class Print:
    """Something that no pen follows: print, a stamp, a pattern.

    Attributes:
        image: uint8 [H, W], ink bright.
        height: of the image, in digit heights.
    """

    image: Image
    height: float = 1.0


Entry = Image | Drawing | Print  # of a pool; an Image has MNIST's form, uint8 [28, 28]
Entries = npt.NDArray[np.uint8] | Sequence[Entry]


def fields(pool: Entries, chosen: npt.NDArray[np.int64], *, natural: bool, height: float) -> list[Field]:
    """The fields of the entries chosen, for digits `height` pixels tall; `natural` pens keep each entry's own width."""
    entries = [pool[i] for i in chosen]
    images = [n for n, entry in enumerate(entries) if isinstance(entry, np.ndarray)]
    made: dict[int, Field] = {}
    if images:
        of_images = outlines if natural else centre_lines
        made = dict(zip(images, of_images(np.stack([entries[n] for n in images])), strict=True))  # type: ignore[arg-type, unused-ignore]
    fine = DENSE if height > SEEN else COARSE
    for n, entry in enumerate(entries):
        if isinstance(entry, Drawing):
            made[n] = drawn(entry, natural=natural, fine=fine)
        elif isinstance(entry, Print):
            made[n] = printed(entry, fine=fine)
    return [made[n] for n in range(len(entries))]


def drawn(drawing: Drawing, *, natural: bool = False, fine: float = DENSE) -> Field:
    """The distance to the drawing's strokes, or with `natural` to the outline of strokes of its own width."""
    points = np.concatenate(drawing.paths)
    low, high = points.min(axis=0), points.max(axis=0)
    sides = (high - low) * BOX + 2 * AROUND
    fine = min(fine, math.sqrt(LARGEST / float(sides.prod())))
    w, h = (math.ceil(side * fine) for side in sides.tolist())
    pressure = np.zeros((h, w), np.float32)
    for n, path in enumerate(drawing.paths):
        pixels = ((path - low) * BOX + AROUND) * fine
        _trace(pressure, pixels, drawing.pressures[n] if drawing.pressures else None)
    distances = _distances(pressure) / np.float32(fine)
    distances = np.maximum(cv2.GaussianBlur(distances, (0, 0), 0.8) - np.float32(SETTLED / fine), 0)
    middle = (0.5 * (low + high) - low)[0], 0.5 - low[1]
    x, y = (float((part * BOX + AROUND) * fine) for part in middle)
    return Field(distances - np.float32(drawing.own) if natural else distances, fine, (x, y))


def _trace(pressure: Distances, pixels: Path, along: npt.NDArray[np.float32] | None) -> None:
    """Draw one path into the layer, as bright as the pen is pressed; runs of like pressure in one go."""
    points = np.rint(pixels * 16).astype(np.int32)
    if along is None:
        cv2.polylines(pressure, [points.reshape(-1, 1, 2)], False, 1.0, 1, cv2.LINE_8, 4)
        return
    steps = np.maximum(np.round(along * 8) / 8, LIFTED)
    ends = np.flatnonzero(np.diff(steps)) + 1
    for start, stop in zip([0, *ends.tolist()], [*ends.tolist(), len(points) - 1], strict=True):
        run = points[start : stop + 1].reshape(-1, 1, 2)
        cv2.polylines(pressure, [run], False, float(steps[start]), 1, cv2.LINE_8, 4)


def _distances(pressure: Distances) -> Distances:
    """The distance to the nearest inked pixel in pixels, divided by the pressure there."""
    blank = (pressure == 0).astype(np.uint8)
    if blank.all():
        return np.full(pressure.shape, 99.0, np.float32)
    if pressure.max() == 1 and pressure[blank == 0].min() == 1:
        return np.asarray(cv2.distanceTransform(blank, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    away, nearest = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    inked = blank == 0
    pressed = np.ones(int(nearest.max()) + 1, np.float32)
    pressed[nearest[inked]] = pressure[inked]
    lifted = np.where(pressed > LIFTED, 0, 2).astype(np.float32)  # pixels: where the pen is lifted, nothing is
    return np.asarray((away + lifted[nearest]) / pressed[nearest], np.float32)


def printed(print_: Print, *, fine: float = DENSE) -> Field:
    """The distance to the print's outline, negative inside."""
    h, w = print_.image.shape
    fine = min(fine, math.sqrt(LARGEST / (h * w)) * h / (print_.height * BOX))
    zoom = print_.height * BOX * fine / h
    size = max(1, round(w * zoom)), max(1, round(h * zoom))
    image = cv2.resize(print_.image, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    edge = math.ceil(MARGIN * fine)
    ink = (cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0) > 110).astype(np.uint8)
    outside = cv2.distanceTransform(1 - ink, cv2.DIST_L2, cv2.DIST_MASK_5)
    inside = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_5)
    distances = cv2.GaussianBlur((outside - inside) / np.float32(fine), (0, 0), 0.7)
    return Field(np.asarray(distances, np.float32), fine, (ink.shape[1] / 2, ink.shape[0] / 2), solid=True)
