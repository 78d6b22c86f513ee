"""Compose one page: choose, lay out, print the paper, write, take the photo.

Everything random comes from one generator in a fixed order, so a seed makes the same page again.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.errors import UsageError, unknown
from digitscope.pages import camera, layout, marks, paper, pens, printing, strokes
from digitscope.pages.layout import DISTANCES, Layout, Rows
from digitscope.pages.pens import Hand
from digitscope.pages.record import Page, PlacedDigit, PlacedMark

Layer = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]
LARGEST = 20_000_000  # pixels of a page; more is a mistake in the arguments
NO_DIGIT = 10  # the label of what is no digit, "?" in a text


@dataclass(frozen=True)
class Plan:
    """What has been chosen for a page before anything is drawn."""

    kind: str
    palette: str
    distance: str
    degradations: tuple[str, ...]
    hand: Hand
    dark: bool  # light ink on dark ground


def compose(
    images: Images,
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
) -> Page:
    """Compose a page from a pool of digits in MNIST's form; what is None is drawn by lot.

    `images` is uint8 [N, 28, 28] and `labels` uint8 [N]. `text` holds digits, spaces (wide gaps), newlines, and "?"
    for one of the pool's images labelled 10, which are no digits. `height` is that of a digit on the image, `size`
    the least (width, height) of the image. `marks` names what else is written: see `digitscope.pages.MARKS`.
    `palette` chooses the papers and pens of a split. `joined` is the share of neighbours between which the writer does
    not lift the pen.

    >>> page = compose(images, labels, 7, text="40312", paper="ruled", degradations=("tilt", "shadow"))
    """
    check(paper, distance, degradations, marks, palette)
    rng = np.random.default_rng(seed)
    plan = choose(rng, paper, distance, degradations, height, palette)
    text = compose_text(plan, rng) if text is None else text
    rows, pool = pick(text, labels, rng)
    fields = (strokes.outlines if plan.hand.pen.natural else strokes.centre_lines)(images[pool])
    place = lay_out(plan, rows, fields, rng)
    extent, spots = mark_spots(place, marks, plan.hand, rng)
    to_image, shape = camera.stand(extent, margins(plan, rng), size or least_size(plan, rng), plan.degradations, rng)
    if shape[0] * shape[1] > LARGEST:
        raise UsageError(
            f"The page would be too large. Expected at most {LARGEST:,} pixels. Received: size={shape[::-1]}"
        )
    ink = np.zeros(shape, np.float32)
    written = write(ink, place, fields, labels[pool], plan.hand, to_image, rng)
    if joined:
        join(ink, place, fields, plan.hand, to_image, joined, rng)
    others = tuple(PlacedMark("pool", digit.box) for digit in written if digit.value == NO_DIGIT)
    placed = others + draw_marks(ink, spots, plan.hand, to_image, rng)
    printed = printing.print_paper(
        plan.kind, place, fields, to_image, shape, rng, hand=plan.hand, dotted=palette == "test"
    )
    image = photograph(plan, ink, printed, rng)
    return Page(
        image=image,
        digits=tuple(digit for digit in written if digit.value != NO_DIGIT),
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


def choose(
    rng: np.random.Generator,
    kind: str | None,
    distance: str | None,
    degradations: tuple[str, ...] | None,
    height: float | None,
    palette: str,
) -> Plan:
    """Draw by lot what was not asked for."""
    kind = kind or str(rng.choice(paper.PAPERS, p=[0.08, 0.24, 0.15, 0.12, 0.13, 0.1, 0.06, 0.12]))
    distance = distance or str(rng.choice(list(DISTANCES), p=[0.2, 0.4, 0.2, 0.14, 0.06]))
    if kind == "cell":
        height = height or float(rng.uniform(12, 26))
    height = height or float(np.exp(rng.uniform(np.log(18), np.log(130))))
    if degradations is None:
        odds = {"canvas": 0.0, "cell": 0.3}.get(kind, 0.45)
        possible = camera.DEGRADATIONS if kind != "cell" else ("light", "noise", "jpeg")
        degradations = tuple(name for name in possible if rng.random() < odds)
        degradations += ("blur",) if kind == "cell" else ()
    dark = kind == "board" or (kind == "canvas" and bool(rng.random() < 0.25))
    choices = pens.PENS[palette]
    pen = pens.CHALK if kind == "board" else choices[rng.integers(len(choices))]
    hand = pens.take_hand(rng, pen, height, scrawl=1.5 if kind == "cell" else 1.0)
    if kind == "canvas":  # a drawing program's ink covers fully
        hand = replace(hand, opacity=1.0, colour=(255, 255, 255) if dark else hand.colour)
    if kind == "cell":  # how faint it is, the colour says alone
        hand = replace(hand, opacity=1.0)
    return Plan(kind, palette, distance, degradations, hand, dark)


def compose_text(plan: Plan, rng: np.random.Generator) -> str:
    """Something to write: a number in a cell, columns in a ledger, some rows elsewhere."""

    def number(digits: int) -> str:
        return "".join(map(str, rng.integers(0, 10, digits)))

    if plan.kind == "cell":
        return number(int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.1, 0.25, 0.25, 0.2, 0.12, 0.08])))
    if plan.kind == "ledger":
        columns = int(rng.integers(1, 4))
        return "\n".join(
            " ".join(number(int(rng.integers(1, 6))) for _ in range(columns)) for _ in range(rng.integers(2, 7))
        )
    large = plan.hand.height > 70
    if plan.kind in ("canvas", "plain") and rng.random() < 0.3:
        return number(1)
    rows = int(rng.integers(1, 3 if large else 6))
    longest = 5 if large else 9
    lines = []
    for _ in range(rows):
        groups = 1 if rng.random() < 0.7 else 2
        lines.append(" ".join(number(int(rng.integers(1, longest // groups + 1))) for _ in range(groups)))
    return "\n".join(lines)


def pick(text: str, labels: Images, rng: np.random.Generator) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Choose a digit of the pool for each character; rows hold groups of indices into what was chosen."""
    if not set(text) <= set("0123456789? \n") or not text.strip():
        raise UsageError(
            f'The text cannot be written. Expected digits, "?", spaces and newlines. Received: text={text!r}'
        )
    members = {str(value): np.flatnonzero(labels == value) for value in range(10)}
    members["?"] = np.flatnonzero(labels == NO_DIGIT)
    pool: list[int] = []
    rows: Rows = []
    for row in text.split("\n"):
        groups = []
        for group in row.split():
            start = len(pool)
            for character in group:
                of_value = members[character]
                if not len(of_value):
                    raise UsageError(
                        f"The pool has no such digit. Expected one of each in the text. Received: {character!r}"
                    )
                pool.append(int(of_value[rng.integers(len(of_value))]))
            groups.append(list(range(start, len(pool))))
        if groups:
            rows.append(groups)
    return rows, np.array(pool)


def text_of(rows: Rows, values: Images) -> str:
    """The digits as they are written: a line a row, groups parted by a space."""
    groups = (["".join(str(values[i]) for i in group if values[i] != NO_DIGIT) for group in row] for row in rows)
    lines = (" ".join(group for group in row if group) for row in groups)
    return "\n".join(line for line in lines if line)


def lay_out(plan: Plan, rows: Rows, fields: strokes.Field, rng: np.random.Generator) -> Layout:
    """The layout that goes with the paper."""
    if plan.kind == "form":
        cell = (rng.uniform(1.15, 1.7), rng.uniform(1.35, 1.9))
        return layout.boxed(rows, fields, plan.hand, rng, cell=cell)
    if plan.kind == "squared" and rng.random() < 0.5:
        side = rng.uniform(1.15, 1.6)
        return layout.boxed(rows, fields, plan.hand, rng, cell=(side, side))
    columns = plan.kind == "ledger"
    return layout.free(rows, fields, plan.hand, rng, distance=plan.distance, columns=columns)


def margins(plan: Plan, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Free paper around the writing, in pixels of the image."""
    low, high = {"cell": (-0.05, 0.8), "canvas": (0.2, 2.0)}.get(plan.kind, (0.4, 2.5))
    left, top, right, bottom = rng.uniform(low, high, 4) * plan.hand.height
    return float(left), float(top), float(right), float(bottom)


def least_size(plan: Plan, rng: np.random.Generator) -> tuple[int, int] | None:
    """A cell has the form's size, however little is written in it."""
    if plan.kind != "cell":
        return None
    return int(rng.uniform(2.2, 3.6) * plan.hand.height), int(rng.uniform(1.3, 1.9) * plan.hand.height)


MarkSpot = tuple[str, float, float, float]  # kind, centre, length in digit heights


def mark_spots(
    place: Layout, wanted: tuple[str, ...], hand: Hand, rng: np.random.Generator
) -> tuple[tuple[float, float, float, float], list[MarkSpot]]:
    """Where the marks go: a row of their own below the digits, underlines and smudges where they fall."""
    x0, y0, x1, y1 = place.extent
    h = hand.height
    spots: list[MarkSpot] = []
    x = x0
    for kind in wanted:
        if kind == "underline":
            line = int(rng.integers(0, 1 + max(spot.line for spot in place.spots)))
            y = max(s.to_paper[1, 1] * strokes.TILE + s.to_paper[1, 2] for s in place.spots if s.line == line)
            spots.append((kind, (x0 + x1) / 2, y + 0.08 * h, (x1 - x0) / h))
        elif kind == "smudge":
            spots.append((kind, rng.uniform(x0, x1), rng.uniform(y0, y1), rng.uniform(0.5, 2)))
        else:
            spots.append((kind, x + h / 2, y1 + 0.6 * h, 1.0))
            x += h * rng.uniform(1.3, 2.0)
    below = 1.4 * h if x > x0 else 0.0
    return (x0, y0, max(x1, x), y1 + below), spots


def write(
    ink: Layer,
    place: Layout,
    fields: strokes.Field,
    values: Images,
    hand: Hand,
    to_image: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[PlacedDigit, ...]:
    """Write every digit into the ink layer, and say where it went."""
    digits = []
    softness = rng.uniform(0.8, 1.6)
    for spot in place.spots:
        field = fields[spot.index]
        field = field + pens.pressure(rng, 0.12 * max(abs(hand.radius), 0.5))
        opacity = hand.opacity * rng.uniform(0.9, 1.0)
        box = pens.draw(
            ink,
            field,
            hand.radius,
            to_image @ spot.to_paper,
            opacity=opacity,
            softness=softness,
            filled=hand.pen.natural,
        )
        if box is None:
            continue
        y, x = np.nonzero(field <= max(hand.radius, 0.3))
        on_paper = cv2.perspectiveTransform(np.stack([x, y], 1)[None].astype(float), spot.to_paper)[0]
        (x0, y0), (x1, y1) = on_paper.min(0), on_paper.max(0)
        corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]])
        on_image = cv2.perspectiveTransform(corners, to_image)[0] + 0.5  # from pixels' middles to their edges
        polygon = tuple((float(px), float(py)) for px, py in on_image)
        digits.append(PlacedDigit(int(values[spot.index]), box, polygon, spot.line))  # type: ignore[arg-type]
    return tuple(digits)


def join(
    ink: Layer,
    place: Layout,
    fields: strokes.Field,
    hand: Hand,
    to_image: npt.NDArray[np.float64],
    share: float,
    rng: np.random.Generator,
) -> None:
    """Draw the strokes that lead from the upper end of some digits to that of the next: from a zero to a zero, say."""
    thickness = max(1, round(rng.uniform(0.5, 1.0) * 2 * max(hand.radius, 0.6) * hand.height / strokes.BOX))
    for before, after in pairwise(place.spots):
        if before.line != after.line or rng.random() >= share:
            continue
        ends = []
        for spot, side in ((before, 0.7), (after, 0.3)):
            y, x = np.nonzero(fields[spot.index] <= max(hand.radius, 0.3))
            if len(x):
                part = x >= np.quantile(x, side) if side > 0.5 else x <= np.quantile(x, side)
                upper = np.argmin(np.where(part, y, strokes.TILE))
                ends.append(cv2.perspectiveTransform(np.array([[[x[upper], y[upper]]]], float), spot.to_paper)[0, 0])
        if len(ends) < 2 or ends[1][0] - ends[0][0] > 1.0 * hand.height:
            continue
        middle = (ends[0] + ends[1]) / 2 + [0, rng.uniform(-0.05, 0.12) * hand.height]
        curve = marks.smooth(np.array([ends[0], middle, ends[1]]))
        seen = cv2.perspectiveTransform(curve[None], to_image)
        layer = np.zeros(ink.shape, np.uint8)
        cv2.polylines(layer, np.rint(seen * 16).astype(np.int32), False, 255, thickness, cv2.LINE_AA, 4)
        np.maximum(ink, layer * np.float32(hand.opacity * rng.uniform(0.7, 1.0) / 255), out=ink)


def draw_marks(
    ink: Layer, spots: list[MarkSpot], hand: Hand, to_image: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[PlacedMark, ...]:
    """Draw what is no digit, with the same pen."""
    placed = []
    for kind, x, y, length in spots:
        radius = hand.radius if not hand.pen.natural else 1.2
        scale = hand.height / (strokes.BOX * strokes.FINE)
        if kind in marks.DRAWN:
            field = marks.DRAWN[kind](rng)
        elif kind == "underline":
            points = np.stack([np.linspace(0, 1, 6), 0.5 + rng.normal(0, 0.3 / max(length, 1), 6) / 6], 1)
            field, scale, radius = strokes.along([points]), scale * length, radius / max(length, 1)
        else:
            field = strokes.along([marks.smooth(rng.uniform(0.2, 0.8, (4, 2)))])
        to_paper = np.array(
            [[scale, 0, x - scale * strokes.TILE / 2], [0, scale, y - scale * strokes.TILE / 2], [0, 0, 1]]
        )
        if kind == "smudge":
            zoom = scale * strokes.FINE
            opacity = rng.uniform(0.1, 0.25)
            box = pens.draw(ink, field, 2.0, to_image @ to_paper, opacity=opacity, softness=8 * zoom)
            box = box or (0, 0, 0, 0)
        else:
            drawn = pens.draw(ink, field, radius, to_image @ to_paper, opacity=hand.opacity)
            if drawn is None:
                continue
            box = drawn
        placed.append(PlacedMark(kind, box))
    return tuple(placed)


def photograph(plan: Plan, ink: Layer, printed: Layer, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
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
