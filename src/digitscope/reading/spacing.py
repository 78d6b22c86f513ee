"""A row of glyphs → where its numbers begin: after a space, a glyph that is no digit, a point, comma, slash or dash.

All lengths are in digit heights, so that a row is read the same at any size.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitscope.arrays import BoxLTRB, Doubles, Mask, ltrb_from_xywh
from digitscope.reading.ink import Ink

JUMP = 1.5  # a space is wider than the row's other gaps by this factor, both widened (LOG: spaces)
WIDENED = 0.35  # heights added to each gap: gaps of touching digits differ by any factor (LOG: spaces)
MIN_SPACE = 0.4  # heights: a narrower gap is no space (LOG: spaces)
LONE_SPACE = 0.9  # heights: where no gap can be compared with, or most would be spaces, they are at least so wide
ALWAYS_SPACE = 2.5  # heights: wider than the gaps of any form's cells; not measured
BESIDE = 0.5  # of its width outside both digits: what lies between them; not measured
MIN_STROKE = 0.5  # pen widths: thinner ink is grain; not measured

Marks = npt.NDArray[np.float64]  # [M, 5], pieces of ink: left, top, right, bottom in pixels, and area


def loose_ink(ink: Ink, glyphs: Sequence[BoxLTRB]) -> Marks:
    """The page's pieces of ink, as thick as a pen draws, whose middle is in no glyph's box."""
    covered = np.zeros(ink.mask.shape, bool)
    for left, top, right, bottom in np.rint(np.array(glyphs).reshape(-1, 4)).astype(int).clip(0).tolist():
        covered[top:bottom, left:right] = True
    stats = ink.pieces.stats[1:].astype(np.float64)
    x, y = (stats[:, :2] + stats[:, 2:4] / 2).astype(int).T
    longest = stats[:, 2:4].max(axis=1)
    thick = stats[:, 4] >= MIN_STROKE * ink.pen * np.maximum(longest, MIN_STROKE * ink.pen)
    loose = stats[thick & ~covered[y, x]]
    return np.column_stack([ltrb_from_xywh(loose[:, :4]), loose[:, 4]])


def number_starts(row: Sequence[BoxLTRB], digits: Sequence[bool], marks: Marks) -> Mask:
    """Where a number begins: bool [N], True at its first digit.

    Args:
        row: N boxes from left to right.
        digits: which of them are digits; others that stand between two digits part them.
        marks: the page's loose ink.
    """
    boxes = np.array(row, np.float64).reshape(-1, 4)
    at = np.flatnonzero(digits)
    starts = np.zeros(len(boxes), bool)
    starts[at[:1]] = True
    if len(at) < 2:
        return starts
    others = np.delete(boxes, at, axis=0)
    pairs = list(zip(boxes[at[:-1]], boxes[at[1:]], strict=True))
    gaps = np.array([after[0] - before[2] for before, after in pairs]) / np.median(boxes[at, 3] - boxes[at, 1])
    # between digits that touch, what is no digit is a part of them
    glyphs = np.array([_between(others, *pair).any() for pair in pairs]) & (gaps > 0)
    parted = glyphs | np.array([_signs(marks, *pair).any() for pair in pairs])
    starts[at[1:][parted]] = True
    starts[at[1:][~parted]] = wide_gaps(gaps[~parted])
    return starts


def wide_gaps(gaps: Doubles) -> Mask:
    """Which of a row's gaps, [N] in digit heights, are spaces: those above the largest jump from narrow to wide.

    Most gaps of a row are no spaces, unless these are wide by any measure: a narrow gap among wide ones is a wide
    digit.
    Without a jump, all the digits are one number however far apart, such as one to a cell of a form.
    """
    if len(gaps) < 2:
        return np.asarray(gaps > LONE_SPACE)
    ordered = np.sort(gaps)
    widened = np.maximum(ordered, 0) + WIDENED
    few = np.arange(len(gaps) - 1, 0, -1) <= len(gaps) / 2  # spaces, if they begin with the second gap, the third, ...
    jumps = np.where(ordered[1:] >= np.where(few, MIN_SPACE, LONE_SPACE), widened[1:] / widened[:-1], 0)
    widest = int(jumps.argmax())
    least = ordered[widest + 1] if jumps[widest] >= JUMP else ALWAYS_SPACE
    return np.asarray(gaps >= min(least, ALWAYS_SPACE))


def _between(boxes: Doubles, before: Doubles, after: Doubles) -> Mask:
    """Which boxes [M, 4 or more] have their middle between those of two digits, and half their width beside both."""
    left, right = boxes[:, 0], boxes[:, 2]
    middle = (left + right) / 2
    inside = (middle > (before[0] + before[2]) / 2) & (middle < (after[0] + after[2]) / 2)
    beside = np.minimum(right, max(after[0], before[2])) - np.maximum(left, min(before[2], after[0]))
    return np.asarray(inside & (beside >= BESIDE * (right - left)))


def _signs(marks: Marks, before: Doubles, after: Doubles) -> Mask:
    """Which marks stand between two digits and are placed and sized as a point, comma, dash or slash; not measured."""
    high, low = (before[1] + after[1]) / 2, (before[3] + after[3]) / 2
    tall = max(low - high, 1.0)
    top, bottom = (marks[:, 1] - high) / tall, (marks[:, 3] - high) / tall  # 0 at the digits' top, 1 at their foot
    width, height, middle = (marks[:, 2] - marks[:, 0]) / tall, bottom - top, (top + bottom) / 2
    point = (top > 0.55) & (bottom > 0.75) & (bottom < 1.6) & (width < 0.35) & (height < 0.5)
    dash = (middle > 0.2) & (middle < 0.85) & (width > 0.12) & (width < 1) & (height < 0.3) & (width > 1.3 * height)
    diagonal = marks[:, 4] < 0.5 * width * height * tall * tall
    slash = (middle > 0.2) & (middle < 0.8) & (width > 0.15) & (width < 1) & (height > 0.6) & diagonal
    return _between(marks, before, after) & (point | dash | slash)
