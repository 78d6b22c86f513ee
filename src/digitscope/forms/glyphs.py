"""What stands in fields → glyphs: boxes of what may be digits, each with its probabilities.

    glyphs = find_glyphs(written.parts(fields), reader, written.scale)
    glyphs["student"][0].probabilities       # float32 [11]

All fields' ink goes onto one sheet or a few, each apart from the others, which are read as pages are. A cell holds one
digit: of several glyphs found there, the one with most of its ink counts, and where none was found, all of its ink.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digitscope import models
from digitscope.arrays import Floats, Image, PixelsLTRB
from digitscope.forms.handwriting import Part
from digitscope.reading.normalization import normalize
from digitscope.reading.reader import Recognizer

SHEET = 1500  # pixels of a sheet's sides: as large as pages are read without being made smaller
GAP = 48  # pixels between fields on a sheet
WRITTEN = 0.015  # of a cell's area: with more ink in it, and no glyph, something is written there


@dataclass(frozen=True, eq=False)
class FieldGlyph:
    """What may be a digit: its box in pixels of the field's window, and P(each digit), P(not a digit), float32 [11]."""

    box_ltrb: PixelsLTRB
    probabilities: Floats

    @property
    def rejected(self) -> bool:
        """Whether it is more likely no digit."""
        return bool(self.probabilities[-1] > 0.5)

    @property
    def middle(self) -> float:
        """Of its box, from left to right."""
        return (self.box_ltrb[0] + self.box_ltrb[2]) / 2


def find_glyphs(parts: Sequence[Part], reader: Recognizer, scale: float) -> dict[str, list[FieldGlyph]]:
    """Each field's glyphs from left to right; `scale` is how many pixels of a part there are to one of the blank."""
    found = _read(parts, reader)
    return {part.field.name: _by_cell(part, found.get(part.field.name, []), reader, scale) for part in parts}


def _read(parts: Sequence[Part], reader: Recognizer) -> dict[str, list[FieldGlyph]]:
    """The glyphs that are found where fields stand side by side on sheets."""
    found: dict[str, list[FieldGlyph]] = {}
    for sheet, places in _sheets(parts):
        for page in reader.pages(sheet, rotate=0):
            for glyph in page.glyphs:
                x, y, w, h = glyph.box
                for part, left, top in places:
                    height, width = part.ink.shape
                    inside = 0 <= x + w / 2 - left < width and 0 <= y + h / 2 - top < height
                    if inside and glyph.probabilities is not None:
                        box = (x - left, y - top, x + w - left, y + h - top)
                        found.setdefault(part.field.name, []).append(FieldGlyph(box, glyph.probabilities))
    return {name: sorted(own, key=lambda glyph: glyph.middle) for name, own in found.items()}


def _by_cell(part: Part, glyphs: list[FieldGlyph], reader: Recognizer, scale: float) -> list[FieldGlyph]:
    """The glyphs of a field: one for each cell in which something is written."""
    if not part.field.cells:
        return glyphs
    edges = np.array([cell[0] for cell in part.field.cells[1:]]) * scale - part.window[0]
    cells = np.searchsorted(edges, [glyph.middle for glyph in glyphs])
    sides = np.rint([0, *edges, part.mask.shape[1]]).astype(int)
    chosen = []
    for number, (left, right) in enumerate(pairwise(sides.tolist())):
        own = [glyph for glyph, cell in zip(glyphs, cells, strict=True) if cell == number]
        if own:
            chosen.append(max(own, key=lambda glyph: _ink(part, glyph)))
        elif (glyph := _whole(part, left, right, reader)) is not None:
            chosen.append(glyph)
    return chosen


def _ink(part: Part, glyph: FieldGlyph) -> int:
    """The pixels of ink in a glyph's box."""
    left, top, right, bottom = (max(0, side) for side in glyph.box_ltrb)
    return int(np.count_nonzero(part.mask[top:bottom, left:right]))


def _whole(part: Part, left: int, right: int, reader: Recognizer) -> FieldGlyph | None:
    """All that is written between two edges, as one glyph; None where it is too little."""
    mask = part.mask[:, left:right]
    if np.count_nonzero(mask) < WRITTEN * mask.size:
        return None
    ink = np.where(mask, part.ink[:, left:right], 0).astype(np.uint8)
    ink = np.asarray(np.minimum(ink * (255.0 / max(1.0, float(np.percentile(ink[mask], 90)))), 255), np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (left + int(columns[0]), int(rows[0]), left + int(columns[-1]) + 1, int(rows[-1]) + 1)
    return FieldGlyph(box, models.with_rejection(reader.probabilities(normalize(ink)[None]))[0])


def _sheets(parts: Sequence[Part]) -> list[tuple[Image, list[tuple[Part, int, int]]]]:
    """Sheets uint8 [SHEET, SHEET], ink dark on white, and where each field's window stands on its sheet."""
    sheets: list[tuple[Image, list[tuple[Part, int, int]]]] = []
    x, y, tall = SHEET, SHEET, 0
    for part in parts:
        height, width = part.ink.shape
        if x + width + GAP > SHEET:
            x, y, tall = GAP, y + tall + GAP, 0
        if not sheets or y + height + GAP > SHEET:
            side = max(SHEET, height + 2 * GAP, width + 2 * GAP)
            sheets.append((np.full((side, side), 255, np.uint8), []))
            x, y, tall = GAP, GAP, 0
        sheet, places = sheets[-1]
        sheet[y : y + height, x : x + width] = 255 - part.ink
        places.append((part, x, y))
        x, tall = x + width + GAP, max(tall, height)
    return [(_cut(sheet, places), places) for sheet, places in sheets]


def _cut(sheet: Image, places: Sequence[tuple[Part, int, int]]) -> Image:
    """The sheet without what is empty at its right and foot."""
    right = max(x + part.ink.shape[1] for part, x, _ in places) + GAP
    bottom = max(y + part.ink.shape[0] for part, _, y in places) + GAP
    return np.ascontiguousarray(sheet[:bottom, :right])
