"""How many images per second a batch reads: python benchmarks/batch.py [--images 40000 2000 100] [--ray] [--save]

Three kinds of made images: a digit of MNIST's last 5,000 training images as a 28×28 PNG, a cell with three digits, and
a page of a megapixel. Each is read in one run, side by side, by

    batch        digitscope batch on all cores, starting its processes included
    loop, held   a plain loop over Recognizer.read in a process held to one thread
    loop, free   the same with as many threads as the libraries take
    pool         multiprocessing.Pool over it, one process per core, one thread each, its start included
    ray          digitscope batch --engine ray, with --ray; its start included
    tesseract    one call for each cell, where it is installed

Goals: 1.8 times the held loop, 1.4 times the free one, 20 times tesseract. The shares of time are measured in one
process on one thread: decoding, detection, classification, what is between them, and writing the rows.
"""

import argparse
import functools
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digitscope import models
from digitscope.arrays import Image
from digitscope.batch import read_into
from digitscope.batch.schema import table
from digitscope.batch.work import Item, Options, page_row
from digitscope.mnist import load_mnist
from digitscope.reading import reader as reading
from digitscope.reading.io.images import open_pages
from digitscope.reading.pool import cores
from digitscope.reading.reader import Recognizer
from measured import READS_PAGES, save
from reading_speed import spread

KINDS = ("glyph", "cell", "page")
PROGRAM = """
import sys, time
from digitscope import models
import cv2, digitscope as ds
if sys.argv[1] == "held":
    cv2.setNumThreads(1)
    models.set_threads(1)
reader = ds.Recognizer()
reader.read(sys.argv[2])
began = time.perf_counter()
for path in sys.argv[2:]:
    reader.read(path)
print(time.perf_counter() - began)
"""


def write_images(folder: Path, kind: str, count: int) -> list[str]:
    """PNGs of one kind; returns their paths."""
    held_out = load_mnist().held_out.images
    random = np.random.default_rng(0)
    paths = []
    for number in range(count):
        paths.append(str(folder / f"{number:06d}.png"))
        cv2.imwrite(paths[-1], _image(kind, held_out, random))
    return paths


def _image(kind: str, digits: Image, random: np.random.Generator) -> Image:
    chosen = digits[random.integers(0, len(digits), {"glyph": 1, "cell": 3, "page": 60}[kind])]
    if kind == "glyph":
        return chosen[0]
    if kind == "cell":
        row = np.concatenate([np.pad(image, ((10, 10), (2, 2))) for image in chosen], axis=1)
        return 255 - np.asarray(cv2.resize(np.pad(row, ((0, 0), (12, 12))), None, fx=2, fy=2), np.uint8)
    page = np.zeros((1000, 1000), np.uint8)
    for k, image in enumerate(chosen):
        y, x = 60 + 90 * (k // 6), 100 + 130 * (k % 6)
        page[y : y + 56, x : x + 56] = cv2.resize(image, (56, 56), interpolation=cv2.INTER_CUBIC)
    noise = random.normal(0, 3, page.shape)
    return np.asarray(np.clip(240 - 0.8 * page + noise, 0, 255), np.uint8)


def batch(folder: Path, engine: str = "local") -> float:
    """Seconds of a batch on all cores."""
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        summary = read_into(Path(out) / "out", [str(folder)], engine="ray" if engine == "ray" else "local")
        assert not summary.errors
        return time.perf_counter() - began


def loop(paths: list[str], threads: str) -> float:
    """Seconds of a plain loop in a process of its own, after the model is loaded."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, threads, *paths], capture_output=True, text=True, check=True)
    return float(done.stdout)


_reader: Recognizer


def _begin() -> None:
    global _reader
    cv2.setNumThreads(1)
    models.set_threads(1)
    _reader = Recognizer()


def _read(path: str) -> str:
    return _reader.read(path).text


def pool(paths: list[str]) -> float:
    """Seconds of multiprocessing.Pool, with its start."""
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(cores(), _begin) as processes:
        for _ in processes.imap(_read, paths, chunksize=4):
            pass
    return time.perf_counter() - began


def tesseract(paths: list[str]) -> float:
    """Seconds of one call for each file, digits only."""
    began = time.perf_counter()
    options = ["--psm", "7", "-c", "tessedit_char_whitelist=0123456789"]
    for path in paths:
        subprocess.run(["tesseract", path, "-", *options], capture_output=True, check=True)
    return time.perf_counter() - began


def shares(paths: list[str]) -> dict[str, float]:
    """Which part of one thread's time goes where, and how many images per second decoding alone would allow."""
    _begin()
    took = dict.fromkeys(("detection", "classification"), 0.0)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def measured(*args: Any, **options: Any) -> Any:
            began = time.perf_counter()
            result = function(*args, **options)
            took[name] += time.perf_counter() - began
            return result

        return measured

    began = time.perf_counter()
    for path in paths:
        for _ in open_pages(path):
            pass
    decoding = time.perf_counter() - began
    used = vars(reading)
    original = used["find_digits"]
    used["find_digits"] = timed("detection", original)
    model = _reader.model
    object.__setattr__(model, "run", timed("classification", model.run))  # frozen, and of this process alone
    options, rows = Options({}), []
    began = time.perf_counter()
    for path in paths:
        rows += [page_row(Item(path), n, page, "") for n, page in enumerate(_reader.pages(path, **options.reading))]
    whole = time.perf_counter() - began
    used["find_digits"] = original
    table(rows[:1])  # the first takes a second
    began = time.perf_counter()
    table(rows)
    writing = time.perf_counter() - began
    total = whole + writing
    parts = {"decoding": decoding, **took, "writing": writing}
    parts["between"] = total - sum(parts.values())
    return {
        **{name: round(seconds / total, 3) for name, seconds in parts.items()},
        "decoding_alone_per_s": round(len(paths) / decoding, 1),
    }


def measured(kind: str, count: int, runs: int, ray: bool) -> dict[str, Any]:
    """All ways of reading one kind of image, by turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_images(folder, kind, count)
        ways: dict[str, Callable[[], float]] = {
            "batch": lambda: batch(folder),
            "loop, held": lambda: loop(paths, "held"),
            "loop, free": lambda: loop(paths, "free"),
            "pool": lambda: pool(paths),
        }
        if ray:
            ways["ray"] = lambda: batch(folder, "ray")
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(runs):
            for way, run in ways.items():
                seconds[way].append(run())
        rates = {way: round(count / float(np.median(times)), 2) for way, times in seconds.items()}
        if kind == "cell" and shutil.which("tesseract"):
            some = paths[: max(1, count // 20)]
            rates["tesseract"] = round(len(some) / tesseract(some), 2)
        ratios = {f"batch / {way}": round(rates["batch"] / rate, 2) for way, rate in rates.items() if way != "batch"}
        return {
            "images": count,
            "per_second": rates,
            "ratios": ratios,
            "spread": {way: spread(times) for way, times in seconds.items()},
            "shares": shares(paths[: max(1, min(count, 300))]),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--images", type=int, nargs=3, default=(40_000, 2_000, 100), metavar=("GLYPHS", "CELLS", "PAGES")
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ray", action="store_true", help="also by Ray, which must be installed")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    for kind, count in zip(KINDS, args.images, strict=True):
        figures[kind] = row = measured(kind, count, args.runs, args.ray)
        rates = ", ".join(f"{way} {rate:,}/s" for way, rate in row["per_second"].items())
        print(f"{kind} ({count:,}): {rates}; load {os.getloadavg()[0]:.1f}", flush=True)
        print(f"    {row['ratios']}\n    {row['shares']}", flush=True)
    if args.save:
        save("batch", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
