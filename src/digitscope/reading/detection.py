"""A page's ink → where its digits may be, by the detector network; what is there is for the classifier to say.

The detector is fully convolutional: for each cell, 4 pixels high and 2 wide, it gives the probability of each digit
being centred there, or none, and the distances from the cell to that digit's sides. It finds digits 14 to 28 pixels
tall, so the page is searched at scales an octave apart, and detections of the same place are merged.
"""

import functools
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime as ort

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Boxes, Doubles, Floats, Image
from digitscope.reading.ink import Ink
from digitscope.reading.pyramid import (
    CHEAP_PIXELS,
    MAX_HEIGHT,
    MIN_HEIGHT,
    MIN_PENS,
    HalvedStrokes,
    candidate_scales,
    scaled,
)
from digitscope.reading.suppression import MERGE_IOU, intersections, merge

STRIDE_Y, STRIDE_X = 4, 2  # pixels from cell to cell
REACH_UNIT = 16.0  # pixels to a unit of the detector's distances
BLOCK = 8  # pixels: the sides of the detector's input are multiples of it
PAPER_MARGIN = 16  # pixels of paper shown to the detector around the ink, a digit's width
MIN_INK = 48  # of 255: where ink is fainter, the page is not searched
MIN_SCORE = 0.1  # detections that score less are dropped (score: 1 − P(not a digit))
CONFIDENT = 0.5  # score from which ink counts as explained
MOST_PIECES = 64  # pieces of ink that are proposed by themselves
HEIGHT_TOLERANCE = 1.2  # a digit may be smaller or larger than its scale's range by this factor
UNEXPLAINED_INK = 0.03  # of all ink: when no more lies outside detections, finer scales are left out
EXPLAINED_MARGIN = 0.12  # of its height: a detection explains ink this far outside its box (LOG: finer scales are left)


class Proposals(NamedTuple):
    """Where a page's digits may be.

    `boxes_ltrb` is float32 [N, 4] in working pixels; `scores` float32 [N], 1 − P(not a digit) as the detector has it,
    and 0 for a piece of ink that it passed over.
    """

    boxes_ltrb: Boxes
    scores: Floats


def propose(ink: Ink) -> Proposals:
    """Where a page's digits may be: what the detector finds, and every large piece of ink by itself."""
    boxes, scores = np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    unexplained = ink.mask.copy()
    few = UNEXPLAINED_INK * np.count_nonzero(unexplained)
    halved = HalvedStrokes(ink)
    for scale, fits_pen in candidate_scales(ink):
        found = detect(ink, scale, halved)
        boxes, scores = np.concatenate([boxes, found.boxes_ltrb]), np.concatenate([scores, found.scores])
        if not fits_pen:
            continue  # seen too coarsely, a page of digits may look like one: it explains no ink
        digits = found.boxes_ltrb[found.scores > CONFIDENT]
        margins = EXPLAINED_MARGIN * (digits[:, 3:] - digits[:, 1:2]) * [-1, -1, 1, 1]
        for left, top, right, bottom in np.rint(digits + margins).astype(int).clip(0):
            unexplained[top:bottom, left:right] = 0
        if np.count_nonzero(unexplained) <= few and 4 * scale * scale * unexplained.size > CHEAP_PIXELS:
            break
    boxes, scores = merge(boxes, scores)
    alone = _pieces(ink, boxes)
    return Proposals(np.concatenate([boxes, alone]), np.concatenate([scores, np.zeros(len(alone), np.float32)]))


def _pieces(ink: Ink, boxes_ltrb: Boxes) -> Boxes:
    """The largest pieces of ink, and all of it together, as far as no box [N, 4] is about the same: float32 [M, 4]."""
    sides = ink.pieces.stats[1:, :4].astype(np.float32)
    if not len(sides):
        return np.zeros((0, 4), np.float32)
    longer = sides[:, 2:].max(axis=1)
    largest = np.argsort(-longer, kind="stable")[:MOST_PIECES]
    sides[:, 2:] += sides[:, :2]
    all_ink = np.concatenate([sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)])[None]
    pieces = np.concatenate([all_ink, sides[largest[longer[largest] >= MIN_PENS * ink.pen]]])
    areas = (boxes_ltrb[:, 2:] - boxes_ltrb[:, :2]).prod(axis=1)
    new = []
    for piece in pieces:
        others, of_others = boxes_ltrb, areas
        shared, area = intersections(piece, others), (piece[2:] - piece[:2]).prod()
        new.append(not (shared > MERGE_IOU * (of_others + area - shared)).any())
    return pieces[new]


def detect(ink: Ink, scale: float, halved: HalvedStrokes) -> Proposals:
    """What the detector finds at one scale."""
    h, w = ink.strength.shape
    small = scaled(ink, scale, halved)
    part, corner = inked_part(small)
    probabilities, reach = _detector().session.run(None, {"ink": part[None]}, _run_options())
    boxes, scores = decode(probabilities[0], reach[0], corner)
    stretch = np.array([w / small.shape[1], h / small.shape[0]] * 2)
    return Proposals((boxes * stretch).astype(np.float32), scores)


def decode(probabilities: Floats, reach: Floats, corner: tuple[int, int]) -> tuple[Doubles, Floats]:
    """The detector's outputs → boxes_ltrb [N, 4] in pixels of the scaled page, and their scores [N].

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
    return boxes[of_scale], 1 - probabilities[rows, columns, NOT_A_DIGIT][of_scale]


def inked_part(small: Image) -> tuple[Image, tuple[int, int]]:
    """The part of a page with ink, a margin around it, padded to whole blocks; and the x, y of its corner."""
    left, top, width, height = cv2.boundingRect((small >= MIN_INK).astype(np.uint8))
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
