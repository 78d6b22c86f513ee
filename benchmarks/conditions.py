"""How reading holds as one condition at a time gets harder: margin, size, pen, turn, contrast, noise, blur, light, ...

    python benchmarks/conditions.py                     dev digits, 100 a cell, both cores
    python benchmarks/conditions.py --only margin pen   some conditions
    python benchmarks/conditions.py --split test --n 1000 --save     the published curves

A cell is one digit 200 pixels tall with MNIST's own pen on light grey paper and a margin of its height, unless its
condition says otherwise. The figure is the share of pictures whose text is exactly the truth; of rows, the share of
digits by edit distance; of empty pages, the share on which nothing is read. Each of these takes a second, so there is
a tenth as many.
"""

import argparse
import functools
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.arrays import Floats, Image
from digitscope.reading.reader import Recognizer
from digitscope.synthesis import pages
from digitscope.synthesis.pages import paper, pens, strokes
from measured import READS_PAGES, save
from scoring import answers, calibration_error, wilson

HEIGHT = 200  # pixels of a digit's longer side
PAPER, INK = 228.0, 45.0  # grey levels
EXTREME = {"height": ("9",), "turned": ("30",), "gap": ("-0.04", "-0.1", "-0.16")}  # cells that may fail
EMPTY = "empty"  # the condition of pages without a digit
CHUNK = 25  # pictures a worker reads at a time


class Picture(NamedTuple):
    """One made picture, uint8 [H, W], and what is written on it."""

    image: Image
    text: str


@functools.cache
def pool(split: str) -> tuple[Image, Image]:
    """The digits of a split and their labels."""
    return pages.pool(split)


def draw(
    rng: np.random.Generator,
    split: str,
    *,
    height: float = HEIGHT,
    pen: float | None = None,
    turn: float = 0.0,
    perspective: float = 0.0,
    margin: float = 1.0,
) -> tuple[Floats, str]:
    """One digit's ink, float32 [H, W] of 0…1, cut at a margin around it, and its label.

    `pen` is the stroke's width and `margin` the free paper, both in digit heights; `turn` is in degrees;
    `perspective` is how much the side that is farther away shrinks.
    """
    images, labels = pool(split)
    index = int(rng.integers(len(labels)))
    fields = strokes.outlines if pen is None else strokes.centre_lines
    field = fields(images[index : index + 1])[0]
    scale = height / (strokes.BOX * strokes.FINE)
    side = strokes.TILE * scale * 1.5
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    seen = corners.copy()
    if perspective:
        far = [k := int(rng.integers(4)), (k + 1) % 4]
        seen[far] += perspective * (seen[far].mean(axis=0) - seen[far])
    tilt = cv2.getPerspectiveTransform(corners * strokes.TILE, seen * strokes.TILE)
    angle = np.radians(rng.choice([-turn, turn]))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    middle = side / 2 - np.array([[cos, -sin], [sin, cos]]) @ np.full(2, strokes.TILE / 2)
    to_image = np.array([[cos, -sin, middle[0]], [sin, cos, middle[1]], [0, 0, 1]]) @ tilt
    ink = np.zeros((round(side), round(side)), np.float32)
    pens.draw(ink, field, 0.0 if pen is None else pen * strokes.BOX / 2, to_image, filled=pen is None)
    x, y, w, h = cv2.boundingRect((ink > 0.5).view(np.uint8))
    ink = ink[y : y + h, x : x + w]
    around = round(margin * height)
    return np.pad(ink, around), str(labels[index])


def develop(ink: Floats, rng: np.random.Generator, *, light: Floats | float = 1.0, contrast: float = PAPER - INK,
            blur: float = 0.0, noise: float = 1.5, jpeg: int = 0, inverted: bool = False) -> Image:  # fmt: skip
    """Ink on paper as a camera sees it, uint8 [H, W]."""
    levels = (PAPER - contrast * ink) * light
    if inverted:
        levels = 255 - levels
    if blur:
        levels = cv2.GaussianBlur(levels, (0, 0), blur)
    image = np.clip(levels + rng.normal(0, noise, ink.shape), 0, 255).astype(np.uint8)
    if jpeg:
        image = np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], 0), np.uint8)
    return image


def one(rng: np.random.Generator, split: str, drawing: dict[str, Any], developing: dict[str, Any]) -> Picture:
    """A picture of one digit."""
    ink, text = draw(rng, split, **drawing)
    return Picture(develop(ink, rng, **developing), text)


def shadowed(rng: np.random.Generator, split: str, level: float) -> Picture:
    """One digit, across which the hard edge of a shadow runs."""
    ink, text = draw(rng, split)
    return Picture(develop(ink, rng, light=edge(ink.shape, rng, level, softness=2.0)), text)


def edge(shape: tuple[int, int], rng: np.random.Generator, level: float, *, softness: float) -> Floats:
    """1 on one side of a straight line through the middle half, `level` on the other: float32 [H, W]."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.2) * min(shape)
    across = (x - shape[1] / 2) * np.cos(angle) + (y - shape[0] / 2) * np.sin(angle) - offset
    return np.asarray(level + (1 - level) / (1 + np.exp(np.clip(-across / softness, -30, 30))), np.float32)


def beside(rng: np.random.Generator, split: str, gap: float) -> Picture:
    """Two digits whose ink, where it comes nearest, is `gap` digit heights apart (below 0: it overlaps)."""
    (a, first), (b, second) = (draw(rng, split, margin=0) for _ in range(2))
    rows = max(len(a), len(b))
    a, b = (np.pad(k, ((rows - len(k), 0), (0, 0))) for k in (a, b))
    right = np.where((a > 0.5).any(1), a.shape[1] - (a[:, ::-1] > 0.5).argmax(1), -np.inf)
    left = np.where((b > 0.5).any(1), (b > 0.5).argmax(1), np.inf)
    nearest = float((right - left).max())
    start = round((nearest if np.isfinite(nearest) else a.shape[1]) + gap * HEIGHT)
    start = max(start, a.shape[1] // 4)
    both = np.zeros((rows, max(a.shape[1], start + b.shape[1])), np.float32)
    both[:, : a.shape[1]] = a
    np.maximum(both[:, start : start + b.shape[1]], b, out=both[:, start : start + b.shape[1]])
    return Picture(develop(np.pad(both, HEIGHT // 2), rng), first + second)


def rows(rng: np.random.Generator, split: str, wide: int) -> Picture:
    """A page 1,200 pixels wide with two rows of so many digits."""
    height = 1200 / (wide + 1) / 1.1
    page = np.zeros((round(5 * height), 1200), np.float32)
    lines = []
    for row in range(2):
        text, x = "", 0.6 * height
        for _ in range(wide):
            ink, label = draw(rng, split, height=height * rng.uniform(0.9, 1.0), margin=0)
            top = round((2 * row + 1.8) * height - len(ink))
            part = page[top : top + len(ink), round(x) : round(x) + ink.shape[1]]
            np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)
            x += 1.1 * height if ink.shape[1] < height else ink.shape[1] + 0.1 * height
            text += label
        lines.append(text)
    return Picture(develop(page, rng), "\n".join(lines))


def empty(rng: np.random.Generator, split: str, kind: str) -> Picture:
    """A page without a digit."""
    h, w = (int(side) for side in rng.integers(300, 1400, 2))
    light = np.ones((h, w), np.float32)
    if kind == "shadow":
        light = edge((h, w), rng, rng.uniform(0.4, 0.8), softness=float(np.exp(rng.uniform(0, 3))))
    elif kind == "table":
        sheet = cv2.fillConvexPoly(np.zeros((h, w), np.float32), corners(rng, w, h), 1.0, cv2.LINE_AA)
        light = np.float32(rng.uniform(0.2, 0.7)) * (1 - sheet) + sheet
    elif kind == "creased":
        for _ in range(int(rng.integers(1, 4))):
            fold = edge((h, w), rng, rng.uniform(0.85, 0.97), softness=float(rng.uniform(5, 60)))
            light *= fold * (1 - 0.15 * np.exp(-(((fold - fold.mean()) / 0.02) ** 2))).astype(np.float32)
    ink = np.zeros((h, w), np.float32)
    if kind in ("ruled", "squared"):
        pitch, width, level = rng.uniform(18, 70), int(rng.integers(1, 4)), float(rng.uniform(0.2, 0.8))
        for y in np.arange(rng.uniform(0, pitch), h, pitch):
            cv2.line(ink, (0, round(y)), (w, round(y)), level, width, cv2.LINE_AA)
        for x in np.arange(rng.uniform(0, pitch), w, pitch) if kind == "squared" else ():
            cv2.line(ink, (round(x), 0), (round(x), h), level, width, cv2.LINE_AA)
    light *= 1 + paper.grain((h, w), rng, strength=rng.uniform(0.002, 0.012), size=rng.uniform(0.5, 1.5))
    quality = int(rng.integers(10, 91))
    return Picture(develop(ink, rng, light=light, noise=float(rng.uniform(0, 6)), jpeg=quality), "")


def corners(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.int32]:
    """The corners of a sheet that nearly fills the picture, int32 [4, 2]."""
    inset = rng.uniform(0.04, 0.2, (4, 2)) * [width, height]
    outer = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    return np.rint(outer + inset * [[1, 1], [-1, 1], [-1, -1], [1, -1]]).astype(np.int32)


Maker = Callable[[np.random.Generator, str], Picture]


def conditions() -> dict[str, dict[str, Maker]]:
    """Each condition's cells, from easy to hard."""

    def drawn(name: str, values: Iterable[float], **developing: Any) -> dict[str, Maker]:
        return {f"{v:g}": lambda r, s, v=v: one(r, s, {name: v}, developing) for v in values}  # type: ignore[misc]

    def developed(name: str, values: Iterable[float]) -> dict[str, Maker]:
        return {f"{v:g}": lambda r, s, v=v: one(r, s, {}, {name: v}) for v in values}  # type: ignore[misc]

    def made(maker: Any, values: Iterable[Any]) -> dict[str, Maker]:
        return {str(v): lambda r, s, v=v: maker(r, s, v) for v in values}  # type: ignore[misc]

    return {
        "margin": drawn("margin", (1, 0.25, 0.1, 0.06, 0.03, 0)),
        "height": drawn("height", (900, 400, 100, 40, 20, 14, 12, 9)),
        "pen": drawn("pen", (0.08, 0.04, 0.02, 0.12, 0.2, 0.3)),
        "turned": drawn("turn", (5, 10, 15, 20, 30)),
        "perspective": drawn("perspective", (0.1, 0.2, 0.3, 0.4)),
        "contrast": developed("contrast", (80, 40, 20, 12)),
        "noise": developed("noise", (10, 20, 40)),
        "blur": developed("blur", (3, 6, 10, 14)),
        "jpeg": developed("jpeg", (30, 15, 8)),
        "shadow": made(shadowed, (0.7, 0.5, 0.3)),
        "light on dark": {"yes": lambda r, s: one(r, s, {}, {"inverted": True})},
        "page": made(rows, (5, 10, 18)),
        "gap": made(beside, (0.02, 0.0, -0.04, -0.1, -0.16)),
        EMPTY: made(empty, ("plain", "shadow", "table", "creased", "ruled", "squared")),
    }


def distance(read: str, truth: str) -> int:
    """The least number of insertions, deletions and substitutions between two strings (Levenshtein)."""
    row = list(range(len(truth) + 1))
    for i, a in enumerate(read, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(truth, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@functools.cache
def reader() -> Recognizer:
    """One a process."""
    return Recognizer()


def right(condition: str, cell: str, split: str, numbers: range) -> tuple[float, list[tuple[float, bool]]]:
    """How many of these pictures are read right, of rows the sum of their digits' shares; and `scoring.answers`."""
    name = list(conditions()).index(condition)
    total, answered = 0.0, []
    for number in numbers:
        place = list(conditions()[condition]).index(cell)
        picture = conditions()[condition][cell](np.random.default_rng([name, place, number]), split)
        reading = reader().read(picture.image)
        read = reading.text.replace(" ", "")
        answered += answers(reading, picture.text.replace("\n", ""))
        if condition == "page":
            total += 1 - min(1.0, distance(read, picture.text) / len(picture.text))
        else:
            total += read == picture.text
    return total, answered


def ordinary(figures: dict[str, Any]) -> list[float]:
    """The shares of all cells but those of empty pages and those that are harder than a reader must bear."""
    return [
        row["right"]
        for condition in conditions().keys() & figures.keys() - {EMPTY}
        for cell, row in figures[condition].items()
        if cell not in EXTREME.get(condition, ())
    ]


def begin_worker() -> None:
    """A thread for each process: those of two processes wait for each other most of the time."""
    cv2.setNumThreads(1)
    models.set_threads(1)


def measure(split: str, n: int, *, only: Iterable[str] = (), jobs: int = 2) -> dict[str, Any]:
    """Every cell's share of `n` pictures with its 95 % interval, and the calibration error of all digits together."""
    figures: dict[str, Any] = {}
    every: list[tuple[float, bool]] = []
    wanted = list(only) or list(conditions())
    with ProcessPoolExecutor(jobs, initializer=begin_worker) as workers:
        tasks = {
            (condition, cell): [
                workers.submit(right, condition, cell, split, part) for part in parts(pictures(condition, n))
            ]
            for condition in wanted
            for cell in conditions()[condition]
        }
        for (condition, cell), results in tasks.items():
            totals, answered = zip(*(result.result() for result in results), strict=True)
            count, total = pictures(condition, n), sum(totals)
            every += [answer for some in answered for answer in some]
            row = {"n": count, "right": round(total / count, 4), "interval": wilson(round(total), count)}
            figures.setdefault(condition, {})[cell] = row
            print(f"{condition:14} {cell:8} {row['right']:7.1%}  {row['interval']}", flush=True)
    return {**figures, "calibration": {"n": len(every), "error": round(calibration_error(every), 4)}}


def pictures(condition: str, n: int) -> int:
    """How many a cell has where most have `n`: of those without a digit a tenth, at least one."""
    return max(1, n // 10) if condition == EMPTY else n


def parts(n: int) -> list[range]:
    """Numbers of pictures, as a worker reads them at a time."""
    return [range(i, min(i + CHUNK, n)) for i in range(0, n, CHUNK)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--n", type=int, default=100, help="pictures a cell")
    parser.add_argument("--only", nargs="+", default=[], choices=list(conditions()), metavar="CONDITION")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures = measure(args.split, args.n, only=args.only, jobs=args.jobs)
    if cells := ordinary(figures):
        print(f"mean of {len(cells)} ordinary cells {np.mean(cells):.2%}, lowest {min(cells):.1%}")
    print(f"calibration error {figures['calibration']['error']}, n = {figures['calibration']['n']:,}")
    if args.save:
        save("conditions" if args.split == "test" else "conditions-dev", figures, weights=READS_PAGES)


if __name__ == "__main__":
    main()
