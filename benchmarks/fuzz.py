"""Mutated images of every format against `read`: python benchmarks/fuzz.py [--count 100000] [--save]

Each must end in a Reading or an ImageError. Child processes take a thousand each, so that a crash in native code, a
hang or an exceeded memory limit is detected with its seed: `--seed N --count 1` repeats that one.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image as PilImage

from digitscope.errors import ImageError
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.pages import make_page
from measured import READS_PAGES, save

CHUNK = 1000
SECONDS_EACH = 10.0  # an image that takes longer counts as a hang
MEMORY = 3_000_000_000  # bytes that a child's address space may grow
MAX_PIXELS = 4_000_000


def originals() -> list[bytes]:
    """Small valid files with digits, in every format and most colour modes."""
    page = PilImage.fromarray(make_page("dev", 5, text="47\n1", paper="plain", height=20, degradations=()).image)
    grey, other = page.convert("L"), page.rotate(180)
    alpha = page.copy()
    alpha.putalpha(grey)
    exif = PilImage.Exif()
    exif[0x0112] = 6
    deep = PilImage.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    variants: list[tuple[PilImage.Image, str, dict[str, Any]]] = [
        (page, "JPEG", {"exif": exif}),
        (page, "JPEG", {"progressive": True, "quality": 60}),
        (page.convert("CMYK"), "JPEG", {}),
        (page, "PNG", {}),
        (grey, "PNG", {"bits": 4}),
        (deep, "PNG", {}),
        (alpha, "PNG", {}),
        (page.quantize(16), "PNG", {"transparency": 0}),
        (grey, "GIF", {"save_all": True, "append_images": [other.convert("L")]}),
        (page, "BMP", {}),
        (page, "PPM", {}),
        (page, "TIFF", {"save_all": True, "append_images": [other]}),
        (grey, "TIFF", {"compression": "tiff_lzw"}),
        (grey.convert("1"), "TIFF", {"compression": "group4"}),
        (page, "WEBP", {}),
        (page, "WEBP", {"lossless": True, "save_all": True, "append_images": [other]}),
        (page, "PDF", {}),
    ]
    files = []
    for image, kind, options in variants:
        file = io.BytesIO()
        image.save(file, kind, **options)
        files.append(file.getvalue())
    file = io.BytesIO()
    pillow_heif.from_pillow(page).save(file, quality=60)
    return [*files, file.getvalue()]


def mutated(files: list[bytes], rng: np.random.Generator) -> bytes:
    """One of the files with one to four random mutations."""
    data = bytearray(files[rng.integers(len(files))])
    for _ in range(int(rng.integers(1, 5))):
        # Half of the mutations hit the first 200 bytes, where the headers are.
        at = int(rng.integers(0, max(1, len(data) if rng.random() < 0.5 else min(len(data), 200))))
        EDITS[rng.integers(len(EDITS))](data, at, rng, files)
    return bytes(data)


def flip(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    if data:
        data[min(at, len(data) - 1)] ^= 1 << int(rng.integers(8))


def overwrite(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    data[at : at + 8] = rng.bytes(int(rng.integers(1, 9)))


def extreme(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    """A boundary value that headers may not expect: 0, 1, the largest, the most negative."""
    value = (b"\0\0\0\0", b"\0\0\0\1", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\xff\xff")
    size = int(rng.choice([1, 2, 4]))
    data[at : at + size] = value[rng.integers(len(value))][-size:][:: int(rng.choice([1, -1]))]


def cut(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    del data[at:]


def remove(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    del data[at : at + int(rng.integers(1, 64))]


def repeat(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    part = data[at : at + int(rng.integers(1, 256))]
    data[at:at] = part * int(rng.integers(1, 4))


def splice(data: bytearray, at: int, rng: np.random.Generator, files: list[bytes]) -> None:
    other = files[rng.integers(len(files))]
    data[at:] = other[int(rng.integers(0, len(other))) :]


Edit = Callable[[bytearray, int, np.random.Generator, list[bytes]], None]
EDITS: tuple[Edit, ...] = (flip, flip, flip, overwrite, extreme, extreme, cut, remove, repeat, splice)


def child(first: int, count: int) -> None:
    """Try `count` files: print each seed to stderr before it, and the outcomes at the end."""
    files, reader = originals(), Recognizer()
    reader.read(files[0])
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    outcomes: Counter[str] = Counter()
    slowest, slowest_seed = 0.0, first
    for seed in range(first, first + count):
        print(seed, file=sys.stderr, flush=True)
        data = mutated(files, np.random.default_rng(seed))
        start = time.perf_counter()
        try:
            reader.read(data, max_pixels=MAX_PIXELS)
            outcomes["read"] += 1
        except ImageError:
            outcomes["refused"] += 1
        took = time.perf_counter() - start
        if took > slowest:
            slowest, slowest_seed = took, seed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**outcomes, "slowest_s": slowest, "slowest_seed": slowest_seed, "peak_kb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.seed, args.count)
        return
    totals: Counter[str] = Counter()
    slowest, peak, failures = 0.0, 0, []
    for first in range(args.seed, args.seed + args.count, CHUNK):
        count = min(CHUNK, args.seed + args.count - first)
        command = [sys.executable, __file__, "--child", "--seed", str(first), "--count", str(count)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60 + count * 0.5)
            result = json.loads(done.stdout) if done.returncode == 0 else {}
            last = done.stderr
        except subprocess.TimeoutExpired as error:
            result, last = {}, (error.stderr or b"").decode()
        if not result or result["slowest_s"] > SECONDS_EACH:
            failures.append(result.get("slowest_seed") or last[-2000:])
            print("FAILED:", failures[-1])
            continue
        totals += Counter({key: result.get(key, 0) for key in ("read", "refused")})
        slowest, peak = max(slowest, result["slowest_s"]), max(peak, result["peak_kb"])
        print(f"{first + count - args.seed:7} tried: {dict(totals)}, slowest {slowest:.2f} s, peak {peak / 1e3:.0f} MB")
    if args.save:
        tried = sum(totals.values())
        save(
            "fuzz",
            {"n": tried, **totals, "failures": failures, "slowest_s": slowest, "peak_mb": peak / 1e3},
            weights=READS_PAGES,
        )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
