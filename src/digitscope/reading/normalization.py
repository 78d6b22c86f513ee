"""A glyph → MNIST's own form: longest side 20 pixels, a pen of MNIST's width, centre of mass in the middle of 28×28.

LeCun, Bottou, Bengio and Haffner (1998) made MNIST so: each digit scaled, its aspect kept, into a 20×20 box, and
placed with its centre of mass in the middle of 28×28. A network trained on MNIST expects the same.
"""

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Image

SIDE = 28
BOX = 20
MNIST_STROKE = 2.0  # pixels; MNIST's own strokes, measured by `stroke_width`: median 2.1, 5 % to 95 %: 1.4 to 3.4
MNIST_MAX_STROKE = 3.6  # pixels; a pen thicker than nearly all of MNIST's
CENTRE = 14  # MNIST's centres of mass lie between 13.5 and 14.5, pixels counted from 0
FULL_INK_QUANTILE = 0.9  # the inked pixels' quantile that becomes full ink; not measured by itself
WORKING_SIDE = 80  # pixels of the longest side while strokes are widened: four to one of MNIST's
HALF_INK = 128  # of 255: brighter pixels count as ink


def normalize(ink: Image, *, stroke: float = MNIST_STROKE) -> Image:
    """Bring one glyph into MNIST's form.

    Args:
        ink: uint8 [h, w], the glyph alone, ink bright (0 is paper, 255 the glyph's full ink). Empty margins are cut.
        stroke: strokes thinner than this, in pixels of the result, are widened to it; those thicker than
            MNIST_MAX_STROKE are thinned to that.

    Returns:
        uint8 [28, 28]; all zeros where `ink` holds nothing above half its range.
    """
    box = ink_box(ink)
    if box is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    x, y, w, h = box
    glyph = ink[y : y + h, x : x + w]
    scale = WORKING_SIDE / max(w, h)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    glyph = cv2.resize(glyph, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return centre(_fit(_redrawn(glyph, stroke * WORKING_SIDE / BOX, MNIST_MAX_STROKE * WORKING_SIDE / BOX)))


def _redrawn(glyph: Image, thinnest: float, thickest: float) -> Image:
    """The glyph with its strokes widened to `thinnest` pixels, or thinned to `thickest` where that leaves it whole."""
    width = stroke_width(glyph)
    if thinnest - 1 <= width <= thickest + 1:
        return glyph
    radius = round(abs(width - (thinnest if width < thinnest else thickest)) / 2) or 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    framed = cv2.copyMakeBorder(glyph, radius, radius, radius, radius, cv2.BORDER_CONSTANT, value=0)
    if width < thinnest:
        return cv2.dilate(framed, disc)
    thin = cv2.erode(framed, disc)
    box = ink_box(thin)
    if box is None or _component_count(thin) != _component_count(framed):
        return glyph
    x, y, w, h = box
    return thin[y : y + h, x : x + w]


def _component_count(glyph: Image) -> int:
    """The number of connected components of ink."""
    count, _ = cv2.connectedComponents((glyph >= HALF_INK).astype(np.uint8), connectivity=8)
    return int(count) - 1


def ink_box(ink: Image) -> BoxXYWH | None:
    """The box x, y, w, h of what is at least half as bright as the glyph's full ink; None for an empty image."""
    x, y, w, h = cv2.boundingRect((ink >= HALF_INK).view(np.uint8))
    return (x, y, w, h) if w else None


def stroke_width(glyph: Image) -> float:
    """The typical width of the pen in pixels: twice the mean height of the distance transform's ridge."""
    mask = (glyph >= HALF_INK).astype(np.uint8)
    mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    ridge = distance[(distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)))]
    return float(2 * ridge.mean() - 1) if len(ridge) else 0.0


def _fit(glyph: Image) -> Image:
    """Scale the glyph into the 20×20 box, its aspect kept, its brightest ink at 255."""
    h, w = glyph.shape
    scale = BOX / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    small = cv2.resize(glyph, size, interpolation=cv2.INTER_AREA)
    inked = np.sort(small[small > 0])
    full = float(inked[round(FULL_INK_QUANTILE * (len(inked) - 1))]) if len(inked) else 255.0
    return np.minimum(small * (255.0 / full), 255).astype(np.uint8)


def centre(glyph: Image) -> Image:
    """Place a glyph of at most 20×20 in 28×28 with its centre of mass in the middle, to the nearest pixel."""
    h, w = glyph.shape
    moments = cv2.moments(glyph)
    total = moments["m00"] or 1.0
    top = min(max(round(CENTRE - moments["m01"] / total), 0), SIDE - h)
    left = min(max(round(CENTRE - moments["m10"] / total), 0), SIDE - w)
    out = np.zeros((SIDE, SIDE), np.uint8)
    out[top : top + h, left : left + w] = glyph
    return out


def is_mnist_form(image: Image) -> bool:
    """Whether a 28×28 image already has MNIST's form, judged by its content.

    Bright ink on an empty, black border, within 20 pixels, the centre of mass in the middle within a pixel.
    """
    if image.shape != (SIDE, SIDE):
        return False
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not len(rows) or image.max() < HALF_INK:
        return False
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    if max(height, width) > BOX or max(height, width) < BOX - 2:
        return False
    mass = image.astype(np.float64)
    cy = (mass.sum(axis=1) @ np.arange(SIDE)) / mass.sum()
    cx = (mass.sum(axis=0) @ np.arange(SIDE)) / mass.sum()
    return bool(abs(cy - CENTRE) <= 1 and abs(cx - CENTRE) <= 1)
