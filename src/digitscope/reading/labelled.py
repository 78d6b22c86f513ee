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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image, Images, Labels
from digitscope.errors import DataError, DigitscopeError
from digitscope.mnist import Split, idx
from digitscope.reading.io.folders import IMAGES, natural
from digitscope.reading.normalization import SIDE, is_mnist_form, normalize
from digitscope.reading.reader import Recognizer

INDEX = "index.csv"
KEYS = (("x", "y"), ("images", "labels"), ("x_train", "y_train"))  # of an npz
LARGEST = 64_000_000  # bytes of a member of a zip, unpacked
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
        """What teaches, and of each digit this share that does not: the same whenever it is asked for."""
        aside = np.zeros(len(self.labels), bool)
        order = np.random.default_rng(0).permutation(len(self.labels))
        for digit in range(10):
            own = order[self.labels[order] == digit]
            aside[own[: round(share * len(own))]] = True
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
        raise DataError(f"The place cannot be read: {error.strerror}. Received: path={str(place)!r}") from error
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
            return _from_arrays(file[pair[0]], file[pair[1]], str(place))
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"The file is not an npz of plain arrays ({error}). Received: path={str(place)!r}") from error


def _from_idx(place: Path) -> Labelled:
    name = place.name
    labels = place.with_name(name.replace("images", "labels").replace("idx3", "idx1"))
    if labels == place or not labels.is_file():
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
    if images.ndim != 3 or labels.shape != images.shape[:1] or not len(labels):
        raise DataError(
            "The arrays do not fit. Expected images [N, H, W] and labels [N]. "
            f"Received: source={source!r}, images={list(images.shape)}, labels={list(labels.shape)}"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() > 9:
        raise DataError(
            f"A label is not a digit. Expected whole numbers from 0 to 9. Received: source={source!r}, "
            f"dtype={labels.dtype}, from {labels.min()} to {labels.max()}"
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
    return Labelled(normalized, labels.astype(np.uint8), source)


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


Files = Iterator[tuple[str, bytes | Path, str]]  # each file's name, where or what it is, and its label


def _by_class(folder: Path) -> Files:
    """The images in subfolders that are called like the digits."""
    classes = sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda entry: natural(entry.name))
    classes = [entry for entry in classes if not entry.name.startswith(".")]
    odd = [entry.name for entry in classes if entry.name not in set("0123456789")]
    if odd or not classes:
        raise DataError(
            f"The folder has no {INDEX}, and its subfolders are not called 0 to 9. Of IDX files, name that of the "
            f"images. Received: path={str(folder)!r}, subfolders={odd[:8]}"
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
    """Path and label of each row of an index.csv; rows without a label are left out."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"))))
    if not rows or not {"path", "label"} <= set(rows[0]):
        raise DataError(f"{INDEX} needs the columns path and label, and a row. Received: source={source!r}")
    return [(row["path"], (row["label"] or "").strip()) for row in rows]


def _from_zip(place: Path) -> Labelled:
    try:
        with zipfile.ZipFile(place) as archive:
            index = next((name for name in archive.namelist() if PurePosixPath(name).name == INDEX), None)
            if index is None:
                raise DataError(f"The zip holds no {INDEX}. Received: path={str(place)!r}")
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            base = PurePosixPath(index).parent

            def files() -> Files:
                for name, label in _rows(archive.read(index), str(place)):
                    member = str(base / name)
                    known = 0 <= sizes.get(member, -1) <= LARGEST
                    yield name, archive.read(member) if known else Path(name), label

            return _from_files(files(), str(place))
    except (zipfile.BadZipFile, RuntimeError) as error:  # RuntimeError: encrypted
        raise DataError(f"The file is not a zip that can be read ({error}). Received: path={str(place)!r}") from error


def _from_files(files: Files, source: str) -> Labelled:
    """Every file that can be read, in MNIST's form; the others are listed with the reason."""
    reader = Recognizer()
    images: list[Image] = []
    labels: list[int] = []
    skipped: list[tuple[str, str]] = []
    for name, content, label in files:
        if label not in set("0123456789"):
            skipped.append((name, f"its label {label!r} is not one of 0 to 9"))
        elif isinstance(content, Path) and content.suffix.lower() not in IMAGES and content.is_file():
            skipped.append((name, "no ending of an image"))
        elif isinstance(content, Path) and not content.is_file():
            skipped.append((name, "there is no such file"))
        else:
            try:
                image = glyph_of(reader, content)
            except DigitscopeError as error:
                skipped.append((name, str(error)))
                continue
            if image is None:
                skipped.append((name, "no ink was found"))
                continue
            images.append(image)
            labels.append(int(label))
    if not images:
        told = "; ".join(f"{name}: {why}" for name, why in skipped[:5])
        raise DataError(f"No digit could be read. Received: source={source!r}, {len(skipped)} skipped: {told}")
    return Labelled(np.stack(images), np.array(labels, np.uint8), source, tuple(skipped))


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
