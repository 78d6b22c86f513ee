"""How fast one call reads many small files: python benchmarks/many_files.py [--files 2000] [--jobs 1 2] [--save]

The digits of MNIST's last 5,000 training images as PNGs, 28 to 100 pixels wide, half of them dark on light, in one
folder; `digitscope read FOLDER` as a process of its own, start and loading included. Goal: 2,000 in 12 s on two cores.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digitscope.mnist import load_mnist
from measured import READS_PAGES, save
from reading_speed import spread


def write_images(folder: Path, count: int) -> list[int]:
    """PNGs 0.png, 1.png, ...; returns their digits."""
    held_out = load_mnist().held_out
    random = np.random.default_rng(0)
    for n in range(count):
        side = int(random.integers(28, 101))
        image = cv2.resize(held_out.images[n], (side, side), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{n}.png"), 255 - image if n % 2 else image)
    return [int(label) for label in held_out.labels[:count]]


def timed(folder: Path, jobs: int | None) -> tuple[float, float, list[str]]:
    """Seconds and seconds of processor time of one call, and the text it read in each file."""
    command = [str(Path(sys.executable).parent / "digitscope"), "read", str(folder)]
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command + (["--jobs", str(jobs)] if jobs else []), capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used, [line.rpartition(": ")[2] for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--jobs", type=int, nargs="+", help="processes; by default as many as the command takes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        labels = write_images(Path(name), args.files)
        for jobs in args.jobs or [None]:
            runs = [timed(Path(name), jobs) for _ in range(args.runs)]
            right = sum(text == str(label) for text, label in zip(runs[0][2], labels, strict=True))
            title = f"{args.files:,} small PNGs, {f'--jobs {jobs}' if jobs else 'one call'}"
            row = {
                **spread([seconds for seconds, _, _ in runs]),
                "cores": round(sum(used for _, used, _ in runs) / sum(seconds for seconds, _, _ in runs), 2),
                "right": round(right / args.files, 4),
            }
            figures[title] = row
            print(
                f"{title}: median {row['median_s']:.1f} s, {row['min_s']:.1f} to {row['max_s']:.1f}, n = {row['n']}; "
                f"{row['cores']} cores; {row['right']:.2%} right; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    if args.save:
        save("many_files", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
