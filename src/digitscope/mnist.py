"""MNIST, wherever it is: found, verified to the bit, loaded. `load_mnist() -> MNIST`.

Looked for in this order: the path given, DIGITSCOPE_DATA, digitscope's own cache, Keras's cache, and then the
network (`digitscope.mnist_download`). Whatever the source, the arrays are held against the SHA-256 of the
original IDX files.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from digitscope import idx
from digitscope.errors import DataError
from digitscope.files import write_whole

LICENSE = "MNIST: Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0"


class IdxFile(NamedTuple):
    """One of the four files that MNIST was published as, and its array's name in an npz."""

    name: str
    key: str
    shape: tuple[int, ...]
    sha256: str  # of the file, unpacked


FILES = (
    IdxFile(
        "train-images-idx3-ubyte",
        "x_train",
        (60_000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        "y_train",
        (60_000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        "x_test",
        (10_000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        "y_test",
        (10_000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

Arrays = dict[str, npt.NDArray[np.uint8]]  # by key: x_train, y_train, x_test, y_test


class Split(NamedTuple):
    """Images with their labels."""

    images: npt.NDArray[np.uint8]  # [N, 28, 28], ink bright on dark
    labels: npt.NDArray[np.uint8]  # [N], 0 to 9


@dataclass(frozen=True, eq=False, repr=False)
class MNIST:
    """The four arrays, read-only, and where they came from."""

    train_images: npt.NDArray[np.uint8]  # [60000, 28, 28], ink bright on dark
    train_labels: npt.NDArray[np.uint8]  # [60000], 0 to 9
    test_images: npt.NDArray[np.uint8]  # [10000, 28, 28]
    test_labels: npt.NDArray[np.uint8]  # [10000]
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
    from digitscope import mnist_download  # only here, on the one occasion: it imports urllib and pickle

    target = cache_file(environment)
    arrays, source = mnist_download.downloaded()
    check(arrays, source)
    try:
        write_whole(target, partial(_write_npz, arrays=arrays))
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


def read(path: Path) -> Arrays:
    """The four arrays in an npz, a folder, or IDX files, verified."""
    try:
        files = {file.key: _idx_file(path, file.name) for file in FILES}
        npz = path / "mnist.npz" if path.is_dir() else path
        is_npz = npz.is_file()
    except OSError as error:
        raise DataError(f"The folder cannot be read: {error.strerror}. Received: path='{path}'") from error
    if any(files.values()):
        missing = [file.name for file in FILES if files[file.key] is None]
        if missing:
            raise DataError(
                f"MNIST's four IDX files belong together. Missing: {', '.join(missing)}. Received: path='{path}'"
            )
        arrays = {key: idx.read(found) for key, found in files.items() if found}
    elif is_npz:
        arrays = read_npz(npz)
    else:
        raise DataError(
            f"MNIST is not here. Expected mnist.npz, or {', '.join(file.name for file in FILES)} "
            f"(.gz or not). Received: path='{path}'"
        )
    check(arrays, str(path))
    return arrays


def read_npz(path: Path) -> Arrays:
    """The four arrays in an npz with Keras's keys; their headers are checked before any is unpacked."""
    try:
        with path.open("rb") as file:
            if idx.looks_like_html(file.read(512)):
                raise DataError(
                    f"This is an HTML page, not an npz: the address it came from answered with a page. "
                    f"Get the file itself. Received: path='{path}'"
                )
            with zipfile.ZipFile(file) as archive:
                keys = [name.removesuffix(".npy") for name in archive.namelist()]
                missing = [file.key for file in FILES if file.key not in keys]
                if missing:
                    raise DataError(
                        f"The npz lacks {', '.join(missing)}. Expected x_train, y_train, x_test, y_test. "
                        f"Received: path='{path}', keys={keys[:8]}"
                    )
                return {file.key: _read_npy(archive, file, path) for file in FILES}
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}. Received: path='{path}'") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise DataError(
            f"The file is not an npz, or it is truncated or corrupt ({error}). Get it again. Received: path='{path}'"
        ) from error


def sample(labels: npt.NDArray[np.uint8], count: int, *, seed: int) -> npt.NDArray[np.int64]:
    """Indices of `count` images drawn with `seed`, the digits in turn: 0, 1, 2, … as far as there are enough."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)  # how many of the same digit come before it
    for digit in range(10):
        of_digit = labels[shuffled] == digit
        turn[of_digit] = np.arange(of_digit.sum())
    return shuffled[np.lexsort((labels[shuffled], turn))][:count]


def check(arrays: Arrays, source: str) -> None:
    """Raise DataError unless these are MNIST's four arrays, to the bit."""
    with ThreadPoolExecutor(len(FILES)) as pool:  # hashlib lets go of the GIL
        digests = {file.key: pool.submit(sha256, arrays[file.key]) for file in FILES}
    for file in FILES:
        array = arrays[file.key]
        if array.dtype != np.uint8 or array.shape != file.shape:
            raise _wrong_form(file, source, array.dtype, array.shape)
        if array.ndim == 1 and array.max() > 9:
            raise DataError(
                f"A label of {file.name} is not a digit. Expected 0 to 9. "
                f"Received: path='{source}', label={array.max()} at index {array.argmax()}"
            )
        digest = digests[file.key].result()
        if digest != file.sha256:
            raise DataError(
                f"{file.name} differs from MNIST's: expected SHA-256 {file.sha256}. Take this copy away and "
                f"run `digitscope data fetch`, or name another with --data. "
                f"Received: path='{source}', sha256='{digest}'"
            )


def sha256(array: npt.NDArray[np.uint8]) -> str:
    """The SHA-256 of the IDX file that holds `array`."""
    digest = hashlib.sha256(idx.header(array))
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _read_npy(archive: zipfile.ZipFile, file: IdxFile, path: Path) -> npt.NDArray[np.uint8]:
    with archive.open(f"{file.key}.npy") as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):  # what numpy writes for every plain dtype
            raise ValueError(f"npy version {version}")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype != np.uint8 or shape != file.shape or fortran:
            raise _wrong_form(file, str(path), dtype, shape)
        data = stream.read(int(np.prod(shape)) + 1)
        if len(data) != np.prod(shape):
            raise ValueError(f"{file.key} is cut off")
        return np.frombuffer(data, np.uint8).reshape(shape)


def _wrong_form(file: IdxFile, source: str, dtype: object, shape: tuple[int, ...]) -> DataError:
    return DataError(
        f"{file.key} has another form than MNIST's {file.name}. Expected uint8 {list(file.shape)}, in row "
        f"order. Received: path='{source}', dtype={dtype}, shape={list(shape)}"
    )


def _write_npz(file: BinaryIO, *, arrays: Arrays) -> None:
    np.savez(file, allow_pickle=False, **arrays)  # 55 MB, not compressed: that loads in a third of the time


def _idx_file(path: Path, name: str) -> Path | None:
    """The file `name` in the folder `path`, or beside the IDX file `path`."""
    if not path.is_dir():
        if not path.name.startswith(tuple(file.name for file in FILES)):
            return None
        path = path.parent
    elif not os.access(path, os.R_OK):
        raise PermissionError(13, "no permission to read the folder")
    return next((path / f"{name}{end}" for end in ("", ".gz") if (path / f"{name}{end}").exists()), None)


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
