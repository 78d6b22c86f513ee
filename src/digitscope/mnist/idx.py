"""The IDX format, in which MNIST is published: `parse(bytes) -> array`, `header(array) -> bytes`.

A big-endian magic number 00 00 TT NN (type TT, NN dimensions), NN sizes of four bytes each, then the elements
in row order. MNIST uses type 08, unsigned bytes, only, and so does this reader.
http://yann.lecun.com/exdb/mnist/, "FILE FORMATS FOR THE MNIST DATABASE".
"""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitscope.errors import DataError

UNSIGNED_BYTE = 0x08
LARGEST = 1 << 28  # bytes unpacked; MNIST's largest file has 47 MB


def read(path: Path) -> npt.NDArray[np.uint8]:
    """The array in an IDX file, gzipped or not; DataError says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}. Received: path='{path}'") from error
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(data, path)
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str = "data") -> npt.NDArray[np.uint8]:
    """The array that IDX bytes hold (not gzipped). `name` is what errors call it."""
    shape = _shape(data, name)
    start = 4 + 4 * len(shape)
    if len(data) - start != math.prod(shape):
        raise DataError(
            f"The IDX header does not match the length: {' x '.join(map(str, shape))} elements need "
            f"{start + math.prod(shape)} bytes. Received: path='{name}', length={len(data)}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def shape(path: Path) -> tuple[int, ...]:
    """The shape that an IDX file's header gives, gzipped or not; DataError, OSError and EOFError: it has none."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        return _shape(file.read(512), str(path))


def _shape(data: bytes, name: str) -> tuple[int, ...]:
    """The shape that the start of an IDX file gives."""
    if looks_like_html(data):
        raise DataError(
            f"This is an HTML page, not an IDX file: the address it came from answered with a page. "
            f"Get the file itself. Received: path='{name}'"
        )
    if len(data) < 4:
        raise DataError(
            f"An IDX file starts with four bytes of magic number. Received: path='{name}', length={len(data)}"
        )
    zero, kind, dimensions = struct.unpack(">HBB", data[:4])
    if zero != 0 or kind != UNSIGNED_BYTE or not 1 <= dimensions <= 3:
        raise DataError(
            f"Wrong magic number for an IDX file. Expected 0x00000801 (labels) or 0x00000803 (images). "
            f"Received: path='{name}', magic=0x{data[:4].hex()}"
        )
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise DataError(
            f"The IDX header is cut off: {dimensions} dimensions need {start} bytes. "
            f"Received: path='{name}', length={len(data)}"
        )
    return struct.unpack(f">{dimensions}I", data[4:start])


def header(array: npt.NDArray[np.uint8]) -> bytes:
    """The IDX header of `array`; with the array's own bytes behind it, it is the file."""
    return struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)


def looks_like_html(data: bytes) -> bool:
    """Whether the bytes are a web page, as a captive portal or a moved address gives in place of a file."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))


def _gunzip(data: bytes, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(LARGEST + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"The gzip file is truncated or corrupt ({error}). Get it again. Received: path='{path}'"
        ) from error
    if len(unpacked) > LARGEST:
        raise DataError(f"The gzip file unpacks to more than {LARGEST} bytes. Received: path='{path}'")
    return unpacked
