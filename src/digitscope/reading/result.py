r"""What was read: Reading → Page → Line → Digit, frozen, with JSON both ways.

    reading.text                         # "40?12\n77": a line for each row, ? for a doubtful digit
    reading.digits                       # (Digit(4, 0.998, box=(31, 20, 18, 27)), …), accepted ones
    reading.pages[0].lines[0].digits     # all glyphs, also doubtful and rejected ones
    Reading.from_json(reading.to_json()) == reading
    reading.save_annotated("out.png")

Boxes and polygons are in pixels of the page as displayed, after EXIF turning.
"""

import itertools
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from digitscope.arrays import BoxXYWH, Floats, Image
from digitscope.errors import DataError, ImageError, UsageError
from digitscope.reading import drawing
from digitscope.reading.expectation import Expected
from digitscope.reading.io.images import MAX_PIXELS, open_pages

Point = tuple[float, float]  # x, y

Status = Literal["accepted", "doubtful", "rejected"]

SCHEMA = 2  # schema 1, where a digit was rejected or not, can still be read
STATUSES: tuple[Status, ...] = get_args(Status)
CSV_COLUMNS = ("path", "page", "line", "index", "value", "confidence", "status", "x", "y", "w", "h", "error")


@dataclass(frozen=True, repr=False)
class Digit:
    """One glyph. `value` is its most probable digit even where that is doubtful or it is rejected as no digit at all.

    `box` lies on the page; corners of `polygon`, where the page was turned to be read, may lie beside it.
    `status` is "rejected" where the rejection exceeds the model's threshold, "doubtful" where it is a digit whose
    confidence is below the model's confidence threshold or below the one asked for, else "accepted".
    `glyph` uint8 [28, 28], what the classifier saw, and `probabilities` float32 [11], P(each digit) and P(not a digit),
    are for explaining; JSON and equality leave them out, and a reading from JSON has none.
    """

    value: int
    confidence: float  # (1 − rejection) · max P, in 0…1
    box: BoxXYWH
    polygon: tuple[Point, ...]
    alternatives: tuple[tuple[int, float], ...]  # the three most probable values, P(value | it is a digit)
    status: Status = "accepted"
    glyph: Image | None = field(default=None, compare=False)
    probabilities: Floats | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether it is a digit and sure enough which."""
        return self.status == "accepted"

    @property
    def doubtful(self) -> bool:
        """Whether it is a digit, but unsure which."""
        return self.status == "doubtful"

    @property
    def rejected(self) -> bool:
        """Whether it is more likely no digit than a digit."""
        return self.status == "rejected"

    def __repr__(self) -> str:
        status = "" if self.accepted else f", {self.status}"
        return f"Digit({self.value}, {self.confidence:.3f}, box={self.box}{status})"

    def to_dict(self) -> dict[str, Any]:
        """The digit as JSON has it."""
        return {
            "value": self.value,
            "confidence": self.confidence,
            "status": self.status,
            "box": list(self.box),
            "polygon": [list(point) for point in self.polygon],
            "alternatives": [list(pair) for pair in self.alternatives],
        }


@dataclass(frozen=True, repr=False)
class Line:
    """One row of glyphs from left to right.

    `text` has its accepted digits, a ? in the place of each doubtful one (or what `doubtful` asked for), and a space
    between numbers. `expected` is None where nothing was.
    """

    text: str
    box: BoxXYWH
    digits: tuple[Digit, ...]
    expected: Expected | None = None

    def __repr__(self) -> str:
        return f"Line({self.text!r}, {_count(self.digits)})"

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return {
            "text": self.text,
            "box": list(self.box),
            "expected": self.expected and self.expected.to_dict(),
            "digits": [digit.to_dict() for digit in self.digits],
        }


@dataclass(frozen=True, repr=False)
class Page:
    """One page or image. `image`, `steps` and `elapsed_ms` are left out of JSON and equality.

    `rotation` and `tilt` are how the page was turned to be read, in degrees clockwise: by quarters, and by what was
    left. Boxes are of the page as displayed, before that. A page that `Recognizer.pages` yields has its pixels, one of
    a document's Reading none.
    """

    size: tuple[int, int]  # width, height
    lines: tuple[Line, ...]
    image: Image | None = field(default=None, compare=False)  # [H, W] or [H, W, 3]
    steps: Mapping[str, Image] = field(default_factory=dict, compare=False)  # what each stage of reading made
    elapsed_ms: float = field(default=0.0, compare=False)
    rotation: int = 0  # degrees: 0, 90, 180 or 270
    tilt: float = 0.0  # degrees

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines if line.text)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The accepted digits in reading order."""
        return tuple(digit for line in self.lines for digit in line.digits if digit.accepted)

    @property
    def glyphs(self) -> tuple[Digit, ...]:
        """All glyphs in reading order, also doubtful and rejected ones."""
        return tuple(digit for line in self.lines for digit in line.digits)

    def without_pixels(self) -> "Page":
        """The page without `image` and `steps`."""
        return replace(self, image=None, steps={})

    def annotated(self) -> Image:
        """The page with its boxes, digits and confidences drawn on it: uint8 [H, W, 3].

        A small image is enlarged so that the labels can be read.

        Raises:
            UsageError: the page holds no pixels.
        """
        if self.image is None:
            raise UsageError("The page holds no pixels. Expected one that Recognizer.pages gave. Received: image=None")
        return drawing.annotate(self.image, self.glyphs, size=self.size)

    def save_steps(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Save what each stage of reading made as a PNG, numbered in order; returns the paths that were written."""
        named = [(Path(folder) / f"{n:02d}-{name}.png", step) for n, (name, step) in enumerate(self.steps.items())]
        return [drawing.save(step, path) for path, step in named]

    def rows(self, path: str | None, number: int) -> list[tuple[str | int | float, ...]]:
        """One row for each glyph, with the columns of CSV_COLUMNS; `number` is the page's, counted from 0."""
        return [
            (path or "", number, n, i, digit.value, round(digit.confidence, 4), digit.status, *digit.box, "")
            for n, line in enumerate(self.lines)
            for i, digit in enumerate(line.digits)
        ]

    def __repr__(self) -> str:
        return f"Page({self.text!r}, {_count(self.glyphs)}, size={self.size})"

    def to_dict(self) -> dict[str, Any]:
        """The page as JSON has it."""
        return {
            "size": list(self.size),
            "rotation": self.rotation,
            "tilt": self.tilt,
            "text": self.text,
            "lines": [line.to_dict() for line in self.lines],
        }


@dataclass(frozen=True, repr=False)
class Reading:
    """Everything read from one file or image.

    A single image's page has its pixels. A document of several pages keeps none: drawing it opens `source` again.
    """

    path: str | None
    model_name: str
    model_version: str
    pages: tuple[Page, ...]
    elapsed_ms: float = field(default=0.0, compare=False)
    source: str | None = field(default=None, compare=False)  # the file to open again; None where it was no path

    @property
    def text(self) -> str:
        """The pages' texts, parted by form feeds."""
        return "\f".join(page.text for page in self.pages)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The accepted digits of all pages in reading order."""
        return tuple(digit for page in self.pages for digit in page.digits)

    def __repr__(self) -> str:
        every = [digit for page in self.pages for digit in page.glyphs]
        where = "" if self.path is None else f", path={self.path!r}"
        pages = "" if len(self.pages) == 1 else f", {len(self.pages)} pages"
        return f"Reading({self.text!r}, {_count(every)}{pages}{where}, model={self.model_name!r})"

    def to_dict(self) -> dict[str, Any]:
        """The reading as JSON has it, schema 2."""
        return {
            "schema": SCHEMA,
            "path": self.path,
            "model": {"name": self.model_name, "version": self.model_version},
            "text": self.text,
            "elapsed_ms": self.elapsed_ms,
            "pages": [page.to_dict() for page in self.pages],
        }

    def to_json(self) -> str:
        """One JSON object on one line."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, value: Any) -> "Reading":
        """The reading that `to_dict` gave, or gave in schema 1; its images are gone.

        Raises:
            DataError: it is no reading of schema 1 or 2.
        """
        try:
            if value["schema"] not in (1, SCHEMA):
                raise DataError(
                    f"The reading has another schema. Expected: 1 or {SCHEMA}. Received: schema={value['schema']!r}"
                )
            return cls(
                path=None if value["path"] is None else _str(value["path"]),
                model_name=_str(value["model"]["name"]),
                model_version=_str(value["model"]["version"]),
                pages=tuple(_page(page) for page in value["pages"]),
                elapsed_ms=_float(value["elapsed_ms"]),
            )
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise DataError(
                f"This is no reading: {type(error).__name__} {error}. Expected the object that to_dict gives. "
                f"Received: type={type(value).__name__}"
            ) from error

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        """The reading that `to_json` gave; raises DataError for anything else."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DataError(f"This is no JSON: {error}. Expected one object. Received: text={text[:40]!r}") from error
        return cls.from_dict(value)

    def without_pixels(self) -> "Reading":
        """The reading without its pages' `image` and `steps`; drawing it opens its file again."""
        return replace(self, pages=tuple(page.without_pixels() for page in self.pages))

    def rows(self) -> list[tuple[str | int | float, ...]]:
        """One row for each glyph, with the columns of CSV_COLUMNS; where there is none, one with empty cells."""
        rows = [row for number, page in enumerate(self.pages) for row in page.rows(self.path, number)]
        return rows or [row_without_digit(self.path)]

    def annotated(self, page: int = 0) -> Image:
        """One page with its boxes, digits and confidences drawn on it: uint8 [H, W, 3].

        Raises:
            UsageError: there is no such page, or the reading holds no pixels and no path to open again.
            ImageError: the document has changed or cannot be opened.
        """
        if not 0 <= page < len(self.pages):
            raise UsageError(f"There is no such page. Expected 0…{len(self.pages) - 1}. Received: page={page}")
        return next(itertools.islice(self._annotated_pages(), page, None))

    def save_annotated(self, path: str | os.PathLike[str]) -> list[Path]:
        """Save the annotated pages; from the second on, the page's number goes into the name.

        Returns:
            The paths that were written.

        Raises:
            UsageError: the name's ending is of no image format, or as for `annotated`.
            ImageError: as for `annotated`.
        """
        return [drawing.save(image, drawing.page_path(path, n)) for n, image in enumerate(self._annotated_pages())]

    def steps(self) -> dict[str, Image]:
        """What each stage of reading made, by name and in order; a document's reading keeps none."""
        return dict(self.pages[0].steps)

    def save_steps(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Save each stage's image as a PNG, numbered in order; returns the paths that were written."""
        return self.pages[0].save_steps(folder)

    def _repr_png_(self) -> bytes | None:
        """The first page annotated, for notebooks; None where its pixels are gone."""
        try:
            return drawing.encoded(self.annotated(), ".png")
        except (ImageError, UsageError):
            return None

    def _annotated_pages(self) -> Iterator[Image]:
        """Each page as it is drawn; the pixels of a document come from its file."""
        if all(page.image is not None for page in self.pages):
            yield from (page.annotated() for page in self.pages)
            return
        if self.source is None:
            raise UsageError(
                "The reading holds no pixels: it came from JSON, or from a document's bytes. Expected a document read "
                "from a path, a single image, or the pages that Recognizer.pages gives. Received: source=None"
            )
        largest = max(MAX_PIXELS, *(page.size[0] * page.size[1] for page in self.pages))
        images = open_pages(self.source, max_pixels=largest)
        for page in self.pages:
            image = next(images, None)
            if image is None:
                raise ImageError(
                    f"The document has changed. Expected its {len(self.pages)} pages. Received: path={self.path!r}"
                )
            yield drawing.annotate(image, page.glyphs, size=page.size)


def row_without_digit(path: str | None, error: str = "") -> tuple[str, ...]:
    """The row, with the columns of CSV_COLUMNS, of a file without a glyph, or of one that could not be read."""
    return (path or "", *[""] * (len(CSV_COLUMNS) - 2), error)


def _page(value: Any) -> Page:
    return Page(
        size=_ints(value["size"], 2),
        lines=tuple(_line(line) for line in value["lines"]),
        rotation=int(value.get("rotation", 0)),
        tilt=_float(value.get("tilt", 0.0)),
    )


def _line(value: Any) -> Line:
    return Line(
        text=_str(value["text"]),
        box=_ints(value["box"], 4),
        digits=tuple(_digit(d) for d in value["digits"]),
        expected=_expected(value.get("expected")),
    )


def _expected(value: Any) -> Expected | None:
    if value is None:
        return None
    text = None if value["text"] is None else _str(value["text"])
    return Expected(_str(value["pattern"]), text, _float(value["probability"]))


def _digit(value: Any) -> Digit:
    status = value["status"] if "status" in value else STATUSES[2 if value["rejected"] else 0]
    if status not in STATUSES:
        raise ValueError(f"a status among {', '.join(STATUSES)} was expected, not {status!r}")
    return Digit(
        value=int(value["value"]),
        confidence=_float(value["confidence"]),
        box=_ints(value["box"], 4),
        polygon=tuple((_float(x), _float(y)) for x, y in value["polygon"]),
        alternatives=tuple((int(v), _float(p)) for v, p in value["alternatives"]),
        status=status,
    )


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def _float(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a finite number was expected, not {number}")
    return number


def _ints(values: Any, length: int) -> Any:
    if len(values) != length:
        raise ValueError(f"{length} numbers were expected, not {len(values)}")
    return tuple(int(value) for value in values)


def _count(digits: Sequence[Digit]) -> str:
    counts = {status: sum(digit.status == status for digit in digits) for status in STATUSES}
    accepted = counts.pop("accepted")
    others = "".join(f", {count} {status}" for status, count in counts.items() if count)
    return f"{accepted} digit{'' if accepted == 1 else 's'}{others}"
