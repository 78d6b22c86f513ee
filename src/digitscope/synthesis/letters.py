"""Letters written by hand, made: the strokes of an alphabet, drawn by a hand that shakes, slants and hurries.

Strokes are Hershey's single-line alphabets (1967; the package Hershey-Fonts) and, since printed Greek is not how
Greek is written, a table of our own with the ways in which people write it.
"""

import functools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image
from digitscope.errors import MissingExtraError

Points = npt.NDArray[np.float64]  # [N, 2], x to the right and y down, in 0…1 of the letter's box
Strokes = tuple[Points, ...]

SIDE = 56  # pixels a side of what is drawn
FINE = 2  # it is drawn at this many times that size
WRITTEN = 0.45  # of the letters drawn come from our own table
PAIRS = 0.08  # of what is written is two letters
ALPHABETS = {  # the letters taken of each, and the keys on which it has them
    "futural": ("AEFHKMNPRVWXdefhkmnprtvwx#$%&*+?@<>=",) * 2,
    "scripts": ("ACEFHKMNPRUVWXcdfhkmprtvwx&",) * 2,
    "greeks": ("ΓΔΗΘΚΞΠΡΣΦΧΨΩαβγδεζηϑκλμνξπρσυφχψω", "CDGHJNPQRUVWXabcdefghjklmnpqrtuvwx"),
    "mathlow": ("∝∞√⊂∪⊃∩∈→↑←↓∇", "[\\`abcdefghik"),
}
# Each way of writing a letter: strokes parted by |, each the control points "x,y" of a B-spline in percent of the box.
GREEK = {
    "α": (
        "99,3 80,30 58,68 32,96 4,80 2,40 20,8 46,10 66,46 80,82 99,97",
        "99,10 88,30 70,62 40,98 2,84 4,28 34,2 60,20 72,60 82,90 99,99",
        "88,4 60,2 20,10 0,50 12,92 48,99 74,70 82,30 84,4 | 84,4 80,50 84,86 99,99",
        "76,22 46,0 6,20 0,66 26,99 62,86 78,44 82,0 | 82,0 78,60 84,98",
        "99,0 72,40 40,74 4,62 0,30 26,14 54,34 74,70 99,99",
        "99,14 66,50 24,88 0,66 2,34 26,12 60,44 80,76 99,86",
        "74,8 56,-4 14,12 0,60 22,99 56,86 76,40 | 96,0 78,40 72,74 86,99 99,92",
    ),
    "β": (
        "4,99 14,70 22,20 44,0 78,6 74,36 36,46 80,48 96,74 66,94 26,84",
        "26,2 16,50 6,99 | 24,6 60,-6 92,12 76,40 34,48 | 34,48 84,44 99,70 72,90 22,88",
        "20,0 14,60 10,99 | 18,4 80,-4 78,40 22,44 | 22,44 99,46 90,84 18,80",
        "0,99 10,60 30,8 60,-2 80,20 50,44 30,46 70,46 90,66 60,90 20,76",
    ),
    "γ": (
        "0,22 12,2 32,4 46,40 54,70 46,98 34,90 48,58 74,26 92,0",
        "0,16 16,0 34,16 44,40 50,56 | 94,0 66,34 48,60 28,99",
        "2,8 22,0 40,22 50,50 50,80 48,99 | 96,2 76,26 52,58",
        "0,26 10,0 40,6 44,46 | 99,0 70,40 50,60 40,99",
        "0,14 14,-2 36,10 46,40 50,62 60,46 | 96,2 70,44 40,99",
        "2,0 4,24 20,50 46,50 60,40 | 94,0 66,36 44,70 14,99",
        "0,4 16,0 30,20 46,52 | 99,4 46,52 40,70 44,99",
    ),
    "δ": ("90,14 60,-4 34,6 40,26 74,50 84,78 50,99 14,88 10,58 36,40 64,48",),
    "ε": ("88,14 60,0 24,8 26,36 60,46 20,50 2,76 28,99 64,98 92,84", "90,8 40,-4 10,24 44,46 4,60 8,96 60,99 92,88"),
    "ζ": ("30,0 50,10 92,4 50,26 12,56 14,76 60,78 78,88 60,99",),
    "η": ("0,18 16,4 24,20 22,66 | 24,26 46,4 72,8 70,40 70,99",),
    "θ": (
        "50,0 14,14 14,86 50,99 86,86 86,14 50,0 | 16,50 84,50",
        "70,2 24,10 6,66 34,99 76,84 92,28 66,0 | 10,54 90,46",
    ),
    "κ": ("14,0 10,99 | 90,4 50,40 16,54 | 30,46 60,70 96,98",),
    "λ": (
        "10,4 28,0 44,30 66,74 94,99 | 48,40 28,70 2,99",
        "6,10 24,0 40,16 52,50 70,90 98,92 | 48,46 4,98",
        "2,2 40,-4 50,40 52,60 96,99 | 50,56 0,98",
        "76,0 60,40 4,99 | 44,56 70,78 84,96",
    ),
    "μ": (
        "20,4 14,50 2,99 | 18,30 14,66 40,72 70,58 76,4 | 76,4 74,56 82,72 98,60",
        "26,0 4,99 | 20,50 30,76 60,70 78,0",
    ),
    "ν": ("0,6 18,0 30,50 42,98 74,60 96,0",),
    "ξ": ("34,0 48,10 88,6 40,14 24,34 66,42 20,50 4,74 50,82 84,86 80,99 54,96",),
    "π": ("0,20 20,4 60,8 98,2 | 34,10 30,60 14,98 | 70,8 64,60 72,94 94,90", "0,8 99,4 | 28,8 22,98 | 72,6 76,98"),
    "ρ": ("2,99 16,50 34,10 66,0 92,24 80,58 48,66 20,50",),
    "σ": ("98,6 50,2 12,24 4,70 36,99 72,80 76,40 48,6",),
    "τ": ("0,20 20,4 98,4 | 52,8 44,60 54,98 78,90",),
    "φ": (
        "36,16 6,26 0,56 30,78 74,66 90,34 70,10 52,30 40,99",
        "50,0 42,99 | 46,22 6,26 6,74 46,78 90,70 88,26 46,22",
    ),
    "χ": ("2,10 20,2 40,40 66,90 98,96 | 92,0 50,50 4,98", "8,0 92,99 | 94,2 6,97"),
    "ψ": ("2,14 14,6 16,50 48,66 84,48 92,4 | 56,0 46,99",),
    "ω": ("20,4 0,40 8,94 40,94 50,50 58,94 92,94 99,40 80,2", "6,6 2,60 20,98 46,70 50,40 56,80 80,98 98,50 92,2"),
    "Σ": ("92,10 80,0 6,2 56,48 4,98 90,98 96,84",),
    "Ω": ("0,98 30,96 30,84 6,50 20,6 50,0 82,8 96,50 70,84 70,96 99,98",),
}  # fmt: skip


def write(rng: np.random.Generator) -> tuple[Image, str]:
    """One letter, uint8 [56, 56], ink bright, and its name; sometimes two, under the first one's name."""
    name, strokes = _pick(rng)
    strokes, pen = by_hand(strokes, rng), rng.uniform(0.035, 0.16)
    if rng.random() < PAIRS:
        _, second = _pick(rng)
        apart = np.array([rng.uniform(0.85, 1.15), rng.normal(0, 0.06)])
        strokes = (*strokes, *(points + apart for points in by_hand(second, rng)))
    return draw(strokes, pen), name


def _pick(rng: np.random.Generator) -> tuple[str, Strokes]:
    """A letter's name and its strokes as they stand in the book."""
    if rng.random() < WRITTEN:  # those with most ways are those that look most like digits
        ways = [(name, way) for name, ways in GREEK.items() for way in ways]
        name, way = ways[rng.integers(len(ways))]
        return name, parse(way)
    alphabet = list(ALPHABETS)[rng.choice(len(ALPHABETS), p=(0.36, 0.22, 0.36, 0.06))]
    letters = _hershey(alphabet)
    name = list(letters)[rng.integers(len(letters))]
    return name, letters[name]


@functools.cache
def parse(way: str) -> Strokes:
    """Text of control points as strokes, each smoothed to a quadratic B-spline."""
    return tuple(
        _smooth(np.array([point.split(",") for point in stroke.split()], np.float64) / 100) for stroke in way.split("|")
    )


def _smooth(points: Points) -> Points:
    """Corners cut four times, the ends kept: Chaikin's way to a quadratic B-spline."""
    for _ in range(4):
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.concatenate([points[:1], np.stack([near, far], axis=1).reshape(-1, 2), points[-1:]])
    return points


@functools.cache
def _hershey(alphabet: str) -> dict[str, Strokes]:
    """Each letter of one of Hershey's alphabets, in its own box, with points close together."""
    try:
        from HersheyFonts import HersheyFonts
    except ImportError as error:
        raise MissingExtraError("Drawing letters", "train") from error
    fonts = HersheyFonts()
    fonts.load_default_font(alphabet)
    letters = {}
    for name, key in zip(*ALPHABETS[alphabet], strict=True):
        strokes = [np.array(list(stroke), np.float64) for stroke in fonts.all_glyphs[key].strokes]
        strokes = [stroke for stroke in strokes if len(stroke) > 1]
        low = np.concatenate(strokes).min(axis=0)
        extent = np.concatenate(strokes).max(axis=0) - low
        letters[name] = tuple(_dense((stroke - low) / extent) for stroke in strokes)
    return letters


def _dense(points: Points) -> Points:
    """Points on the same polyline, about a twentieth of the box apart."""
    steps = np.maximum(1, np.ceil(np.linalg.norm(np.diff(points, axis=0), axis=1) / 0.05)).astype(int)
    at = np.concatenate([np.arange(n) / n + k for k, n in enumerate(steps)] + [[len(points) - 1]])
    return np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], axis=1)


def by_hand(strokes: Strokes, rng: np.random.Generator, *, aspect: float = -0.2) -> Strokes:
    """The strokes as one hand draws them once: bent, slanted, narrow or wide, corners rounded, ends missed.

    `aspect` is the logarithm of width by height, in the mean.
    """
    bend = rng.normal(0, rng.uniform(0.01, 0.06), (4, 4, 2))
    angle, slant, wide = np.radians(rng.normal(0, 8)), rng.normal(0.05, 0.18), np.exp(rng.normal(aspect, 0.25))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[wide, -slant], [0, 1]])
    hurry = int(rng.integers(0, 6))
    drawn = []
    for stroke in strokes:
        points = stroke + _at(bend, stroke) + rng.normal(0, 0.02, 2)
        if hurry and len(points) > 8:  # a moving average rounds the corners
            padded = np.pad(points, ((hurry, hurry), (0, 0)), mode="edge")
            sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
            points = (sums[2 * hurry + 1 :] - sums[: -2 * hurry - 1]) / (2 * hurry + 1)
        if len(points) > 12:
            points = points[int(rng.integers(0, 1 + len(points) // 16)) :]
        drawn.append((points - 0.5) @ matrix.T + 0.5)
    return tuple(drawn)


def _at(grid: Points, points: Points) -> Points:
    """The field that a 4×4 grid of vectors spans over the box, at each point: bilinear."""
    place = points.clip(0, 1) * 2.999
    low = place.astype(int)
    x, y = (place - low).T[:, :, None]
    column, row = low.T
    upper = grid[row, column] * (1 - x) + grid[row, column + 1] * x
    lower = grid[row + 1, column] * (1 - x) + grid[row + 1, column + 1] * x
    field: Points = upper * (1 - y) + lower * y
    return field


def draw(strokes: Sequence[npt.NDArray[np.floating[Any]]], pen: float) -> Image:
    """Ink the strokes, 40 pixels on the longer side, with a pen of that share of it."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 40 * FINE * (1 - pen) / max(float((high - low).max()), 1e-3)
    shift = SIDE * FINE / 2 - scale * (low + high) / 2
    canvas = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    lines = [np.rint((stroke * scale + shift) * 16).astype(np.int32) for stroke in strokes]
    cv2.polylines(canvas, lines, False, 255, max(2, round(pen * 40 * FINE)), cv2.LINE_AA, 4)
    return np.asarray(cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
