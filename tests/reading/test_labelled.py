"""Digits of one's own in every form they may come in."""

import gzip
import re
import zipfile

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image as PilImage

from digitscope.errors import DataError
from digitscope.mnist import idx
from digitscope.mnist.files import FILES, is_mnist
from digitscope.reading.labelled import Labelled, load_labelled
from digitscope.reading.normalization import is_mnist_form


@pytest.fixture(scope="module")
def few(mnist):
    """Two images of each digit, in MNIST's form."""
    chosen = [int(i) for digit in range(10) for i in np.flatnonzero(mnist.train_labels == digit)[:2]]
    return mnist.train_images[chosen], mnist.train_labels[chosen]


def photo(image):
    """Dark ink on bright paper, larger, with a margin."""
    large = cv2.resize(255 - image, (96, 96), interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(large, 20, 30, 40, 20, cv2.BORDER_CONSTANT, value=250)


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def written(folder, few):
    """A subfolder per digit."""
    for number, (image, label) in enumerate(zip(*few, strict=True)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        (folder / str(label) / f"{number}.png").write_bytes(png(photo(image)))


@pytest.mark.parametrize("keys", [("x", "y"), ("images", "labels"), ("x_train", "y_train")])
def test_an_npz_in_mnists_form_is_taken_as_it_is(keys, few, tmp_path):
    np.savez(tmp_path / "own.npz", **dict(zip(keys, few, strict=True)))
    own = load_labelled(tmp_path / "own.npz")
    fits = [is_mnist_form(image) for image in few[0]]
    assert sum(fits) > 10
    np.testing.assert_array_equal(own.images[fits], few[0][fits])
    np.testing.assert_array_equal(own.labels, few[1])
    assert own.counts == [2] * 10


@pytest.mark.parametrize("ground", ["dark", "bright"])
def test_other_sizes_and_grounds_come_into_mnists_form(ground, few, tmp_path):
    large = np.stack([photo(image) for image in few[0]])
    large = large if ground == "bright" else 255 - large
    np.savez(tmp_path / "own.npz", x=large / 255.0, y=few[1])
    own = load_labelled(tmp_path / "own.npz")
    assert own.images.shape == (20, 28, 28)
    difference = np.abs(own.images.astype(float) - few[0]).mean(axis=(1, 2))
    assert np.median(difference) < 12, "each is its original again, but for the pen"


def test_idx_files_are_read_with_the_labels_beside_them_and_emnists_are_turned(few, tmp_path):
    images, labels = few
    for name, stored in (("own", images), ("emnist-digits-train", images.transpose(0, 2, 1))):
        for part, array in (("images-idx3", np.ascontiguousarray(stored)), ("labels-idx1", labels)):
            content = idx.header(array) + array.tobytes()
            (tmp_path / f"{name}-{part}-ubyte.gz").write_bytes(gzip.compress(content))
    own, emnist = (load_labelled(tmp_path / f"{n}-images-idx3-ubyte.gz") for n in ("own", "emnist-digits-train"))
    np.testing.assert_array_equal(own.images, emnist.images)
    packed = (tmp_path / "own-labels-idx1-ubyte.gz").read_bytes()
    (tmp_path / "own-labels-idx1-ubyte").write_bytes(gzip.decompress(packed))
    (tmp_path / "own-labels-idx1-ubyte.gz").unlink()
    assert load_labelled(tmp_path / "own-images-idx3-ubyte.gz").counts == [2] * 10
    (tmp_path / "own-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="with its labels beside it"):
        load_labelled(tmp_path / "own-images-idx3-ubyte.gz")


def test_a_folder_with_a_subfolder_per_digit_lists_what_it_skips(few, tmp_path):
    written(tmp_path, few)
    (tmp_path / "3" / "broken.png").write_bytes(b"no image")
    (tmp_path / "3" / "notes.txt").write_text("three")
    own = load_labelled(tmp_path)
    assert own.counts == [2] * 10
    assert [name for name, _ in own.skipped] == ["3/broken.png", "3/notes.txt"]
    (tmp_path / "three").mkdir()
    with pytest.raises(DataError, match=r"subfolders=\['three'\]"):
        load_labelled(tmp_path)


@pytest.mark.parametrize("ending", ["tiff", "jfif", "avif", "heic"])
def test_images_of_every_kind_that_is_read_are_taken_from_a_folder(ending, few, tmp_path):
    pillow_heif.register_heif_opener()
    (tmp_path / "7").mkdir()
    image = PilImage.fromarray(photo(few[0][14]))
    image.save(tmp_path / "7" / f"1.{ending}", {"heic": "HEIF", "jfif": "JPEG"}.get(ending, ending.upper()))
    own = load_labelled(tmp_path)
    assert (own.labels.tolist(), own.skipped) == ([7], ())


def test_a_zip_and_a_folder_with_an_index_are_the_same(few, tmp_path):
    rows = ["path,label"]
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        for number, (image, label) in enumerate(zip(*few, strict=True)):
            (tmp_path / f"{number}.png").write_bytes(png(photo(image)))
            archive.writestr(f"digits/{number}.png", png(photo(image)))
            rows.append(f"{number}.png,{label}")
        rows += ["gone.png,3", "0.png,x", "0.png,"]
        archive.writestr("digits/index.csv", "\n".join(rows))
    (tmp_path / "index.csv").write_text("\n".join(rows))
    folder, packed = load_labelled(tmp_path), load_labelled(tmp_path / "own.zip")
    np.testing.assert_array_equal(folder.images, packed.images)
    assert folder.checksum == packed.checksum
    assert (
        [name for name, _ in folder.skipped] == [name for name, _ in packed.skipped] == ["gone.png", "0.png", "0.png"]
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"pixels": np.zeros((2, 8, 8), np.uint8)}, "holds no images with labels"),
        ({"x": np.zeros((2, 8, 8), np.uint8), "y": np.zeros(3, int)}, "arrays do not fit"),
        ({"x": np.zeros((3, 0, 0), np.uint8), "y": np.zeros(3, int)}, r"arrays do not fit.*images=\[3, 0, 0\]"),
        ({"x": np.zeros((2, 8, 8), np.uint8), "y": np.array([1, 10])}, "not a digit"),
        ({"x": np.full((2, 8, 8), -1.0), "y": np.array([1, 2])}, "out of range"),
        ({"x": np.zeros((2, 8, 8), np.uint8), "y": np.array(["1", "one"])}, r"labels=\['one'\]"),
        ({"x": np.full((2, 8, 8), "0"), "y": np.array([1, 2])}, "Pixels are no numbers"),
        ({"x": np.zeros((2, 8, 8), np.uint8), "y": np.array([1, 2])}, "No image has any ink"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays, message, tmp_path):
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(DataError, match=message) as refused:
        load_labelled(tmp_path / "own.npz")
    assert re.search("[.] Expected .*[.] Received: ", str(refused.value))


def test_a_damaged_npz_is_refused(few, tmp_path):
    np.savez_compressed(tmp_path / "own.npz", x=few[0], y=few[1])
    content = bytearray((tmp_path / "own.npz").read_bytes())
    content[300:900] = bytes(byte ^ 0x5A for byte in content[300:900])
    (tmp_path / "own.npz").write_bytes(content)
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, few[0])
    for name in ("own.npz", "one.npz"):
        with pytest.raises(DataError, match="no npz of plain arrays"):
            load_labelled(tmp_path / name)


def test_images_without_ink_are_skipped_in_an_npz_too(few, tmp_path):
    np.savez(tmp_path / "own.npz", x=np.insert(few[0], 3, 0, axis=0), y=np.insert(few[1], 3, 7))
    own = load_labelled(tmp_path / "own.npz")
    assert (own.counts, own.skipped) == ([2] * 10, (("image 3", "no ink was found"),))


def test_a_zip_skips_what_is_damaged_and_never_reads_files_outside(few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = png(photo(few[0][0]))
    (tmp_path / "outside.png").write_bytes(image)
    rows = ["label,path", "0,kept.png", "0,torn.png", "0,outside.png", f"0,{tmp_path / 'outside.png'}", "3"]
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.writestr("index.csv", "\n".join(rows))
        archive.writestr("kept.png", image)
        archive.writestr("torn.png", b"torn" + image)
    content = (tmp_path / "own.zip").read_bytes()
    (tmp_path / "own.zip").write_bytes(content.replace(b"torn\x89PNG", b"TORN\x89PNG"))
    own = load_labelled(tmp_path / "own.zip")
    assert own.counts[0] == len(own.labels) == 1
    assert [name.rpartition("/")[2] for name, _ in own.skipped] == [
        "torn.png", "outside.png", "outside.png", "(row 5, without a path)"
    ]  # fmt: skip


def test_what_is_nowhere_or_nothing_is_refused(tmp_path):
    with pytest.raises(DataError, match="No such file or folder"):
        load_labelled(tmp_path / "none")
    with pytest.raises(DataError, match="subfolders"):
        load_labelled(tmp_path)
    (tmp_path / "index.csv").write_text("path,label\ngone.png,3\n")
    with pytest.raises(DataError, match=r"1 skipped: gone\.png: There is no such file"):
        load_labelled(tmp_path)


def test_a_share_of_each_digit_does_not_teach(few, tmp_path):
    np.savez(tmp_path / "own.npz", x=few[0], y=few[1])
    own = load_labelled(tmp_path / "own.npz")
    taught, validation = own.split(0.5)
    assert sorted(taught.labels.tolist()) == sorted(validation.labels.tolist()) == list(range(10))
    again = own.split(0.5)[1]
    np.testing.assert_array_equal(validation.images, again.images)


@pytest.mark.parametrize(("count", "share", "aside"), [(2, 0.1, 1), (2, 0.9, 1), (3, 0.9, 2), (20, 0.1, 2)])
def test_a_digit_with_two_images_has_one_on_either_side(count, share, aside):
    labels = np.repeat(np.arange(10, dtype=np.uint8), count)
    taught, validation = Labelled(np.zeros((len(labels), 28, 28), np.uint8), labels, "own").split(share)
    assert (len(taught.labels), len(validation.labels)) == (10 * (count - aside), 10 * aside)


def test_one_image_of_each_digit_leaves_none_to_validate_on(few, tmp_path):
    np.savez(tmp_path / "own.npz", x=few[0][::2], y=few[1][::2])
    with pytest.raises(DataError, match="No image is left"):
        load_labelled(tmp_path / "own.npz").split(0.1)


def test_missing_and_unbalanced_digits_are_named(few, tmp_path):
    np.savez(tmp_path / "own.npz", x=few[0][2:], y=few[1][2:])
    with pytest.raises(DataError, match="no images of 0"):
        load_labelled(tmp_path / "own.npz").check_balance()
    np.savez(tmp_path / "own.npz", x=np.concatenate([few[0], *[few[0][:2]] * 25]), y=[*few[1], *[0, 0] * 25])
    with pytest.raises(DataError, match=r"unbalanced.*0: 52, 1: 2"):
        load_labelled(tmp_path / "own.npz").check_balance()


def test_mnist_itself_is_known_by_its_names_and_shapes(few, tmp_path):
    arrays = {file.key: np.broadcast_to(np.uint8(0), file.shape) for file in FILES}
    np.savez_compressed(tmp_path / "mnist.npz", **arrays)
    (tmp_path / "t10k-labels.idx1-ubyte.gz").write_bytes(gzip.compress(idx.header(arrays["y_test"])))
    for place in ("", "mnist.npz", "t10k-labels.idx1-ubyte.gz", "not-there"):
        assert is_mnist(tmp_path / place)
    mine = tmp_path / "mine"
    mine.mkdir()
    np.savez(mine / "mnist.npz", x_train=few[0], y_train=few[1], x_test=few[0], y_test=few[1])
    for name, array in (("train-images-idx3-ubyte", few[0]), ("train-labels-idx1-ubyte", few[1])):
        (mine / name).write_bytes(idx.header(array) + array.tobytes())
    (mine / "t10k-images-idx3-ubyte.gz").write_bytes(b"no gzip")
    for place in ("", "mnist.npz", "train-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"):
        assert not is_mnist(mine / place)
    for place in ("mnist.npz", "train-images-idx3-ubyte"):
        assert load_labelled(mine / place).counts == [2] * 10
