"""What a writer's pen makes of trajectories: digits, letters, words, signatures, signs, and all of them crossed out.

Each is a `Drawing` in digit heights, written anew each time: slanted, stretched, a little shaken, pressed harder here
than there, with a pen that skips, or gone over twice.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages.drawings import Drawing
from digitscope.synthesis.pages.marks import smooth
from digitscope.synthesis.trajectories import Pens, Points, Trajectories

Pressures = npt.NDArray[np.float32]

SLANT, STRETCH, TURN, SHAKE = 0.15, 0.12, 0.06, 0.012  # spreads; a shake is a part of the digit's height
PRESSED, SKIPPING, TWICE = 0.35, 0.06, 0.04  # shares: pressed unevenly, with a pen that skips, gone over twice
OWN = (0.7, 2.2)  # half the stroke in MNIST pixels where the pen keeps what is written; MNIST's own is about 1.3
DENSE = 0.06  # of a height between points, so that pressure and shake have points to act on
# How high a letter is and where its top lies, in heights of a capital; others are capitals.
SMALL = {**dict.fromkeys("aceimnorsuvwxz", (0.6, 0.4)), **dict.fromkeys("gpqyj", (0.9, 0.4)), "t": (0.85, 0.15)}
SIGNS = {  # between digits: height and where its top lies; what is none of these is written large
    ".": (0.08, 0.92), ",": (0.28, 0.85), "-": (0.1, 0.45), "/": (1.2, -0.1), ":": (0.6, 0.35), "+": (0.55, 0.25),
    "=": (0.25, 0.4), "'": (0.25, -0.05), "*": (0.4, 0.2), "%": (1.0, 0.0), "$": (1.2, -0.1), "~": (0.15, 0.45),
    "#": (1.0, 0.0), ";": (0.6, 0.4), ">": (0.6, 0.2), "<": (0.6, 0.2), "_": (0.1, 0.95),
}  # fmt: skip
LEANING = 0.45  # a slash's width by its height, at least
USUAL = "..,,,--//:+=$%"  # what stands between digits most
LETTERS_OF_WORDS = "eeeeeettttaaaaooooiiinnnsssrrrhhhlldddccuummffppggwwyybbvvkxjqz"
STRIKES = ("slant", "bars", "cross", "zigzag", "scrawl")
JOINED = 0.5  # of words are written without lifting the pen


class Writers:
    """Digits and letters of real writers, to write with: one sample by lot, or words of one writer."""

    def __init__(self, pens: Pens) -> None:
        self.pens = pens
        self._digits = {value: np.flatnonzero(pens.digits.labels == str(value)) for value in range(10)}

    @cached_property
    def _by_writer(self) -> list[dict[str, npt.NDArray[np.int64]]]:
        """For each writer with twelve letters of the alphabet or more, the samples of each character."""
        letters = self.pens.letters
        kept = []
        for writer in np.unique(letters.writers):
            own = np.flatnonzero(letters.writers == writer)
            samples = {label: own[letters.labels[own] == label] for label in np.unique(letters.labels[own]).tolist()}
            if sum(label.isalpha() for label in samples) >= 12:
                kept.append(samples)
        return kept

    @cached_property
    def _signs(self) -> dict[str, npt.NDArray[np.int64]]:
        labels = self.pens.letters.labels
        return {sign: own for sign in SIGNS if len(own := np.flatnonzero(labels == sign))}

    def digit(self, value: int, rng: np.random.Generator) -> Drawing:
        """The digit `value`."""
        own = self._digits[value]
        return inked(self._sample(self.pens.digits, int(own[rng.integers(len(own))]), rng), rng)

    def letter(self, rng: np.random.Generator) -> Drawing:
        """A letter or sign that is no digit in anyone's hand."""
        sample = int(self.pens.signs[rng.integers(len(self.pens.signs))])
        return inked(self._sample(self.pens.letters, sample, rng), rng)

    def sign(self, rng: np.random.Generator) -> Drawing:
        """What stands between digits: a point, comma, dash, slash, colon, plus or the like, as large as it is there."""
        name = USUAL[rng.integers(len(USUAL))] if rng.random() < 0.7 else str(rng.choice(list(self._signs)))
        name = name if name in self._signs else "."  # which takes nobody's hand
        height, top = SIGNS[name]
        height *= float(rng.uniform(0.7, 1.4))
        if name == ".":
            return Drawing((np.array([[0.0, top], [rng.uniform(0, 0.03), top + 0.02]], np.float32),))
        own = self._signs[name]
        paths = bent(self.pens.letters.strokes(int(own[rng.integers(len(own))])), rng)
        low = np.concatenate(paths).min(axis=0)
        extent = np.ptp(np.concatenate(paths), axis=0)
        if name == "/" and extent[0] < LEANING * extent[1]:  # upright, it might be a one
            paths = tuple(path + _pair(LEANING, 0) * (low[1] + extent[1] - path[:, 1:]) for path in paths)
            low = np.concatenate(paths).min(axis=0)
        if name in "-=_~":
            height = rng.uniform(0.25, 0.6) * extent[1] / max(extent[0], 1e-3)  # as wide as a digit or less
        zoom = height / max(extent[1], 1e-3)
        return inked(tuple((path - low) * zoom + [0, top] for path in paths), rng)

    def word(self, rng: np.random.Generator, *, size: float = 1.0, most: int = 9) -> Drawing:
        """Letters of one writer in a row, joined or apart, capitals or small ones; `size` is a capital's height."""
        samples = self._by_writer[rng.integers(len(self._by_writer))]
        capitals = rng.random() < 0.25
        names = [LETTERS_OF_WORDS[rng.integers(len(LETTERS_OF_WORDS))] for _ in range(int(rng.integers(2, most + 1)))]
        names = [name.upper() if capitals or (n == 0 and rng.random() < 0.3) else name for n, name in enumerate(names)]
        names = [name for name in names if name in samples] or [str(rng.choice([s for s in samples if s.isalpha()]))]
        slant, squeeze = rng.normal(0.1, SLANT), float(np.exp(rng.normal(-0.1, STRETCH)))
        gap, x = float(rng.uniform(-0.03, 0.16)), 0.0
        paths: list[Points] = []
        for name in names:
            own = samples[name]
            strokes = self.pens.letters.strokes(int(own[rng.integers(len(own))]))
            height, top = SMALL.get(name, (1.0, 0.0))
            matrix = np.array([[squeeze, -slant], [0, 1]], np.float32) * np.float32(height)
            strokes = tuple(stroke @ matrix.T + _pair(0, top + rng.normal(0, 0.02)) for stroke in strokes)
            every = np.concatenate(strokes)
            step = _pair(x - every[:, 0].min(), 0)
            paths += [stroke + step for stroke in strokes]
            x += float(np.ptp(every[:, 0])) + gap
        if rng.random() < JOINED:
            paths = joined(paths)
        middle = _pair(0, 0.5)
        return inked(tuple((path - middle) * np.float32(size) + middle for path in paths), rng)

    def signature(self, rng: np.random.Generator) -> Drawing:
        """A fast word whose end runs out into a flourish."""
        word = self.word(rng, size=float(rng.uniform(0.9, 2.2)), most=7)
        paths = joined(list(word.paths))
        every = np.concatenate(paths)
        low, high = every.min(axis=0), every.max(axis=0)
        hurry = _pair(1.0, rng.uniform(0.35, 1.0))  # what follows the first letter is flattened
        paths = [(path - low) * hurry + low for path in paths]
        turns = rng.uniform(low - _pair(0.2, 0.1), high + _pair(0.6, 0.4), (int(rng.integers(3, 7)), 2))
        paths[-1] = np.concatenate([paths[-1], smooth(np.concatenate([paths[-1][-1:], turns]))]).astype(np.float32)
        return inked(tuple(paths), rng)

    def crossed_out(self, rng: np.random.Generator) -> Drawing:
        """A digit, a number or a word that its writer took back."""
        count = 0
        if rng.random() < 0.35:
            drawing = self.word(rng, size=float(rng.uniform(0.7, 1.3)))
        else:
            paths, x = [], 0.0
            count = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
            for _ in range(count):
                digit = self.digit(int(rng.integers(10)), rng).paths
                every = np.concatenate(digit)
                paths += [path + _pair(x - every[:, 0].min(), 0) for path in digit]
                x += float(np.ptp(every[:, 0])) + 0.12
            drawing = Drawing(tuple(paths))
        return inked((*drawing.paths, *strike(np.concatenate(drawing.paths), rng, single=count == 1)), rng)

    def _sample(self, trajectories: Trajectories, sample: int, rng: np.random.Generator) -> tuple[Points, ...]:
        return bent(trajectories.strokes(sample), rng)


def _pair(x: float, y: float) -> Points:
    return np.array([x, y], np.float32)


def joined(paths: Sequence[Points]) -> list[Points]:
    """The paths in one go from left to right, but for those that come back: dots and bars."""
    rows: list[Points] = []
    for path in paths:
        if rows and len(path) > 2 and path[0, 0] - rows[-1][-1, 0] > -0.15:
            rows[-1] = np.concatenate([rows[-1], path])
        else:
            rows.append(path)
    return rows


def strike(written: Points, rng: np.random.Generator, *, single: bool = False) -> list[Points]:
    """What crosses out: bars, a cross, a zigzag, a scrawl over all of it.

    A `single` digit takes two bars or more: with one, a 0 or a 7 would be as some people write it.
    """
    low, high = written.min(axis=0), written.max(axis=0)
    size, middle = np.maximum(high - low, 0.3), (low + high) / 2
    kind, out = str(rng.choice(STRIKES[single:])), rng.uniform(0.02, 0.25, 4)
    left, right = low[0] - out[0], high[0] + out[1]
    if kind == "bars":
        ys = middle[1] + size[1] * (rng.uniform(-0.15, 0.15) + 0.14 * np.arange(int(rng.integers(1 + single, 4))))
        bars = [[[left, y + rng.normal(0, 0.08)], [right, y + rng.normal(0, 0.08)]] for y in ys]
    elif kind == "slant":
        bars = [[[left, high[1] + out[2]], [right, low[1] - out[3]]]]
    elif kind == "cross":
        bars = [[[left, high[1] + out[2]], [right, low[1] - out[3]]], [[left, low[1] - out[3]], [right, high[1]]]]
    elif kind == "zigzag":
        xs = np.linspace(left, right, int(rng.integers(5, 5 + max(3, round(5 * size[0])))))
        ys = middle[1] + size[1] * 0.45 * np.where(np.arange(len(xs)) % 2, 1, -1) * rng.uniform(0.5, 1, len(xs))
        bars = [np.stack([xs, ys], axis=1).tolist()]
    else:  # a scrawl
        bars = [rng.uniform(low - 0.05, high + 0.05, (int(rng.integers(9, 20)), 2)).tolist()]
    return [smooth(np.array(bar) + rng.normal(0, 0.015, (len(bar), 2))).astype(np.float32) for bar in bars]


def bent(strokes: Sequence[Points], rng: np.random.Generator) -> tuple[Points, ...]:
    """The strokes as the same hand writes them another time, 1 high again."""
    angle, slant, wide = rng.normal(0, TURN), rng.normal(0, SLANT), np.exp(rng.normal(0, STRETCH))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = (turn @ np.array([[wide, -slant], [0, 1]])).astype(np.float32)
    waves = rng.normal(0, SHAKE * rng.random() * 2, (3, 2))
    rates, phases = rng.uniform(2, 14, (3, 1)), rng.uniform(0, 6, (3, 1))
    drawn = []
    for stroke in strokes:
        points = dense(stroke)
        way = points.sum(axis=1)
        drawn.append(((points + (np.sin(rates * way + phases).T @ waves)) @ matrix.T).astype(np.float32))
    every = np.concatenate(drawn)
    low, high = every.min(axis=0), every.max(axis=0)
    zoom = np.float32(1 / max(float(high[1] - low[1]), float(high[0] - low[0]) / 2, 0.05))
    return tuple((points - low) * zoom for points in drawn)


def dense(points: Points) -> Points:
    """Points on the same polyline, no further apart than DENSE."""
    if len(points) < 2:
        return points
    lengths = np.hypot(*np.diff(points, axis=0).T)
    steps = np.maximum(1, np.ceil(lengths / DENSE)).astype(int)
    at = np.concatenate([np.repeat(np.arange(len(steps)), steps) + _parts(steps), [len(steps)]])
    return np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], 1).astype(np.float32)


def _parts(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """0, 1/n, 2/n ... for each n of `steps`."""
    starts = np.repeat(np.cumsum(steps) - steps, steps)
    return (np.arange(len(starts)) - starts) / np.repeat(steps, steps)


def inked(paths: tuple[Points, ...], rng: np.random.Generator) -> Drawing:
    """The paths as this pen draws them: pressed evenly or not, skipping, or gone over once more."""
    paths = tuple(np.asarray(path, np.float32) for path in paths)
    own = float(np.exp(rng.uniform(*np.log(OWN))))
    lot = rng.random()
    if lot < TWICE:
        again = tuple((path + rng.normal(0, 0.02, 2) + rng.normal(0, 0.008, path.shape)) for path in paths)
        return Drawing((*paths, *(path.astype(np.float32) for path in again)), own=own)
    if lot > TWICE + PRESSED + SKIPPING:
        return Drawing(paths, own=own)
    return Drawing(paths, tuple(_pressure(len(path), rng, skips=lot < TWICE + SKIPPING) for path in paths), own)


def _pressure(points: int, rng: np.random.Generator, *, skips: bool) -> Pressures:
    """The factor on the pen's width at each point: light at the ends, or none where a ballpoint skips."""
    if skips:
        skipped = np.zeros(points, bool)
        for start in rng.integers(0, points, max(1, points // 25)):
            skipped[start : start + 1] = True
        return np.where(skipped, 0, 1).astype(np.float32)
    at = np.linspace(0, 1, points)
    level = 1 + rng.uniform(0, 0.35) * np.sin(rng.uniform(2, 9) * at + rng.uniform(0, 6))
    tail = rng.uniform(0.05, 0.3)
    return (level * np.clip(0.4 + (1 - at) / tail * 0.6, 0.4, 1)).astype(np.float32)
