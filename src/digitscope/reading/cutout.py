"""A digit's box on a page → its ink alone, cut out from neighbours, rules and frames."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from digitscope.arrays import Floats, Image, PixelsLTRB
from digitscope.reading.ink import Ink
from digitscope.reading.normalization import ink_box

INK_MARGIN = 0.06  # of its height: a digit's ink lies at most this far outside its box (LOG: digits cut with 0.06)
WINDOW_MARGIN = 0.45  # of its height: components that end within this margin may be the digit's own; not measured
OWN_SHARE = 0.5  # of a component inside the digit's box: with less it is a neighbour's; not measured by itself
FAINT_INK_PERCENTILE = 97  # of a box's pixels, taken as full ink where the mask has none (LOG: too faint for the mask)


class Cutout(NamedTuple):
    """A digit cut out: its box on the page, and uint8 [h, w] with its ink alone."""

    box_ltrb: PixelsLTRB
    ink: Image


def cut_out(ink: Ink, box_ltrb: Floats) -> Cutout:
    """The ink of the digit in a box, float32 [4].

    Its own are the connected component that has most ink in the box, and those that lie mostly inside: whole where
    they end near the box; of those that go on, such as rules and touching neighbours, it gets what lies in the box.
    """
    labels, stats = ink.pieces
    height, width = labels.shape
    x0, y0, x1, y1 = grow(box_ltrb, WINDOW_MARGIN, width, height)
    left, top, right, bottom = box = grow(box_ltrb, INK_MARGIN, width, height)
    inside = np.bincount(labels[top:bottom, left:right].ravel(), minlength=1)
    inside[0] = 0
    main = int(inside.argmax())
    here = labels[y0:y1, x0:x1]
    mask = np.zeros(here.shape, np.uint8)
    if main:
        for component in np.flatnonzero(inside).tolist():
            x, y, w, h, area = stats[component].tolist()
            if component != main and inside[component] < OWN_SHARE * area:
                continue
            own = here == component
            if x < x0 or y < y0 or x + w > x1 or y + h > y1:
                own[: top - y0], own[bottom - y0 :], own[:, : left - x0], own[:, right - x0 :] = 0, 0, 0, 0
            mask |= own
    spread = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    part = np.where(spread > 0, ink.strength[y0:y1, x0:x1], 0).astype(np.uint8)
    inner = ink_box(part)
    if inner is None:
        return Cutout(box, _stretched(ink.strength[top:bottom, left:right]))
    x, y, w, h = inner
    return Cutout((x0 + x, y0 + y, x0 + x + w, y0 + y + h), part)


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
