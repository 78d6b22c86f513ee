"""Pen trajectories as their files have them, of writers who do not exist."""

import numpy as np
import pytest

from digitscope.synthesis import letters, numerals
from digitscope.synthesis.trajectories import load_trajectories

WRITERS = range(1, 13)
DIGITS_EACH = 70
ALPHABET = "ACEFHKMNPRWXdehkmnpvwxtruOlSz.,-+/"


def write(path, samples):
    """An npz of (label, writer, strokes), each stroke [N, 2] in units of the sample's box."""
    points, stroke, offsets = [], [], [0]
    for _, _, strokes in samples:
        for number, way in enumerate(strokes):
            points.append(np.rint(way * 1000).astype(np.int16))
            stroke.append(np.full(len(way), number, np.uint8))
        offsets.append(offsets[-1] + sum(map(len, strokes)))
    np.savez(
        path,
        points=np.concatenate(points),
        stroke=np.concatenate(stroke),
        offsets=np.array(offsets, np.int64),
        label=np.array([label for label, _, _ in samples]),
        writer=np.array([writer for _, writer, _ in samples], np.int16),
    )


def upright(strokes):
    """The strokes with their top at 0 and their foot at 1."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    return [(way - low) / max(high[1] - low[1], 1e-3) for way in strokes]


def digit(value, rng):
    ways = numerals.WAYS[value]
    return upright(letters.by_hand(letters.parse(ways[rng.integers(len(ways))]), rng, aspect=numerals.NARROW))


@pytest.fixture(scope="session")
def handwriting(tmp_path_factory):
    """The folder of the three files."""
    folder, rng = tmp_path_factory.mktemp("handwriting"), np.random.default_rng(0)
    for name, each in (("unipen_digits.npz", DIGITS_EACH), ("pendigits.npz", 10)):
        write(folder / name, [(str(n % 10), w, digit(n % 10, rng)) for w in WRITERS for n in range(each)])
    signs = [
        (label, writer, upright([rng.uniform(0, 1, (6, 2)), rng.uniform(0, 1, (4, 2))]))
        for writer in WRITERS
        for label in ALPHABET
    ]
    write(folder / "unipen_letters.npz", signs)
    return folder


@pytest.fixture(scope="session")
def pens(handwriting):
    return load_trajectories(handwriting)
