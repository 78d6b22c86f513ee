"""MNIST, wherever it is: found, verified to the bit, loaded. `load_mnist() -> MNIST`.

Looked for in this order: the path given, DIGITSCOPE_DATA, digitscope's own cache, Keras's cache, and then the
network (`digitscope.mnist.download`). Whatever the source, the arrays are held against the SHA-256 of the
original IDX files.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digitscope.arrays import Images, Indices, Labels
from digitscope.errors import DataError
from digitscope.files import write_whole
from digitscope.mnist.files import FILES, Arrays, check, read, sha256, write_npz

LICENSE = "MNIST: Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0"


class Split(NamedTuple):
    """Images with their labels."""

    images: Images  # [N, 28, 28], ink bright on dark
    labels: Labels  # [N], 0 to 9


@dataclass(frozen=True, eq=False, repr=False)
class MNIST:
    """The four arrays, read-only, and where they came from."""

    train_images: Images  # [60000, 28, 28], ink bright on dark
    train_labels: Labels  # [60000], 0 to 9
    test_images: Images  # [10000, 28, 28]
    test_labels: Labels  # [10000]
    source: str

    @property
    def train(self) -> Split:
        """All 60,000 training images."""
        return Split(self.train_images, self.train_labels)

    @property
    def train_55000(self) -> Split:
        """The first 55,000: what choices are trained on."""
        return Split(self.train_images[:55_000], self.train_labels[:55_000])

    @property
    def held_out(self) -> Split:
        """The last 5,000 training images: what choices are made on."""
        return Split(self.train_images[55_000:], self.train_labels[55_000:])

    @property
    def test(self) -> Split:
        """The 10,000 test images: read once a run, at the end, and never to choose anything."""
        return Split(self.test_images, self.test_labels)

    def to_json(self) -> dict[str, Any]:
        """Where it is, whose it is, the checksums of its files and how many of each digit it has."""
        arrays = (self.train_images, self.train_labels, self.test_images, self.test_labels)
        return {
            "source": self.source,
            "license": LICENSE,
            "files": {file.name: sha256(array) for file, array in zip(FILES, arrays, strict=True)},
            "counts": {
                "train": np.bincount(self.train_labels, minlength=10).tolist(),
                "test": np.bincount(self.test_labels, minlength=10).tolist(),
            },
        }

    def __repr__(self) -> str:
        train, test = len(self.train_images), len(self.test_images)
        return f"MNIST({train:,} train, {test:,} test, source={self.source!r})"


def load_mnist(path: str | os.PathLike[str] | None = None) -> MNIST:
    """MNIST from `path`, or from the first place that has it; downloaded into the cache when none has.

    `path` is an npz with Keras's keys, a folder with the four IDX files (gzipped or not) or such an npz, or
    one of the four files with the others beside it. Raises DataError: not found, not readable, or not MNIST
    to the bit.

    >>> load_mnist().train_images.shape
    (60000, 28, 28)
    """
    found = find(path, os.environ)
    if found is None:
        return fetch(os.environ)
    return _record(read(found), source=str(found))


def find(path: str | os.PathLike[str] | None, environment: Mapping[str, str]) -> Path | None:
    """Where MNIST is on this machine, or None; DataError when a path was asked for and is not there."""
    asked = {"path": path, "DIGITSCOPE_DATA": environment.get("DIGITSCOPE_DATA")}
    for name, value in asked.items():
        if value:
            place = Path(value).expanduser()
            if not _exists(place):
                raise DataError(
                    "No such file or folder. Expected an npz, or a folder with MNIST's four IDX files. "
                    f"Received: {name}='{place}'"
                )
            return place
    caches = (cache_file(environment), keras_file(environment))
    return next((place for place in caches if _exists(place)), None)


def fetch(environment: Mapping[str, str]) -> MNIST:
    """Download MNIST, verify it and put it into digitscope's cache, in place of what is there."""
    from digitscope.mnist import download  # only here, on the one occasion: it imports urllib and pickle

    arrays, source = download.downloaded()
    check(arrays, source)
    return keep(arrays, cache_file(environment))


def keep(arrays: Arrays, target: Path) -> MNIST:
    """Write the arrays to `target`, as an npz, whole or not at all."""
    try:
        write_whole(target, partial(write_npz, arrays=arrays))
    except OSError as error:
        raise DataError(
            f"MNIST was downloaded, but cannot be kept: {error.strerror}. Make room, or set XDG_CACHE_HOME "
            f"to a folder that can be written. Nothing half-written is left. Received: path='{target}'"
        ) from error
    return _record(arrays, source=str(target))


def cache_file(environment: Mapping[str, str]) -> Path:
    """The place of our own copy."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home(environment) / ".cache") / "digitscope" / "mnist.npz"


def keras_file(environment: Mapping[str, str]) -> Path:
    """The place of Keras's copy."""
    base = environment.get("KERAS_HOME")
    return (Path(base) if base else _home(environment) / ".keras") / "datasets" / "mnist.npz"


def sample(labels: Labels, count: int, *, seed: int) -> Indices:
    """Indices of `count` images drawn with `seed`, the digits in turn: 0, 1, 2, … as far as there are enough."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)  # how many of the same digit come before it
    for digit in range(10):
        of_digit = labels[shuffled] == digit
        turn[of_digit] = np.arange(of_digit.sum())
    return shuffled[np.lexsort((labels[shuffled], turn))][:count]


def _exists(place: Path) -> bool:
    """Whether something is there; what cannot be looked at counts as there, so that reading it says why."""
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment["HOME"]) if environment.get("HOME") else Path.home()


def _record(arrays: Arrays, *, source: str) -> MNIST:
    for array in arrays.values():
        array.flags.writeable = False
    return MNIST(arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"], source)
