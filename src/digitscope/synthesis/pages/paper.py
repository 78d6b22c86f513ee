"""Papers: their colour, their grain, and what is printed on them before anybody writes."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats
from digitscope.synthesis.pages.layout import Layout

Colour = tuple[int, int, int]

PAPERS = ("canvas", "plain", "ruled", "squared", "form", "ledger", "board", "cell")


@dataclass(frozen=True)
class Stock:
    """The colours a kind of paper and its print come in."""

    colours: tuple[Colour, ...]
    print: tuple[Colour, ...] = ((0, 0, 0),)


WHITE, CREAM, GREY = (246, 246, 244), (244, 236, 215), (205, 207, 208)
STOCK: dict[str, dict[str, Stock]] = {
    "dev": {
        "canvas": Stock(((255, 255, 255),)),
        "plain": Stock((WHITE, WHITE, CREAM, GREY, (252, 222, 226), (222, 235, 250), (214, 190, 150))),
        "ruled": Stock((WHITE, CREAM), ((120, 150, 205), (150, 150, 155), (190, 120, 130))),
        "squared": Stock((WHITE, (240, 244, 246)), ((150, 170, 210), (175, 175, 180), (150, 200, 170))),
        "form": Stock((WHITE, (248, 244, 238)), ((40, 40, 45), (230, 140, 70), (90, 160, 110), (110, 110, 115))),
        "ledger": Stock(((226, 205, 165), (214, 195, 160), (236, 222, 190)), ((150, 90, 80), (110, 120, 140))),
        "board": Stock(((38, 52, 44), (30, 30, 32), (44, 60, 80))),
        "cell": Stock(((235, 235, 235), (200, 200, 200), (165, 165, 165), (110, 110, 110)), ((40, 40, 40),)),
    },
    "broad": {
        "canvas": Stock(((255, 255, 255), (250, 250, 225), (230, 240, 250))),
        "plain": Stock(
            (
                WHITE,
                WHITE,
                CREAM,
                GREY,
                (252, 222, 226),
                (222, 235, 250),
                (214, 190, 150),
                (150, 148, 140),
                (120, 95, 70),
                (170, 200, 150),
            )
        ),
        "ruled": Stock((WHITE, CREAM, (225, 232, 220)), ((120, 150, 205), (150, 150, 155), (190, 120, 130))),
        "squared": Stock((WHITE, (240, 244, 246)), ((150, 170, 210), (175, 175, 180), (150, 200, 170))),
        "form": Stock((WHITE, (248, 244, 238)), ((40, 40, 45), (230, 140, 70), (90, 160, 110), (110, 110, 115))),
        "ledger": Stock(((226, 205, 165), (214, 195, 160), (236, 222, 190)), ((150, 90, 80), (110, 120, 140))),
        "board": Stock(((38, 52, 44), (30, 30, 32), (44, 60, 80), (80, 84, 86))),
        "cell": Stock(((235, 235, 235), (200, 200, 200), (165, 165, 165), (110, 110, 110)), ((40, 40, 40),)),
    },
    "test": {
        "canvas": Stock(((255, 255, 255), (250, 250, 210))),
        "plain": Stock(((240, 242, 246), (238, 228, 205), (190, 190, 186), (205, 240, 190), (255, 240, 150))),
        "ruled": Stock(((255, 246, 180), (240, 240, 236)), ((90, 170, 190), (130, 130, 140))),
        "squared": Stock(((250, 250, 240), (232, 236, 240)), ((225, 160, 120), (140, 150, 190), (165, 165, 165))),
        "form": Stock(((240, 242, 246), (235, 245, 235)), ((30, 60, 120), (220, 100, 110), (70, 70, 70))),
        "ledger": Stock(((205, 215, 180), (220, 200, 175), (232, 214, 178)), ((90, 110, 100), (160, 70, 60))),
        "board": Stock(((24, 44, 36), (52, 54, 56), (60, 40, 34))),
        "cell": Stock(((242, 242, 242), (210, 210, 210), (150, 150, 150), (95, 95, 95)), ((55, 55, 55),)),
    },
}


@dataclass(frozen=True)
class Line:
    """A printed line on the flat paper, in its pixels."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    strength: float
    dots: float = 0.0  # distance between dots, 0 for a full line


def streaks(shape: tuple[int, int], rng: np.random.Generator, *, finest: float, coarsest: float) -> Floats:
    """Noise, longer one way than the other, its grains between these two sizes in pixels: float32 [H, W]."""
    across, down = np.exp(rng.uniform(np.log(finest), np.log(coarsest), 2)).tolist()
    return np.asarray(cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), across, sigmaY=down))


def grain(shape: tuple[int, int], rng: np.random.Generator, *, strength: float, size: float) -> Floats:
    """Noise with mean 0 and this spread, its grains `size` pixels wide: float32 [H, W]."""
    # A 512-pixel tile repeats; at this strength nobody sees it, and it is ten times faster.
    tile = rng.standard_normal((min(shape[0], 512), min(shape[1], 512)), np.float32)
    if size > 0.4:
        tile = np.asarray(cv2.GaussianBlur(tile, (0, 0), size, borderType=cv2.BORDER_REFLECT), np.float32)
        tile /= max(float(tile.std()), 1e-6)
    tile *= strength
    down, across = -(-shape[0] // tile.shape[0]), -(-shape[1] // tile.shape[1])
    return np.asarray(cv2.repeat(tile, down, across), np.float32)[: shape[0], : shape[1]]


def clouds(shape: tuple[int, int], rng: np.random.Generator, *, strength: float, cells: int) -> Floats:
    """Slow unevenness with mean 0, about `cells` patches across: float32 [H, W]."""
    coarse = rng.normal(0, strength, (cells + 2, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def rulings(
    kind: str,
    layout: Layout,
    height: float,
    around: tuple[float, float, float, float],
    rng: np.random.Generator,
    *,
    dotted: bool,
) -> list[Line]:
    """What is printed: `around` is the part of the paper in view, `height` a digit's."""
    width, strength = rng.uniform(0.018, 0.05) * height, rng.uniform(0.35, 0.95)
    x0, y0, x1, y1 = around
    lines: list[Line] = []
    if kind in ("ruled", "ledger"):
        pitch = layout.row_pitch
        start = layout.extent[1] + rng.uniform(0.0, 0.12) * height
        if kind == "ruled" and rng.random() < 0.3:  # lines that the writer does not keep to
            pitch, start = rng.uniform(0.7, 1.8) * height, rng.uniform(0, 1) * height
        lines += [Line((x0, y), (x1, y), width, strength) for y in every(pitch, start, y0, y1)]
        if kind == "ruled" and rng.random() < 0.4:
            lines.append(Line((-0.7 * height, y0), (-0.7 * height, y1), width, strength))
    if kind == "ledger":
        for x in layout.columns:
            lines += [Line((x + d, y0), (x + d, y1), width, strength) for d in (0, 0.14 * height)]
    if kind == "squared":
        pitch = layout.cells[0][2] - layout.cells[0][0] if layout.cells else rng.uniform(0.4, 1.2) * height
        dots = pitch if dotted and rng.random() < 0.5 else 0.0
        strength *= 0.85
        lines += [Line((x0, y), (x1, y), width, strength, dots) for y in every(pitch, 0, y0, y1)]
        if not dots:
            lines += [Line((x, y0), (x, y1), width, strength) for x in every(pitch, 0, x0, x1)]
    if kind == "form":
        lines += form_cells(layout, height, rng, dotted=dotted)
    return lines


def every(pitch: float, start: float, low: float, high: float) -> list[float]:
    """Give start + k·pitch for all k that fall between low and high; at most 400."""
    first = np.ceil((low - start) / pitch)
    return list(start + pitch * np.arange(first, min((high - start) / pitch, first + 400)))


def form_cells(layout: Layout, height: float, rng: np.random.Generator, *, dotted: bool) -> list[Line]:
    """The borders of a form's cells: whole boxes, or a comb that is open at the top."""
    width, strength = rng.uniform(0.02, 0.06) * height, rng.uniform(0.5, 1.0)
    comb = rng.random() < 0.25
    dots = 3 * width if dotted and rng.random() < 0.3 else 0.0
    lines = []
    for left, top, right, bottom in layout.cells:
        upper = bottom - 0.35 * (bottom - top) if comb else top
        corners = [(left, upper), (left, bottom), (right, bottom), (right, upper)]
        sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
        lines += [Line(a, b, width, strength, dots) for a, b in (sides[:3] if comb else sides)]
    return lines


def print_lines(layer: Floats, lines: list[Line], to_image: npt.NDArray[np.float64]) -> None:
    """Draw the lines into the layer [H, W] of 0…1, as the camera sees them."""
    for line in lines:
        a, b = np.array(line.start), np.array(line.end)
        length = float(np.hypot(*(b - a)))
        if length == 0:
            continue
        if line.dots:
            steps = np.arange(0, length, line.dots)[:, None] / length
            radius = max(line.width, 0.7)
            points = cv2.perspectiveTransform((a + steps * (b - a))[None], to_image)[0]
            in_view = (np.abs(points) < max(layer.shape) + radius).all(axis=1)  # near the horizon they are far away
            for x, y in points[in_view]:
                cv2.circle(layer, (round(x * 16), round(y * 16)), round(radius * 16), line.strength, -1, cv2.LINE_8, 4)
            continue
        across = np.array([a[1] - b[1], b[0] - a[0]]) / length * max(line.width, 1.0) / 2
        quad = cv2.perspectiveTransform(np.array([[a - across, b - across, b + across, a + across]]), to_image)[0]
        strength = line.strength * min(1.0, line.width)
        paint(layer, quad, max(strength, 0.15))


def paint(layer: Floats, quad: npt.NDArray[np.float64], strength: float) -> None:
    """Fill a quadrilateral with soft edges; OpenCV has these only for 8 bits, so paint a small mask."""
    low = np.maximum(np.floor(quad.min(0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(quad.max(0)).astype(int) + 2, layer.shape[::-1])
    if (high <= low).any():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.rint((quad - low) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    part = layer[low[1] : high[1], low[0] : high[0]]
    np.maximum(part, mask.astype(np.float32) * np.float32(strength / 255), out=part)
