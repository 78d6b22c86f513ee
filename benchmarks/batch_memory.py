"""How much memory a batch takes, few images or many: python benchmarks/batch_memory.py [--images 5000 200000] [--save]

Digits of MNIST's last 5,000 training images as 28×28 PNGs in one folder (links to 5,000 files), read by two processes.
For each number of images, the highest sum of all processes' own memory (proportional set size), looked at every half
second, and the main process's highest. Goal: with 200,000 at most 1.1 times what it is with 5,000.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

from digitscope.mnist import load_mnist
from measured import READS_PAGES, save

PROGRAM = """
import sys
from digitscope.batch import read_into
if __name__ == "__main__":
    read_into(sys.argv[1], [sys.argv[2]], jobs=2)
"""


def write_images(folder: Path, kept: Path, count: int) -> None:
    """So many PNGs in one folder, hard links to those in `kept`."""
    images = load_mnist().held_out.images
    for number in range(count):
        original = kept / f"{number % len(images)}.png"
        if not original.exists():
            cv2.imwrite(str(original), images[number % len(images)])
        os.link(original, folder / f"{number}.png")


def memory(process: int) -> int:
    """Bytes of memory of one process, shared pages by parts; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def peaks(count: int) -> dict[str, float]:
    """The highest memory of a batch of so many images, in megabytes, and its seconds."""
    with tempfile.TemporaryDirectory() as name:
        scans, kept = Path(name) / "scans", Path(name) / "kept"
        scans.mkdir()
        kept.mkdir()
        write_images(scans, kept, count)
        began, every, main_process = time.perf_counter(), 0, 0
        running = subprocess.Popen([sys.executable, "-c", PROGRAM, f"{name}/out", str(scans)])
        while running.poll() is None:
            own = memory(running.pid)
            every = max(every, own + sum(map(memory, children(running.pid))))
            main_process = max(main_process, own)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.5)
        if running.returncode:
            raise SystemExit(f"The batch failed. Expected status 0. Received: status={running.returncode}")
        seconds = time.perf_counter() - began
    return {"mb": round(every / 1e6, 1), "main_mb": round(main_process / 1e6, 1), "seconds": round(seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[5_000, 200_000])
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures = {}
    for count in args.images:
        figures[f"{count}"] = row = peaks(count)
        print(
            f"{count:,} images: {row['mb']:.0f} MB, main process {row['main_mb']:.0f} MB, {row['seconds']:.0f} s",
            flush=True,
        )
    first, last = (figures[f"{args.images[k]}"]["mb"] for k in (0, -1))
    print(f"ratio {last / first:.3f}")
    if args.save:
        save("batch_memory", {**figures, "ratio": round(last / first, 3)}, weights=READS_PAGES)


if __name__ == "__main__":
    main()
