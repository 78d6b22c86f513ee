"""Digits with labels of one's own, brought into MNIST's form: `load_labelled("my-digits")`.

A place is an npz (`x` and `y`, `images` and `labels`, or Keras's `x_train` and `y_train`), an IDX file of images with
its labels beside it (EMNIST's digits too), a folder with one subfolder per digit, or a folder or zip with an
index.csv (path, label).
"""

import csv
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image, Images, Labels
from digitscope.errors import DataError, DigitscopeError
from digitscope.mnist import Split, idx
from digitscope.reading.io.folders import natural
from digitscope.reading.normalization import SIDE, is_mnist_form, normalize
from digitscope.reading.reader import Recognizer

INDEX = "index.csv"
KEYS = (("x", "y"), ("images", "labels"), ("x_train", "y_train"))  # of an npz
NO_INK = "no ink was found"
LARGEST = 64_000_000  # bytes of a member of a zip, unpacked
DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError)  # RuntimeError: encrypted, or packed in an unknown way
UNBALANCED = 20  # times as many images of one digit as of another


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images in MNIST's form with their labels, and what could not be read."""

    images: Images = field(repr=False)
    labels: Labels = field(repr=False)
    source: str
    skipped: tuple[tuple[str, str], ...] = ()  # each file's name, and why

    @property
    def test(self) -> Split:
        """All of them: what a model is measured on."""
        return Split(self.images, self.labels)

    @property
    def counts(self) -> list[int]:
        """How many images there are of each digit."""
        return np.bincount(self.labels, minlength=10).tolist()

    @property
    def checksum(self) -> str:
        """SHA-256 of images and labels."""
        return hashlib.sha256(self.images.tobytes() + self.labels.tobytes()).hexdigest()

    def split(self, share: float) -> tuple[Split, Split]:
        """What teaches, and of each digit this share that does not: the same whenever it is asked for.

        Of a digit with two images or more, at least one is on each side; a single one teaches.

        Raises:
            DataError: no digit has two images.
        """
        aside = np.zeros(len(self.labels), bool)
        order = np.random.default_rng(0).permutation(len(self.labels))
        for digit in range(10):
            own = order[self.labels[order] == digit]
            aside[own[: min(max(round(share * len(own)), 1), len(own) - 1)]] = True
        if not aside.any():
            raise DataError(
                "No image is left to validate on. Expected two or more of a digit, or a place with others for "
                f"validation. Received: source={self.source!r} with {len(self.labels)} images"
            )
        return Split(self.images[~aside], self.labels[~aside]), Split(self.images[aside], self.labels[aside])

    def check_balance(self) -> None:
        """Raise DataError where a digit is missing, or has far fewer images than another."""
        counts = self.counts
        told = ", ".join(f"{digit}: {count}" for digit, count in enumerate(counts))
        if not all(counts):
            missing = ", ".join(str(digit) for digit, count in enumerate(counts) if not count)
            raise DataError(
                f"There are no images of {missing}. Expected some of each digit, or --from a model, which mixes MNIST "
                f"in. Received: source={self.source!r} with {told}"
            )
        if max(counts) > UNBALANCED * min(counts):
            raise DataError(
                f"The digits are unbalanced. Expected at most {UNBALANCED} times as many images of one as of another, "
                f"or --from a model, which mixes MNIST in. Received: source={self.source!r} with {told}"
            )


def load_labelled(path: str | os.PathLike[str]) -> Labelled:
    """Labelled digits from `path`, see the top of this module.

    Images of any size come into MNIST's form, by the reader where they are files, unless they have it.

    Raises:
        DataError: nothing is there, its form is unknown, or it holds no digit that can be read.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            if (place / INDEX).is_file():
                return _from_files(_indexed((place / INDEX).read_bytes(), place, str(place)), str(place))
            return _from_files(_by_class(place), str(place))
        if place.suffix == ".npz":
            return _from_npz(place)
        if zipfile.is_zipfile(place):
            return _from_zip(place)
        if place.is_file():
            return _from_idx(place)
    except OSError as error:
        raise DataError(
            f"The place cannot be read: {error.strerror}. Expected a file or folder that opens. "
            f"Received: path={str(place)!r}"
        ) from error
    raise DataError(
        "No such file or folder. Expected an npz, an IDX file, a folder with one subfolder per digit, or a folder or "
        f"zip with {INDEX}. Received: path={str(place)!r}"
    )


def _from_npz(place: Path) -> Labelled:
    try:
        with np.load(place, allow_pickle=False) as file:
            pair = next((pair for pair in KEYS if set(pair) <= set(file.files)), None)
            if pair is None:
                raise DataError(
                    f"The npz holds no images with labels. Expected the arrays {' or '.join(map(' and '.join, KEYS))}. "
                    f"Received: path={str(place)!r}, names={file.files[:8]}"
                )
            images, labels = file[pair[0]], file[pair[1]]
    except (TypeError, ValueError, EOFError, *DAMAGED) as error:  # TypeError: one array, without names
        raise DataError(
            f"The file is no npz of plain arrays: {error}. Expected one that np.savez wrote. "
            f"Received: path={str(place)!r}"
        ) from error
    return _from_arrays(images, labels, str(place))


def _from_idx(place: Path) -> Labelled:
    name = place.name
    twin = name.replace("images", "labels").replace("idx3", "idx1").removesuffix(".gz")
    labels = next((file for end in ("", ".gz") if (file := place.with_name(twin + end)).is_file()), place)
    if labels == place:
        raise DataError(
            "The file is no IDX file of images with its labels beside it. Expected, for example, "
            f"train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not. Received: path={str(place)!r}"
        )
    images = idx.read(place)
    if name.startswith("emnist"):  # EMNIST is published with rows and columns exchanged
        images = images.transpose(0, 2, 1)
    return _from_arrays(images, idx.read(labels), str(place))


def _from_arrays(images: npt.NDArray[Any], labels: npt.NDArray[Any], source: str) -> Labelled:
    """Arrays of images of one size, [N, H, W] or [N, H, W, 1], with whole numbers as labels."""
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or labels.shape != images.shape[:1] or not images.size:
        raise DataError(
            "The arrays do not fit. Expected images [N, H, W] and labels [N], none of them empty. "
            f"Received: source={source!r}, images={list(images.shape)}, labels={list(labels.shape)}"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() > 9:
        odd = sorted({str(label) for label in labels.tolist()} - set("0123456789"))[:8]
        raise DataError(
            f"A label is not a digit. Expected whole numbers from 0 to 9. Received: source={source!r}, "
            f"dtype={labels.dtype}{f', labels={odd}' if odd else ''}"
        )
    if not (
        np.issubdtype(images.dtype, np.integer) or np.issubdtype(images.dtype, np.floating) or images.dtype == bool
    ):
        raise DataError(
            "Pixels are no numbers. Expected bool, whole numbers or floats. "
            f"Received: source={source!r}, dtype={images.dtype}"
        )
    if images.dtype != np.uint8:
        low, high = float(images.min()), float(images.max())
        if not 0 <= low <= high <= 255:
            raise DataError(
                f"Pixels are out of range. Expected 0 to 1 or 0 to 255. Received: source={source!r}, from {low:g} to "
                f"{high:g}"
            )
        images = np.rint(images * (255 if high <= 1 else 255 / 16 if high <= 16 else 1)).astype(np.uint8)
    normalized = np.stack([_in_form(image) for image in images])
    inked = normalized.any(axis=(1, 2))
    blank = tuple((f"image {number}", NO_INK) for number in np.flatnonzero(~inked))
    if not inked.any():
        raise DataError(
            "No image has any ink. Expected digits brighter or darker than their ground. "
            f"Received: source={source!r}, {len(blank)} images"
        )
    return Labelled(normalized[inked], labels[inked].astype(np.uint8), source, blank)


def _in_form(image: Image) -> Image:
    """One digit, alone on its ground, in MNIST's form."""
    if image.shape == (SIDE, SIDE) and is_mnist_form(image):
        return image
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    ink = 255 - image if np.median(edge) > 127 else image
    paper, full = float(np.median(ink)), float(ink.max())
    if full <= paper:
        return np.zeros((SIDE, SIDE), np.uint8)
    return normalize(np.clip((ink - paper) * (255 / (full - paper)), 0, 255).astype(np.uint8))


Content = Path | Callable[[], bytes]  # a file, or what gives its bytes
Files = Iterator[tuple[str, Content, str]]  # each file's name, its content and its label


def _by_class(folder: Path) -> Files:
    """The images in subfolders that are called like the digits."""
    classes = sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda entry: natural(entry.name))
    classes = [entry for entry in classes if not entry.name.startswith(".")]
    odd = [entry.name for entry in classes if entry.name not in set("0123456789")]
    if odd or not classes:
        raise DataError(
            f"The folder holds no labelled digits. Expected {INDEX}, or subfolders called 0 to 9; of IDX files, the "
            f"path of the images. Received: path={str(folder)!r}, subfolders={odd[:8]}"
        )
    for entry in classes:
        for file in sorted(entry.iterdir(), key=lambda file: natural(file.name)):
            if file.is_file() and not file.name.startswith("."):
                yield f"{entry.name}/{file.name}", file, entry.name


def _indexed(content: bytes, place: Path, source: str) -> Files:
    """The images that an index.csv in the folder `place` names."""
    for name, label in _rows(content, source):
        yield name, place / name, label


def _rows(content: bytes, source: str) -> list[tuple[str, str]]:
    """Path and label of each row of an index.csv."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"))))
    except csv.Error as error:
        raise DataError(
            f"{INDEX} is no CSV: {error}. Expected the columns path and label. Received: source={source!r}"
        ) from error
    if not rows or not {"path", "label"} <= set(rows[0]):
        raise DataError(
            f"{INDEX} lists no images. Expected the columns path and label, and a row. Received: source={source!r}"
        )
    return [
        (row["path"] or f"(row {number}, without a path)", (row["label"] or "").strip())
        for number, row in enumerate(rows, 1)
    ]


def _from_zip(place: Path) -> Labelled:
    try:
        with zipfile.ZipFile(place) as archive:
            index = next((name for name in archive.namelist() if PurePosixPath(name).name == INDEX), None)
            if index is None:
                raise DataError(
                    f"The zip holds no {INDEX}. Expected one with the columns path and label. "
                    f"Received: path={str(place)!r}"
                )
            rows = _rows(_member(archive, index), str(place))
            base = PurePosixPath(index).parent
            files = ((name, partial(_member, archive, str(base / name)), label) for name, label in rows)
            return _from_files(files, str(place))
    except zipfile.BadZipFile as error:
        raise DataError(
            f"The file cannot be opened as a zip: {error}. Expected a whole one. Received: path={str(place)!r}"
        ) from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A file in a zip, and never one outside."""
    try:
        size = archive.getinfo(name).file_size
        if size > LARGEST:
            raise DataError(f"The file is too large. Expected at most {LARGEST:,} bytes. Received: size={size:,}")
        return archive.read(name)
    except KeyError:
        raise DataError(
            f"There is no such file in the zip. Expected one of its names. Received: name={name!r}"
        ) from None
    except (EOFError, *DAMAGED) as error:
        raise DataError(
            f"The zip cannot be unpacked here: {error}. Expected whole files without a password. "
            f"Received: name={name!r}"
        ) from error


def _from_files(files: Files, source: str) -> Labelled:
    """Every file that can be read, in MNIST's form; the others are listed with the reason."""
    reader = Recognizer()
    images: list[Image] = []
    labels: list[int] = []
    skipped: list[tuple[str, str]] = []
    for name, content, label in files:
        try:
            images.append(_digit(reader, content, label))
            labels.append(int(label))
        except DigitscopeError as error:
            skipped.append((name, str(error)))
    if not images:
        told = "; ".join(f"{name}: {why}" for name, why in skipped[:5])
        raise DataError(
            "No digit could be read. Expected one image with ink or more. "
            f"Received: source={source!r}, {len(skipped)} skipped: {told}"
        )
    return Labelled(np.stack(images), np.array(labels, np.uint8), source, tuple(skipped))


def _digit(reader: Recognizer, content: Content, label: str) -> Image:
    """The digit in a file; DataError or ImageError say why it is skipped."""
    if label not in set("0123456789"):
        raise DataError(f"The label is not a digit. Expected 0 to 9. Received: label={label!r}")
    image = glyph_of(reader, content if isinstance(content, Path) else content())
    if image is None:
        raise DataError(NO_INK)
    return image


def glyph_of(reader: Recognizer, source: bytes | Path) -> Image | None:
    """The one digit in an image file, in MNIST's form: the largest that the reader finds, or all ink; None: no ink.

    Raises:
        ImageError: the file cannot be read.
    """
    page = next(reader.pages(source))
    found = [(digit.box[2] * digit.box[3], digit.glyph) for digit in page.glyphs if digit.glyph is not None]
    if found:
        image = max(found, key=lambda each: each[0])[1]
        return image if image.any() else None
    pixels = page.image
    assert pixels is not None  # a page that was just read has them
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_RGB2GRAY)
    image = _in_form(np.asarray(gray, np.uint8))
    return image if image.any() else None
