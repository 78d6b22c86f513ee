"""Where a writer puts the digits: on the flat paper, in pixels, before any camera sees it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages import pens, strokes
from digitscope.synthesis.pages.pens import Hand

# Free paper between the ink of neighbours, in digit heights; the last two are taken along each row of pixels,
# so that neighbours meet or cross wherever they come closest.
DISTANCES: dict[str, tuple[float, float]] = {
    "wide": (0.45, 1.0),
    "normal": (0.14, 0.4),
    "tight": (0.03, 0.12),
    "touching": (-0.07, -0.01),
    "overlapping": (-0.22, -0.1),
}
WORK = 40  # pixels to one digit height where distances are measured


@dataclass(frozen=True)
class Spot:
    """One digit of the pool on the paper; `to_paper` is the 3×3 map field → paper."""

    index: int
    line: int
    to_paper: npt.NDArray[np.float64]
    depth: float  # pixels of the field from its top to where an underline goes


@dataclass(frozen=True)
class Layout:
    """Every digit's spot, and what the printed lines of the paper go by."""

    spots: tuple[Spot, ...]
    extent: tuple[float, float, float, float]  # x0, y0, x1, y1 around all digits
    row_pitch: float
    columns: tuple[float, ...] = ()  # x of a ledger's column lines
    cells: tuple[tuple[float, float, float, float], ...] = ()  # x0, y0, x1, y1 of form cells


@dataclass(frozen=True)
class Outline:
    """One digit in its own shape: its linear map and the ends of its ink on each row, in digit heights."""

    field: strokes.Field
    shape: npt.NDArray[np.float64]
    first: npt.NDArray[np.float64]  # [rows], +inf where a row has no ink
    last: npt.NDArray[np.float64]  # [rows], -inf likewise

    @property
    def left(self) -> float:
        return float(self.first.min())

    @property
    def right(self) -> float:
        return float(self.last.max())


def outline(field: strokes.Field, hand: Hand, rng: np.random.Generator) -> Outline:
    """Give a digit its shape and measure it."""
    shape = pens.form(hand, rng)
    if field.fine != strokes.FINE:
        shape = shape * (strokes.FINE / field.fine)
    small = shape * (WORK / hand.height)
    size = 2 * WORK
    reach = max(field.middle[0], field.distances.shape[1] - field.middle[0])
    wide = max(size, 2 * math.ceil(abs(small[0, 0]) * reach))  # words are wider than they are high
    matrix = np.column_stack([small, np.array([wide / 2, size / 2]) - small @ np.array(field.middle)])
    patch = cv2.warpAffine(field.distances, matrix, (wide, size), borderMode=cv2.BORDER_CONSTANT, borderValue=99.0)
    ink = patch < max(pens.reach(field, hand), 0.4)
    ink = cv2.dilate(ink.astype(np.uint8), np.ones((3, 1), np.uint8)).astype(bool)
    filled = ink.any(1)
    if not filled.any():  # nothing is drawn: it takes no room
        return Outline(field, shape, np.zeros(size), np.zeros(size))
    first = np.where(filled, ink.argmax(1), np.inf)
    last = np.where(filled, wide - 1 - ink[:, ::-1].argmax(1), -np.inf)
    return Outline(field, shape, (first - wide / 2) / WORK, (last + 1 - wide / 2) / WORK)


def step(before: Outline, after: Outline, gap: float) -> float:
    """How far right of `before`'s centre `after`'s goes, in digit heights."""
    if gap > 0.12:
        return before.right - after.left + gap
    nearest = float((before.last - after.first).max())
    if not np.isfinite(nearest):
        return before.right - after.left
    narrower = min(before.right - before.left, after.right - after.left)
    return max(nearest + gap, before.right - after.left - 0.45 * narrower, 0.15)


def write_row(
    outlines: list[list[Outline]], distance: str, rng: np.random.Generator
) -> tuple[list[list[float]], float]:
    """The x of each digit's centre, group by group, in digit heights; and the row's width."""
    xs: list[list[float]] = []
    x = 0.0
    for number, group in enumerate(outlines):
        if number:
            x += rng.uniform(1.1, 2.0)
        places = []
        for n, glyph in enumerate(group):
            if n == 0:
                x -= glyph.left
            else:
                gap = rng.uniform(*DISTANCES[distance])
                if distance in ("touching", "overlapping") and rng.random() < 0.25:
                    gap = rng.uniform(*DISTANCES["tight"])
                x += step(group[n - 1], glyph, gap)
            places.append(x)
        xs.append(places)
        x += group[-1].right
    return xs, x


def spot(
    index: int, line: int, glyph: Outline, centre: tuple[float, float], hand: Hand, rng: np.random.Generator
) -> Spot:
    """The digit with its field's middle at `centre`, give or take the writer's wobble."""
    to_paper = np.eye(3)
    to_paper[:2, :2] = glyph.shape
    middle = glyph.shape @ np.array(glyph.field.middle)
    to_paper[0, 2] = centre[0] - middle[0]
    to_paper[1, 2] = centre[1] - middle[1] + rng.normal(0, hand.wobble) * hand.height
    return Spot(index, line, to_paper, 2 * glyph.field.middle[1])


Rows = list[list[list[int]]]  # rows of groups of indices into the pool


def free(
    rows: Rows, fields: Sequence[strokes.Field], hand: Hand, rng: np.random.Generator, *, distance: str, columns: bool
) -> Layout:
    """Rows of digits one below the other; with `columns`, groups stand right-aligned as in a ledger."""
    h = hand.height
    pitch = rng.uniform(1.35, 2.4) * h
    spots: list[Spot] = []
    written = []
    for groups in rows:
        outlines = [[outline(fields[i], hand, rng) for i in group] for group in groups]
        written.append((outlines, *write_row(outlines, distance, rng)))
    wide = max(width for _, _, width in written)
    rights = column_rights(written) if columns else []
    for line, (groups, (outlines, xs, _)) in enumerate(zip(rows, written, strict=True)):
        y = (line + 0.5) * pitch
        lift = rng.normal(0, 0.02)  # the row climbs or falls
        indent = 0.0 if columns or line == 0 else float(rng.uniform(0, 0.6))
        for g, group in enumerate(groups):
            shift = rights[g] - (xs[g][-1] + outlines[g][-1].right) if columns else indent
            for i, glyph, x in zip(group, outlines[g], xs[g], strict=True):
                spots.append(spot(i, line, glyph, ((x + shift) * h, y + lift * x * h), hand, rng))
    extent = (0.0, 0.5 * (pitch - h), (max(rights) if rights else wide + 0.6) * h, len(rows) * pitch)
    return Layout(tuple(spots), extent, pitch, tuple((r + 0.35) * h for r in rights))


def column_rights(written: list[tuple[list[list[Outline]], list[list[float]], float]]) -> list[float]:
    """The right edge of each ledger column, in digit heights."""
    widths: list[float] = []
    for outlines, xs, _ in written:
        for g, (group, places) in enumerate(zip(outlines, xs, strict=True)):
            width = places[-1] + group[-1].right - (places[0] + group[0].left)
            if g == len(widths):
                widths.append(0.0)
            widths[g] = max(widths[g], width)
    return list(np.cumsum(np.array(widths) + 1.2))


def boxed(
    rows: Rows, fields: Sequence[strokes.Field], hand: Hand, rng: np.random.Generator, *, cell: tuple[float, float]
) -> Layout:
    """One digit in each cell, as on forms and squared paper; a space is an empty cell."""
    h = hand.height
    width, height = cell[0] * h, cell[1] * h
    pitch = height * rng.uniform(1.2, 1.8) if rng.random() < 0.7 else height
    spots, cells, right = [], [], 0.0
    for line, groups in enumerate(rows):
        x = 0.0
        for number, group in enumerate(groups):
            x += width if number else 0
            for i in group:
                glyph = outline(fields[i], hand, rng)
                middle = (glyph.left + glyph.right) / 2 * h
                centre = (
                    x + width / 2 - middle + rng.normal(0, 0.06) * h,
                    line * pitch + height / 2 + rng.normal(0, 0.04) * h,
                )
                spots.append(spot(i, line, glyph, centre, hand, rng))
                cells.append((x, line * pitch, x + width, line * pitch + height))
                x += width
        right = max(right, x)
    extent = (0.0, 0.0, right, (len(rows) - 1) * pitch + height)
    return Layout(tuple(spots), extent, pitch, (), tuple(cells))
