"""Which way up a page is meant to be read: by quarters where the upright reading is doubtful, then by its rows' slope.

Most pages are upright and read with confidence; for them this costs nothing. Otherwise a part of the page is read
again, turned by 90, 180 and 270 degrees, and the page is turned only where that reads clearly better. Ways up in which
the glyphs that were found look much less like digits are not read. A single digit stays as it is: a 6 is also a 9.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from digitscope import models
from digitscope.arrays import Doubles, Floats, Image, Images
from digitscope.reading.glyph import Glyph
from digitscope.reading.ink import Ink, find_inks
from digitscope.reading.spacing import Marks
from digitscope.reading.view import View

Rotate = Literal["auto", 0, 90, 180, 270]

MIN_DIGITS = 3  # a page with fewer stays as it is
SURE = 0.95  # mean confidence from which the upright reading is not doubtful (LOG: which way up)
READABLE = 0.5  # mean confidence that another way up must have; it must be no less than that of upright,
GAINED_DIGITS = 0.4  # with so many more digits read, each counted by its confidence
# A way up is read only if the classifier takes the same glyphs, turned, for more than this part of what it takes them
# for as they are (LOG: which way up). Half a turn finds the same glyphs, a quarter cuts them out otherwise.
HALF_TURN, QUARTER_TURN = 0.67, 0.4
SAMPLE = 24  # glyphs that are read the other ways up
SAMPLE_MARGIN = 1.0  # heights of paper around them
MIN_TILT, MAX_TILT = 18.0, 35.0  # degrees: rows that slope less are read as they are, and none slopes more
STEP = 0.5  # degrees
REACH = 4.0  # heights: digits of one row that say how it slopes are no farther apart
LEVEL = 0.2  # of the height: digits of one row lie on one line within this
MIN_PAIRS = 3  # neighbours in rows without which a slope means nothing


@dataclass(frozen=True, eq=False)
class Attempt:
    """What a view was read as: rows of glyphs, and loose ink, in working pixels, `scale` of them to a pixel of it.

    `mask`, uint8 [H, W] in working pixels, is 1 where there is ink.
    """

    view: View
    rows: Sequence[Sequence[Glyph]]
    marks: Marks
    scale: float
    steps: Mapping[str, Image]
    mask: Image

    @property
    def glyphs(self) -> list[Glyph]:
        return [glyph for row in self.rows for glyph in row]

    @property
    def boxes_ltrb(self) -> Doubles:
        """float64 [N, 4] in pixels of the view."""
        return np.array([glyph.box_ltrb for glyph in self.glyphs], np.float64).reshape(-1, 4) / self.scale


def oriented(
    upright: Attempt,
    inks: Sequence[Ink],
    read: Callable[[View, Sequence[Ink]], Attempt],
    classify: Callable[[Images], Floats],
) -> Attempt:
    """The attempt to keep: this one, or that of the whole view turned by a quarter, a half or three quarters.

    Args:
        upright: the view as it was read.
        inks: the view's ink.
        read: a view and its ink -> what is read of it.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    few = len(upright.glyphs) < MIN_DIGITS
    if confidence(upright.glyphs) >= SURE or (not few and _missing(upright.glyphs) < GAINED_DIGITS):
        return upright
    sample, glyphs = _sample(upright)
    whole = sample is upright.view
    sample_inks = inks if whole else find_inks(sample.pixels)
    others: dict[int, Attempt] = {}
    every = few or confidence(glyphs) < READABLE
    for rotation in (90, 180, 270) if every else likely_rotations(glyphs, classify):
        others[rotation] = read(sample.turned(rotation), [ink.turned(rotation) for ink in sample_inks])
        if few and len(others[90].glyphs) < MIN_DIGITS:
            return upright  # too few to tell, whichever way up; so it is with single digits and empty pages
    best = max(others, key=lambda rotation: _digits(others[rotation].glyphs), default=None)
    if best is None or not is_better(others[best].glyphs, glyphs):
        return upright
    return others[best] if whole else read(upright.view.turned(best), [ink.turned(best) for ink in inks])


def likely_rotations(glyphs: Sequence[Glyph], classify: Callable[[Images], Floats]) -> Iterator[int]:
    """The rotations by which these glyphs do not look much less like digits to the classifier."""
    images = np.stack([glyph.image for glyph in glyphs])
    turned = np.concatenate([np.rot90(images, -quarters, axes=(1, 2)) for quarters in range(4)])
    probabilities = classify(np.ascontiguousarray(turned))
    digits = (1 - models.rejection(probabilities)) * models.given_digit(probabilities).max(axis=1)
    upright, quarter, half, three_quarters = digits.reshape(4, -1).sum(axis=1)
    if quarter > QUARTER_TURN * upright:
        yield 90
    if half > HALF_TURN * upright:
        yield 180
    if three_quarters > QUARTER_TURN * upright:
        yield 270


def is_better(turned: Sequence[Glyph], upright: Sequence[Glyph]) -> bool:
    """Whether the same part of a page clearly reads better turned than upright."""
    more = _digits(turned) >= max(MIN_DIGITS, _digits(upright) + GAINED_DIGITS)
    return more and confidence(turned) >= max(READABLE, confidence(upright))


def confidence(glyphs: Sequence[Glyph]) -> float:
    """The mean confidence of all glyphs, rejected ones too; 0 where there is none."""
    return float(np.mean([glyph.confidence for glyph in glyphs])) if glyphs else 0.0


def _missing(glyphs: Sequence[Glyph]) -> float:
    """How many digits could be gained, if each glyph were surely one."""
    return len(glyphs) - _digits(glyphs)


def _digits(glyphs: Sequence[Glyph]) -> float:
    """How many digits were read, each counted by its confidence."""
    return sum(glyph.confidence for glyph in glyphs if not glyph.rejected)


def _sample(attempt: Attempt) -> tuple[View, list[Glyph]]:
    """The part of a view around some glyphs, where it has many, and those glyphs."""
    glyphs, boxes = attempt.glyphs, attempt.boxes_ltrb
    if len(glyphs) <= SAMPLE:
        return attempt.view, glyphs
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = centres[np.abs(centres - np.median(centres, axis=0)).max(axis=1).argmin()]
    near = np.argsort(np.abs(centres - middle).max(axis=1), kind="stable")[:SAMPLE]
    margin = SAMPLE_MARGIN * float(np.median(boxes[near, 3] - boxes[near, 1]))
    low, high = boxes[near, :2].min(axis=0) - margin, boxes[near, 2:].max(axis=0) + margin
    x0, y0, x1, y1 = np.rint(np.concatenate([low, high])).astype(int).tolist()
    return attempt.view.part((x0, y0, x1, y1)), [glyphs[k] for k in near.tolist()]


def straight(attempt: Attempt, read: Callable[[View, Sequence[Ink]], Attempt]) -> Attempt:
    """The attempt to keep: this one, or where its rows slope, that of the view turned level if more digits are read."""
    degrees = slope(attempt.boxes_ltrb)
    if abs(degrees) < MIN_TILT:
        return attempt
    view = attempt.view.straightened(-degrees)
    level = _inside(attempt.view, read(view, find_inks(view.pixels)))
    return level if _digits(level.glyphs) > _digits(attempt.glyphs) else attempt


def _inside(view: View, straightened: Attempt) -> Attempt:
    """The attempt without glyphs whose middle lies outside the view that was straightened: its corners are made up."""
    height, width = view.pixels.shape[:2]
    low, high = np.sort(view.on_page(np.array([[0, 0], [width, height]], np.float64)), axis=0)
    boxes = straightened.boxes_ltrb
    middles = straightened.view.on_page((boxes[:, :2] + boxes[:, 2:]) / 2)
    inside = iter(((low <= middles) & (middles < high)).all(axis=1).tolist())
    rows = [[glyph for glyph in row if next(inside)] for row in straightened.rows]
    return replace(straightened, rows=[row for row in rows if row])


def slope(boxes_ltrb: Doubles) -> float:
    """How far rows descend to the right, in degrees, from boxes [N, 4]; 0 where too few lie in rows to tell.

    The angle at which most neighbours lie level; of several that are as good, the smallest.
    """
    centres = (boxes_ltrb[:, :2] + boxes_ltrb[:, 2:]) / 2
    heights = (boxes_ltrb[:, 2:] - boxes_ltrb[:, :2]).max(axis=1)
    first, second = np.nonzero(centres[:, None, 0] < centres[None, :, 0])
    apart = centres[second] - centres[first]
    height = (heights[first] + heights[second]) / 2
    near = np.hypot(apart[:, 0], apart[:, 1]) < REACH * height
    apart, height = apart[near], height[near]
    angles = np.arange(-MAX_TILT, MAX_TILT + STEP, STEP)
    radians = np.radians(angles)[:, None]
    off = (apart[:, 1] * np.cos(radians) - apart[:, 0] * np.sin(radians)) / (LEVEL * height)  # [angles, pairs]
    levels = np.exp(-(off**2)).sum(axis=1)
    if not len(apart) or levels.max() < MIN_PAIRS:
        return 0.0
    best = (levels * (1 - 0.2 * np.abs(angles) / MAX_TILT)).argmax()
    inside = np.abs(off[best]) < 1
    return float(np.degrees(np.arctan2(apart[inside, 1].sum(), apart[inside, 0].sum())))
