"""How fast `read` is, and how much memory it takes: python benchmarks/reading_speed.py [--save]

Cold: `digitscope read one.png` as a process of its own. Warm: a 12-megapixel photo, with the peak of a process that
reads only it, and a page of 200 digits. Goals: 0.5 s, 250 ms and 300 MB, 150 ms.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from digitscope.synthesis.pages import make_page
from measured import READS_PAGES, save

PHOTO = ("tilt", "light", "noise")
WARM = """
import json, re, resource, sys, time
from pathlib import Path
from digitscope.reading.reader import Recognizer
reader = Recognizer()
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    reading = reader.read(sys.argv[1])
    times.append(time.perf_counter() - start)
status = Path("/proc/self/status")  # getrusage would count the parent's memory too, from before exec
if status.exists():
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"times": times, "peak": peak, "digits": len(reading.digits)}))
"""


def spread(times: list[float]) -> dict[str, Any]:
    return {"median_s": statistics.median(times), "min_s": min(times), "max_s": max(times), "n": len(times)}


def cold(path: Path, runs: int) -> dict[str, Any]:
    """The whole process, from its start to its end."""
    command = [str(Path(sys.executable).parent / "digitscope"), "read", str(path)]
    subprocess.run(command, check=True, capture_output=True)  # fills the file cache
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return spread(times)


def warm(path: Path, runs: int) -> dict[str, Any]:
    """The same file again and again in one process, the first time left out; and that process's peak memory."""
    command = [sys.executable, "-c", WARM, str(path), str(runs + 1)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {**spread(result["times"][1:]), "peak_mb": round(result["peak"] / 1e6), "digits_read": result["digits"]}


def written(folder: Path, name: str, **options: Any) -> Path:
    """A made page as a file."""
    path = folder / name
    cv2.imwrite(str(path), make_page("dev", 1, **options).image[..., ::-1])
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = written(folder, "one.png", text="7", paper="plain", height=100, degradations=())
        photo = written(
            folder,
            "photo.jpg",
            text="40312\n77 5\n98164",
            paper="plain",
            height=260,
            size=(4000, 3000),
            degradations=PHOTO,
        )
        rows = "\n".join(f"{n * 7919 % 10**5:05d} {n * 104729 % 10**5:05d}" for n in range(1, 21))
        page = written(folder, "page.png", text=rows, paper="plain", distance="normal", height=40, degradations=())
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "digitscope read one.png, cold": lambda: cold(one, args.runs),
            "12-megapixel photo, warm": lambda: warm(photo, args.runs),
            "page of 200 digits, warm": lambda: warm(page, args.runs),
        }
        figures = {}
        for title, measure in parts.items():
            figures[title] = row = measure()
            more = f", peak {row['peak_mb']} MB, {row['digits_read']} digits read" if "peak_mb" in row else ""
            print(
                f"{title:32} median {row['median_s']:.3f} s, {row['min_s']:.3f} to {row['max_s']:.3f}, "
                f"n = {row['n']}{more}",
                flush=True,
            )
    if args.save:
        save("reading_speed", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
