"""Rules of paper and forms: long straight lines that are no strokes, taken out without cutting what they touch.

Lines are found among the ink that is thin across them, as staff lines are in printed music: a nearly level line is
made of short upright runs. Each line's own thickness is then measured, and its ink goes wherever the run across it is
no longer than that; a longer run is a stroke that crosses the line or stands on it. Upright lines alike, on the page
turned; the sides of a form's boxes are shorter, but stand on level lines.
"""

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
Runs = npt.NDArray[np.uint8]
Segments = npt.NDArray[np.float64]

LONG = 0.62  # of the page's width (or height): a straight line this long that comes from its edge may be a rule
EDGE = 0.05  # of the page: an end this near comes from the edge; a stroke of a single digit ends within the page
SLENDER = 12.0  # typical runs of ink: a shorter line is a thick stroke
GLYPHS = 3.0  # heights of a glyph: so may a line this long
MARGIN = 0.13  # of the page: a straight line along the edge, here, may be the border of a cell
ALONG = 0.4  # of the page: from this length on
TILT = 17.0  # degrees from the page's sides
THICK = 1.6  # of the typical run of ink across a line: thicker ink is no line
SQUARE = 8.0  # degrees by which a box's corner may differ from a right angle
COMB = 3  # sides of the same length that stand on lines with one end only
WORKING = 800  # pixels of the page's width where lines are looked for


def remove_rules(mask: Mask, pen: float) -> Mask:
    """`mask` without long straight lines; strokes that cross them stay whole.

    Args:
        mask: uint8 [H, W], 1 where there is ink.
        pen: the pen's width in pixels.
    """
    turned = np.ascontiguousarray(mask.T)
    glyph = _glyph_height(mask)
    runs, runs_turned = _runs(mask), _runs(turned)
    level, upright = _rules(runs, pen, glyph), _rules(runs_turned, pen, glyph)
    limits = _limits(runs, level)
    if len(level):
        upright = np.concatenate([upright, _sides(runs_turned, np.ascontiguousarray(limits.T), level)])
    limits_turned = _limits(runs_turned, upright)
    gone = (runs <= limits) & (runs > 0)
    gone |= ((runs_turned <= limits_turned) & (runs_turned > 0)).T
    gone |= (limits > 0) & (limits_turned > 0).T  # where two lines cross, the run across each is the other
    return np.where(gone, 0, mask).astype(np.uint8)


def _runs(mask: Mask) -> Runs:
    """For each pixel of ink the length of the upright run that it lies in, at most 255: uint8 [H, W]."""
    h, w = mask.shape
    columns = np.zeros((w, h + 1), np.int8)
    columns[:, :h] = mask.T
    flat = columns.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=0))
    lengths = edges[1::2] - edges[::2]
    runs = np.zeros(flat.shape, np.uint8)
    runs[flat > 0] = np.repeat(np.minimum(lengths, 255), lengths)
    return np.ascontiguousarray(runs.reshape(w, h + 1)[:, :h].T)


def _typical_run(runs: Runs) -> float:
    """The median length of runs, each counted once."""
    counts = np.bincount(runs.ravel(), minlength=256)[1:] / np.arange(1, 256)
    total = np.cumsum(counts)
    return float(np.searchsorted(total, total[-1] / 2) + 1)


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


def _rules(runs: Runs, pen: float, glyph: float) -> Segments:
    """Nearly level lines that are long beside the page or its glyphs: x1, y1, x2, y2, [N, 4], from left to right."""
    h, w = runs.shape
    if not runs.any():
        return np.zeros((0, 4))
    shortest = max(min(ALONG * w, GLYPHS * glyph), 8 * pen, SLENDER * _typical_run(runs), 32)
    if shortest > w:
        return np.zeros((0, 4))
    found = _segments(runs, shortest, gap=max(0.02 * w, 2 * pen))
    x1, y1, x2, y2 = found.T
    low, high = np.minimum(y1, y2), np.maximum(y1, y2)
    edge = (np.minimum(low, h - high) < MARGIN * h) & (high - low < 0.05 * w)
    across = (x2 - x1 >= LONG * w) & (np.minimum(x1, w - x2) <= EDGE * w)
    kept: Segments = found[edge | across | (x2 - x1 >= GLYPHS * glyph)]
    return kept


def _segments(runs: Runs, shortest: float, *, gap: float) -> Segments:
    """Straight, thin, nearly level pieces of ink, [N, 4]."""
    h, w = runs.shape
    factor = min(1.0, WORKING / w)
    thin = (runs > 0) & (runs <= THICK * _typical_run(runs) + 1)
    size = (max(1, round(w * factor)), max(1, round(h * factor)))
    small = cv2.resize(thin.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    small = cv2.dilate((small > 60).astype(np.uint8), np.ones((3, 1), np.uint8))  # a line wavers by a pixel
    votes = max(12, int(shortest * factor * 0.5))
    lines = cv2.HoughLinesP(small, 1, np.pi / 360, votes, None, shortest * factor, gap * factor)
    if lines is None:
        return np.zeros((0, 4))
    found: Segments = lines.reshape(-1, 4) / factor
    found = np.where((found[:, :1] > found[:, 2:3]), found[:, [2, 3, 0, 1]], found)
    tilt = np.degrees(np.arctan2(found[:, 3] - found[:, 1], found[:, 2] - found[:, 0]))
    kept: Segments = found[np.abs(tilt) <= TILT]
    return kept


def _limits(runs: Runs, lines: Segments) -> Runs:
    """For each pixel on a line how long the run across may be that is the line alone, else 0: uint8 [H, W]."""
    limits = np.zeros_like(runs)
    thick = THICK * _typical_run(runs) + 1 if len(lines) else 0.0
    for x1, y1, x2, y2 in lines:
        xs = np.linspace(x1, x2, max(2, int(x2 - x1) // 2))
        ys = np.linspace(y1, y2, len(xs))
        near = np.stack([_at(runs, xs, ys + d) for d in (-2, 0, 2)]).max(axis=0)
        near = near[(near > 0) & (near <= thick)]
        thickness = float(np.median(near)) if len(near) else 1.0
        dx, dy = (x2 - x1) * 0.05, (y2 - y1) * 0.05  # a rule goes on a little beyond where it was seen
        ends = (round(x1 - dx), round(y1 - dy)), (round(x2 + dx), round(y2 + dy))
        band = np.zeros_like(runs)
        cv2.line(band, *ends, min(255, round(1.5 * thickness + 1)), max(3, round(thickness + 4)))
        limits = np.maximum(limits, band)
    return limits


def _sides(runs: Runs, rules: Runs, level: Segments) -> Segments:
    """The sides of boxes: straight, thin, at right angles to the level lines, both ends on them; or teeth of a comb.

    Args:
        runs: of the page turned, so that sides are level.
        rules: where the level lines are, turned too.
        level: the level lines themselves, not turned.
    """
    typical = _typical_run(runs)
    found = _segments(runs, max(12.0, 5 * typical), gap=max(3.0, typical))
    if not len(found):
        return found
    slope = np.median((level[:, 3] - level[:, 1]) / np.maximum(level[:, 2] - level[:, 0], 1))
    tilt = np.degrees(np.arctan2(found[:, 3] - found[:, 1], found[:, 2] - found[:, 0]))
    found = found[np.abs(tilt + np.degrees(np.arctan(slope))) <= SQUARE]
    reach = cv2.dilate((rules > 0).astype(np.uint8), np.ones((3, 2 * round(typical + 2) + 1), np.uint8))
    starts = _at(reach, found[:, 0], found[:, 1])
    ends = _at(reach, found[:, 2], found[:, 3])
    both = found[(starts > 0) & (ends > 0)]
    one = found[(starts > 0) ^ (ends > 0)]
    lengths = one[:, 2] - one[:, 0]
    alike = np.abs(lengths[:, None] - lengths[None]) < 0.2 * lengths[:, None]
    apart = np.abs(one[:, None, 1] - one[None, :, 1]) > 4 * typical
    teeth = one[(alike & apart).sum(axis=1) >= COMB - 1] if len(one) else one
    sides: Segments = np.concatenate([both, teeth]) if not len(both) else both
    return sides


def _at(image: Mask, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Mask:
    h, w = image.shape
    values: Mask = image[np.rint(y).astype(int).clip(0, h - 1), np.rint(x).astype(int).clip(0, w - 1)]
    return values
