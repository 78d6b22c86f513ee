"""Made strips of ink with digits in a row, touching and apart: what the line network learns from.

A strip is what `read` sees of one row: ink strength, 32 pixels high, digits about 20 pixels tall. Beside it stands,
for every second column, which digit's middle lies there, or none.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.learn.augment import continental

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

HEIGHT, WIDTH = 32, 96
STRIDE = 2
NONE = 10
FINE = 2  # strips are drawn at twice their size
MIDDLE = 0.17  # of a digit's width on either side of its middle counts as its middle


@dataclass(frozen=True)
class Strip:
    """One strip: uint8 [32, 96], and the class of each second column, uint8 [48], 10 where no digit's middle is."""

    image: Image
    columns: Image


def make_strip(digits: Image, labels: Image, rng: np.random.Generator) -> Strip:
    """Compose one strip of zero to seven digits in one hand, with what forms and neighbours leave around them."""
    canvas = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.float32)
    columns = np.full(WIDTH // STRIDE, NONE, np.uint8)
    tall, shear = rng.uniform(24, 56), rng.uniform(-0.35, 0.45)
    pen, tight = int(rng.integers(-1, 3)), rng.random()
    base = HEIGHT * FINE / 2 + rng.normal(0, 4)
    slope = rng.normal(0, 0.03)
    x = rng.uniform(-4, 60)
    european = rng.random() < 0.6
    repeat = rng.random() < 0.25
    last = None
    for _ in range(int(rng.integers(1, 8)) if rng.random() < 0.97 else 0):
        pick = last if repeat and last is not None and rng.random() < 0.5 else int(rng.integers(len(digits)))
        if repeat and rng.random() < 0.3:  # amounts are rich in zeros
            zeros = np.flatnonzero(labels[:4000] == 0)
            pick = int(zeros[rng.integers(len(zeros))])
        last = pick
        glyph = _glyph(digits[pick], int(labels[pick]), tall * rng.uniform(0.82, 1.15), shear, pen, european, rng)
        h, w = glyph.shape
        middle = x + w / 2
        y = base - h / 2 + rng.normal(0, 2.5) + slope * middle
        if x + w > WIDTH * FINE + 0.45 * w:
            break
        _paste(canvas, glyph, round(x), round(y))
        half = max(1.2, MIDDLE * w) / (FINE * STRIDE)
        centre = middle / (FINE * STRIDE) - 0.5
        for column in range(max(0, round(centre - half)), min(len(columns), round(centre + half) + 1)):
            columns[column] = labels[pick]
        gap = rng.normal(-1.5, 2.5) if tight < 0.45 else rng.normal(5, 4) if tight < 0.85 else rng.uniform(6, 50)
        x += w + gap
    return Strip(_degrade(_clutter(canvas, rng), rng), columns)


def _glyph(
    image: Image, label: int, height: float, shear: float, pen: int, european: bool, rng: np.random.Generator
) -> Floats:
    """One digit, cut to its ink, float32 [h, w] in 0…1, `height` pixels tall before a shear in that hand."""
    if european and label in (1, 7) and rng.random() < 0.85:
        image = continental(image, label, rng)
    big = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
    rows = np.flatnonzero((big > 128).any(axis=1))
    zoom = height / max(20, len(rows))
    aspect = rng.uniform(0.75, 1.15)
    matrix = np.array([[zoom * aspect, -shear * 0.5 * zoom, 0], [0, zoom, 0]], np.float32)
    matrix[:, 2] = 64 - matrix[:, :2] @ (56, 56)
    drawn = cv2.warpAffine(big, matrix, (128, 128), flags=cv2.INTER_AREA).astype(np.float32) / 255
    solid = np.clip((drawn - 0.5) * 3 + 0.5, 0, 1)
    if pen > 0:
        solid = cv2.dilate(solid, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pen - 1 + 2, 2 * pen - 1 + 2)))
    elif pen < 0:
        thin = cv2.erode(solid, np.ones((2, 2), np.uint8))
        solid = thin if thin.sum() > 0.4 * solid.sum() else solid
    ys, xs = np.flatnonzero((solid > 0.5).any(axis=1)), np.flatnonzero((solid > 0.5).any(axis=0))
    if not len(ys):
        return np.ones((2, 2), np.float32)
    return (solid[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1] * rng.uniform(0.75, 1)).astype(np.float32)


def _paste(canvas: Floats, glyph: Floats, x: int, y: int) -> None:
    """Lay `glyph` on `canvas` at its place, as far as it fits."""
    h, w = glyph.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(canvas.shape[0], y + h), min(canvas.shape[1], x + w)
    if bottom > top and right > left:
        part = glyph[top - y : bottom - y, left - x : right - x]
        canvas[top:bottom, left:right] = np.maximum(canvas[top:bottom, left:right], part)


def _clutter(canvas: Floats, rng: np.random.Generator) -> Floats:
    """Borders of cells, ruled lines, rows above and below, faint print, specks."""
    h, w = canvas.shape
    level = rng.uniform(0.4, 1)
    thick = int(rng.integers(1, 5))
    inside = np.flatnonzero(canvas.max(axis=0) > 0.3)
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (w // 3, w // 2)
    if rng.random() < 0.6:  # the cell's upright borders: at the strip's ends, or just beside the digits
        near = rng.random() < 0.6
        left = first - rng.uniform(3, 24) if near else rng.uniform(0, 18)
        right = last + rng.uniform(3, 40) if near else w - rng.uniform(0, 18)
        for x in (left, right):
            if rng.random() < 0.7:
                ends = sorted(rng.integers(0, h, 2).tolist())
                top, bottom = (0, h) if rng.random() < 0.5 else (ends[0], h) if rng.random() < 0.5 else (0, ends[1])
                tilt = int(rng.integers(-2, 3))
                weight = level * rng.uniform(0.5, 1)
                cv2.line(canvas, (int(x), top), (int(x) + tilt, bottom), weight, thick, cv2.LINE_AA)
                if rng.random() < 0.35:  # a corner
                    y = top if rng.random() < 0.5 else bottom - 1
                    out = int(rng.integers(-40, 41))
                    cv2.line(canvas, (int(x), y), (int(x) + out, y), weight, thick, cv2.LINE_AA)
    if rng.random() < 0.5:  # its level ones, or ruled lines
        for y in (rng.uniform(0, 12), h - rng.uniform(0, 14)):
            if rng.random() < 0.6:
                left, right = (0, w) if rng.random() < 0.6 else sorted(rng.integers(0, w, 2).tolist())
                cv2.line(canvas, (left, int(y)), (right, int(y + rng.integers(-3, 4))), level, thick, cv2.LINE_AA)
    if rng.random() < 0.2:  # a dash of print, or a fold, anywhere
        left, right = sorted(rng.integers(0, w, 2).tolist())
        y = int(rng.integers(0, h))
        cv2.line(canvas, (left, y), (right, y + int(rng.integers(-3, 4))), level * 0.5, thick, cv2.LINE_AA)
    if rng.random() < 0.15:  # print too small to be digits
        x, y = int(rng.integers(0, w - 30)), int(rng.integers(0, h - 10))
        text = rng.random((3, 12), np.float32) > 0.5
        block = cv2.resize(text.astype(np.float32), (int(rng.integers(24, 60)), int(rng.integers(5, 12)))) * level * 0.6
        _paste(canvas, block, x, y)
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.2 else 0):
        at = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        cv2.circle(canvas, at, int(rng.integers(1, 4)), float(rng.uniform(0.3, 1)), -1)
    return canvas


def _degrade(canvas: Floats, rng: np.random.Generator) -> Image:
    """Blur, coarse pixels, grain and level, then as `read` gives ink: paper 0, full ink 255."""
    canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 2.6))
    if rng.random() < 0.5:
        factor = rng.uniform(0.35, 0.9)
        coarse = cv2.resize(canvas, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        canvas = cv2.resize(coarse, canvas.shape[::-1], interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    full = max(0.3, float(small[small > 0.5 * small.max()].mean()) if small.max() > 0 else 1.0)
    grain = rng.standard_normal(small.shape, np.float32) * np.float32(rng.uniform(0, 0.08))
    paper = rng.uniform(-0.02, 0.18)
    levels = (small / full + cv2.GaussianBlur(grain, (0, 0), 0.7) - paper) / (1 - paper)
    return (np.clip(levels * rng.uniform(0.9, 1.3), 0, 1) * 255).astype(np.uint8)
