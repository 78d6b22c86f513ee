"""What is explained: one glyph in MNIST's form, and the way it came there.

subject("seven.png", reader)       # Subject: steps, each a name and an image, the last of them the 28 × 28 image
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from digitscope.errors import ImageError, UsageError
from digitscope.explanation.trace import Image
from digitscope.reading.io.images import Source
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Reading

SIDE = 28


@dataclass(frozen=True, eq=False)
class Step:
    """One stage on the way from a photo to the network: uint8 [height, width] or [height, width, 3]."""

    name: str
    image: npt.NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Subject:
    """The glyph, uint8 [28, 28], and the steps that made it, the last of them the glyph itself.

    `reading` is what the picture reads as a whole; None where an array in MNIST's form was given.
    """

    image: Image = field(repr=False)
    steps: tuple[Step, ...]
    source: str | None = None
    reading: Reading | None = None


def subject(source: Source, reader: Recognizer, *, digit: int = 0) -> Subject:
    """The glyph to explain.

    Args:
        source: a path, the bytes of a picture, a PIL image, or an array. An array uint8 [28, 28] is taken as it is, as
            `Recognizer.classify` takes it; all else goes the way of `Recognizer.read`.
        reader: what reads the picture.
        digit: which of the picture's digits, counted from 0 in reading order; where none was accepted, which of the
            rejected glyphs.

    Raises:
        ImageError: it cannot be read, or nothing in it could be a digit.
        UsageError: it has fewer digits.
    """
    if isinstance(source, np.ndarray) and source.dtype == np.uint8 and source.shape == (SIDE, SIDE):
        return Subject(source, (Step("in MNIST's form", source),))
    reading = reader.read(source)
    glyphs = [(number, glyph) for number, page in enumerate(reading.pages) for glyph in page.glyphs]
    candidates = [(number, glyph) for number, glyph in glyphs if not glyph.rejected] or glyphs
    if not candidates:
        raise ImageError(f"There is nothing in the picture that could be a digit. Received: path={reading.path!r}")
    if not 0 <= digit < len(candidates):
        raise UsageError(
            f"The picture has no such digit. Expected 0…{len(candidates) - 1}: it reads {reading.text!r}. "
            f"Received: digit={digit}"
        )
    number, chosen = candidates[digit]
    page, image = reading.pages[number], chosen.glyph
    assert image is not None  # only a reading from JSON has no glyphs
    way = [Step(name, step) for name, step in page.steps.items() if not np.array_equal(step, image)]
    if len(glyphs) > 1 and page.image is not None:  # a document's reading keeps no pixels
        way = [Step("read", page.annotated()), *way]
    return Subject(image, (*way, Step("in MNIST's form", image)), reading.path, reading)
