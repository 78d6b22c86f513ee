"""A registered scan → what stands in each of its fields.

All fields' ink goes onto one sheet or a few, each apart from the others, which are read as pages are. Then each field's
glyphs are weighed against what the field may hold.
"""

from collections.abc import Sequence

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Floats, Image, PixelsLTRB
from digitscope.forms.field import Field
from digitscope.forms.handwriting import Handwriting, Part
from digitscope.forms.registration import Registration
from digitscope.forms.result import FieldReading, Status
from digitscope.reading.expectation import normalized
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Digit

OK = 0.9  # a reading with less confidence is doubtful; not measured by itself
SHEET = 1500  # pixels of a sheet's sides: as large as pages are read without being made smaller
GAP = 48  # pixels between fields on a sheet
UNREAD = 0.12  # of a digit's ink: with more outside all glyphs, something was not read
SUSPECT = 0.5  # the factor on the confidence of a reading that something speaks against
ALTERNATIVES = 3


def read_fields(
    fields: Sequence[Field], written: Handwriting, found: Registration, reader: Recognizer, *, page: int,
    size: tuple[int, int],
) -> list[FieldReading]:  # fmt: skip
    """The readings of a page's fields, in order.

    Args:
        fields: of one page of the template.
        written: the page's ink.
        found: where the blank lies on the scan.
        reader: reads the digits.
        page: of the source, counted from 0.
        size: the scan's width and height.
    """
    parts = written.parts(fields)
    glyphs = _glyphs([part for part in parts if part.mask.any()], reader)
    readings = []
    for part in parts:
        x, y, w, h = part.field.box
        corners = found.on_scan(np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float64))
        outside = ((corners < -0.1 * h) | (corners > np.array(size) + 0.1 * h)).any()
        polygon = tuple((round(px, 2), round(py, 2)) for px, py in corners.tolist())
        value, confidence, status, others = (
            (None, 0.0, "doubtful", ()) if outside else _reading(part, glyphs.get(part.field.name, []), written.scale)
        )
        readings.append(
            FieldReading(part.field.name, value, round(confidence, 6), status, page, polygon, others, part.field.expect)
        )
    return readings


def _glyphs(parts: Sequence[Part], reader: Recognizer) -> dict[str, list[tuple[Digit, PixelsLTRB]]]:
    """Each field's glyphs from left to right, with their boxes in pixels of its window."""
    found: dict[str, list[tuple[Digit, PixelsLTRB]]] = {}
    for sheet, places in _sheets(parts):
        for page in reader.pages(sheet, rotate=0):
            for glyph in page.glyphs:
                x, y, w, h = glyph.box
                for part, left, top in places:
                    height, width = part.ink.shape
                    if 0 <= x + w / 2 - left < width and 0 <= y + h / 2 - top < height:
                        box = (x - left, y - top, x + w - left, y + h - top)
                        found.setdefault(part.field.name, []).append((glyph, box))
    return {name: sorted(own, key=lambda pair: pair[1][0] + pair[1][2]) for name, own in found.items()}


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


Reading = tuple[str | None, float, Status, tuple[tuple[str, float], ...]]


def _reading(part: Part, glyphs: Sequence[tuple[Digit, PixelsLTRB]], scale: float) -> Reading:
    """A field's value, confidence, status and alternatives."""
    field = part.field
    if not part.mask.any():
        return (None, 1.0, "empty", ()) if field.empty and not part.astray else (None, 0.0, "doubtful", ())
    known = [(glyph, box) for glyph, box in glyphs if glyph.probabilities is not None]
    if not known:
        return None, 0.0, "doubtful", ()
    probabilities = np.stack([glyph.probabilities for glyph, _ in known if glyph.probabilities is not None])
    expected = field.expectation.likeliest(probabilities)
    if expected.text is None:
        text = "".join(str(glyph.value) for glyph, _ in known if not glyph.rejected)
        return text or None, 0.0, "doubtful", ()
    accepted = [
        float(row[NOT_A_DIGIT]) for row, (glyph, _) in zip(probabilities, known, strict=True) if not glyph.rejected
    ]
    factor = (1 - max(accepted, default=1.0)) * (SUSPECT if _suspect(part, known, scale) else 1.0)
    confidence = expected.probability * factor
    status: Status = "ok" if confidence >= OK else "doubtful"
    return expected.text, confidence, status, alternatives(field, expected.text, probabilities)


def _suspect(part: Part, glyphs: Sequence[tuple[Digit, PixelsLTRB]], scale: float) -> bool:
    """Whether ink was left unread or taken for no digit, or digits do not stand one to a cell and side by side."""
    unread = part.mask.copy()
    for glyph, (left, top, right, bottom) in glyphs:
        if glyph.rejected:
            continue
        more = round(0.12 * (bottom - top))
        unread[max(0, top - more) : bottom + more, max(0, left - more) : right + more] = False
    if np.count_nonzero(unread) + part.astray > UNREAD * np.count_nonzero(part.mask) / len(glyphs):
        return True
    if not part.field.cells:
        return False
    middles = [part.window[0] + (box[0] + box[2]) / 2 for glyph, box in glyphs if not glyph.rejected]
    starts = np.array([cell[0] for cell in part.field.cells[1:]]) * scale
    cells = np.searchsorted(starts, middles)
    return bool((np.diff(cells) != 1).any())


def alternatives(field: Field, text: str, probabilities: Floats) -> tuple[tuple[str, float], ...]:
    """Other numbers that the field may hold, with one glyph read otherwise or left out, likeliest first."""
    glyphs = normalized(probabilities)
    best = glyphs.argmax(axis=1)
    found: dict[str, float] = {}
    total = float(glyphs.max(axis=1).prod())
    for k, glyph in enumerate(glyphs):
        for other in np.argsort(-glyph)[1:4].tolist():
            choice = best.copy()
            choice[k] = other
            new = "".join(str(value) for value in choice if value != NOT_A_DIGIT)
            if new and new != text and field.expectation.fits(new):
                odds = total * float(glyph[other]) / max(float(glyph[best[k]]), 1e-9)
                found[new] = max(found.get(new, 0.0), odds)
    ordered = sorted(found.items(), key=lambda pair: -pair[1])[:ALTERNATIVES]
    return tuple((other, round(odds, 6)) for other, odds in ordered)
