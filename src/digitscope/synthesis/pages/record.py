"""What a made page is: its image, and the truth about each digit on it."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
SIGN = 11  # that of a point, comma, dash or slash, "," in a text: no digit either
WORD = 12  # that of a word, a signature or another wide thing, "w" in a text: no digit either


@dataclass(frozen=True)
class PlacedDigit:
    """One digit on a made page, in pixels of the page's image."""

    value: int
    box: tuple[int, int, int, int]  # x, y, width, height of its ink
    polygon: tuple[Point, Point, Point, Point]  # its upright box on the paper, as the camera sees it
    line: int


@dataclass(frozen=True)
class PlacedMark:
    """Something on a made page that is not a digit."""

    kind: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Page:
    """One made page. `text` has one line a row, and a space where the writer left a wide gap."""

    image: npt.NDArray[np.uint8] = field(repr=False, compare=False)  # [H, W, 3], RGB
    digits: tuple[PlacedDigit, ...] = field(repr=False)
    marks: tuple[PlacedMark, ...] = field(repr=False)
    text: str
    paper: str
    distance: str
    pen: str
    degradations: tuple[str, ...]
    seed: int | None
