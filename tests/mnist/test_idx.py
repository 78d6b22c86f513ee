import gzip
import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitscope.errors import DataError
from digitscope.mnist import idx

# The definition: magic 00 00 08 NN, NN sizes as big-endian 32-bit integers, then the bytes in row order.
TWO_BY_THREE = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255])


def test_bytes_written_by_hand_from_the_definition_are_the_array_they_say():
    assert idx.parse(TWO_BY_THREE).tolist() == [[1, 2, 3], [4, 5, 255]]


def test_sizes_are_read_with_the_high_byte_first():
    data = struct.pack(">BBBBI", 0, 0, 8, 1, 0x0102) + bytes(0x0102)
    assert idx.parse(data).shape == (258,)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9)))
def test_any_array_written_by_the_definition_comes_back(array: npt.NDArray[np.uint8]):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    data = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes(order="C")

    assert np.array_equal(idx.parse(data), array)
    assert idx.header(array) + array.tobytes() == data


@given(st.integers(0, len(TWO_BY_THREE) - 1))
def test_a_file_cut_off_anywhere_is_an_error(length: int):
    with pytest.raises(DataError):
        idx.parse(TWO_BY_THREE[:length])


@given(st.binary(max_size=40))
def test_any_bytes_are_an_array_or_a_data_error(data: bytes):
    try:
        array = idx.parse(data)
    except DataError:
        return
    assert idx.header(array) + array.tobytes() == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "magic number"),
        (b"\x00\x00\x0d\x02" + TWO_BY_THREE[4:], "Wrong magic number.*0x00000d02"),  # 0d: floats
        (b"\x00\x01\x08\x02" + TWO_BY_THREE[4:], "Wrong magic number.*0x00010802"),
        (b"\x00\x00\x08\x00", "Wrong magic number.*0x00000800"),  # no dimension
        (b"\x00\x00\x08\x02\x00\x00", "header is cut off: 2 dimensions need 12 bytes.*length=6"),
        (TWO_BY_THREE[:-1], "does not match the length: 2 x 3 elements need 18 bytes.*length=17"),
        (TWO_BY_THREE + b"\x00", "does not match the length.*length=19"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "does not match the length"),  # 2^96 bytes are asked for, not made
        (b"\n<!DOCTYPE html><html><body>Moved</body></html>", "HTML page"),
    ],
)
def test_what_is_wrong_with_the_bytes_is_said(data: bytes, message: str):
    with pytest.raises(DataError, match=message):
        idx.parse(data)


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path):
    (tmp_path / "plain").write_bytes(TWO_BY_THREE)
    (tmp_path / "packed").write_bytes(gzip.compress(TWO_BY_THREE))

    assert np.array_equal(idx.read(tmp_path / "plain"), idx.read(tmp_path / "packed"))


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:12], lambda data: data[:12] + bytes(9)])
def test_a_truncated_or_corrupt_gzip_is_an_error_that_names_the_file(tmp_path, damage):
    path = tmp_path / "labels.gz"
    path.write_bytes(damage(gzip.compress(TWO_BY_THREE)))

    with pytest.raises(DataError, match=r"gzip file is truncated or corrupt.*labels\.gz"):
        idx.read(path)


def test_a_gzip_that_unpacks_to_far_more_than_mnist_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(idx.LARGEST + 1), compresslevel=1))

    with pytest.raises(DataError, match="unpacks to more than"):
        idx.read(path)


def test_a_folder_in_place_of_a_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        idx.read(tmp_path)
