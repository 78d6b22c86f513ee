"""A loaded model that reads: photos → digits, and glyphs in MNIST's form → probabilities.

reader = Recognizer()
reader.read("photo.jpg")    # -> Reading
reader.classify(images)     # uint8 [N, 28, 28] -> float32 [N, 10]
reader.rejection(images)    # uint8 [N, 28, 28] -> float32 [N]
"""

import functools
import os
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.errors import ImageError, UsageError
from digitscope.reading.detection import find_digits
from digitscope.reading.glyph import Glyph, read_glyphs
from digitscope.reading.ink import Ink, find_inks
from digitscope.reading.io.images import MAX_PIXELS, PageImage, Source, name_of, open_reduced
from digitscope.reading.lines import find_rows
from digitscope.reading.normalization import ink_box, is_mnist_form
from digitscope.reading.result import Digit, Line, Page, Reading

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

ENOUGH = 2_000_000  # pixels of a photo that reading needs; a larger JPEG may be decoded smaller
DEFAULT_MODEL = "reader"
WIDE_GAP = 0.9  # of a digit's height: a gap wider than this is a space
CHUNK = 64  # images a session.run: the reference CNN gives 28–34k images/s at 64 on two free cores, 24–28k at 1,024


class Recognizer:
    """A loaded model file: load once, use often. Safe to share between threads.

    Args:
        model: a shipped name ("cnn", "mlp", ...), or the path of a model file.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: the file breaks the model file's contract.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        self.model = models.load(DEFAULT_MODEL if model is None else model)
        self._run = self.model.session.run

    def __repr__(self) -> str:
        return f"Recognizer({self.model.name!r})"

    def probabilities(self, images: Images) -> Floats:
        """The model's own output: float32 [N, 10], or [N, 11] with "not a digit" as the last class."""
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (28, 28):
            raise _wrong_images(images)
        if len(images) <= CHUNK:
            return self._run(None, {"images": images})[0]
        chunks = [self._run(None, {"images": images[i : i + CHUNK]})[0] for i in range(0, len(images), CHUNK)]
        return np.concatenate(chunks)

    def classify(self, images: Images) -> Floats:
        """P(class | it is a digit) for each image.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark.

        Returns:
            float32 [N, 10]; each row sums to 1.

        Raises:
            ImageError: the array has another dtype or shape.
        """
        return models.given_digit(self.probabilities(images))

    def rejection(self, images: Images) -> Floats:
        """How little each image looks like a digit: P("not a digit"), or 1 − max P for a model without that class.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark.

        Returns:
            float32 [N], 0 (surely a digit) to 1 (surely none).

        Raises:
            ImageError: the array has another dtype or shape.
        """
        return models.rejection(self.probabilities(images))

    def read(
        self,
        source: Source,
        *,
        min_confidence: float | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Reading:
        """Read the digits in a photo, scan, drawing or document.

        Args:
            source: a path, the file's bytes, a PIL image, or an array uint8 [H, W], [H, W, 3] or [H, W, 4].
            min_confidence: also reject digits that are less sure than this, 0…1.
            max_pixels: refuse larger pages.

        Raises:
            ImageError: the source cannot be opened as an image or document.
            UsageError: `min_confidence` is not in 0…1.
        """
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise UsageError(f"The confidence must be in 0…1. Received: min_confidence={min_confidence!r}")
        start = time.perf_counter()
        opened = open_reduced(source, max_pixels=max_pixels, enough=ENOUGH)
        pages = tuple(self._read_page(page, min_confidence or 0.0) for page in opened)
        elapsed = (time.perf_counter() - start) * 1000
        return Reading(name_of(source), self.model.name, self.model.version, pages, round(elapsed, 3))

    def _read_page(self, page: PageImage, min_confidence: float) -> Page:
        image = page.pixels
        gray = _gray(image) if image.shape[:2] == (28, 28) else None
        if gray is not None and is_mnist_form(gray):
            rows, steps = [[_as_glyph(gray, self.probabilities)]], {"page": gray, "glyphs": gray}
            scale = 1.0
        else:
            readings = [(ink, self._rows(ink)) for ink in find_inks(image)]
            ink, rows = max(readings, key=lambda reading: self._surest(reading[1]))  # the first of equals
            scale = ink.scale / page.scale
            steps = {**ink.steps, "glyphs": _sheet(rows)}
        lines = [self._line(row, scale, min_confidence) for row in rows]
        return Page(page.size, tuple(lines), image, steps)

    def _rows(self, ink: Ink) -> list[list[Glyph]]:
        """The glyphs of a page's ink in reading order."""
        found = find_digits(ink)
        glyphs = read_glyphs(found, ink, self.probabilities)
        return [[glyphs[k] for k in row] for row in find_rows([digit.box for digit in found])]

    def _surest(self, rows: list[list[Glyph]]) -> float:
        """The confidence in the surest digit; 0 where there is none."""
        glyphs = [glyph for row in rows for glyph in row if glyph.rejection <= self.model.threshold]
        return max((glyph.confidence for glyph in glyphs), default=0.0)

    def _line(self, row: list[Glyph], scale: float, min_confidence: float) -> Line:
        digits = tuple(self._digit(glyph, scale, min_confidence) for glyph in row)
        xs, ys = [d.box[0] for d in digits], [d.box[1] for d in digits]
        right, bottom = (max(d.box[i] + d.box[i + 2] for d in digits) for i in (0, 1))
        return Line(_text(digits), (min(xs), min(ys), right - min(xs), bottom - min(ys)), digits)

    def _digit(self, glyph: Glyph, scale: float, min_confidence: float) -> Digit:
        probabilities = glyph.digits
        likeliest = np.argsort(-probabilities, kind="stable")[:3]
        confidence = glyph.confidence
        rejected = glyph.rejection > self.model.threshold or confidence < min_confidence
        x, y, w, h = (v / scale for v in glyph.box)
        left, top = round(x), round(y)
        box = (left, top, max(1, round(x + w) - left), max(1, round(y + h) - top))
        polygon = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
        alternatives = tuple((int(k), round(float(probabilities[k]), 6)) for k in likeliest)
        rounded = tuple((round(a, 2), round(b, 2)) for a, b in polygon)
        return Digit(int(likeliest[0]), round(confidence, 6), box, rounded, alternatives, bool(rejected), glyph.image)


def read(source: Source, *, min_confidence: float | None = None, max_pixels: int = MAX_PIXELS) -> Reading:
    """Read the digits in a photo, scan, drawing or document with the default model, which is loaded once.

    See `Recognizer.read` for arguments and errors.
    """
    return _default().read(source, min_confidence=min_confidence, max_pixels=max_pixels)


@functools.cache
def _default() -> Recognizer:
    return Recognizer()


def _text(digits: tuple[Digit, ...]) -> str:
    """The accepted digits, with a space where the gap is wide."""
    accepted = [d for d in digits if not d.rejected]
    text = ""
    for before, digit in zip([None, *accepted], accepted, strict=False):
        if before is not None:
            gap = digit.box[0] - (before.box[0] + before.box[2])
            if gap > WIDE_GAP * max(before.box[3], digit.box[3]):
                text += " "
        text += str(digit.value)
    return text


def _gray(image: Images) -> Images:
    return image if image.ndim == 2 else np.ascontiguousarray(image[:, :, :3].mean(axis=2).round().astype(np.uint8))


def _as_glyph(image: Images, classify: Callable[[Images], Floats]) -> Glyph:
    """An image that already has MNIST's form, as a glyph: untouched."""
    probabilities = classify(image[None])
    rejection = float(models.rejection(probabilities)[0])
    return Glyph(ink_box(image) or (0, 0, 28, 28), image, probabilities[0], rejection)


def _sheet(rows: list[list[Glyph]]) -> Images:
    """All glyphs in MNIST's form on one sheet, a row for each row."""
    sheet = np.zeros((28 * max(1, len(rows)), 28 * max((len(row) for row in rows), default=1)), np.uint8)
    for r, row in enumerate(rows):
        for c, glyph in enumerate(row):
            sheet[28 * r : 28 * r + 28, 28 * c : 28 * c + 28] = glyph.image
    return sheet


def _wrong_images(images: object) -> ImageError:
    if isinstance(images, np.ndarray):
        received = f"dtype={images.dtype}, shape={images.shape}"
    else:
        received = f"type={type(images).__name__}"
    return ImageError(f"The images are not in MNIST's form. Expected uint8 [N, 28, 28]. Received: {received}")
