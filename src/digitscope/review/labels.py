"""Answers as labelled glyphs, which `digitscope train --data` takes: `save(doubts, answers, Path("mine"))`."""

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path

from digitscope.arrays import BoxXYWH, Image
from digitscope.errors import DigitscopeError
from digitscope.files import write_whole
from digitscope.reading import drawing
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Digit
from digitscope.review.crops import Papers, paper_of, upright
from digitscope.review.doubts import Doubt
from digitscope.review.merging import Answers

MARGIN = 0.5  # of the height, so that strokes at the box's edge are whole


def save(
    doubts: Iterable[Doubt], answers: Answers, folder: Path, *, reader: Recognizer | None = None
) -> tuple[int, int]:
    """Write each glyph that was answered as a PNG of 28 × 28 pixels, and an index.csv with path and label.

    The paper is read again for its glyphs. Where not as many are found as the answer has digits, it gives none.

    Returns:
        How many glyphs were written, and of how many answers none.
    """
    reader = reader or Recognizer()
    papers = Papers()
    index = io.StringIO()
    lines = csv.writer(index, lineterminator="\n")
    lines.writerow(("path", "label"))
    written = left_out = 0
    for doubt in doubts:
        value = answers.get(doubt.key)
        if value is None:
            continue
        try:
            glyphs = _glyphs(doubt, papers.page(paper_of(doubt)), reader)
        except DigitscopeError:
            glyphs = []
        if len(glyphs) != len(value):
            left_out += 1
            continue
        for digit, glyph in zip(value, glyphs, strict=True):
            name = f"{written:06d}.png"
            write_whole(folder / name, drawing.encoded(glyph, ".png"))
            lines.writerow((name, digit))
            written += 1
    write_whole(folder / "index.csv", index.getvalue().encode())
    return written, left_out


def _glyphs(doubt: Doubt, page: Image, reader: Recognizer) -> list[Image]:
    """The glyphs in what is doubtful, from left to right as it is written."""
    shown = upright(page, doubt.polygon, across=2 * MARGIN, down=MARGIN)
    found = next(reader.pages(shown.pixels, rotate=0)).glyphs
    inside = [digit for digit in found if digit.glyph is not None and _within(digit, shown.box)]
    if doubt.one_digit:
        inside = sorted(inside, key=lambda digit: _distance(digit, shown.box))[:1]
    return [digit.glyph for digit in sorted(inside, key=lambda digit: digit.box[0]) if digit.glyph is not None]


def _within(digit: Digit, box: BoxXYWH) -> bool:
    (across, down), (x, y, w, h) = _middle(digit.box), box
    return x <= across <= x + w and y <= down <= y + h


def _distance(digit: Digit, box: BoxXYWH) -> float:
    return math.dist(_middle(digit.box), _middle(box))


def _middle(box: BoxXYWH) -> tuple[float, float]:
    x, y, w, h = box
    return x + w / 2, y + h / 2
