"""Pens, and the hand that holds one: a page is written by one writer with one pen."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages import strokes

Colour = tuple[int, int, int]
Range = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """`width` is the stroke's, as a part of the digit's height; `natural` keeps the width that MNIST has."""

    name: str
    colours: tuple[Colour, ...]
    width: Range
    opacity: Range
    grain: float
    natural: bool = False


PENS: dict[str, tuple[Pen, ...]] = {
    "dev": (
        Pen("pencil", ((70, 70, 74), (95, 95, 98)), (0.035, 0.09), (0.45, 0.85), 0.5),
        Pen("ballpoint", ((24, 34, 120), (20, 20, 30), (170, 30, 40)), (0.03, 0.075), (0.75, 0.97), 0.2),
        Pen("gel", ((12, 12, 16), (30, 30, 140)), (0.05, 0.11), (0.9, 1.0), 0.05),
        Pen("marker", ((15, 15, 20), (30, 40, 130), (150, 20, 30)), (0.12, 0.22), (0.85, 1.0), 0.05),
        Pen("felt", ((25, 25, 30), (30, 60, 150)), (-0.03, 0.03), (0.8, 1.0), 0.1, natural=True),
    ),
    "test": (
        Pen("pencil", ((60, 62, 60), (85, 82, 88)), (0.03, 0.085), (0.42, 0.8), 0.5),
        Pen("ballpoint", ((40, 50, 150), (32, 30, 36), (20, 95, 60)), (0.028, 0.07), (0.75, 0.95), 0.25),
        Pen("fountain", ((30, 45, 105), (65, 40, 30)), (0.05, 0.1), (0.7, 0.95), 0.15),
        Pen("marker", ((30, 20, 60), (10, 80, 60), (190, 60, 20)), (0.11, 0.2), (0.8, 0.97), 0.08),
        Pen("felt", ((40, 35, 35), (90, 40, 120)), (-0.025, 0.03), (0.8, 1.0), 0.12, natural=True),
    ),
    "broad": (
        Pen("hairline", ((25, 25, 30), (30, 40, 120), (80, 80, 84)), (0.02, 0.05), (0.55, 1.0), 0.2),
        Pen("pencil", ((70, 70, 74), (95, 95, 98)), (0.03, 0.09), (0.35, 0.85), 0.55),
        Pen("ballpoint", ((24, 34, 120), (20, 20, 30), (170, 30, 40), (20, 95, 60)), (0.03, 0.075), (0.7, 0.97), 0.25),
        Pen("gel", ((12, 12, 16), (30, 30, 140), (120, 20, 110)), (0.05, 0.11), (0.9, 1.0), 0.05),
        Pen("marker", ((15, 15, 20), (30, 40, 130), (150, 20, 30), (230, 110, 30)), (0.12, 0.24), (0.8, 1.0), 0.06),
        Pen("brush", ((15, 15, 20), (60, 30, 20), (20, 60, 110)), (0.2, 0.35), (0.75, 1.0), 0.12),
        Pen("crayon", ((150, 40, 40), (40, 80, 150), (40, 110, 60)), (0.08, 0.2), (0.6, 0.9), 0.6),
        Pen("felt", ((25, 25, 30), (30, 60, 150)), (-0.03, 0.03), (0.8, 1.0), 0.1, natural=True),
    ),
}
CHALK = Pen("chalk", ((235, 235, 228), (240, 225, 150)), (0.06, 0.13), (0.7, 0.95), 0.4)


@dataclass(frozen=True)
class Hand:
    """How this page's writer writes; lengths in digit heights."""

    pen: Pen
    colour: Colour
    height: float  # pixels of a typical digit
    radius: float  # how far from the field's zero the ink reaches, in MNIST pixels
    opacity: float
    slant: float
    aspect: float
    size_spread: float
    turn: float  # radians, the spread between digits
    wobble: float  # spread of the baseline


def take_hand(rng: np.random.Generator, pen: Pen, height: float, *, scrawl: float = 1.0) -> Hand:
    """A writer with this pen; `scrawl` widens what differs from digit to digit."""
    width = rng.uniform(*pen.width)
    if not pen.natural:
        # No pen that a camera can see is thinner than 1.2 pixels.
        width = max(width, min(1.2 / height, 0.1))
    return Hand(
        pen=pen,
        colour=pen.colours[rng.integers(len(pen.colours))],
        height=height,
        radius=width * strokes.BOX / (1 if pen.natural else 2),
        opacity=rng.uniform(*pen.opacity),
        slant=float(np.clip(rng.normal(0.0, 0.13), -0.3, 0.35)),
        aspect=rng.uniform(0.85, 1.2),
        size_spread=rng.uniform(0.02, 0.09) * scrawl,
        turn=rng.uniform(0.01, 0.06) * scrawl,
        wobble=rng.uniform(0.01, 0.06) * scrawl,
    )


def form(hand: Hand, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """One digit's own linear map, pixels of a tile → paper pixels: size, aspect, slant, turn."""
    scale = hand.height / (strokes.BOX * strokes.FINE) * float(np.exp(rng.normal(0, hand.size_spread)))
    angle, slant = rng.normal(0, hand.turn), hand.slant + rng.normal(0, hand.turn / 2)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape: npt.NDArray[np.float64] = turned @ np.array([[hand.aspect, -slant], [0, 1]]) * scale
    return shape


def pressed(field: strokes.Field, rng: np.random.Generator, strength: float) -> strokes.Field:
    """The field with the stroke a little wider here and thinner there."""
    coarse = rng.normal(0, strength, (5, 5)).astype(np.float32)
    if field.solid:
        return field
    wide = cv2.resize(coarse, field.distances.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return replace(field, distances=np.asarray(field.distances + wide, np.float32))


def reach(field: strokes.Field, hand: Hand) -> float:
    """How far from the field's zero this hand's ink reaches, in MNIST pixels."""
    return 0.0 if field.solid else hand.radius


def draw(
    ink: npt.NDArray[np.float32],
    field: strokes.Field,
    radius: float,
    to_image: npt.NDArray[np.float64],
    *,
    opacity: float = 1.0,
    softness: float = 1.0,
    filled: bool = False,
) -> tuple[int, int, int, int] | None:
    """Follow `field` through the 3×3 map field → image, into the ink layer [H, W] of 0…1.

    The field holds distances to a centre line, or, with `filled`, to an outline. Returns the box of what was
    drawn inside the layer, or None where nothing was.
    """
    h, w = field.distances.shape
    corners = np.array([[[0, 0], [w, 0], [w, h], [0, h]]], float)
    around = cv2.perspectiveTransform(corners, to_image)[0]
    x0, y0 = np.maximum(np.floor(around.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(around.max(0)).astype(int) + 1, ink.shape[::-1])
    if x1 <= x0 or y1 <= y0:
        return None
    shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], float)
    size = (int(x1 - x0), int(y1 - y0))
    patch = cv2.warpPerspective(
        field.distances, shift @ to_image, size, borderMode=cv2.BORDER_CONSTANT, borderValue=99.0
    )
    zoom = np.sqrt(abs(np.linalg.det(to_image[:2, :2]))) * field.fine  # image pixels to one MNIST pixel
    coverage = np.clip((radius - patch) * (zoom / softness) + 0.5, 0, 1)
    if not filled:  # a line thinner than a pixel covers only a part of it
        coverage *= min(1.0, max(0.25, 2 * radius * zoom))
    inked = coverage > max(0.4 * coverage.max(), 0.05)
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    if not len(rows):
        return None
    part = ink[y0:y1, x0:x1]
    np.maximum(part, coverage * opacity, out=part)
    return (
        int(x0 + columns[0]),
        int(y0 + rows[0]),
        int(columns[-1] - columns[0] + 1),
        int(rows[-1] - rows[0] + 1),
    )
