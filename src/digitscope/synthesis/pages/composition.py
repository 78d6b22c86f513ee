"""Compose one page: plan it, print the paper, write, take the photo.

Everything random comes from one generator in a fixed order, so a seed makes the same page again.
"""

import numpy as np
import numpy.typing as npt

from digitscope.arrays import NOT_A_DIGIT, Floats, Images
from digitscope.errors import UsageError, unknown
from digitscope.synthesis.pages import camera, drawings, marks, paper, pens, printing
from digitscope.synthesis.pages.drawings import Entries
from digitscope.synthesis.pages.layout import DISTANCES
from digitscope.synthesis.pages.plan import Plan, choose, compose_text, lay_out, least_size, margins, pick, text_of
from digitscope.synthesis.pages.record import Page, PlacedMark
from digitscope.synthesis.pages.writing import draw_marks, join, mark_spots, write

LARGEST = 20_000_000  # pixels of a page; more is a mistake in the arguments


def compose(
    images: Entries,
    labels: Images,
    seed: int | np.random.Generator,
    *,
    text: str | None = None,
    paper: str | None = None,
    distance: str | None = None,
    degradations: tuple[str, ...] | None = None,
    marks: tuple[str, ...] = (),
    height: float | None = None,
    size: tuple[int, int] | None = None,
    palette: str = "dev",
    joined: float = 0.0,
    tilt: float = camera.LARGEST_TILT,
) -> Page:
    """Compose a page from a pool of digits in MNIST's form; what is None is drawn by lot.

    `images` is uint8 [N, 28, 28], or a list of such images and of drawings and prints; `labels` is uint8 [N]. `text`
    holds digits, spaces (wide gaps), newlines, and what is no digit: "?", "," and "w" for one of the pool's entries
    labelled NOT_A_DIGIT, SIGN and WORD. `height` is that of a digit on the image, `size`
    the least (width, height) of the image. `marks` names what else is written: see `digitscope.synthesis.pages.MARKS`.
    `palette` chooses the papers and pens of a split. `joined` is the share of neighbours between which the writer does
    not lift the pen. `tilt` is the largest, in degrees.

    >>> page = compose(images, labels, 7, text="40312", paper="ruled", degradations=("tilt", "shadow"))
    """
    check(paper, distance, degradations, marks, palette)
    rng = np.random.default_rng(seed)
    plan = choose(rng, paper, distance, degradations, height, palette)
    text = compose_text(plan, rng) if text is None else text
    rows, pool = pick(text, labels, rng)
    fields = drawings.fields(images, pool, natural=plan.hand.pen.natural, height=plan.hand.height)
    place = lay_out(plan, rows, fields, rng)
    extent, spots = mark_spots(place, marks, plan.hand, rng)
    to_image, shape = camera.stand(
        extent, margins(plan, rng), size or least_size(plan, rng), plan.degradations, rng, tilt=tilt
    )
    if shape[0] * shape[1] > LARGEST:
        raise UsageError(
            f"The page would be too large. Expected at most {LARGEST:,} pixels. Received: size={shape[::-1]}"
        )
    ink = np.zeros(shape, np.float32)
    written = write(ink, place, fields, labels[pool], plan.hand, to_image, rng)
    if joined:
        join(ink, place, fields, plan.hand, to_image, joined, rng)
    others = tuple(PlacedMark("pool", digit.box) for digit in written if digit.value >= NOT_A_DIGIT)
    placed = others + draw_marks(ink, spots, plan.hand, to_image, rng)
    printed = printing.print_paper(
        plan.kind, place, fields, to_image, shape, rng, hand=plan.hand, dotted=palette != "dev"
    )
    image = photograph(plan, ink, printed, rng)
    return Page(
        image=image,
        digits=tuple(digit for digit in written if digit.value < NOT_A_DIGIT),
        marks=placed,
        text=text_of(rows, labels[pool]),
        paper=plan.kind,
        distance="cells" if place.cells else plan.distance,
        pen=plan.hand.pen.name,
        degradations=plan.degradations,
        seed=seed if isinstance(seed, int) else None,
    )


def check(
    kind: str | None,
    distance: str | None,
    degradations: tuple[str, ...] | None,
    wanted: tuple[str, ...],
    palette: str,
) -> None:
    """Refuse names that nobody knows."""
    if kind is not None and kind not in paper.PAPERS:
        raise unknown("paper", kind, paper.PAPERS)
    if distance is not None and distance not in DISTANCES:
        raise unknown("distance", distance, DISTANCES)
    for name in degradations or ():
        if name not in camera.DEGRADATIONS:
            raise unknown("degradation", name, camera.DEGRADATIONS)
    for name in wanted:
        if name not in marks.MARKS:
            raise unknown("mark", name, marks.MARKS)
    if palette not in pens.PENS:
        raise unknown("palette", palette, pens.PENS)


def photograph(plan: Plan, ink: Floats, printed: Floats, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Paper, print and ink under the light, then through the camera: uint8 [H, W, 3]."""
    stock = paper.STOCK[plan.palette][plan.kind]
    ground = np.array(stock.colours[rng.integers(len(stock.colours))], np.float32)
    colour = np.array(stock.print[rng.integers(len(stock.print))], np.float32)
    inkcolour = np.array(plan.hand.colour, np.float32)
    if plan.kind == "canvas":
        ground = np.zeros(3, np.float32) if plan.dark else ground
        tone, lit = np.ones(ink.shape, np.float32), np.ones(ink.shape, np.float32)
    else:
        h = plan.hand.height
        ground *= rng.uniform(0.92, 1.0)
        tone = 1 + paper.grain(ink.shape, rng, strength=rng.uniform(0.003, 0.012), size=rng.uniform(0.5, 1.5))
        uneven = {"ledger": 0.035, "board": 0.12, "cell": 0.02}.get(plan.kind, 0.008)
        tone += paper.clouds(ink.shape, rng, strength=uneven, cells=int(rng.integers(3, 9)))
        lit = camera.light(ink.shape, plan.degradations, rng)
        grain = plan.hand.pen.grain * (0.4 if plan.kind == "cell" else 1.0)
        rough = paper.grain(ink.shape, rng, strength=grain, size=float(np.clip(0.012 * h, 0.4, 1.5)))
        ink = ink * np.clip(1 - np.abs(rough, out=rough), 0.15, 1)
    if plan.kind == "cell":
        inkcolour = ground * rng.uniform(0.1, 0.75)  # from a strong pen to a faint pencil
        cast = np.full(3, 1.0)
    elif plan.kind == "canvas":
        cast = np.ones(3)
    else:
        cast = 1 - rng.uniform(0, 0.1, 3) * rng.random()  # the lamp's own colour
    channels = []
    for c in range(3):
        seen = tone * ground[c]
        seen += printed * (colour[c] - seen)
        seen += ink * (inkcolour[c] - seen)
        channels.append(seen * (lit * np.float32(cast[c])))
    contrast = plan.hand.opacity * float(np.abs(inkcolour - ground).mean() * lit.mean())
    return camera.expose(channels, plan.degradations, rng, height=plan.hand.height, contrast=contrast)
