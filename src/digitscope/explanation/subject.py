"""What is explained: one glyph in MNIST's form, and the steps from the photo to it.

subject("seven.png", reader)       # Subject: steps, each a name and an image, the last of them the 28 × 28 image
"""

from dataclasses import dataclass, field

import numpy as np

from digitscope.arrays import Image
from digitscope.errors import ImageError, UsageError
from digitscope.reading.io.images import Source
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Digit, Reading


@dataclass(frozen=True, eq=False)
class Step:
    """One stage between the photo and the network: uint8 [height, width] or [height, width, 3]."""

    name: str
    image: Image = field(repr=False)


@dataclass(frozen=True, eq=False)
class Subject:
    """The glyph, uint8 [28, 28], and the steps that made it, the last of them the glyph itself.

    `reading` is the whole picture as read, and `digit` the one of it that is explained: number `index` of `count`.
    Both are None where an array in MNIST's form was given.
    """

    image: Image = field(repr=False)
    steps: tuple[Step, ...]
    source: str | None = None
    reading: Reading | None = None
    digit: Digit | None = None
    index: int = 0
    count: int = 1


def subject(source: Source, reader: Recognizer, *, digit: int = 0) -> Subject:
    """The glyph to explain.

    Args:
        source: a path, the bytes of a picture, a PIL image, or an array. An array uint8 [28, 28] is used as it is, as
            `Recognizer.classify` does; everything else is read with `Recognizer.read`.
        reader: what reads the picture.
        digit: which of the picture's digits, accepted or doubtful, counted from 0 in reading order; where there is
            none, which of the rejected glyphs.

    Raises:
        ImageError: the source cannot be read, or nothing in it could be a digit.
        UsageError: it has fewer digits.
    """
    if isinstance(source, np.ndarray) and source.dtype == np.uint8 and source.shape == (28, 28):
        return Subject(source, (Step("in MNIST's form", source),))
    reading = reader.read(source)
    glyphs = [(number, glyph) for number, page in enumerate(reading.pages) for glyph in page.glyphs]
    candidates = [(number, glyph) for number, glyph in glyphs if not glyph.rejected] or glyphs
    if not candidates:
        where = "" if reading.path is None else f", path={reading.path!r}"
        raise ImageError(f"There is nothing in the picture that could be a digit. Received: glyphs=0{where}")
    if not 0 <= digit < len(candidates):
        raise UsageError(
            f"The picture has no such digit. Expected 0…{len(candidates) - 1}: it reads {reading.text!r}. "
            f"Received: digit={digit}"
        )
    number, chosen = candidates[digit]
    page, image = reading.pages[number], chosen.glyph
    assert image is not None  # only a reading from JSON has no glyphs
    steps = [Step(name, step) for name, step in page.steps.items() if not np.array_equal(step, image)]
    if len(glyphs) > 1 and page.image is not None:  # a document keeps no pixels
        steps.insert(0, Step("read", page.annotated()))
    steps.append(Step("in MNIST's form", image))
    return Subject(image, tuple(steps), reading.path, reading, chosen, digit, len(candidates))
