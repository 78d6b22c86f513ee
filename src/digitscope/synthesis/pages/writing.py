"""The pen on the paper: digits, the strokes that join them, and the marks beside them."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats, Images
from digitscope.synthesis.pages import marks, pens, strokes
from digitscope.synthesis.pages.layout import Layout
from digitscope.synthesis.pages.pens import Hand
from digitscope.synthesis.pages.record import PlacedDigit, PlacedMark

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
            y = max(s.to_paper[1, 1] * s.depth + s.to_paper[1, 2] for s in place.spots if s.line == line)
            spots.append((kind, (x0 + x1) / 2, y + 0.08 * h, (x1 - x0) / h))
        elif kind == "smudge":
            spots.append((kind, rng.uniform(x0, x1), rng.uniform(y0, y1), rng.uniform(0.5, 2)))
        else:
            spots.append((kind, x + h / 2, y1 + 0.6 * h, 1.0))
            x += h * rng.uniform(1.3, 2.0)
    below = 1.4 * h if x > x0 else 0.0
    return (x0, y0, max(x1, x), y1 + below), spots


def write(
    ink: Floats,
    place: Layout,
    fields: Sequence[strokes.Field],
    values: Images,
    hand: Hand,
    to_image: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[PlacedDigit, ...]:
    """Write every digit into the ink layer, and say where it went."""
    digits = []
    softness = rng.uniform(0.8, 1.6)
    for spot in place.spots:
        field = pens.pressed(fields[spot.index], rng, 0.12 * max(abs(hand.radius), 0.5))
        radius = pens.reach(field, hand)
        opacity = hand.opacity * rng.uniform(0.9, 1.0)
        box = pens.draw(
            ink,
            field,
            radius,
            to_image @ spot.to_paper,
            opacity=opacity,
            softness=softness,
            filled=hand.pen.natural or field.solid,
        )
        if box is None:
            continue
        y, x = np.nonzero(field.distances <= max(radius, 0.3))
        on_paper = cv2.perspectiveTransform(np.stack([x, y], 1)[None].astype(float), spot.to_paper)[0]
        (x0, y0), (x1, y1) = on_paper.min(0), on_paper.max(0)
        corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]])
        on_image = cv2.perspectiveTransform(corners, to_image)[0] + 0.5  # from pixels' middles to their edges
        polygon = tuple((float(px), float(py)) for px, py in on_image)
        digits.append(PlacedDigit(int(values[spot.index]), box, polygon, spot.line))  # type: ignore[arg-type]
    return tuple(digits)


def join(
    ink: Floats,
    place: Layout,
    fields: Sequence[strokes.Field],
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
            y, x = np.nonzero(fields[spot.index].distances <= max(hand.radius, 0.3))
            if len(x):
                part = x >= np.quantile(x, side) if side > 0.5 else x <= np.quantile(x, side)
                upper = np.argmin(np.where(part, y, np.inf))
                ends.append(cv2.perspectiveTransform(np.array([[[x[upper], y[upper]]]], float), spot.to_paper)[0, 0])
        if len(ends) < 2 or ends[1][0] - ends[0][0] > 1.0 * hand.height:
            continue
        middle = (ends[0] + ends[1]) / 2 + [0, rng.uniform(-0.05, 0.12) * hand.height]
        curve = marks.smooth(np.array([ends[0], middle, ends[1]]))
        seen = cv2.perspectiveTransform(curve[None], to_image)
        left, top = np.floor(seen.min(axis=(0, 1)) - thickness - 1).astype(int).clip(0)
        right, bottom = np.ceil(seen.max(axis=(0, 1)) + thickness + 2).astype(int).clip(0)
        around = ink[top:bottom, left:right]
        stroke = np.zeros(around.shape, np.uint8)
        points = np.rint((seen - (left, top)) * 16).astype(np.int32)
        opacity = np.float32(hand.opacity * rng.uniform(0.7, 1.0) / 255)
        if stroke.size:
            cv2.polylines(stroke, points, False, 255, thickness, cv2.LINE_AA, 4)
            np.maximum(around, stroke * opacity, out=around)


def draw_marks(
    ink: Floats, spots: list[MarkSpot], hand: Hand, to_image: npt.NDArray[np.float64], rng: np.random.Generator
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
