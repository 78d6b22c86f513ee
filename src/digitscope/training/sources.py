"""Samples from data: each source opens as a function (epoch, step) -> (x, y) that data and seed decide.

source = SOURCES["mnist"](Mnist(), mnist.train, seed=0, batch_size=60, folder=folder)
x, y = source.batch(epoch, step)     # uint8 [60, 28, 28], uint8 [60]
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from digitscope.arrays import NOT_A_DIGIT
from digitscope.mnist import Split
from digitscope.synthesis import letters
from digitscope.synthesis.augmentation import augment
from digitscope.synthesis.distortion import Distortion, distort
from digitscope.synthesis.nondigits import nondigit
from digitscope.synthesis.remains import remains
from digitscope.synthesis.tiles import tile
from digitscope.synthesis.trajectories import Pens, load_trajectories
from digitscope.synthesis.writers import Writers
from digitscope.training.data import Distorted, Found, Glyphs, Made, Mnist, Own, Tiles
from digitscope.training.found import found_on_pages
from digitscope.training.samples import Batch, Source
from digitscope.training.scene_store import stored_scenes

STROKES = (0.03, 0.2)  # of a glyph's longer side: how wide a pen draws; augmentation makes it thinner and thicker still


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


SOURCES: dict[str, Callable[..., Source]] = {
    "mnist": mnist,
    "distorted": distorted,
    "own": own,
    "glyphs": glyphs,
    "tiles": tiles,
    "found": found,
}
