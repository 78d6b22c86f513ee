"""A registered scan → what stands in each of its fields: its glyphs, weighed against what the field may hold."""

from collections.abc import Sequence

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Floats
from digitscope.forms.field import Field
from digitscope.forms.glyphs import FieldGlyph, find_glyphs
from digitscope.forms.handwriting import Handwriting, Part
from digitscope.forms.registration import Registration
from digitscope.forms.result import FieldReading, Status
from digitscope.reading.expectation import normalized
from digitscope.reading.reader import Recognizer

# A reading with less confidence is doubtful. A wrong number that nobody sees costs as much as looking at 50 fields, and
# the sum is least here on 388 fields of dev forms, half of them by writers who taught nothing (LOG: forms).
OK = 0.9
NO_DIGIT = 0.2  # the odds that ink in a field is no digit, to those on a page (LOG: forms); in a field, most is
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
    glyphs = find_glyphs([part for part in parts if part.mask.any()], reader, written.scale)
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


Reading = tuple[str | None, float, Status, tuple[tuple[str, float], ...]]


def _reading(part: Part, glyphs: Sequence[FieldGlyph], scale: float) -> Reading:
    """A field's value, confidence, status and alternatives."""
    field = part.field
    if not part.mask.any():
        return (None, 1.0, "empty", ()) if field.empty and not part.astray else (None, 0.0, "doubtful", ())
    if not glyphs:
        return None, 0.0, "doubtful", ()
    probabilities = in_field(np.stack([glyph.probabilities for glyph in glyphs]))
    expected = field.expectation.likeliest(probabilities)
    if expected.text is None:
        text = "".join(str(glyph.probabilities[:NOT_A_DIGIT].argmax()) for glyph in glyphs if not glyph.rejected)
        return text or None, 0.0, "doubtful", ()
    confidence = expected.probability * (SUSPECT if _suspect(part, glyphs, scale) else 1.0)
    status: Status = "ok" if confidence >= OK else "doubtful"
    return expected.text, confidence, status, alternatives(field, expected.text, probabilities)


def in_field(probabilities: Floats) -> Floats:
    """Probabilities [N, 11] of glyphs on a page as those of glyphs in a field, where no digit is less likely."""
    weighed = normalized(probabilities)
    weighed[:, NOT_A_DIGIT] *= NO_DIGIT
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), np.float32)


def _suspect(part: Part, glyphs: Sequence[FieldGlyph], scale: float) -> bool:
    """Whether ink was left unread or taken for no digit, or digits do not stand one to a cell and side by side."""
    read = [glyph for glyph in glyphs if not glyph.rejected]
    unread = part.mask.copy()
    for glyph in read:
        left, top, right, bottom = glyph.box_ltrb
        more = round(0.12 * (bottom - top))
        unread[max(0, top - more) : bottom + more, max(0, left - more) : right + more] = False
    if np.count_nonzero(unread) + part.astray > UNREAD * np.count_nonzero(part.mask) / len(glyphs):
        return True
    if not part.field.cells:
        return False
    starts = np.array([cell[0] for cell in part.field.cells[1:]]) * scale
    cells = np.searchsorted(starts, [part.window[0] + glyph.middle for glyph in read])
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
