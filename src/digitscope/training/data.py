"""Where samples come from: each source opens as a function (epoch, step) -> (x, y) that data and seed decide.

    source = SOURCES["mnist"](Mnist(), mnist.train, seed=0, batch_size=60, folder=folder)
    x, y = source.batch(epoch, step)     # uint8 [60, 28, 28], uint8 [60]

A new source is a record of its choices in DATA and a function of the same name in SOURCES.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from digitscope.arrays import NOT_A_DIGIT
from digitscope.errors import UsageError
from digitscope.mnist import Split
from digitscope.reading.labelled import Labelled, load_labelled
from digitscope.synthesis import letters
from digitscope.synthesis.augmentation import Augmentation, augment
from digitscope.synthesis.distortion import Distortion, distort
from digitscope.synthesis.nondigits import SHARES, Shares, nondigit
from digitscope.synthesis.remains import remains
from digitscope.synthesis.tiles import tile
from digitscope.synthesis.trajectories import Pens, load_trajectories
from digitscope.synthesis.writers import Writers
from digitscope.training.found import found_on_pages
from digitscope.training.samples import Batch, Source
from digitscope.training.scene_store import stored_scenes

STROKES = (0.03, 0.2)  # of a glyph's longer side: how wide a pen draws; augmentation makes it thinner and thicker still


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
    nondigits: int = 14_500
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
        pages: photographs of pages, made once a run;
        alone: and of one to three things alone, digits or not.
        digits: digits that the pages are written with.
        nondigits: things that are none that they are written with.
        shares: how many of the glyphs that are no digits are of each kind.
    """

    handwriting: str = ""
    by_pen: float = 0.4
    pages: int = 6_000
    alone: int = 9_000
    digits: int = 24_000
    nondigits: int = 14_500
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


def pens_of(data: Made, *, held_out: bool) -> Pens | None:
    """The writers who teach, or those who are held out; None where nothing is written by pen.

    Raises:
        DataError: the folder of pen trajectories is not given, or lacks a file.
    """
    if not data.by_pen:
        return None
    pens = load_trajectories(data.handwriting)
    return pens.choosing if held_out else pens.teaching


def mnist(data: Mnist, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False) -> Source:
    """Every image of `split` once an epoch, in the epoch's own order; held-out ones as they are."""
    plain = _in_turn(split.images, split.labels, seed=seed, batch_size=batch_size)

    def batch(epoch: int, step: int) -> Batch:
        x, y = plain.batch(epoch, step)
        rng = np.random.default_rng([seed, epoch, step + 1])
        padded = np.pad(x, ((0, 0), (data.shift, data.shift), (data.shift, data.shift)))
        down, across = rng.integers(2 * data.shift, size=(2, len(x)), endpoint=True)
        return sliding_window_view(padded, x.shape[1:], axis=(1, 2))[np.arange(len(x)), down, across], y

    return Source(plain.steps, batch) if data.shift and not held_out else plain


def _in_turn(x: npt.NDArray[Any], y: npt.NDArray[Any], *, seed: int, batch_size: int) -> Source:
    """Each row once an epoch, in the epoch's own order."""

    @functools.lru_cache(maxsize=1)
    def order(epoch: int) -> npt.NDArray[np.int64]:
        return np.random.default_rng([seed, epoch]).permutation(len(y))

    def batch(epoch: int, step: int) -> Batch:
        chosen = order(epoch)[step * batch_size : (step + 1) * batch_size]
        return x[chosen], y[chosen]

    return Source(-(-len(y) // batch_size), batch)


def distorted(
    data: Distorted, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False
) -> Source:
    """Every image of `split` once an epoch, distorted; held-out ones as they are."""
    plain = mnist(Mnist(), split, seed=seed, batch_size=batch_size, folder=folder)

    def batch(epoch: int, step: int) -> Batch:
        x, y = plain.batch(epoch, step)
        rng = np.random.default_rng([seed, epoch, step + 1])
        return np.stack([distort(image, rng, how=data.distortion) for image in x]), y

    return plain if held_out else Source(plain.steps, batch)


def own(data: Own, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False) -> Source:
    """One's own digits, and as many of `split` where MNIST is mixed in; held out: those for validation, as they are."""
    taught, validation = data.splits()
    if held_out:
        return mnist(Mnist(), validation, seed=seed, batch_size=batch_size, folder=folder)
    labels = taught.labels
    each = max(1, -(-data.least // len(labels))) * len(labels)

    @functools.lru_cache(maxsize=1)
    def order(epoch: int) -> npt.NDArray[np.int64]:
        """Numbers of images; those of `split` after those of one's own."""
        rng = np.random.default_rng([seed, epoch])
        chosen = np.resize(np.arange(len(labels)), each)
        if data.mnist:
            chosen = np.concatenate([chosen, len(labels) + rng.choice(len(split.labels), each)])
        return rng.permutation(chosen)

    def batch(epoch: int, step: int) -> Batch:
        chosen = order(epoch)[step * batch_size : (step + 1) * batch_size]
        rng = np.random.default_rng([seed, epoch, step + 1])
        x, y = np.empty((len(chosen), 28, 28), np.uint8), np.empty(len(chosen), np.uint8)
        for i, pick in enumerate(chosen.tolist()):
            source, number = (taught, pick) if pick < len(labels) else (split, pick - len(labels))
            image, y[i] = source.images[number], source.labels[number]
            x[i] = distort(image, rng, how=Distortion()) if rng.random() < data.distort else image
        return x, y

    return Source(-(-each * (2 if data.mnist else 1) // batch_size), batch)


def glyphs(data: Glyphs, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False) -> Source:
    """Digits of `split`, each in turn, and digits by pen, augmented; and what is no digit, label 10."""
    images, labels = split
    pens = pens_of(data, held_out=held_out)
    writers = Writers(pens) if pens else None

    @functools.lru_cache(maxsize=1)
    def drawn_from(epoch: int) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.uint8]]]:
        rng = np.random.default_rng([seed, epoch])
        return rng.permutation(len(labels)), remains(images, labels, rng, pages=data.pages) if data.nondigits else []

    def batch(epoch: int, step: int) -> Batch:
        order, found = drawn_from(epoch)
        rng = np.random.default_rng([seed, epoch, step + 1])  # numpy takes [seed, epoch, 0] for [seed, epoch]
        numbers = range(step * batch_size, min((step + 1) * batch_size, data.samples))
        x, y = np.zeros((len(numbers), 28, 28), np.uint8), np.full(len(numbers), NOT_A_DIGIT, np.uint8)
        for i, number in enumerate(numbers):
            penned = writers if writers and rng.random() < data.by_pen else None
            if rng.random() < data.nondigits:
                x[i] = nondigit(images, found, rng, how=data.augmentation, shares=data.shares, writers=penned)
            elif penned:
                y[i] = rng.integers(10)
                written = letters.draw(penned.digit(int(y[i]), rng).paths, rng.uniform(*STROKES))
                x[i] = augment(written, rng, how=data.augmentation)
            else:
                pick = order[number % len(order)]
                y[i] = labels[pick]
                x[i] = augment(images[pick], rng, how=data.augmentation, label=int(labels[pick]))
        return x, y

    return Source(-(-data.samples // batch_size), batch)


def tiles(data: Tiles, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False) -> Source:
    """Tiles of scenes that are written with the digits of `split`: uint8 [N, 64, 128], float32 [N, 16, 64, 6]."""
    scenes = stored_scenes(
        folder, split, pens_of(data, held_out=held_out), count=data.scenes, **_of_pool(data), seed=seed
    )
    areas = np.array([(len(scene.boxes) or data.bare) ** 0.7 for scene in scenes])

    def batch(epoch: int, step: int) -> Batch:
        rng = np.random.default_rng([seed, 2, epoch, step])
        size = min(batch_size, data.samples - step * batch_size)
        cut = [tile(scenes[i], rng) for i in rng.choice(len(scenes), size, p=areas / areas.sum())]
        return np.stack([image for image, _ in cut]), np.stack([target for _, target in cut])

    return Source(-(-data.samples // batch_size), batch)


def found(data: Found, split: Split, *, seed: int, batch_size: int, folder: Path, held_out: bool = False) -> Source:
    """The evidence for what is found on pages written with the digits of `split`: float32 [N, EVIDENCE], uint8 [N]."""
    evidence, values = found_on_pages(
        folder,
        split,
        pens_of(data, held_out=held_out),
        pages=data.pages,
        alone=data.alone,
        **_of_pool(data),
        seed=seed,
    )
    return _in_turn(evidence, values, seed=seed, batch_size=batch_size)


def _of_pool(data: Tiles | Found) -> dict[str, Any]:
    """What the pool is made of that pages are composed of."""
    return {name: getattr(data, name) for name in ("digits", "by_pen", "nondigits", "shares")}


Data = Mnist | Distorted | Own | Glyphs | Tiles | Found
DATA: dict[str, type[Data]] = {record.source: record for record in (Mnist, Distorted, Own, Glyphs, Tiles, Found)}
SOURCES: dict[str, Callable[..., Source]] = {
    "mnist": mnist,
    "distorted": distorted,
    "own": own,
    "glyphs": glyphs,
    "tiles": tiles,
    "found": found,
}
