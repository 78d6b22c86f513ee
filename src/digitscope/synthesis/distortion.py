"""MNIST's images, distorted a little or a lot, and kept at their size: `distort(image, rng, how=Distortion())`.

What pure classifiers learn from. Nothing here resembles fog, spatter, frosted glass, zigzag lines or bare edges: these
five of `evaluation.corruptions` stay unseen.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.arrays import Floats, Image

MIDDLE = 13.5  # of 28 pixels, counted from 0
GRID = np.stack(np.meshgrid(np.arange(28), np.arange(28)), axis=-1).astype(np.float32)  # [28, 28, 2]: x, y


@dataclass(frozen=True)
class Distortion:
    """How far each thing goes. Each image draws its own amounts; what has a probability `p_...` happens that often.

    The first six are An and others' (2020) and milder; the rest is for images that are worse than MNIST's.
    """

    rotation: float = 12.0  # degrees to either side
    scale: float = 0.1  # larger or smaller, as a share
    shrink: float = 0.0  # smaller still, as a share
    shear: float = 0.1  # pixels to the side for each pixel down
    shift: float = 2.0  # pixels along each axis
    elastic: float = 0.6  # pixels, the deviation of a smooth displacement
    p_noise: float = 0.0
    noise: float = 0.2  # at most: the share of pixels that turn black or white, or the grain's deviation
    p_blur: float = 0.0
    blur: float = 7.0  # pixels, the longest trail of a camera that moves
    p_light: float = 0.0
    light: float = 0.6  # the brightest that paper becomes
    p_band: float = 0.0  # a band of columns or rows, inverted
    p_dots: float = 0.0
    dots: int = 16  # at most, each a pixel or two wide


def distort(image: Image, rng: np.random.Generator, *, how: Distortion) -> Image:
    """One glyph, uint8 [28, 28], distorted: uint8 [28, 28]."""
    x = _bent(image, rng, how)
    if rng.random() < how.p_dots:
        x = _dotted(x, rng, how)
    if rng.random() < how.p_blur:
        x = _trailed(x, rng, how)
    if rng.random() < how.p_light:
        paper = rng.uniform(0, how.light)
        x = paper + x * (rng.uniform(0.4, 1.0) if rng.random() < 0.7 else 1.0)
    if rng.random() < how.p_band:
        x = _inverted(np.clip(x, 0, 1), rng)
    if rng.random() < how.p_noise:
        x = _noisy(x, rng, how)
    return np.rint(np.clip(x, 0, 1) * 255).astype(np.uint8)


def _bent(image: Image, rng: np.random.Generator, how: Distortion) -> Floats:
    """One smooth displacement, then one affine map: float32 [28, 28] in 0…1."""
    angle, shear = np.radians(rng.uniform(-how.rotation, how.rotation)), rng.uniform(-how.shear, how.shear)
    zoom = 1 + rng.uniform(-how.scale - how.shrink, how.scale)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    right, down = rng.uniform(-how.shift, how.shift, 2)
    a, b, c, d = cos / zoom, sin / zoom, -sin / zoom, cos / zoom  # turns and scales back; the shear is undone below
    a, b = a - shear * c, b - shear * d
    affine = np.array(
        [[a, b, MIDDLE - a * (MIDDLE + right) - b * (MIDDLE + down)],
         [c, d, MIDDLE - c * (MIDDLE + right) - d * (MIDDLE + down)]],
        np.float32,
    )  # fmt: skip
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if how.elastic:
        coarse = rng.normal(0, how.elastic, (5, 5, 2)).astype(np.float32)
        moved = GRID + cv2.resize(coarse, (28, 28), interpolation=cv2.INTER_CUBIC)
        image = cv2.remap(image, moved, None, cv2.INTER_LINEAR)
    return np.asarray(cv2.warpAffine(image, affine, (28, 28), flags=flags), np.float32) / np.float32(255)


def _dotted(x: Floats, rng: np.random.Generator, how: Distortion) -> Floats:
    """White dots, strewn or in a row."""
    count = int(rng.integers(1, how.dots + 1))
    if rng.random() < 0.5:
        first, last = rng.uniform(0, 27, (2, 2))
        places = first + np.linspace(0, 1, count)[:, None] * (last - first)
    else:
        places = rng.uniform(0, 27, (count, 2))
    dots = np.zeros((28, 28), np.float32)
    down, across = np.rint(places).astype(int).T
    dots[down, across] = 1
    if rng.random() < 0.5:
        dots = np.maximum(dots, 0.7 * np.roll(dots, 1, axis=int(rng.integers(2))))
    return np.maximum(x, dots)


def _trailed(x: Floats, rng: np.random.Generator, how: Distortion) -> Floats:
    """A trail to one side, of any direction."""
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(1, how.blur)
    steps = np.linspace(0, 1, 8)
    weights = np.exp(-rng.uniform(0, 3) * steps)
    kernel = np.zeros((21, 21), np.float32)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        across, down = 10 + length * step * np.cos(angle), 10 + length * step * np.sin(angle)
        kernel[round(down), round(across)] += weight
    return np.asarray(cv2.filter2D(x, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_CONSTANT), np.float32)


def _inverted(x: Floats, rng: np.random.Generator) -> Floats:
    """One or two bands of columns or rows, inverted."""
    x = x.copy()
    view = x if rng.random() < 0.7 else x.T
    for _ in range(int(rng.integers(1, 3))):
        start = int(rng.integers(-6, 24))
        band = slice(max(start, 0), min(start + int(rng.integers(4, 12)), 28))
        view[:, band] = 1 - view[:, band]
    return x


def _noisy(x: Floats, rng: np.random.Generator, how: Distortion) -> Floats:
    """Salt and pepper, grain, or few photons."""
    kind = rng.integers(3)
    if kind == 0:
        fate, share = rng.random(x.shape), rng.uniform(0, how.noise)
        return np.where(fate < share / 2, 0, np.where(fate < share, 1, x)).astype(np.float32)
    if kind == 1:
        return x + rng.normal(0, rng.uniform(0, how.noise), x.shape).astype(np.float32)
    photons = rng.uniform(3, 20)
    return (rng.poisson(np.clip(x, 0, 1) * photons) / photons).astype(np.float32)
