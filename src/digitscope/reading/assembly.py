"""What was read of a page, as a Page: glyphs and loose ink → rows of digits, on the page as it is displayed."""

import time
from collections.abc import Sequence
from typing import Literal

import numpy as np

from digitscope.arrays import Image, Mask
from digitscope.reading.expectation import Expectation
from digitscope.reading.glyph import Glyph
from digitscope.reading.io.images import PageImage
from digitscope.reading.orientation import Attempt
from digitscope.reading.result import Digit, Line, Page, Status
from digitscope.reading.spacing import number_starts

DoubtfulAs = Literal["mark", "keep", "drop"]


def page_of(
    page: PageImage, attempt: Attempt, least: float, doubtful: DoubtfulAs, expectation: Expectation | None, start: float
) -> Page:
    """What was read, on the page as displayed. A digit below the confidence `least` is doubtful."""
    view = attempt.view
    lines = tuple(_line(row, attempt, page.size, least, doubtful, expectation) for row in attempt.rows)
    steps = {**attempt.steps, "glyphs": _contact_sheet(attempt.rows)}
    elapsed = (time.perf_counter() - start) * 1000
    return Page(page.size, lines, page.pixels, steps, elapsed, view.rotation, round(view.tilt, 2))


def _line(
    row: Sequence[Glyph],
    attempt: Attempt,
    size: tuple[int, int],
    least: float,
    doubtful: DoubtfulAs,
    expectation: Expectation | None,
) -> Line:
    digits = tuple(_digit(glyph, attempt, size, least) for glyph in row)
    xs, ys = [d.box[0] for d in digits], [d.box[1] for d in digits]
    right, bottom = (max(d.box[i] + d.box[i + 2] for d in digits) for i in (0, 1))
    starts = number_starts([glyph.box_ltrb for glyph in row], [not digit.rejected for digit in digits], attempt.marks)
    expected = None if expectation is None else expectation.likeliest(np.stack([g.probabilities for g in row]))
    box = (min(xs), min(ys), right - min(xs), bottom - min(ys))
    return Line(_text(digits, starts, doubtful), box, digits, expected)


def _digit(glyph: Glyph, attempt: Attempt, size: tuple[int, int], least: float) -> Digit:
    left, top, right, bottom = glyph.box_ltrb
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    polygon = attempt.view.on_page(corners / attempt.scale)
    start = np.rint(polygon.min(axis=0)).clip(0, np.subtract(size, 1))  # on the page, as all of the box
    end = np.rint(polygon.max(axis=0)).clip(start + 1, size)
    x, y, w, h = np.concatenate([start, end - start]).astype(int).tolist()
    digits = glyph.digits
    best = np.argsort(-digits, kind="stable")[:3]
    return Digit(
        value=int(best[0]),
        confidence=round(glyph.confidence, 6),
        box=(x, y, w, h),
        polygon=tuple((round(a, 2), round(b, 2)) for a, b in polygon.tolist()),
        alternatives=tuple((int(k), round(float(digits[k]), 6)) for k in best),
        status=_status(glyph, least),
        glyph=glyph.image,
        probabilities=glyph.probabilities,
    )


def _status(glyph: Glyph, least: float) -> Status:
    if glyph.rejected:
        return "rejected"
    return "doubtful" if glyph.confidence < max(least, glyph.confidence_threshold) else "accepted"


def _text(digits: Sequence[Digit], starts: Mask, doubtful: DoubtfulAs) -> str:
    """The digits that are not rejected, with a space before each number but the first; `starts` is bool [N]."""
    numbers = [""]
    for digit, start in zip(digits, starts, strict=True):
        if start:
            numbers.append("")
        if not (digit.rejected or (digit.doubtful and doubtful == "drop")):
            numbers[-1] += "?" if digit.doubtful and doubtful == "mark" else str(digit.value)
    return " ".join(number for number in numbers if number)


def _contact_sheet(rows: Sequence[Sequence[Glyph]]) -> Image:
    """All glyphs in MNIST's form in one picture, a row for each row."""
    sheet = np.zeros((28 * max(1, len(rows)), 28 * max((len(row) for row in rows), default=1)), np.uint8)
    for r, row in enumerate(rows):
        for c, glyph in enumerate(row):
            sheet[28 * r : 28 * r + 28, 28 * c : 28 * c + 28] = glyph.image
    return sheet
