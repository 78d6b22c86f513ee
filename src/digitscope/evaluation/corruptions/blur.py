"""Blur: through frosted glass, and by a camera that moves."""

import cv2
import numpy as np

from digitscope.arrays import Floats

GLASS_SIGMA = 0.7  # pixels, before and after the pixels are displaced
GLASS_REACH = 1  # pixels that a pixel is displaced by at most, each time
GLASS_TIMES = 2
MOTION_LENGTH = 11  # pixels
MOTION_SIGMA = 3.5  # pixels: how the trail fades
MOTION_ANGLE = 45.0  # degrees to either side of the horizontal


def glass(image: Floats, rng: np.random.Generator) -> Floats:
    """Each pixel shows what lies near it, not what lies behind it."""
    seen = cv2.GaussianBlur(image, (0, 0), GLASS_SIGMA)
    rows, columns = np.indices(image.shape)
    for _ in range(GLASS_TIMES):
        down, across = rng.integers(-GLASS_REACH, GLASS_REACH + 1, (2, *image.shape))
        seen = seen[np.clip(rows + down, 0, 27), np.clip(columns + across, 0, 27)]
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), GLASS_SIGMA), np.float32)


def motion(image: Floats, rng: np.random.Generator) -> Floats:
    """A trail to one side that fades like a Gaussian."""
    angle = np.radians(rng.uniform(-MOTION_ANGLE, MOTION_ANGLE))
    steps = np.arange(MOTION_LENGTH + 1)
    weights = np.exp(-(steps**2) / (2 * MOTION_SIGMA**2))
    trail = np.zeros_like(image)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        shift = np.array([[1, 0, step * np.cos(angle)], [0, 1, step * np.sin(angle)]], np.float32)
        trail += weight * cv2.warpAffine(image, shift, (28, 28))
    return trail
