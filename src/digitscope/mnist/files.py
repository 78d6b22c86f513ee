"""MNIST as files: the four IDX files, or one npz with Keras's keys. `read(path) -> arrays`, verified to the bit.

Whatever file they came in, the arrays are held against the SHA-256 of the original IDX files.
"""

import hashlib
import os
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from digitscope.errors import DataError
from digitscope.mnist import idx


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
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)  # RuntimeError: encrypted


def is_mnist(path: str | os.PathLike[str]) -> bool:
    """Whether a place claims to be MNIST itself, by names and shapes: `load_mnist` reads and verifies such."""
    place = Path(path).expanduser()
    if not place.exists():
        return True  # load_mnist says that it is not there
    if place.is_dir():
        return any(is_mnist(entry) for entry in place.iterdir() if _idx_name(entry.name) or entry.name == "mnist.npz")
    try:
        if name := _idx_name(place.name):
            return (name, idx.shape(place)) in [(file.name, file.shape) for file in FILES]
        if place.suffix == ".npz":
            with zipfile.ZipFile(place) as archive:
                return all(_npz_shape(archive, file.key) == file.shape for file in FILES)
    except (OSError, DataError, KeyError, *UNREADABLE):
        pass  # whoever reads it as one's own says what is wrong
    return False


def _npz_shape(archive: zipfile.ZipFile, key: str) -> tuple[int, ...]:
    with archive.open(f"{key}.npy") as stream:
        return _npy_header(stream)[0]


def read(path: Path) -> Arrays:
    """The four arrays in an npz, in a folder, or in the IDX files beside the one named; verified."""
    try:
        path.stat()
        if path.is_dir() or _idx_name(path.name):
            arrays = _read_folder(path if path.is_dir() else path.parent)
        elif path.is_file():
            arrays = read_npz(path)
        else:
            raise DataError(f"This is neither a file nor a folder. Received: path='{path}'")
    except OSError as error:
        raise DataError(f"The place cannot be read: {error.strerror}. Received: path='{path}'") from error
    check(arrays, str(path))
    return arrays


def _read_folder(folder: Path) -> Arrays:
    here = {_idx_name(entry.name) or entry.name: entry for entry in sorted(folder.iterdir())}
    missing = [file.name for file in FILES if file.name not in here]
    if not missing:
        return {file.key: idx.read(here[file.name]) for file in FILES}
    if len(missing) < len(FILES):
        raise DataError(
            f"MNIST's four IDX files belong together. Missing: {', '.join(missing)}. Received: path='{folder}'"
        )
    if "mnist.npz" in here:
        return read_npz(here["mnist.npz"])
    raise DataError(
        f"MNIST is not here. Expected mnist.npz, or {', '.join(missing)} (.gz or not). Received: path='{folder}'"
    )


def _idx_name(name: str) -> str | None:
    """The published name of the IDX file `name`: unpacked, and with a hyphen where some copies have a dot."""
    plain = name.removesuffix(".gz").replace(".idx", "-idx")
    return plain if any(plain == file.name for file in FILES) else None


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
                names = archive.namelist()
                missing = [file.key for file in FILES if f"{file.key}.npy" not in names]
                if missing:
                    raise DataError(
                        f"The npz lacks {', '.join(missing)}. Expected x_train, y_train, x_test, y_test. "
                        f"Received: path='{path}', names={names[:8]}"
                    )
                return {file.key: _read_npy(archive, file, path) for file in FILES}
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}. Received: path='{path}'") from error
    except UNREADABLE as error:
        raise DataError(
            f"The file is not an npz, or it is truncated or corrupt ({error}). Get it again. Received: path='{path}'"
        ) from error


def check(arrays: Arrays, source: str) -> None:
    """Raise DataError unless these are MNIST's four arrays, to the bit."""
    for file in FILES:
        array = arrays[file.key]
        if array.dtype != np.uint8 or array.shape != file.shape:
            raise _wrong_form(file, source, array.dtype, array.shape)
        if array.ndim == 1 and array.max() > 9:
            raise DataError(
                f"A label of {file.name} is not a digit. Expected 0 to 9. "
                f"Received: path='{source}', label={array.max()} at index {array.argmax()}"
            )
    with ThreadPoolExecutor() as pool:  # hashlib lets go of the GIL
        digests = list(pool.map(sha256, (arrays[file.key] for file in FILES)))
    for file, digest in zip(FILES, digests, strict=True):
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


def write_npz(file: BinaryIO, *, arrays: Arrays) -> None:
    """Write the arrays as an npz with Keras's keys."""
    np.savez(file, allow_pickle=False, **arrays)  # 55 MB, not compressed: that loads in a third of the time


def _read_npy(archive: zipfile.ZipFile, file: IdxFile, path: Path) -> npt.NDArray[np.uint8]:
    with archive.open(f"{file.key}.npy") as stream:
        shape, fortran, dtype = _npy_header(stream)
        if dtype != np.uint8 or shape != file.shape or fortran:
            raise _wrong_form(file, str(path), dtype, shape)
        data = stream.read(int(np.prod(shape)) + 1)
        if len(data) != np.prod(shape):
            raise ValueError(f"{file.key} is cut off")
        return np.frombuffer(data, np.uint8).reshape(shape)


def _npy_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in column order, and kind of numbers, as an npy's start says them."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):  # what numpy writes for every plain dtype
        raise ValueError(f"npy version {version}")
    return np.lib.format.read_array_header_1_0(stream)


def _wrong_form(file: IdxFile, source: str, dtype: object, shape: tuple[int, ...]) -> DataError:
    return DataError(
        f"{file.key} has another form than MNIST's {file.name}. Expected uint8 {list(file.shape)}, in row "
        f"order. Received: path='{source}', dtype={dtype}, shape={list(shape)}"
    )
