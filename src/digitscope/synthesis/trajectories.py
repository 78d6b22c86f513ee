"""Pen trajectories of real writers, read from a folder that the user gives.

    pens = load_trajectories("handwriting")        # pendigits.npz, unipen_digits.npz, unipen_letters.npz
    pens.teaching.digits.strokes(0)                # the pen's way, [N, 2] for each stroke
    pens.checksums                                 # of each file, for the record of what was learned from them

Writers whose number is a multiple of 5 choose and never teach. The coordinates are published: UNIPEN's train_r01_v07
(International Unipen Foundation, 1999) on Zenodo, doi 10.5281/zenodo.1195803, and pendigits (Alpaydin and Alimoglu,
1998) as UCI's data set 81, doi 10.24432/C5MG6K; both CC BY 4.0. They are no part of digitscope.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from digitscope.errors import DataError

Points = npt.NDArray[np.float32]  # [N, 2], x to the right and y down; a sample is 1 high

DIGITS, LETTERS = ("unipen_digits.npz", "pendigits.npz"), ("unipen_letters.npz",)
KEYS = ("points", "stroke", "offsets", "label", "writer")
HEIGHT = 1000  # of a sample in the files' units
NUMBERS = 1000  # writers of a file at most: those of the next are numbered on from there
CHOOSING = 5  # writers with a multiple of this number choose
MOST_DIGITS, MOST_LETTERS = 60, 80  # samples of one writer: some gave a thousand, most a few dozen
LIKE_DIGITS = frozenset("OoDQUIlij|!/\\()[]'`ZzSsbGTB&gqy.-_,:;\"~")  # some digit, or a part of one, in some hand


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Samples of handwriting as the pen went.

    Attributes:
        points: int16 [P, 2], x to the right and y down, 1000 to a sample's height.
        stroke: uint8 [P]: which pen-down stroke of its sample each point belongs to.
        offsets: int64 [N + 1]: where each sample begins.
        labels: str [N], a character each.
        writers: int16 [N].
    """

    points: npt.NDArray[np.int16]
    stroke: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    labels: npt.NDArray[np.str_]
    writers: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.labels)

    def strokes(self, sample: int) -> tuple[Points, ...]:
        """A sample's strokes, each float32 [N, 2] and 1 to its height; one of a single point is a dot."""
        part = slice(self.offsets[sample], self.offsets[sample + 1])
        points, stroke = self.points[part].astype(np.float32) / HEIGHT, self.stroke[part]
        return tuple(np.split(points, np.flatnonzero(np.diff(stroke)) + 1))

    def where(self, kept: npt.NDArray[np.bool_]) -> Self:
        """The samples for which `kept`, bool [N], is true."""
        points = np.repeat(kept, np.diff(self.offsets))
        offsets = np.concatenate([[0], np.cumsum(np.diff(self.offsets)[kept])])
        return type(self)(self.points[points], self.stroke[points], offsets, self.labels[kept], self.writers[kept])

    def at_most(self, count: int) -> Self:
        """So many samples of each writer, evenly over what that writer gave."""
        kept = np.zeros(len(self), bool)
        for writer in np.unique(self.writers):
            own = np.flatnonzero(self.writers == writer)
            kept[own[np.linspace(0, len(own) - 1, min(count, len(own))).astype(int)]] = True
        return self.where(kept)


@dataclass(frozen=True, eq=False)
class Pens:
    """Digits and letters of the same kind of writers, and the SHA-256 of the files they came from."""

    digits: Trajectories
    letters: Trajectories
    checksums: dict[str, str]

    @cached_property
    def teaching(self) -> Self:
        """Of the writers who teach, so many samples each that no writer outweighs the others."""
        return self._of(choosing=False)

    @cached_property
    def choosing(self) -> Self:
        """Of the writers who choose, likewise."""
        return self._of(choosing=True)

    def _of(self, *, choosing: bool) -> Self:
        digits, letters = (
            trajectories.where((trajectories.writers % CHOOSING == 0) == choosing).at_most(most)
            for trajectories, most in ((self.digits, MOST_DIGITS), (self.letters, MOST_LETTERS))
        )
        return type(self)(digits, letters, self.checksums)

    @cached_property
    def signs(self) -> npt.NDArray[np.int64]:
        """Which of the letters are no digit in anyone's hand."""
        return np.flatnonzero(~np.isin(self.letters.labels, list(LIKE_DIGITS)))


def load_trajectories(folder: str | os.PathLike[str]) -> Pens:
    """Read the pen trajectories of a folder.

    Raises:
        DataError: a file is missing, or is not what it should be.
    """
    checksums: dict[str, str] = {}
    digits, letters = (
        _joined([_read(Path(folder) / name, checksums) for name in names]) for names in (DIGITS, LETTERS)
    )
    return Pens(digits, letters, checksums)


def _read(path: Path, checksums: dict[str, str]) -> Trajectories:
    if not path.is_file():
        raise DataError(
            f"There are no pen trajectories. Expected {', '.join(DIGITS + LETTERS)}, made of UNIPEN train_r01_v07 "
            "(https://doi.org/10.5281/zenodo.1195803) and of pendigits (https://doi.org/10.24432/C5MG6K), in the "
            f"folder that --handwriting names; with --set data.by_pen=0 nothing is written by pen. "
            f"Received: path={str(path)!r}"
        )
    checksums[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        with np.load(path, allow_pickle=False) as data:
            points, stroke, offsets, labels, writers = (data[key] for key in KEYS)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"The pen trajectories cannot be read: {error}. Expected an npz with {', '.join(KEYS)}. "
            f"Received: path={str(path)!r}"
        ) from error
    counted = len(labels) == len(writers) == len(offsets) - 1
    if (
        not counted
        or points.shape != (offsets[-1], 2)
        or stroke.shape != points.shape[:1]
        or (np.diff(offsets) < 1).any()
    ):
        raise DataError(
            "The pen trajectories do not fit together. Expected points [P, 2], stroke [P], offsets [N + 1] up to P, "
            f"label [N] and writer [N]. Received: path={str(path)!r}"
        )
    return Trajectories(points, stroke, offsets, labels, writers)


def _joined(parts: list[Trajectories]) -> Trajectories:
    """Several files as one, the writers of each numbered on from those before; a multiple of 5 stays one."""
    starts = np.cumsum([0, *(part.offsets[-1] for part in parts)])
    return Trajectories(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.stroke for part in parts]),
        np.concatenate([[0], *(part.offsets[1:] + start for part, start in zip(parts, starts, strict=False))]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.writers + np.int16(NUMBERS * n) for n, part in enumerate(parts)]),
    )
