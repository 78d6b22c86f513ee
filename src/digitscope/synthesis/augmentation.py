"""What paper, pens and cameras do to a digit, done to MNIST's: the training glyphs of the reader.

Each glyph is bent (rotation, shear, aspect, elastic), drawn with another pen at another size, soiled (remains of ruled
lines, a neighbour's edge, specks), photographed (blur, coarse pixels, contrast, noise), cut out a little wrongly and
then brought into MNIST's form by the very normaliser that reading uses.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.arrays import Floats, Image
from digitscope.reading.normalization import normalize, stroke_width

CANVAS = 72  # pixels a side on which a glyph is redrawn; the glyph takes about 44 of them


@dataclass(frozen=True)
class Augmentation:
    """How strongly each thing acts. Angles in degrees, `p_...` are probabilities, the rest are fractions or pixels.

    Pixels are those of the 72-pixel canvas, where a digit is about 44 pixels tall.
    """

    untouched: float = 0.2  # of all glyphs: MNIST's own images pass through reading as they are
    rotation: float = 12.0
    shear: float = 0.25
    aspect: float = 0.22
    elastic: float = 1.6
    thinner: float = 2.0
    thicker: float = 3.0
    p_marker: float = 0.1  # a pen thicker still
    marker: float = 10.0
    p_continental: float = 0.35  # of ones, sevens and zeros: upstroke and foot, crossbar, slash
    p_line: float = 0.12
    p_neighbour: float = 0.12
    p_specks: float = 0.08
    p_gaps: float = 0.08
    p_coarse: float = 0.5
    coarsest: float = 8.0  # pixels that a digit's height may shrink to before it is enlarged again
    blur: float = 1.8
    noise: float = 0.10
    p_crop: float = 0.10
    crop: float = 0.08


def augment(image: Image, rng: np.random.Generator, *, how: Augmentation, label: int | None = None) -> Image:
    """One glyph, uint8 [28, 28] or a larger square, as reading might meet it: uint8 [28, 28] in MNIST's form.

    A `label` allows the strokes that writers of some countries add to that digit.
    """
    if label in (0, 1, 7) and rng.random() < how.p_continental:
        image = continental(image, label, rng)
    elif rng.random() < how.untouched:
        return image if image.shape == (28, 28) else normalize(image)
    drawn = _soil(_pen(bend(image, rng, how), rng, how), rng, how)
    return normalize(_cut(_photograph(drawn, rng, how), rng, how))


def continental(image: Image, label: int, rng: np.random.Generator) -> Image:
    """The digit as it is written on the Continent: uint8 [56, 56], twice MNIST's size.

    A one gets its upstroke and sometimes a foot, a seven its crossbar, a zero (rarely) its slash: MNIST, written by
    Americans, has few of them.
    """
    big = cv2.resize(image, (56, 56), interpolation=cv2.INTER_CUBIC)
    rows = np.flatnonzero((big > 128).any(axis=1))
    if (label == 0 and rng.random() < 0.8) or not len(rows):
        return big
    top, bottom = int(rows[0]), int(rows[-1])
    height = bottom - top
    pen = max(2, round(stroke_width(big) * rng.uniform(0.75, 1.05)))
    if label == 1:
        angle = np.radians(rng.uniform(25, 65))
        longest = 0.95 / np.sin(angle)  # from the baseline up
        length = height * min(rng.triangular(0.25, 1.2, 1.3), longest)
        big = np.roll(big, round(max(0.0, length * np.cos(angle) - 0.4 * height)), axis=1)
        head = _middle(big[top + pen // 2])
        end = (round(head - length * np.cos(angle)), round(top + pen // 2 + length * np.sin(angle)))
        bent = (round((head + end[0]) / 2 + rng.uniform(-2, 2)), round((top + end[1]) / 2 + rng.uniform(-2, 2)))
        thin = max(2, round(pen * rng.uniform(0.6, 1)))  # the pen presses less on its way up
        cv2.polylines(big, [np.array([(head, top + pen // 2), bent, end], np.int32)], False, 255, thin, cv2.LINE_AA)
        if rng.random() < 0.35:
            foot = _middle(big[bottom - pen // 2])
            left, right = (round(height * rng.uniform(0.12, 0.5)) for _ in range(2))
            tilt = int(rng.integers(-2, 3))
            cv2.line(
                big,
                (foot - left, bottom - pen // 2 + tilt),
                (foot + right, bottom - pen // 2 - tilt),
                255,
                pen,
                cv2.LINE_AA,
            )
    elif label == 7:
        at = top + round(height * rng.uniform(0.4, 0.65))
        middle = _middle(big[at])
        left, right = (round(height * rng.uniform(0.15, 0.35)) for _ in range(2))
        tilt = int(rng.integers(-3, 4))
        cv2.line(big, (middle - left, at + tilt), (middle + right, at - tilt), 255, pen, cv2.LINE_AA)
    else:
        columns = np.flatnonzero((big > 128).any(axis=0))
        out = int(rng.integers(-3, 5))
        cv2.line(big, (int(columns[0]) - out, bottom + out), (int(columns[-1]) + out, top - out), 255, pen, cv2.LINE_AA)
    return big


def _middle(row: Image) -> int:
    """The middle of the ink in one row of a 56-pixel image."""
    ink = np.flatnonzero(row > 64)
    return int(ink.mean()) if len(ink) else 28


def bend(image: Image, rng: np.random.Generator, how: Augmentation) -> Floats:
    """Redraw on the canvas: one affine map and one smooth displacement, in one interpolation."""
    side = image.shape[0]
    angle, shear = np.radians(rng.uniform(-how.rotation, how.rotation)), rng.uniform(-how.shear, how.shear)
    stretch = np.exp(rng.uniform(-how.aspect, how.aspect))
    zoom = side / 28 * 20 / 44 / rng.uniform(0.9, 1.1)  # canvas pixels to image pixels
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, shear], [0, 1]]) @ np.diag([stretch, 1 / stretch])
    grid = (np.arange(CANVAS, dtype=np.float32) - CANVAS / 2 + 0.5) * zoom
    x, y = np.meshgrid(grid, grid)
    middle = side / 2 - 0.5 + (0.5 * side / 28)
    map_x = matrix[0, 0] * x + matrix[0, 1] * y + middle
    map_y = matrix[1, 0] * x + matrix[1, 1] * y + middle
    if how.elastic:
        coarse = rng.normal(0, how.elastic * zoom * rng.random(), (2, 5, 5)).astype(np.float32)
        moved = [cv2.resize(c, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC) for c in coarse]
        map_x, map_y = map_x + moved[0], map_y + moved[1]
    interpolation = cv2.INTER_CUBIC if zoom < 1 else cv2.INTER_AREA
    drawn = cv2.remap(image, map_x.astype(np.float32), map_y.astype(np.float32), interpolation)
    return drawn.astype(np.float32) / 255


def _pen(ink: Floats, rng: np.random.Generator, how: Augmentation) -> Floats:
    """Sharpen the enlarged strokes and make them thinner or thicker, by up to the given pixels."""
    change = rng.uniform(-how.thinner, how.thicker) if rng.random() < 0.7 else 0.0
    if rng.random() < how.p_marker:
        change = rng.uniform(how.thicker, how.marker)
    radius = round(abs(change) / 2)
    solid = np.clip((ink - 0.5) * 4 + 0.5, 0, 1).astype(np.float32)
    if not radius:
        return solid
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    changed = cv2.dilate(solid, disc) if change > 0 else cv2.erode(solid, disc)
    # a pen thinner than the stroke would leave nothing of it: then the stroke stays
    return changed if changed.sum() > 0.35 * solid.sum() else solid


def _soil(ink: Floats, rng: np.random.Generator, how: Augmentation) -> Floats:
    """Remains of lines, a neighbour's edge, specks, gaps in the stroke."""
    if rng.random() < how.p_line:
        thickness, level = int(rng.integers(1, 4)), float(rng.uniform(0.3, 1))
        at, tilt = int(rng.integers(6, CANVAS - 6)), int(rng.integers(-3, 4))
        start, stop = sorted(rng.integers(0, CANVAS, 2).tolist())
        ends = ((start, at), (stop, at + tilt))
        if rng.random() < 0.4:
            ends = tuple((b, a) for a, b in ends)  # type: ignore[assignment]
        line = cv2.line(np.zeros_like(ink), *ends, level, thickness, cv2.LINE_AA)
        ink = np.maximum(ink, line)
    if rng.random() < how.p_neighbour:
        columns = np.flatnonzero(ink.max(axis=0) > 0.5)
        if len(columns):
            side = rng.random() < 0.5
            width = int(rng.integers(2, 9))
            bit = ink[:, columns[0] : columns[0] + width] if side else ink[:, columns[-1] - width + 1 : columns[-1] + 1]
            bit = np.roll(bit, int(rng.integers(-14, 15)), axis=0)[:, : max(1, bit.shape[1])]
            gap = int(rng.integers(0, 4))
            left = columns[-1] + 1 + gap if side else columns[0] - gap - bit.shape[1]
            if left >= 0 and left + bit.shape[1] <= CANVAS:
                ink = ink.copy()
                ink[:, left : left + bit.shape[1]] = np.maximum(ink[:, left : left + bit.shape[1]], bit)
    if rng.random() < how.p_specks:
        for _ in range(int(rng.integers(1, 4))):
            centre = (int(rng.integers(8, CANVAS - 8)), int(rng.integers(8, CANVAS - 8)))
            ink = cv2.circle(np.ascontiguousarray(ink), centre, int(rng.integers(1, 4)), float(rng.uniform(0.4, 1)), -1)
    if rng.random() < how.p_gaps:
        texture = cv2.resize(rng.random((14, 14), np.float32), (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
        ink = ink * np.clip((texture - rng.uniform(0.1, 0.3)) * 6, 0, 1)
    return ink.astype(np.float32)


def _photograph(ink: Floats, rng: np.random.Generator, how: Augmentation) -> Image:
    """Blur, coarse pixels, contrast and noise; then the paper is set to zero and the ink to full, as reading does."""
    if rng.random() < how.p_coarse:
        factor = rng.uniform(how.coarsest, 40) / 44
        small = max(6, round(CANVAS * factor))
        soft = cv2.GaussianBlur(ink, (0, 0), 0.3 + 0.5 * rng.random() / factor) if factor < 0.8 else ink
        coarse = cv2.resize(soft, (small, small), interpolation=cv2.INTER_AREA)
        coarse = coarse + _grain(coarse.shape, how.noise * 0.5 * rng.random(), rng)
        ink = cv2.resize(coarse, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    elif rng.random() < 0.7:
        ink = cv2.GaussianBlur(ink, (0, 0), 0.3 + how.blur * rng.random())
    ink = ink + _grain(ink.shape, how.noise * rng.random(), rng)
    paper, full = rng.uniform(0.05, 0.3), max(float(ink[ink > 0.5 * ink.max()].mean()), 0.3)
    levels = np.clip((ink / full - paper) / (1 - paper), 0, 1)
    if rng.random() < 0.3:  # a hard threshold
        levels = np.clip((levels - 0.5) * rng.uniform(2, 8) + 0.5, 0, 1)
    mask = (levels >= 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    small_ones = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < 0.02 * mask.sum())
    if len(small_ones):
        levels[np.isin(labels, small_ones)] = 0
    near = cv2.dilate((levels >= 0.5).astype(np.uint8), np.ones((5, 5), np.uint8))
    return (levels * near * 255).astype(np.uint8)


def _grain(shape: tuple[int, ...], level: float, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(shape, np.float32) * np.float32(level)


def _cut(ink: Image, rng: np.random.Generator, how: Augmentation) -> Image:
    """Sometimes lose a strip at one side, as a wrong cut between neighbours does."""
    if rng.random() >= how.p_crop:
        return ink
    columns = np.flatnonzero((ink >= 128).any(axis=0))
    rows = np.flatnonzero((ink >= 128).any(axis=1))
    if not len(columns):
        return ink
    cut = ink.copy()
    part = rng.uniform(0, how.crop)
    match int(rng.integers(4)):
        case 0:
            cut[:, : columns[0] + round(part * len(columns))] = 0
        case 1:
            cut[:, columns[-1] + 1 - round(part * len(columns)) :] = 0
        case 2:
            cut[: rows[0] + round(part * len(rows))] = 0
        case _:
            cut[rows[-1] + 1 - round(part * len(rows)) :] = 0
    return cut
