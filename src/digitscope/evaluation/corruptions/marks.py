"""Marks: what is drawn, splashed or printed over a digit."""

import cv2
import numpy as np

from digitscope.arrays import Doubles, Floats, Image

STRIPE = (7, 21)  # columns outside of which the image is inverted
DROP_SIGMA = 1.4  # pixels: how large drops are
WET = 0.16  # of the image
DOT = 1.6  # pixels across
DOT_STEP = 3.0  # pixels from one dot to the next
ZIG = (5, 8)  # segments of the line
ZAG = 2.6  # pixels to either side of it
FINE = 4  # what is drawn, is drawn at so many times the size


def stripe(image: Floats, rng: np.random.Generator) -> Floats:
    """A wide band to the left and one to the right, inverted."""
    inverted = 1 - image
    inverted[:, STRIPE[0] : STRIPE[1]] = image[:, STRIPE[0] : STRIPE[1]]
    return inverted


def spatter(image: Floats, rng: np.random.Generator) -> Floats:
    """Splashes of something grey and wet, brightest at their rims."""
    cloud = cv2.GaussianBlur(rng.standard_normal(image.shape).astype(np.float32), (0, 0), DROP_SIGMA)
    drops = (cloud > np.quantile(cloud, 1 - WET)).astype(np.float32)
    rims = drops - cv2.erode(drops, np.ones((3, 3), np.uint8))
    wet = cv2.GaussianBlur(drops, (0, 0), 0.5) * 0.6 + rims * 0.3
    return np.maximum(image * (1 - 0.5 * drops), wet).astype(np.float32)


def dotted_line(image: Floats, rng: np.random.Generator) -> Floats:
    """A straight line of dots, from one side to another."""
    start, end = _ends(rng)
    count = max(2, round(float(np.hypot(*(end - start))) / DOT_STEP))
    drawn = np.zeros((28 * FINE, 28 * FINE), np.uint8)
    for share in np.linspace(0, 1, count):
        x, y = np.rint((start + share * (end - start)) * FINE).astype(int).tolist()
        cv2.circle(drawn, (x, y), round(DOT * FINE / 2), 255, -1, cv2.LINE_AA)
    return _over(image, drawn)


def zigzag(image: Floats, rng: np.random.Generator) -> Floats:
    """A line from one side to another that swings to the left and to the right of its way."""
    start, end = _ends(rng)
    way = end - start
    across = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1e-9)
    count = int(rng.integers(ZIG[0], ZIG[1] + 1))
    shares = np.linspace(0, 1, count + 1)
    sides = np.where(np.arange(count + 1) % 2, ZAG, -ZAG)
    corners = start + shares[:, None] * way + sides[:, None] * across
    drawn = np.zeros((28 * FINE, 28 * FINE), np.uint8)
    cv2.polylines(drawn, [np.rint(corners * FINE).astype(np.int32)], False, 255, FINE, cv2.LINE_AA)
    return _over(image, drawn)


def _over(image: Floats, drawn: Image) -> Floats:
    """White marks, uint8 [28 · FINE, 28 · FINE], on the image."""
    small = cv2.resize(drawn, (28, 28), interpolation=cv2.INTER_AREA) / np.float32(255)
    return np.maximum(image, small)


def _ends(rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Where a line enters at one side and leaves at the opposite one: x and y of each."""
    first, second = rng.uniform(2, 26, 2)
    if rng.random() < 0.5:
        return np.array([0, first]), np.array([27, second])
    return np.array([first, 0]), np.array([second, 27])
