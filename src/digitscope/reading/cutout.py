"""A digit's box on a page → its ink alone, cut out from neighbours, rules and frames."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Boxes, Floats, Image, Indices, Mask, PixelsLTRB
from digitscope.reading.ink import Ink, Pieces
from digitscope.reading.normalization import ink_box

INK_MARGIN = 0.06  # of its height: a digit's ink lies at most this far outside its box (LOG: digits cut with 0.06)
WINDOW_MARGIN = 0.45  # of its height: components that end within this margin may be the digit's own; not measured
OWN_SHARE = 0.5  # of a component inside the digit's box: with less it is a neighbour's; not measured by itself
FAINT_INK_PERCENTILE = 97  # of a box's pixels, taken as full ink where the mask has none (LOG: too faint for the mask)


class Cutout(NamedTuple):
    """A digit cut out: its box on the page, uint8 [h, w] with its ink alone, and how completely it was cut out.

    `share` is the part it has of the connected components it belongs to: 1 where nothing touches it.
    """

    box_ltrb: PixelsLTRB
    ink: Image
    share: float


def cut_out(ink: Ink, boxes_ltrb: Boxes, k: int) -> Cutout:
    """The ink of the digit in box `k` of float32 [N, 4], without its neighbours'.

    Connected components that end near the digit's box belong to it whole; of those that go on, such as rules and
    touching neighbours, it gets what lies in its box.
    """
    height, width = ink.mask.shape
    window = x0, y0, x1, y1 = grow(boxes_ltrb[k], WINDOW_MARGIN, width, height)
    own_ink = separate_components(ink, boxes_ltrb, k, window)
    separate = own_ink is not None
    if own_ink is None:
        own_ink = split_components(ink, boxes_ltrb, k, window)
    spread = cv2.dilate(own_ink.astype(np.uint8), np.ones((3, 3), np.uint8))
    part = np.where(spread > 0, ink.strength[y0:y1, x0:x1], 0).astype(np.uint8)
    inner = ink_box(part)
    if inner is None:
        box = left, top, right, bottom = grow(boxes_ltrb[k], INK_MARGIN, width, height)
        return Cutout(box, _stretched(ink.strength[top:bottom, left:right]), 0.0)
    share = 1.0 if separate else _share(own_ink, ink.mask[y0:y1, x0:x1])
    x, y, w, h = inner
    return Cutout((x0 + x, y0 + y, x0 + x + w, y0 + y + h), part, share)


def separate_components(ink: Ink, boxes_ltrb: Boxes, k: int, window: PixelsLTRB) -> Mask | None:
    """The ink of digit `k` in a window, bool [H, W], where whole components are clearly its own.

    None where a component in its box leaves the window, or may be nearer to another digit.
    """
    labels, stats = ink.pieces
    height, width = labels.shape
    x0, y0, x1, y1 = window
    inside = component_areas(ink.pieces, grow(boxes_ltrb[k], 0, width, height))
    components = np.flatnonzero(inside)
    low = stats[components, :2]
    high = low + stats[components, 2:4]
    if (low < (x0, y0)).any() or (high > (x1, y1)).any():
        return None
    centre, half = (boxes_ltrb[:, :2] + boxes_ltrb[:, 2:]) / 2, np.maximum(boxes_ltrb[:, 2:] - boxes_ltrb[:, :2], 1) / 2
    farthest = (np.maximum(high - centre[k], centre[k] - low) / half[k]).max(axis=1)
    others = np.delete(np.arange(len(boxes_ltrb)), k)
    apart = np.maximum(low[:, None] - centre[others], centre[others] - high[:, None]).clip(0) / half[others]
    if (apart.max(axis=2).min(axis=1, initial=np.inf) < farthest).any():
        return None
    own = np.zeros(len(stats), bool)
    own[components] = inside[components] >= OWN_SHARE * stats[components, 4]
    return own[labels[y0:y1, x0:x1]]


def split_components(ink: Ink, boxes_ltrb: Boxes, k: int, window: PixelsLTRB) -> Mask:
    """The ink of digit `k` in a window, bool [H, W], cut off from what continues or is nearer to another digit."""
    height, width = ink.mask.shape
    x0, y0, x1, y1 = window
    mask = ink.mask[y0:y1, x0:x1].copy()
    x, y = np.arange(x0, x1) + 0.5, np.arange(y0, y1)[:, None] + 0.5
    own = _distance(boxes_ltrb[k], x, y)
    low, high = boxes_ltrb[:, :2], boxes_ltrb[:, 2:]
    for other in np.flatnonzero(((low < (x1, y1)) & (high > (x0, y0))).all(axis=1)).tolist():
        if other != k:
            mask[_distance(boxes_ltrb[other], x, y) < own] = 0
    left, top, right, bottom = grow(boxes_ltrb[k], INK_MARGIN, width, height)
    close = (x > left) & (x < right) & (y > top) & (y < bottom)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    ends = np.ones(count, bool)
    for side, at_edge in ((labels[0], y0), (labels[-1], height - y1), (labels[:, 0], x0), (labels[:, -1], width - x1)):
        if at_edge > 0:
            ends[side] = False
    labels[~close & ~ends[labels]] = 0
    inside = np.bincount(labels[own <= 1], minlength=count)
    kept = inside >= OWN_SHARE * np.bincount(labels.ravel(), minlength=count)
    kept[0] = False
    return np.asarray(kept[labels])


def component_areas(components: Pieces, box_ltrb: PixelsLTRB) -> Indices:
    """The pixels of each connected component inside a box, [N + 1]; 0 for the background."""
    x0, y0, x1, y1 = box_ltrb
    counts = np.bincount(components.labels[y0:y1, x0:x1].ravel(), minlength=len(components.stats))
    counts[0] = 0
    return counts


def grow(box_ltrb: Floats, share: float, width: int, height: int) -> PixelsLTRB:
    """A box grown by a share of its height on each side, within the page and never empty."""
    left, top, right, bottom = box_ltrb.tolist()
    more = share * (bottom - top)
    x0, y0 = max(0, min(int(left - more), width - 1)), max(0, min(int(top - more), height - 1))
    x1, y1 = math.ceil(right + more), math.ceil(bottom + more)
    return x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height)


def _stretched(strength: Image) -> Image:
    """The darkest pixels, however faint, as full ink: the classifier can tell whether they are a digit or grain."""
    full = float(np.percentile(strength, FAINT_INK_PERCENTILE))
    return cv2.convertScaleAbs(strength, alpha=255 / max(1.0, full))


def _share(own_ink: Mask, mask: Image) -> float:
    """The part that a digit's ink, bool [H, W], has of the components of `mask` that it touches."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    touched = np.zeros(count, bool)
    touched[labels[own_ink]] = True
    return int(np.count_nonzero(own_ink)) / max(1, int(np.count_nonzero(touched[labels])))


def _distance(box_ltrb: Floats, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Floats:
    """How far pixels are from a box's centre, 1 at its sides: float32 [H, W]."""
    across = np.abs(2 * x - box_ltrb[0] - box_ltrb[2]) / max(box_ltrb[2] - box_ltrb[0], 1)
    down = np.abs(2 * y - box_ltrb[1] - box_ltrb[3]) / max(box_ltrb[3] - box_ltrb[1], 1)
    return np.asarray(np.maximum(across, down), np.float32)
