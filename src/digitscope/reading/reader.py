"""A loaded model that reads: photos → digits, and glyphs in MNIST's form → probabilities.

reader = Recognizer()
reader.read("photo.jpg")    # -> Reading
reader.pages("scans.pdf")   # -> Page, Page, ...: one after the other, each as soon as it is read
reader.classify(images)     # uint8 [N, 28, 28] -> float32 [N, 10]
reader.rejection(images)    # uint8 [N, 28, 28] -> float32 [N]
"""

import functools
import numbers
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.arrays import BoxXYWH, Floats, Image, Images
from digitscope.errors import ImageError, UsageError
from digitscope.reading.assembly import DoubtfulAs, page_of
from digitscope.reading.detection import find_digits
from digitscope.reading.expectation import Expectation
from digitscope.reading.glyph import read_glyphs, whole_image
from digitscope.reading.ink import Ink, find_inks, two_level_inks
from digitscope.reading.io.images import MAX_PIXELS, Source, name_of, open_reduced
from digitscope.reading.lines import find_rows
from digitscope.reading.normalization import is_mnist_form
from digitscope.reading.orientation import SURE, Attempt, Rotate, confidence, oriented, straight
from digitscope.reading.result import Page, Reading
from digitscope.reading.spacing import loose_ink
from digitscope.reading.view import View, checked_region

PHOTO_PIXELS = 2_000_000  # a JPEG is decoded no smaller than this: ink is found on 1,600 pixels of the longest side
DEFAULT_MODEL = "reader"


class Recognizer:
    """A loaded model file: load once, use often. Safe to share between threads.

    Args:
        model: a shipped name ("cnn", "mlp", ...), or the path of a model file.

    Raises:
        UsageError: no shipped model has that name, or it is no classifier.
        ModelFileError: the file breaks the model file's contract.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        self.model = models.load(DEFAULT_MODEL if model is None else model)

    def __repr__(self) -> str:
        return f"Recognizer({self.model.name!r})"

    def probabilities(self, images: Images) -> Floats:
        """The model's output: float32 [N, 10], or [N, 11] with "not a digit" as the last class."""
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (28, 28):
            raise _wrong_images(images, "uint8 [N, 28, 28]")
        return self.model.run(images)

    def classify(self, images: Images | npt.NDArray[np.floating]) -> Floats:
        """P(class | it is a digit) for each image.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark; or one image, [28, 28]; or floats in 0…1.

        Returns:
            float32 [N, 10], or [10] for one image; each row sums to 1.

        Raises:
            ImageError: the array has another dtype, shape or range.
        """
        if (
            not isinstance(images, np.ndarray)
            or not (images.dtype == np.uint8 or images.dtype.kind == "f")
            or images.ndim not in (2, 3)
            or images.shape[-2:] != (28, 28)
        ):
            raise _wrong_images(images, "uint8 [N, 28, 28] or [28, 28], or floats in 0…1")
        whole = _whole(images) if images.dtype.kind == "f" else np.asarray(images, np.uint8)
        if whole.ndim == 2:
            return models.given_digit(self.probabilities(whole[None]))[0]
        return models.given_digit(self.probabilities(whole))

    def rejection(self, images: Images) -> Floats:
        """P(not a digit) for each image, or 1 − max P for a model of ten classes.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark.

        Returns:
            float32 [N], 0 (certainly a digit) to 1 (certainly none).

        Raises:
            ImageError: the array has another dtype or shape.
        """
        return models.rejection(self.probabilities(images))

    def read(
        self,
        source: Source,
        *,
        min_confidence: float | None = None,
        doubtful: DoubtfulAs = "mark",
        expect: str | None = None,
        rotate: Rotate = "auto",
        region: BoxXYWH | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Reading:
        r"""Read the digits in a photo, scan, drawing or document.

        Args:
            source: a path, the file's bytes, a binary file open for reading, a PIL image, of which the current frame is
                read, or an array: see `digitscope.reading.io.images.open_pages`.
            min_confidence: digits below this confidence, 0…1, are doubtful, if the model's own threshold is no higher.
            doubtful: what the text has in a doubtful digit's place: "mark" a ?, "keep" its likeliest value, "drop"
                nothing. In `lines` it stands in any case.
            expect: what each row must be, such as r"\d{5}" or "luhn": see `digitscope.reading.expectation`. Each line's
                `expected` has its likeliest reading that fits; texts stay as they were read.
            rotate: turn pages clockwise by 0, 90, 180 or 270 degrees before they are read; "auto": as far as it takes.
            region: read only this part of each page, a box x, y, w, h in pixels of the page as displayed.
            max_pixels: refuse larger pages; a PDF's are rendered smaller.

        Raises:
            ImageError: the source cannot be opened as an image or document, or a page has no part in the region.
            UsageError: an argument is not as described.
        """
        pages = self.pages(
            source,
            min_confidence=min_confidence,
            doubtful=doubtful,
            expect=expect,
            rotate=rotate,
            region=region,
            max_pixels=max_pixels,
        )
        return self.collect(pages, source)

    def pages(
        self,
        source: Source,
        *,
        min_confidence: float | None = None,
        doubtful: DoubtfulAs = "mark",
        expect: str | None = None,
        rotate: Rotate = "auto",
        region: BoxXYWH | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[Page]:
        """Read a document page by page: each page, with its pixels, as soon as it is read.

        Memory holds a page or two, however long the document is. Arguments and errors are those of `read`, and are
        raised when the first page, or the one that cannot be read, is asked for.
        """
        least = _confidence(min_confidence)
        if doubtful not in get_args(DoubtfulAs):
            raise UsageError(
                "There is no such way with doubtful digits. "
                f"Expected {', '.join(get_args(DoubtfulAs))}. Received: doubtful={doubtful!r}"
            )
        quarters = _rotation(rotate)
        if not isinstance(max_pixels, numbers.Integral) or isinstance(max_pixels, bool) or max_pixels < 1:
            raise UsageError(
                "The limit allows no page. Expected a whole number of pixels, at least 1. "
                f"Received: max_pixels={max_pixels!r}"
            )
        expectation = None if expect is None else Expectation(expect)
        box = checked_region(region)
        start = time.perf_counter()
        for opened in open_reduced(source, max_pixels=max_pixels, enough=PHOTO_PIXELS if box is None else None):
            attempt = self._attempt(View.of(opened, box), quarters)
            yield page_of(opened, attempt, least, doubtful, expectation, start)
            start = time.perf_counter()

    def collect(self, pages: Iterable[Page], source: Source) -> Reading:
        """One Reading of the pages of `source`; if there are several, it keeps no pixels."""
        collected: list[Page] = []
        for page in pages:
            if collected:
                page, collected[-1] = page.without_pixels(), collected[-1].without_pixels()
            collected.append(page)
        elapsed = round(sum(page.elapsed_ms for page in collected), 3)
        file = os.path.abspath(source) if isinstance(source, str | os.PathLike) else None
        return Reading(name_of(source), self.model.name, self.model.version, tuple(collected), elapsed, file)

    def _attempt(self, view: View, rotate: Rotate) -> Attempt:
        """A view of a page as it is read in the end, turned if need be."""
        view = view.turned(0 if rotate == "auto" else rotate)
        gray = _gray(view.pixels) if view.pixels.shape[:2] == (28, 28) else None
        if gray is not None and is_mnist_form(gray):
            glyph = whole_image(gray, self.model)
            return Attempt(view, [[glyph]], np.zeros((0, 5)), 1.0, {"page": gray}, gray // 128)
        inks = find_inks(view.pixels)
        attempt = self._read_carefully(view, inks)
        if rotate == "auto":
            attempt = oriented(attempt, inks, self._read_inks, self.probabilities)
        return straight(attempt, self._read_inks)

    def _read_carefully(self, view: View, inks: Sequence[Ink]) -> Attempt:
        """A view of a page, read as it is; where the answer is doubtful, also from ink by two levels of grey."""
        attempt = self._read_inks(view, inks)
        if confidence(attempt.glyphs) >= SURE:
            return attempt
        others = two_level_inks(view.pixels, scale=attempt.scale)
        return self._read_inks(view, [ink for ink in others if not ink.is_same_as(attempt.mask)], attempt)

    def _read_inks(self, view: View, inks: Sequence[Ink], *others: Attempt) -> Attempt:
        """The most confident of what is read of a view by these inks, and of other attempts, which go first."""
        attempts = [*others, *(self._read_ink(view, ink) for ink in inks)]
        return max(attempts, key=lambda attempt: confidence(attempt.glyphs))

    def _read_ink(self, view: View, ink: Ink) -> Attempt:
        """A view of a page as its ink is read: its glyphs in reading order, and what ink is beside them."""
        detections = find_digits(ink)
        glyphs = read_glyphs(detections, ink, self.probabilities)
        rows = [[glyphs[k] for k in row] for row in find_rows([detection.box_ltrb for detection in detections])]
        marks = loose_ink(ink, [glyph.box_ltrb for row in rows for glyph in row])
        return Attempt(view, rows, marks, ink.scale, ink.steps, ink.mask)


def read(
    source: Source,
    *,
    min_confidence: float | None = None,
    doubtful: DoubtfulAs = "mark",
    expect: str | None = None,
    rotate: Rotate = "auto",
    region: BoxXYWH | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Reading:
    """Read the digits in a photo, scan, drawing or document with the default model, which is loaded once.

    See `Recognizer.read` for arguments and errors.
    """
    return _default().read(
        source,
        min_confidence=min_confidence,
        doubtful=doubtful,
        expect=expect,
        rotate=rotate,
        region=region,
        max_pixels=max_pixels,
    )


@functools.cache
def _default() -> Recognizer:
    return Recognizer()


def _confidence(value: object) -> float:
    """`min_confidence` as a number, 0 where none was given."""
    if value is None:
        return 0.0
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 <= float(value) <= 1:
        raise UsageError(
            f"The confidence is no number in 0…1. Expected such as 0.9. Received: min_confidence={value!r}"
        )
    return float(value)


def _rotation(value: object) -> Rotate:
    """`rotate` as a number of Python's own, or "auto"."""
    for known in get_args(Rotate):
        if isinstance(value, str | numbers.Real) and not isinstance(value, bool) and value == known:
            return known
    raise UsageError(f"There is no such rotation. Expected 'auto', 0, 90, 180 or 270. Received: rotate={value!r}")


def _gray(image: Image) -> Image:
    return image if image.ndim == 2 else np.ascontiguousarray(image[:, :, :3].mean(axis=2).round().astype(np.uint8))


def _whole(images: npt.NDArray[Any]) -> Images:
    """Floats in 0…1 as whole numbers in 0…255."""
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 1.0)
    if not 0 <= low <= high <= 1:  # also turns away nan
        raise ImageError(
            f"Pixels given as floats are out of range. Expected 0 to 1, or uint8. Received: from {low:g} to {high:g}"
        )
    return np.rint(images * 255).astype(np.uint8)


def _wrong_images(images: object, expected: str) -> ImageError:
    if isinstance(images, np.ndarray):
        received = f"dtype={images.dtype}, shape={images.shape}"
    else:
        received = f"type={type(images).__name__}"
    return ImageError(f"The images are not in MNIST's form. Expected {expected}. Received: {received}")
