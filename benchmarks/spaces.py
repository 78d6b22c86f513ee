"""How often the numbers of a row are parted as they were written: by spaces, and by a point, comma, slash or dash.

    python benchmarks/spaces.py            dev digits, 200 rows a line
    python benchmarks/spaces.py --n 50

Rows are written with MNIST's own digits on light grey paper. Gaps between digits and between numbers are in digit
heights and differ from row to row, as one hand's spaces are another's gaps; in a row of cells the digits' centres are
evenly spaced. Two shares are printed: rows whose text is exactly the truth, and the same among rows whose digits are.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np

from conditions import Picture, develop, draw, reader
from digitscope.arrays import BoxLTRB, Floats
from digitscope.statistics import share

HEIGHT = 60.0  # pixels of a digit
SIGNS = ".,/-"


class Written(NamedTuple):
    """A row's ink, float32 [H, W] of 0…1, its text as it should be read, and its digits' boxes."""

    ink: Floats
    text: str
    boxes_ltrb: list[BoxLTRB]


class Spacing(NamedTuple):
    """How far apart a hand writes, in digit heights: from row to row, the usual gap and how much wider a space is."""

    gap: tuple[float, float]
    wider: tuple[float, float]


SPACINGS = {
    "touching": Spacing((-0.06, 0.04), (0.4, 0.9)),
    "narrow": Spacing((0.05, 0.2), (0.4, 0.9)),
    "normal": Spacing((0.2, 0.45), (0.5, 1.2)),
    "wide": Spacing((0.5, 0.9), (0.8, 1.6)),
}
PITCH = (1.1, 2.2)  # digit heights from cell to cell


def numbers(rng: np.random.Generator, count: int) -> list[str]:
    """So many numbers of one to four digits, of which one at least has two."""
    lengths = rng.integers(1, 5, count)
    lengths[rng.integers(count)] = rng.integers(2, 5)
    return ["".join(map(str, rng.integers(0, 10, length))) for length in lengths]


def write(rng: np.random.Generator, split: str, condition: str) -> Written:
    """A row as its condition says: "normal", "normal, one number", "cells", or "normal, -" with a sign between."""
    spacing, _, rest = condition.partition(", ")
    sign = rest if rest in SIGNS else ""
    one = rest == "one number" or spacing == "cells"
    parts = [str(n) for n in numbers(rng, 1 if one else 2 if sign else int(rng.integers(2, 4)))]
    if one:
        parts = ["".join(map(str, rng.integers(0, 10, rng.integers(3, 9))))]
    gap, wider = (rng.uniform(*span) for span in SPACINGS.get(spacing, SPACINGS["normal"]))
    pitch = rng.uniform(*PITCH)
    glyphs: list[tuple[Floats, float]] = []  # ink and its left side
    marks: list[tuple[float, float]] = []  # where a sign goes: from, to
    labels = []
    end = centre = 0.0
    for part in parts:
        for place in range(len(part)):
            ink, label = draw(rng, split, height=HEIGHT * rng.uniform(0.85, 1.05), margin=0)
            width = ink.shape[1] / HEIGHT
            if spacing == "cells":
                left = centre + rng.normal(0, 0.06) - width / 2
                centre += pitch
            elif not glyphs:
                left = 0.0
            elif place:
                left = end + gap * rng.uniform(0.6, 1.4) + rng.normal(0, 0.03)
            elif sign:
                left = end + gap * rng.uniform(0.6, 1.4) + {".": 0.15, ",": 0.2, "/": 0.45, "-": 0.45}[sign]
                marks.append((end, left))
            else:
                left = end + gap + wider * rng.uniform(0.8, 1.2)
            glyphs.append((ink, left))
            labels.append(label)
            end = left + width
    first = min(left for _, left in glyphs)
    canvas = np.zeros((round(2.4 * HEIGHT), round((end - first + 0.4) * HEIGHT)), np.float32)
    boxes = []
    for ink, left in glyphs:
        x, y = round((left - first + 0.2) * HEIGHT), round(1.7 * HEIGHT - len(ink) + rng.normal(0, 0.04) * HEIGHT)
        room = canvas[y : y + len(ink), x : x + ink.shape[1]]
        np.maximum(room, ink[: room.shape[0], : room.shape[1]], out=room)
        boxes.append((float(x), float(y), float(x + ink.shape[1]), float(y + len(ink))))
    for start, stop in marks:
        put_sign(canvas, sign, (start - first + 0.2) * HEIGHT, (stop - first + 0.2) * HEIGHT, rng)
    text, read = "", iter(labels)
    for part in parts:
        text += " " * bool(text) + "".join(next(read) for _ in part)
    return Written(canvas, text, boxes)


def put_sign(canvas: Floats, sign: str, left: float, right: float, rng: np.random.Generator) -> None:
    """Draw a sign between two digits whose baseline is at 1.7 digit heights."""
    base, middle = 1.7 * HEIGHT, (left + right) / 2
    pen = max(2, round(rng.uniform(0.07, 0.12) * HEIGHT))
    wide, tall = {
        ".": (rng.uniform(0, 0.03), rng.uniform(0, 0.03)),
        ",": (-rng.uniform(0.03, 0.1), rng.uniform(0.12, 0.25)),
        "/": (-rng.uniform(0.2, 0.35), rng.uniform(0.9, 1.2)),
        "-": (rng.uniform(0.2, 0.35), rng.uniform(-0.04, 0.04)),
    }[sign]
    top = {".": base - pen / 2, ",": base - 0.05 * HEIGHT, "/": base - 1.05 * HEIGHT, "-": base - 0.5 * HEIGHT}[sign]
    a = (middle - wide / 2 * HEIGHT, top)
    b = (middle + wide / 2 * HEIGHT, top + tall * HEIGHT)
    ends = [tuple(round(16 * value) for value in end) for end in (a, b)]
    cv2.line(canvas, ends[0], ends[1], 1.0, pen, cv2.LINE_AA, 4)


def picture(rng: np.random.Generator, split: str, condition: str) -> Picture:
    """A row of its condition on paper."""
    written = write(rng, split, condition)
    return Picture(develop(np.pad(written.ink, round(HEIGHT)), rng, noise=float(rng.uniform(1, 6))), written.text)


def conditions() -> list[str]:
    """Every line of the table."""
    return [
        *SPACINGS,
        *(f"{name}, one number" for name in SPACINGS),
        "cells",
        *(f"{name}, {sign}" for sign in SIGNS for name in ("narrow", "normal")),
    ]


def right(condition: str, split: str, numbers: range) -> tuple[int, int, int]:
    """Of these rows: how many are read exactly, how many with the right digits, and how many there are."""
    cv2.setNumThreads(1)
    exact = digits = 0
    for number in numbers:
        made = picture(np.random.default_rng([conditions().index(condition), number]), split, condition)
        read = reader().read(made.image).text
        exact += read == made.text
        digits += read.replace(" ", "") == made.text.replace(" ", "")
    return exact, digits, len(numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--only", nargs="*", choices=conditions(), default=conditions())
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    totals = np.zeros(3, int)
    with ProcessPoolExecutor(args.jobs) as workers:
        asked = {name: workers.submit(right, name, args.split, range(args.n)) for name in args.only}
        for name, task in asked.items():
            exact, digits, n = task.result()
            outcome = share(exact, n)
            print(
                f"{name:20} rows right {exact / n:6.1%} ({outcome.low:.1%}–{outcome.high:.1%}), "
                f"of {digits} with the right digits {exact / max(digits, 1):6.1%}",
                flush=True,
            )
            totals += exact, digits, n
    exact, digits, n = totals.tolist()
    print(f"{'all':20} rows right {exact / n:6.1%}, of {digits} with the right digits {exact / max(digits, 1):6.1%}")


if __name__ == "__main__":
    main()
