"""How much memory a long PDF takes: python benchmarks/long_documents.py [--pages 300] [--save]

Peak memory of a process that reads one A4 page at 200 dpi, the largest over the pages that are made, and of one that
reads many, through `digitscope read` and through `Recognizer.read`. Goal: 300 pages take at most 100 MB more than one.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from digitscope.synthesis.pages import make_page
from measured import READS_PAGES, save

A4 = (1654, 2339)  # pixels at 200 dpi
DIFFERENT = 4  # pages that are made; the document repeats them
ROWS = "\n".join(f"{n * 7919 % 10**5:05d}" for n in range(1, 6))
HEIGHT = 120  # pixels of a digit
GOAL_MB = 100
MEASURE = """
import re, resource, sys
from pathlib import Path
way, path = sys.argv[1:]
if way == "Recognizer.read":
    from digitscope.reading.reader import Recognizer
    print(Recognizer().read(path).text)
else:
    from digitscope.cli import main
    sys.argv = ["digitscope", "read", path]
    try:
        main()
    except SystemExit as end:
        assert not end.code
status = Path("/proc/self/status")  # getrusage would count the parent's memory too, from before exec
if status.exists():
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak, file=sys.stderr)
"""
WAYS = ("digitscope read", "Recognizer.read")


def make_pdf(path: Path, images: list[Image.Image], pages: int) -> Path:
    """A PDF of A4 pages, the images in turn."""
    repeated = [images[n % len(images)] for n in range(pages)]
    repeated[0].save(path, "PDF", save_all=True, append_images=repeated[1:], resolution=200.0, quality=85)
    return path


def peak_mb(way: str, path: Path) -> tuple[float, int]:
    """The peak memory of a process that reads the file, and how many digits it read."""
    done = subprocess.run([sys.executable, "-c", MEASURE, way, str(path)], capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1]) / 1e6, sum(character.isdecimal() for character in done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    made = [make_page("dev", seed, text=ROWS, paper="plain", size=A4, height=HEIGHT).image for seed in range(DIFFERENT)]
    images = [Image.fromarray(image) for image in made]
    figures: dict[str, Any] = {"pages": args.pages, "goal_mb": GOAL_MB}
    with tempfile.TemporaryDirectory() as folder:
        ones = [make_pdf(Path(folder) / f"page-{n}.pdf", [image], 1) for n, image in enumerate(images)]
        many = make_pdf(Path(folder) / "all.pdf", images, args.pages)
        for way in WAYS:
            small = max(peak_mb(way, one)[0] for one in ones)
            large, digits = peak_mb(way, many)
            figures[way] = {
                "one_page_mb": round(small),
                "peak_mb": round(large),
                "more_mb": round(large - small),
                "digits_read": digits,
            }
            print(
                f"{way:24} 1 page {small:4.0f} MB; {args.pages} pages {large:4.0f} MB, {digits} digits: "
                f"{large - small:+.0f} MB (goal: at most {GOAL_MB})",
                flush=True,
            )
    if args.save:
        save("long_documents", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
