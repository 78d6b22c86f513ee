"""Pages any way up: digits read right on turned and tilted pages, and upright pages turned by mistake.

    python benchmarks/orientation.py --pages 300 --jobs 2            dev pages with at least 5 digits
    python benchmarks/orientation.py --pages 300 --jobs 2 --save

Each made page is read upright, turned by 90, 180 and 270 degrees, and tilted. Right is a digit that is read as what was
written there, at its place on the upright page. A page is turned wrongly if its `rotation` is not what undoes the turn.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import cv2
import numpy as np

from digitscope import models
from digitscope.arrays import Doubles
from digitscope.reading.io.images import PageImage
from digitscope.reading.reader import Recognizer
from digitscope.reading.view import View
from digitscope.statistics import share
from digitscope.synthesis.pages import Page, make_page
from measured import READS_PAGES, save
from scoring import match

ROTATIONS = (0, 90, 180, 270)
TILTS = (-30, -20, -12, 12, 20, 30)
MIN_DIGITS = 5
FIRST_SEED = 40_000  # thresholds were chosen on seeds below


@dataclass(frozen=True)
class Outcome:
    """What became of one page, turned clockwise by `turn` degrees."""

    turn: int
    placed: int
    right: int
    rotation: int
    tilt: float


def outcomes(split: str, seed: int, turns: tuple[int, ...], least: int, rotate: str) -> list[Outcome]:
    """One page, turned by each of these; none where it has fewer digits than `least`."""
    page = make_page(split, seed)
    if len(page.digits) < least:
        return []
    return [outcome(page, turn, rotate) for turn in turns]


def outcome(page: Page, turn: int, rotate: str) -> Outcome:
    """One page turned, read, and its boxes compared on the upright page."""
    view = View.of(PageImage(page.image, page.image.shape[1::-1]))
    view = view.turned(turn) if turn in ROTATIONS else view.straightened(turn)
    read = READER.read(view.pixels, rotate="auto" if rotate == "auto" else 0).pages[0]
    boxes = [box_on(view, np.array(digit.polygon)) for digit in read.glyphs]
    pairs = match([digit.box for digit in page.digits], boxes)
    right = sum(read.glyphs[g].value == page.digits[d].value and read.glyphs[g].accepted for d, g in pairs.items())
    return Outcome(turn, len(page.digits), right, read.rotation, read.tilt)


def box_on(view: View, polygon: Doubles) -> tuple[int, int, int, int]:
    """The box, on the page that was turned, of what was read on the turned one."""
    x, y, w, h = cv2.boundingRect(view.on_page(polygon).astype(np.float32))
    return x, y, w, h


READER: Recognizer  # of each process


def start() -> None:
    """The start of each process: one thread, and a reader."""
    global READER
    cv2.setNumThreads(1)
    models.set_threads(1)
    READER = Recognizer()


def measure(split: str, pages: int, *, least: int, tilts: bool, jobs: int, rotate: str) -> dict[str, Any]:
    """The figures of the first so many pages with enough digits."""
    turns = (*ROTATIONS, *(TILTS if tilts else ()))
    found: list[Outcome] = []
    count = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=start) as workers:
        seeds = range(FIRST_SEED, FIRST_SEED + 2 * pages)
        n = len(seeds)
        for one in workers.map(outcomes, [split] * n, seeds, [turns] * n, [least] * n, [rotate] * n):
            if one and count < pages:
                found += one
                count += 1
    figures: dict[str, Any] = {"split": split, "pages": count, "least_digits": least}
    upright = sum(o.right for o in found if o.turn == 0)
    for turn in turns:
        of_turn = [o for o in found if o.turn == turn]
        right, placed = sum(o.right for o in of_turn), sum(o.placed for o in of_turn)
        expected = -turn % 360 if turn in ROTATIONS else 0
        wrong = sum(o.rotation != expected for o in of_turn)
        interval = share(wrong, len(of_turn))
        figures[str(turn)] = row = {
            "digits": placed,
            "right": round(right / placed, 4),
            "of_upright": round(right / upright, 4),
            "turned_wrongly": wrong,
            "interval": [round(interval.low, 5), round(interval.high, 5)],
            "straightened": sum(o.tilt != 0 for o in of_turn),
            "n": len(of_turn),
        }
        print(f"{turn:4}°  " + "  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--least", type=int, default=MIN_DIGITS, help="digits on a page")
    parser.add_argument("--no-tilts", action="store_true")
    parser.add_argument("--rotate", choices=("auto", "0"), default="auto")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures = measure(
        args.split, args.pages, least=args.least, tilts=not args.no_tilts, jobs=args.jobs, rotate=args.rotate
    )
    if args.save:
        save("orientation" if args.split == "test" else "orientation-dev", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
