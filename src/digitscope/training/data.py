"""What teaches a network: for each kind of source, a record of its choices, which a recipe holds and a file keeps.

    Glyphs(samples=30_000, by_pen=0)     a recipe's data; `training.sources` makes samples of it

A new source is a record here, in DATA, and a function of the same name in `sources.SOURCES`.
"""

import functools
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

from digitscope.errors import UsageError
from digitscope.mnist import Split
from digitscope.reading.labelled import Labelled, load_labelled
from digitscope.synthesis.augmentation import Augmentation
from digitscope.synthesis.distortion import Distortion
from digitscope.synthesis.nondigits import SHARES, Shares


@dataclass(frozen=True)
class Mnist:
    """MNIST's images, each once an epoch, as they are or shifted anew in each.

    Args:
        shift: how many whole pixels an image moves at most along each axis.
    """

    shift: int = 0
    source: ClassVar[str] = "mnist"
    kind: ClassVar[str] = "classifier"  # of the network that it teaches
    made: ClassVar[bool] = False  # samples that are made cost time (processes make them) and hold out the last 5,000

    def fewer(self) -> "Mnist":
        """As many as held-out figures need: all."""
        return self


@dataclass(frozen=True)
class Distorted:
    """MNIST's images, each once an epoch, distorted anew in each.

    Args:
        distortion: how far.
    """

    distortion: Distortion = field(default_factory=Distortion)
    source: ClassVar[str] = "distorted"
    kind: ClassVar[str] = "classifier"
    made: ClassVar[bool] = False

    def fewer(self) -> "Distorted":
        """As many as held-out figures need: all."""
        return self


@dataclass(frozen=True)
class Own:
    """Digits of one's own, each as often as another in an epoch, alone or with as many of MNIST's.

    Args:
        path: where they are, see `reading.labelled`.
        validation: the share of each digit that does not teach, or a second place.
        mnist: whether as many of MNIST's images are mixed in, others in each epoch, so that they are not forgotten.
        least: samples of one's own in an epoch; few images come several times.
        distort: the share of samples that are distorted, each otherwise.
    """

    path: str = ""
    validation: str = "0.1"
    mnist: int = 0
    least: int = 4_000
    distort: float = 0.5
    source: ClassVar[str] = "own"
    kind: ClassVar[str] = "classifier"
    made: ClassVar[bool] = True

    def __post_init__(self) -> None:
        try:
            share = float(self.validation)
        except ValueError:
            return
        if not 0 < share < 1:
            raise UsageError(
                f"The share for validation is out of range. Expected more than 0 and less than 1, or a place. "
                f"Received: validation={self.validation!r}"
            )

    def fewer(self) -> "Own":
        """As many as held-out figures need: all."""
        return self

    def splits(self) -> tuple[Split, Split]:
        """What teaches, and what does not.

        Raises:
            DataError: a place cannot be read; without MNIST's, a digit is missing or has far fewer images than another.
        """
        whole = opened(self.path)
        if not self.mnist:
            whole.check_balance()
        try:
            return whole.split(float(self.validation))
        except ValueError:
            return whole.test, opened(self.validation).test


@functools.lru_cache(maxsize=2)
def opened(path: str) -> Labelled:
    """The labelled digits at a place, read once."""
    return load_labelled(path)


@dataclass(frozen=True)
class Glyphs:
    """Glyphs as reading meets them: augmented digits, and what is no digit.

    Args:
        handwriting: the folder of pen trajectories, see `synthesis.trajectories`; needed where `by_pen` is above 0.
        by_pen: the share of digits and of non-digits that is written by pen; 0 trains without.
        samples: glyphs an epoch, made anew in each.
        nondigits: the share of glyphs that are no digits.
        pages: pages made for an epoch, for what is found on them beside digits.
        shares: how many of the other non-digits are of each kind.
        augmentation: what paper, pens and cameras do to a glyph.
    """

    handwriting: str = ""
    by_pen: float = 1 / 3
    samples: int = 60_000
    nondigits: float = 0.35
    pages: int = 10
    shares: Shares = SHARES
    augmentation: Augmentation = field(default_factory=Augmentation)
    source: ClassVar[str] = "glyphs"
    kind: ClassVar[str] = "classifier"
    made: ClassVar[bool] = True

    def fewer(self) -> "Glyphs":
        """As many as held-out figures need."""
        return replace(self, samples=-(-self.samples // 10))


@dataclass(frozen=True)
class Tiles:
    """Tiles of made pages for the detector, cut anew in each epoch.

    Args:
        handwriting: the folder of pen trajectories, see `synthesis.trajectories`; needed where `by_pen` is above 0.
        by_pen: the share of the digits that is written by pen; at 0, nothing is.
        scenes: pages that are made, once a run.
        samples: tiles an epoch.
        digits: digits that the pages are written with.
        nondigits: things that are none that they are written with: letters, words, drawings, stamps, signs, glyphs.
        shares: how many of the glyphs that are no digits are of each kind.
        bare: a scene without digits is drawn as often as one with so many.
    """

    handwriting: str = ""
    by_pen: float = 0.4
    scenes: int = 16_000
    samples: int = 30_000
    digits: int = 24_000
    nondigits: int = 15_400
    shares: Shares = SHARES
    bare: float = 8.0
    source: ClassVar[str] = "tiles"
    kind: ClassVar[str] = "detector"
    made: ClassVar[bool] = True

    def fewer(self) -> "Tiles":
        """As many as held-out figures need."""
        return replace(
            self,
            scenes=-(-self.scenes // 16),
            samples=-(-self.samples // 10),
            digits=-(-self.digits // 10),
            nondigits=-(-self.nondigits // 10),
        )


@dataclass(frozen=True)
class Found:
    """What reading finds on made pages, as evidence from which to decide what each detection is.

    Args:
        handwriting: the folder of pen trajectories, see `synthesis.trajectories`; needed where `by_pen` is above 0.
        by_pen: the share of the digits that is written by pen; at 0, nothing is.
        pages: photographs of whole pages, made once a run.
        alone: photographs of one to three things alone, digits or not, made once a run.
        digits: digits that the pages are written with.
        nondigits: things that are none that they are written with.
        shares: how many of the glyphs that are no digits are of each kind.
    """

    handwriting: str = ""
    by_pen: float = 0.4
    pages: int = 6_000
    alone: int = 9_000
    digits: int = 24_000
    nondigits: int = 15_400
    shares: Shares = SHARES
    source: ClassVar[str] = "found"
    kind: ClassVar[str] = "decision"
    made: ClassVar[bool] = True

    def fewer(self) -> "Found":
        """As many as held-out figures need."""
        return replace(
            self,
            pages=-(-self.pages // 8),
            alone=-(-self.alone // 8),
            digits=-(-self.digits // 10),
            nondigits=-(-self.nondigits // 10),
        )


Made = Glyphs | Tiles | Found  # of digits and of what is none
Data = Mnist | Distorted | Own | Glyphs | Tiles | Found
DATA: dict[str, type[Data]] = {record.source: record for record in (Mnist, Distorted, Own, Glyphs, Tiles, Found)}

MOST = 10_000_000
SOME, ANY = (1, MOST), (0, MOST)
RANGES: dict[type, dict[str, tuple[float, float]]] = {  # of the numbers that are no share or probability
    Mnist: {"shift": (0, 28)},
    Own: {"least": SOME},
    Glyphs: {"samples": SOME, "pages": ANY},
    Tiles: {"scenes": SOME, "samples": SOME, "digits": SOME, "nondigits": ANY, "bare": ANY},
    Found: {"pages": SOME, "alone": ANY, "digits": SOME, "nondigits": ANY},
    Shares: {f.name: ANY for f in fields(Shares)},  # they are divided by their sum
    Distortion: {
        "rotation": (0, 180),
        "scale": (0, 0.5),
        "shrink": (0, 0.49),  # with `scale` less than all of it
        "shear": (0, 10),
        "shift": (0, 28),
        "elastic": (0, 28),
        "blur": (1, 10),
        "dots": (1, 784),
    },
    Augmentation: {
        "rotation": (0, 180),
        "shear": (0, 10),
        "aspect": (0, 2),
        "elastic": (0, 72),
        "thinner": (0, 72),
        "thicker": (0, 5),
        "marker": (5, 72),  # thicker still
        "coarsest": (1, 40),
        "blur": (0, 72),
    },
}


def check_ranges(record: Any, within: str = "data") -> None:
    """Check each number of a data record, and of the records that it holds.

    Raises:
        UsageError: a number is outside its range: that of RANGES, or 0 to 1 for a share or probability.
    """
    ranges = RANGES.get(type(record), {})
    for f in fields(record):
        name, value = f"{within}.{f.name}", getattr(record, f.name)
        if is_dataclass(value):
            check_ranges(value, name)
        elif not isinstance(value, str):
            check_range(name, value, *ranges.get(f.name, (0, 1)))


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise UsageError where the value is below `low` or above `high`, or nan."""
    if not low <= value <= high:
        raise UsageError(f"The value is out of range. Expected {low:g} to {high:.9g}. Received: {name}={value!r}")
