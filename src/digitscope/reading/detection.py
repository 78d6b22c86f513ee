"""A page's ink → where its digits are, and which they look like in their surroundings, by the detector network.

The detector is fully convolutional: for each cell, 4 pixels high and 2 wide, it gives the probability of each digit
being centred there, or none, and the distances from the cell to that digit's sides. It finds digits 14 to 28 pixels
tall, so the page is searched at scales an octave apart, and overlapping detections are merged.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime as ort

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Boxes, BoxLTRB, Doubles, Floats, Image
from digitscope.reading.ink import Ink
from digitscope.reading.pyramid import CHEAP_PIXELS, MAX_HEIGHT, MIN_HEIGHT, HalvedStrokes, candidate_scales, scaled
from digitscope.reading.suppression import merge, without_nested, without_specks

STRIDE_Y, STRIDE_X = 4, 2  # pixels from cell to cell
REACH_UNIT = 16.0  # pixels to a unit of the detector's distances
BLOCK = 8  # pixels: the sides of the detector's input are multiples of it
PAPER_MARGIN = 16  # pixels of paper shown to the detector around the ink, a digit's width
MIN_INK = 48  # of 255: where ink is fainter, the page is not searched
MIN_SCORE = 0.2  # detections that score less are dropped (score: 1 − P(not a digit))
HEIGHT_TOLERANCE = 1.2  # a digit may be smaller or larger than its scale's range by this factor
UNEXPLAINED_INK = 0.03  # of all ink: when no more lies outside detections, finer scales are left out
EXPLAINING = 0.9  # detections that score less explain no ink: small digits from afar look like a large one, not surely
EXPLAINED_MARGIN = 0.12  # of its height: a detection explains ink this far outside its box (LOG: finer scales are left)


@dataclass(frozen=True, eq=False)
class Detection:
    """A digit on the page: its box in working pixels, and float32 [11], P(each digit) and P(not a digit)."""

    box_ltrb: BoxLTRB
    probabilities: Floats

    @property
    def score(self) -> float:
        """1 − P(not a digit)."""
        return 1 - float(self.probabilities[NOT_A_DIGIT])


def find_digits(ink: Ink) -> list[Detection]:
    """The digits on a page, best score first."""
    boxes, probabilities = np.zeros((0, 4), np.float32), np.zeros((0, NOT_A_DIGIT + 1), np.float32)
    unexplained = ink.mask.copy()
    few = UNEXPLAINED_INK * np.count_nonzero(unexplained)
    halved = HalvedStrokes(ink)
    for scale, fits_pen in candidate_scales(ink):
        at_scale = detect(ink, scale, halved)
        boxes, probabilities = np.concatenate([boxes, at_scale[0]]), np.concatenate([probabilities, at_scale[1]])
        if not fits_pen:
            continue  # seen too coarsely, a page of digits may look like one: it explains no ink
        digits = at_scale[0][at_scale[1][:, NOT_A_DIGIT] < 1 - EXPLAINING]
        margins = EXPLAINED_MARGIN * (digits[:, 3:] - digits[:, 1:2]) * [-1, -1, 1, 1]
        for left, top, right, bottom in np.rint(digits + margins).astype(int).clip(0):
            unexplained[top:bottom, left:right] = 0
        if np.count_nonzero(unexplained) <= few and 4 * scale * scale * unexplained.size > CHEAP_PIXELS:
            break
    boxes, probabilities = merge(boxes, probabilities)
    scores = 1 - probabilities[:, NOT_A_DIGIT]
    kept = np.flatnonzero(without_nested(boxes, scores, ink.mask))
    kept = kept[without_specks(boxes[kept], scores[kept], ink.pen)]
    return [Detection(tuple(boxes[k].tolist()), probabilities[k]) for k in kept]


def detect(ink: Ink, scale: float, halved: HalvedStrokes) -> tuple[Boxes, Floats]:
    """Detections at one scale: boxes_ltrb float32 [N, 4] in working pixels, and probabilities [N, 11]."""
    h, w = ink.strength.shape
    small = scaled(ink, scale, halved)
    part, corner = inked_part(small, None if small.size <= CHEAP_PIXELS else cv2.boundingRect(ink.mask), scale)
    probabilities, reach = _detector().session.run(None, {"ink": part[None]}, _run_options())
    boxes, rows = decode(probabilities[0], reach[0], corner)
    stretch = np.array([w / small.shape[1], h / small.shape[0]] * 2)
    return (boxes * stretch).astype(np.float32), rows


def decode(probabilities: Floats, reach: Floats, corner: tuple[int, int]) -> tuple[Doubles, Floats]:
    """The detector's outputs → boxes_ltrb [N, 4] in pixels of the scaled page, and their probabilities [N, 11].

    Args:
        probabilities: float32 [rows, columns, 11] for each cell.
        reach: float32 [rows, columns, 4], from the cell's centre left, up, right and down, in units of REACH_UNIT.
        corner: x, y of the input's top left corner on the scaled page.
    """
    rows, columns = np.nonzero(probabilities[:, :, NOT_A_DIGIT] < 1 - MIN_SCORE)
    x, y = corner[0] + (columns + 0.5) * STRIDE_X, corner[1] + (rows + 0.5) * STRIDE_Y
    out = np.maximum(reach[rows, columns], 1 / REACH_UNIT) * REACH_UNIT
    boxes = np.stack([x - out[:, 0], y - out[:, 1], x + out[:, 2], y + out[:, 3]], axis=1)
    heights = out[:, 1] + out[:, 3]
    of_scale = (heights > MIN_HEIGHT / HEIGHT_TOLERANCE) & (heights < MAX_HEIGHT * HEIGHT_TOLERANCE)
    return boxes[of_scale], probabilities[rows, columns][of_scale]


def inked_part(small: Image, mask_xywh: Sequence[int] | None, scale: float) -> tuple[Image, tuple[int, int]]:
    """The part of a scaled page with ink, a margin around it, padded to whole blocks; and the x, y of its corner.

    Close by, paper's grain is as dark as faint ink: there, what the mask's box in working pixels holds counts as ink.
    From afar, where `mask_xywh` is None, all ink does.
    """
    if mask_xywh is None:
        left, top, width, height = cv2.boundingRect((small >= MIN_INK).astype(np.uint8))
    else:
        left, top = (int(scale * start) for start in mask_xywh[:2])
        width, height = (math.ceil(scale * side) + 1 for side in mask_xywh[2:])
    x0, y0 = (max(0, start - PAPER_MARGIN) // BLOCK * BLOCK for start in (left, top))
    part = small[y0 : top + height + PAPER_MARGIN, x0 : left + width + PAPER_MARGIN]
    below, beside = -part.shape[0] % BLOCK, -part.shape[1] % BLOCK
    return cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=0), (x0, y0)


@functools.cache
def _run_options() -> ort.RunOptions:
    """Memory is given back after each run: pages of other sizes would be kept beside it (LOG: 300 pages)."""
    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@functools.cache
def _detector() -> models.ModelFile:
    """One a process."""
    return models.load("detector", kind="detector")
