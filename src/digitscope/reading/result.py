r"""What was read: Reading → Page → Line → Digit, frozen, with JSON both ways.

    reading.text                         # "40312\n77": accepted digits only, one line a row
    reading.digits                       # (Digit(4, 0.998, box=(31, 20, 18, 27)), …), accepted ones
    reading.pages[0].lines[0].digits     # all glyphs, also rejected ones
    Reading.from_json(reading.to_json()) == reading
    reading.save_annotated("out.png")

Boxes and polygons are in pixels of the page as displayed, after EXIF turning.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.errors import DataError, UsageError
from digitscope.files import write_whole
from digitscope.reading.drawing import annotate

Image = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]  # x, y, width, height
Point = tuple[float, float]

SCHEMA = 1
CSV_COLUMNS = ("path", "page", "line", "index", "value", "confidence", "x", "y", "w", "h", "rejected")


@dataclass(frozen=True, repr=False)
class Digit:
    """One glyph. `value` is its best digit even where it is rejected as no digit at all."""

    value: int
    confidence: float  # (1 − rejection) · max P, in 0…1
    box: Box
    polygon: tuple[Point, ...]
    alternatives: tuple[tuple[int, float], ...]  # the three likeliest values with their probabilities
    rejected: bool = False
    glyph: Image | None = field(default=None, compare=False)  # uint8 [28, 28]; a reading from JSON has none

    def __repr__(self) -> str:
        rejected = ", rejected" if self.rejected else ""
        return f"Digit({self.value}, {self.confidence:.3f}, box={self.box}{rejected})"

    def to_dict(self) -> dict[str, Any]:
        """The digit as JSON has it."""
        return {
            "value": self.value,
            "confidence": self.confidence,
            "box": list(self.box),
            "polygon": [list(point) for point in self.polygon],
            "alternatives": [list(pair) for pair in self.alternatives],
            "rejected": self.rejected,
        }


@dataclass(frozen=True, repr=False)
class Line:
    """One row of glyphs from left to right. `text` has its accepted digits, and a space at each wide gap."""

    text: str
    box: Box
    digits: tuple[Digit, ...]

    def __repr__(self) -> str:
        return f"Line({self.text!r}, {_count(self.digits)})"

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return {"text": self.text, "box": list(self.box), "digits": [digit.to_dict() for digit in self.digits]}


@dataclass(frozen=True, repr=False)
class Page:
    """One page or image. `image` and `steps` are there for looking; JSON and equality leave them out."""

    size: tuple[int, int]  # width, height
    lines: tuple[Line, ...]
    image: Image | None = field(default=None, compare=False)  # [H, W] or [H, W, 3]
    steps: Mapping[str, Image] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines if line.text)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The accepted digits in reading order."""
        return tuple(digit for line in self.lines for digit in line.digits if not digit.rejected)

    def __repr__(self) -> str:
        return f"Page({self.text!r}, {_count([d for line in self.lines for d in line.digits])}, size={self.size})"

    def to_dict(self) -> dict[str, Any]:
        """The page as JSON has it."""
        return {"size": list(self.size), "text": self.text, "lines": [line.to_dict() for line in self.lines]}


@dataclass(frozen=True, repr=False)
class Reading:
    """Everything read from one file or image."""

    path: str | None
    model_name: str
    model_version: str
    pages: tuple[Page, ...]
    elapsed_ms: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages if page.text)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The accepted digits of all pages in reading order."""
        return tuple(digit for page in self.pages for digit in page.digits)

    def __repr__(self) -> str:
        every = [digit for page in self.pages for line in page.lines for digit in line.digits]
        where = "" if self.path is None else f", path={self.path!r}"
        pages = "" if len(self.pages) == 1 else f", {len(self.pages)} pages"
        return f"Reading({self.text!r}, {_count(every)}{pages}{where}, model={self.model_name!r})"

    def to_dict(self) -> dict[str, Any]:
        """The reading as JSON has it, schema 1."""
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
        """The reading that `to_dict` gave; its images are gone.

        Raises:
            DataError: it is no reading of schema 1.
        """
        try:
            if value["schema"] != SCHEMA:
                raise DataError(
                    f"The reading has another schema. Expected: {SCHEMA}. Received: schema={value['schema']!r}"
                )
            return cls(
                path=value["path"],
                model_name=value["model"]["name"],
                model_version=value["model"]["version"],
                pages=tuple(_page(page) for page in value["pages"]),
                elapsed_ms=value["elapsed_ms"],
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DataError(
                f"This is no reading: {type(error).__name__} {error}. Expected the object that to_dict gives. "
                f"Received: type={type(value).__name__}"
            ) from error

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        """The reading that `to_json` gave; raises DataError for anything else."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise DataError(f"This is no JSON: {error}. Expected one object. Received: text={text[:40]!r}") from error
        return cls.from_dict(value)

    def rows(self) -> list[tuple[str | int | float, ...]]:
        """One row a glyph, with the columns of CSV_COLUMNS."""
        return [
            (self.path or "", p, n, i, digit.value, round(digit.confidence, 4), *digit.box, int(digit.rejected))
            for p, page in enumerate(self.pages)
            for n, line in enumerate(page.lines)
            for i, digit in enumerate(line.digits)
        ]

    def annotated(self, page: int = 0) -> Image:
        """One page with its boxes, digits and confidences drawn on it: uint8 [H, W, 3].

        A small image is enlarged so that the labels can be read.

        Raises:
            UsageError: the reading holds no image (it came from JSON), or no such page.
        """
        if not 0 <= page < len(self.pages):
            raise UsageError(f"There is no such page. Expected 0…{len(self.pages) - 1}. Received: page={page}")
        image = self.pages[page].image
        if image is None:
            raise UsageError("A reading from JSON holds no image. Expected one that ds.read gave. Received: image=None")
        return annotate(image, [digit for line in self.pages[page].lines for digit in line.digits])

    def save_annotated(self, path: str | os.PathLike[str]) -> list[Path]:
        """Save the annotated pages; from the second on, the page's number goes into the name.

        Returns:
            The paths that were written.

        Raises:
            UsageError: the name's ending is of no image format, or the reading holds no image.
        """
        path, paths = Path(path), []
        for n in range(len(self.pages)):
            page_path = path if n == 0 else path.with_name(f"{path.stem}-{n + 1}{path.suffix}")
            _save(self.annotated(n), page_path)
            paths.append(page_path)
        return paths

    def steps(self) -> dict[str, Image]:
        """Each stage's image by name, in the order of the pipeline; several pages get their number in front."""
        if len(self.pages) == 1:
            return dict(self.pages[0].steps)
        return {f"{n + 1}-{name}": image for n, page in enumerate(self.pages) for name, image in page.steps.items()}

    def save_steps(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Save each stage's image as a PNG, numbered in order; returns the paths that were written."""
        paths = [Path(folder) / f"{n:02d}-{name}.png" for n, name in enumerate(self.steps())]
        for path, image in zip(paths, self.steps().values(), strict=True):
            _save(image, path)
        return paths


def _page(value: Any) -> Page:
    return Page(size=_ints(value["size"], 2), lines=tuple(_line(line) for line in value["lines"]))


def _line(value: Any) -> Line:
    return Line(text=value["text"], box=_ints(value["box"], 4), digits=tuple(_digit(d) for d in value["digits"]))


def _digit(value: Any) -> Digit:
    return Digit(
        value=int(value["value"]),
        confidence=float(value["confidence"]),
        box=_ints(value["box"], 4),
        polygon=tuple((float(x), float(y)) for x, y in value["polygon"]),
        alternatives=tuple((int(v), float(p)) for v, p in value["alternatives"]),
        rejected=bool(value["rejected"]),
    )


def _ints(values: Any, length: int) -> Any:
    if len(values) != length:
        raise ValueError(f"{length} numbers were expected, not {len(values)}")
    return tuple(int(value) for value in values)


def _count(digits: Any) -> str:
    rejected = sum(digit.rejected for digit in digits)
    accepted = len(digits) - rejected
    text = f"{accepted} digit{'' if accepted == 1 else 's'}"
    return f"{text}, {rejected} rejected" if rejected else text


def _save(image: Image, path: Path) -> None:
    colour = image[..., ::-1] if image.ndim == 3 else image
    try:
        done, coded = cv2.imencode(path.suffix or ".", colour)
    except cv2.error:
        done = False
    if not done:
        raise UsageError(
            "No image can be saved under this name. Expected an ending such as .png or .jpg. "
            f"Received: path={str(path)!r}"
        )
    write_whole(path, coded.tobytes())
