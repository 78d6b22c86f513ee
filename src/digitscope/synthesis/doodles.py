"""What people draw beside their numbers: shapes, faces, houses, flowers, curls, arrows, ticks; and bars and grids.

drawing = draw(np.random.default_rng(0))       # a Drawing, and none that anyone would take for a digit
drawing = draw(np.random.default_rng(0), SHAPES)        # nor that anyone would, whatever a network takes it for
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages.drawings import Drawing
from digitscope.synthesis.pages.marks import smooth
from digitscope.synthesis.writers import inked

Path = npt.NDArray[np.float64]
Kinds = Mapping[str, Callable[[np.random.Generator], list[Path]]]


def draw(rng: np.random.Generator, kinds: Kinds | None = None) -> Drawing:
    """One of them, or of these kinds, between a quarter and three digit heights tall."""
    kinds = kinds or KINDS
    paths = list(kinds.values())[rng.integers(len(kinds))](rng)
    every = np.concatenate(paths)
    low, extent = every.min(axis=0), np.ptp(every, axis=0)
    angle = rng.normal(0, 0.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = float(np.exp(rng.uniform(np.log(0.35), np.log(2.5)))) / max(extent.max(), 1e-3)
    drawn = [((path - low - extent / 2) * size) @ turn.T + 0.5 for path in paths]
    return inked(tuple(path + rng.normal(0, 0.008, path.shape) for path in drawn), rng)


def round_(middle: tuple[float, float], radius: float, rng: np.random.Generator) -> Path:
    """A circle as a hand draws it: it does not quite close."""
    at = np.linspace(0, rng.uniform(1.9, 2.15) * np.pi, 24) + rng.uniform(0, 6)
    wide, wave = rng.uniform(0.85, 1.15), 1 + rng.normal(0, 0.04) * np.sin(2 * at + rng.uniform(0, 6))
    return np.stack([middle[0] + radius * wide * wave * np.cos(at), middle[1] + radius * wave * np.sin(at)], axis=1)


def curl(rng: np.random.Generator) -> list[Path]:
    """A curve of many turns."""
    return [smooth(rng.uniform(0, 1, (int(rng.integers(7, 16)), 2)) * [rng.uniform(1, 3), 1])]


def loops(rng: np.random.Generator) -> list[Path]:
    """A row of loops or waves, as one tries a pen."""
    count, drift = rng.uniform(4, 10), rng.uniform(0.1, 0.9)
    at = np.linspace(0, count * 2 * np.pi, round(count * 16))
    return [np.stack([drift * at / 6 + rng.uniform(0, 0.6) * np.cos(at), 0.5 * np.sin(at)], axis=1)]


def spiral(rng: np.random.Generator) -> list[Path]:
    """A spiral of three turns or more."""
    turns = rng.uniform(3, 6)
    at = np.linspace(0.5, turns * 2 * np.pi, round(turns * 20))
    return [np.stack([at * np.cos(at), at * np.sin(at)], axis=1) / at[-1]]


def polygon(rng: np.random.Generator) -> list[Path]:
    """A triangle, a square, a hexagon, any way up; a ring of more corners has another within, or is a zero."""
    corners = int(rng.integers(3, 9))
    ring = _turned(_ring(corners, rng) * [np.exp(rng.uniform(-0.9, 0.9)), 1], rng)
    within = corners > 6 or rng.random() < 0.2
    return [ring, ring * rng.uniform(0.4, 0.8)] if within else [ring]


def _ring(corners: int, rng: np.random.Generator, *, rounds: int = 1) -> Path:
    """The outline of a regular polygon, or with more rounds of a star, as a hand draws it: it does not quite close."""
    at = np.linspace(0, rounds * 2 * np.pi, corners + 1) + np.pi / 2 - np.pi / corners
    ring = np.stack([np.cos(at), np.sin(at)], axis=1)
    ring[:-1] += rng.normal(0, 0.08, (corners, 2))
    ring[-1] = ring[0] + rng.normal(0, 0.06, 2)
    return ring


def _turned(path: Path, rng: np.random.Generator) -> Path:
    angle = rng.uniform(0, 2 * np.pi)
    return path @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def star(rng: np.random.Generator) -> list[Path]:
    """A star in one stroke, or its outline."""
    if rng.random() < 0.5:
        return [_turned(_ring(5, rng, rounds=2), rng)]
    tips = int(rng.integers(4, 8))
    at = np.linspace(0, 2 * np.pi, 2 * tips + 1)
    radius = np.where(np.arange(2 * tips + 1) % 2, rng.uniform(0.3, 0.6), 1)[:, None]
    ring = np.stack([np.sin(at), -np.cos(at)], axis=1) * radius
    ring[:-1] += rng.normal(0, 0.05, (2 * tips, 2))
    return [ring]


def wide_polygon(rng: np.random.Generator) -> list[Path]:
    """A triangle, a square, a pentagon, a hexagon, upright and as wide as tall or wider: none is a zero."""
    ring = _ring(int(rng.integers(3, 7)), rng)
    if rng.random() < 0.4:
        ring = _turned(ring, rng)
    low, extent = ring.min(axis=0), np.ptp(ring, axis=0)
    return [(ring - low) / extent * [np.exp(rng.uniform(-0.1, 0.8)), 1]]


def heart(rng: np.random.Generator) -> list[Path]:
    """A heart in one stroke or two, wide or slim."""
    x, y, dent = rng.uniform(0.4, 0.62), rng.uniform(0.2, 0.4), rng.uniform(0.15, 0.35)
    half = np.array([[0, dent], [0.5 * x, 0], [x, 0.6 * y], [0.8 * x, 0.6], [0, 1]])
    right, left = (half + rng.normal(0, 0.02, half.shape) for _ in range(2))
    right[-1] = left[-1]
    sides = [smooth(right), smooth(left * [-1, 1])]
    return [np.concatenate([sides[0], sides[1][::-1]])] if rng.random() < 0.6 else sides


def cylinder(rng: np.random.Generator) -> list[Path]:
    """A can: an oval, two sides and the lower half of another oval."""
    width, tall, flat = rng.uniform(0.35, 0.8), rng.uniform(0.6, 1.6), rng.uniform(0.1, 0.3)
    lid = round_((0, 0), 1, rng) * [width, flat]
    sides = [np.array([[x, rng.normal(0, 0.05)], [x + rng.normal(0, 0.04), tall]]) for x in (-width, width)]
    bottom = smooth(np.array([[-width, tall], [-0.6 * width, tall + flat], [0.6 * width, tall + flat], [width, tall]]))
    return [lid, *sides, bottom]


def box(rng: np.random.Generator) -> list[Path]:
    """A cube, or a box that is opened to one side."""
    wide, deep = rng.uniform(0.6, 1.5), rng.uniform(0.2, 0.6, 2) * [rng.choice([-1, 1]), -1]
    front = np.array([[0, 0], [wide, 0], [wide, 1], [0, 1], [0, 0]]) + rng.normal(0, 0.03, (5, 2))
    if rng.random() < 0.4:
        return [front, front + deep, *(np.stack([corner, corner + deep]) for corner in front[:4])]
    right = front[1:3] if deep[0] > 0 else front[[0, 3]]
    top = front[:2]
    return [front, np.stack([top[0], *(top + deep), top[1]]), np.stack([right[0] + deep, right[1] + deep, right[1]])]


def moon(rng: np.random.Generator) -> list[Path]:
    """A crescent, any way round."""
    outer, inner = np.linspace(-0.5, 0.5, 20) * np.pi * rng.uniform(0.9, 1.3), rng.uniform(0.1, 0.5)
    back = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    front = back[::-1] * [inner, 1] + [rng.normal(0, 0.02), 0]
    return [_turned(np.concatenate([back, front]), rng)]


def bolt(rng: np.random.Generator) -> list[Path]:
    """A zigzag of four turns or more, or the outline of a flash of lightning."""
    if rng.random() < 0.5:
        turns = int(rng.integers(5, 9))
        zigzag = np.stack([np.linspace(0, rng.uniform(1, 3), turns), np.arange(turns) % 2], axis=1)
        return [zigzag + rng.normal(0, 0.06, zigzag.shape)]
    flash = np.array([[0.6, 0], [0, 0.55], [0.4, 0.5], [0.2, 1], [0.95, 0.35], [0.5, 0.4], [0.9, 0], [0.6, 0]])
    return [flash + rng.normal(0, 0.03, flash.shape)]


def outline(rng: np.random.Generator) -> list[Path]:
    """A leaf, a cloud, a drop, a fish: a closed curve with dents, and perhaps lines within."""
    at = np.linspace(0, 2 * np.pi, 60) + rng.uniform(0, 2 * np.pi)
    radius = np.ones(60)
    for wave in rng.choice(np.arange(2, 8), int(rng.integers(1, 4)), replace=False):
        radius += rng.uniform(0.15, 0.4) * np.cos(wave * at + rng.uniform(0, 2 * np.pi))
    ring = np.stack([np.cos(at) * rng.uniform(0.6, 1.8), np.sin(at)], axis=1) * np.maximum(radius, 0.15)[:, None]
    lines = [ring[rng.integers(60, size=2)] * 0.9 for _ in range(int(rng.integers(0, 4)))]
    return [ring, *lines]


def face(rng: np.random.Generator) -> list[Path]:
    """A face."""
    smile = rng.uniform(-0.4, 0.5)
    mouth = smooth(np.array([[-0.45, 0.35], [0, 0.35 + smile / 2], [0.45, 0.35]]))
    eyes = [round_((x, -0.25), rng.uniform(0.04, 0.15), rng) for x in (-0.35, 0.35)]
    nose = [np.array([[0, -0.1], [0.1, 0.15], [0, 0.15]])] if rng.random() < 0.5 else []
    return [round_((0, 0), 1, rng), *eyes, mouth, *nose]


def house(rng: np.random.Generator) -> list[Path]:
    """A house."""
    w, h = rng.uniform(0.7, 1.6), rng.uniform(0.5, 1)
    walls = np.array([[0, 0], [0, h], [w, h], [w, 0], [0, 0], [w / 2, -0.5], [w, 0]])
    door = np.array([[0.2 * w, h], [0.2 * w, 0.5 * h], [0.4 * w, 0.5 * h], [0.4 * w, h]])
    return [walls, door, round_((0.7 * w, 0.4 * h), 0.12, rng)]


def flower(rng: np.random.Generator) -> list[Path]:
    """A flower, a sun."""
    petals = int(rng.integers(5, 10))
    at = np.linspace(0, 2 * np.pi, petals, endpoint=False)
    if rng.random() < 0.5:
        rays = [np.array([[np.cos(a), np.sin(a)], [1.6 * np.cos(a), 1.6 * np.sin(a)]]) for a in at]
        return [round_((0, 0), 0.8, rng), *rays]
    leaves = [round_((np.cos(a), np.sin(a)), 0.45, rng) for a in at]
    return [round_((0, 0), 0.5, rng), *leaves, smooth(np.array([[0, 1.4], [0.1, 2.2], [-0.1, 3]]))]


def arrow(rng: np.random.Generator) -> list[Path]:
    """An arrow in any direction, straight or bowed."""
    angle, head = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.45)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shaft = smooth(np.array([[-1, 0], [0, rng.normal(0, 0.2)], [1, 0]]))
    tip = np.array([[1 - head, head * 0.7], [1, 0], [1 - head, -head * 0.7]])
    return [shaft @ turn.T, tip @ turn.T]


def tick(rng: np.random.Generator) -> list[Path]:
    """A tick, a cross."""
    if rng.random() < 0.5:
        return [np.array([[0, 0.6], [0.3, 1], [1.1, 0]]) + rng.normal(0, 0.06, (3, 2))]
    ends = np.array([[[0, 0], [1, 1]], [[1, 0], [0, 1]]])
    return list(ends + rng.normal(0, 0.06, ends.shape))


def person(rng: np.random.Generator) -> list[Path]:
    """A person of sticks."""
    arms = rng.uniform(-0.4, 0.4)
    lines = (
        [[0, 0.5], [0, 1.5]],
        [[-0.6, 0.8 + arms], [0, 0.8], [0.6, 0.8 - arms]],
        [[-0.4, 2.2], [0, 1.5], [0.4, 2.2]],
    )
    return [round_((0, 0.2), 0.32, rng), *(np.array(line) for line in lines)]


def hatching(rng: np.random.Generator) -> list[Path]:
    """Strokes side by side with others across: a fence, a grid, shading; alone they stand too close for ones."""
    count, crossed = int(rng.integers(5, 14)), rng.random() < 0.6
    across = rng.uniform(0.6, 2.5) if crossed else rng.uniform(0.05, 0.12) * count
    xs = np.sort(rng.uniform(0, across, count)) if rng.random() < 0.5 else np.linspace(0, across, count)
    lean = rng.normal(0, 0.15)
    bars = [np.array([[x, 0], [x + lean, 1]]) for x in xs]
    if crossed:
        bars += [np.array([[0, y], [across + lean, y]]) for y in np.linspace(0.1, 0.9, int(rng.integers(1, 6)))]
    return bars


def sketch(rng: np.random.Generator) -> list[Path]:
    """Three to eight curves that mean nothing."""
    parts = int(rng.integers(3, 9))
    return [smooth(rng.uniform(0, 1, (int(rng.integers(2, 6)), 2)) * [1.5, 1]) for _ in range(parts)]


def _named(*functions: Callable[[np.random.Generator], list[Path]]) -> Kinds:
    return {function.__name__: function for function in functions}


# What is no digit by its outline, though a network that never saw it takes it for the nearest one; and all there is.
SHAPES = _named(wide_polygon, star, heart, cylinder, box, moon, bolt, face, house, flower, person)
KINDS = {**SHAPES, **_named(curl, loops, spiral, polygon, outline, arrow, tick, hatching, sketch)}
