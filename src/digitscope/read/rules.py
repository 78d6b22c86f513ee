"""Rules of paper and forms: long straight lines that are no strokes, taken out without cutting what they touch."""

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]

LONG = 0.62  # of the page's width (or height): a straight line this long may be a rule
GLYPHS = 3.0  # heights of a glyph: so may a line this long
MARGIN = 0.13  # of the page: a straight line along the edge, here, may be the border of a cell
ALONG = 0.4  # of the page: from this length on
TILT = 16.0  # degrees from the page's sides


def remove_rules(mask: Mask, pen: float) -> Mask:
    """`mask` without long straight lines; strokes that cross them stay whole.

    Args:
        mask: uint8 [H, W], 1 where there is ink.
        pen: the pen's width in pixels.
    """
    lines = np.zeros_like(mask)
    glyph = _glyph_height(mask)
    for upright in (False, True):
        turned = np.ascontiguousarray(mask.T) if upright else mask
        found = _level_lines(turned, pen, glyph)
        lines |= np.ascontiguousarray(found.T) if upright else found
    return np.where(lines > 0, 0, mask).astype(np.uint8)


def _glyph_height(mask: Mask) -> float:
    """The typical height of the components that are no rules; infinite where there are too few to tell."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    h, w = mask.shape
    heights, widths = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    usual = np.sort(heights[(heights < 0.5 * h) & (widths < 0.5 * w) & (heights >= 8) & (heights > 0.4 * widths)])
    if len(usual) < 3:
        return float("inf")
    weights = np.cumsum(usual.astype(np.float64))
    return float(usual[np.searchsorted(weights, weights[-1] / 2)])


def _level_lines(mask: Mask, pen: float, glyph: float) -> Mask:
    """The pixels of nearly level lines that no stroke crosses, uint8 [H, W]."""
    h, w = mask.shape
    bands = np.zeros_like(mask)
    shortest = max(min(ALONG * w, GLYPHS * glyph), 8 * pen, 32)
    if shortest > w:
        return bands
    factor = min(1.0, 800 / w)
    size = (max(1, round(w * factor)), max(1, round(h * factor)))
    small = cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA)
    small = (small > 60).astype(np.uint8)
    thick = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((max(3, round(2.5 * pen * factor)), 1), np.uint8))
    segments = cv2.HoughLinesP(
        small & ~thick,
        1,
        np.pi / 360,
        max(16, int(shortest * factor * 0.5)),
        None,
        shortest * factor,
        0.02 * w * factor,
    )
    if segments is None:
        return bands
    width = max(3, round(1.5 * pen + 2))
    for x1, y1, x2, y2 in segments.reshape(-1, 4) / factor:
        if abs(np.degrees(np.arctan2(y2 - y1, x2 - x1))) > TILT:
            continue
        edge = min(min(y1, y2), h - max(y1, y2)) < MARGIN * h and abs(y2 - y1) < 0.05 * w
        if edge or abs(x2 - x1) >= min(LONG * w, GLYPHS * glyph):
            dx, dy = (x2 - x1) * 0.05, (y2 - y1) * 0.05  # a rule goes on a little beyond where it was seen
            cv2.line(bands, (round(x1 - dx), round(y1 - dy)), (round(x2 + dx), round(y2 + dy)), 1, width)
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((max(4, round(2.0 * pen + 2)), 1), np.uint8))
    crossing = cv2.dilate(crossing, np.ones((3, 3), np.uint8))
    return bands & mask & (1 - crossing)
