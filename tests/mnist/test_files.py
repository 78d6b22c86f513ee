import gzip
import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitscope.errors import DataError
from digitscope.mnist import files, load_mnist

NAMES = [file.name for file in files.FILES]


@pytest.fixture(scope="module")
def idx_folder(mnist_arrays, tmp_path_factory) -> Path:
    """The four files as they are published, made from the format's definition; the labels gzipped."""
    folder = tmp_path_factory.mktemp("idx")
    for name, array in zip(NAMES, mnist_arrays.values(), strict=True):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        data = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
        if array.ndim == 1:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def four(array: np.ndarray) -> dict[str, np.ndarray]:
    return dict.fromkeys(["x_train", "y_train", "x_test", "y_test"], array)


def test_the_checksums_are_those_of_the_published_files(idx_folder):
    published = {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    }
    for name, digest in published.items():
        assert hashlib.sha256((idx_folder / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("path", ["", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"])
def test_four_idx_files_load_from_their_folder_or_from_any_one_of_them(mnist, idx_folder, path):
    loaded = load_mnist(idx_folder / path)

    assert loaded.source == str(idx_folder / path)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(loaded, name), getattr(mnist, name))


def test_idx_files_with_a_dot_in_place_of_a_hyphen_load_too(mnist, idx_folder, tmp_path):
    for path in idx_folder.iterdir():
        (tmp_path / path.name.replace("-idx", ".idx")).symlink_to(path)
    assert np.array_equal(load_mnist(tmp_path).test_labels, mnist.test_labels)


def test_three_of_the_four_idx_files_are_an_error_that_names_the_fourth(idx_folder, tmp_path):
    for path in sorted(idx_folder.iterdir())[:3]:
        (tmp_path / path.name).symlink_to(path)
    with pytest.raises(DataError, match="Missing: train-labels-idx1-ubyte"):
        files.read(tmp_path)


def test_an_empty_folder_is_an_error_that_says_what_is_expected(tmp_path):
    with pytest.raises(DataError, match=r"MNIST is not here. Expected mnist.npz, or train-images-idx3-ubyte"):
        files.read(tmp_path)


def test_a_folder_without_read_permission_is_an_error(as_an_ordinary_user):
    with tempfile.TemporaryDirectory() as parent:  # not tmp_path: only its owner can enter that one
        os.chmod(parent, 0o755)
        folder = Path(parent) / "mnist"
        folder.mkdir()
        folder.chmod(0)
        with as_an_ordinary_user(), pytest.raises(DataError, match=r"cannot be read: Permission denied.*mnist"):
            files.read(folder)
        with as_an_ordinary_user(), pytest.raises(DataError, match=r"cannot be read: Permission denied.*npz"):
            files.read(folder / "mnist.npz")
        folder.chmod(0o755)


def test_something_that_is_neither_file_nor_folder_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        files.read(tmp_path / "pipe")


def test_one_changed_pixel_is_an_error_that_names_file_and_remedy(mnist_arrays):
    changed = mnist_arrays | {"x_test": mnist_arrays["x_test"].copy()}
    changed["x_test"][9_999, 14, 14] ^= 1
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte differs.*digitscope data fetch.*here/it/is"):
        files.check(changed, "here/it/is")


def test_a_label_above_nine_is_an_error_that_says_where(mnist_arrays):
    changed = mnist_arrays | {"y_train": mnist_arrays["y_train"].copy()}
    changed["y_train"][123] = 10
    with pytest.raises(DataError, match=r"not a digit. Expected 0 to 9.*label=10 at index 123"):
        files.check(changed, "somewhere")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            npz(x_train=np.zeros(1), y_train=np.zeros(1)),
            r"npz lacks x_test, y_test.*names=\['x_train.npy', 'y_train.npy'\]",
        ),
        (npz(**four(np.zeros(9))), "dtype=float64"),
        (npz(**four(np.zeros(9, np.uint8))), r"shape=\[9\]"),
        (b"<html><title>Sign in</title></html>", "HTML page, not an npz"),
        (b"", "not an npz"),
        (b"PK\x03\x04 and then nothing of the kind", "not an npz"),
    ],
    ids=["without keys", "another dtype", "another shape", "a web page", "empty", "no zip"],
)
def test_what_is_wrong_with_an_npz_is_said(tmp_path, content, message):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        files.read(path)


def test_an_npz_with_pickled_objects_is_refused_before_they_are_read(tmp_path):
    path = tmp_path / "mnist.npz"
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(path, allow_pickle=True, **four(objects))
    with pytest.raises(DataError, match="dtype=object"):
        files.read(path)


def test_a_truncated_npz_is_an_error(mnist_arrays, tmp_path):
    whole = io.BytesIO()
    files.write_npz(whole, arrays=mnist_arrays)
    path = tmp_path / "mnist.npz"
    path.write_bytes(whole.getvalue()[: 1 << 20])
    with pytest.raises(DataError, match="not an npz, or it is truncated or corrupt"):
        files.read(path)


def test_an_npz_whose_arrays_are_shorter_than_their_headers_is_an_error(tmp_path):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files.FILES:
            head = io.BytesIO()
            np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": file.shape})
            archive.writestr(f"{file.key}.npy", head.getvalue() + b"short")
    with pytest.raises(DataError, match="x_train is cut off"):
        files.read(path)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 900), st.integers(0, 255))
def test_an_npz_with_any_byte_changed_is_a_data_error(tmp_path_factory, position, value):
    content = bytearray(npz(**four(np.zeros(9, np.uint8))))
    content[position % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "changed.npz"
    path.write_bytes(content)
    with pytest.raises(DataError):
        files.read(path)
