"""A page's ink at scales an octave apart, for a detector that knows digits of one octave of heights."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from digitscope.arrays import Image
from digitscope.reading.ink import Ink

MIN_HEIGHT, MAX_HEIGHT = 14.0, 28.0  # pixels: heights of the digits that the detector was trained to find
MIN_STROKE = 1.6  # pixels: strokes are kept this wide when a page is scaled down (LOG: thin strokes fade)
MAX_SCALE = 2.0  # the finest scale finds digits 7 pixels tall; finer ones were not measured
MAX_SCALED_PIXELS = 2_500_000  # bounds time and memory of one run of the detector
CHEAP_PIXELS = 8_000  # a scaled page this small is always searched, whatever the pen (LOG: many small files)
MIN_PENS, MAX_PENS = 3.5, 34.0  # a digit's height in pen widths, which says which scales are likely


def candidate_scales(ink: Ink) -> Iterator[tuple[float, bool]]:
    """The scales to search, coarsest first, and whether digits of that size are likely, given the pen's width."""
    height, width = ink.strength.shape
    scale = 1 / 64
    while scale <= MAX_SCALE and height * width * scale * scale <= MAX_SCALED_PIXELS:
        fits = height * scale >= MIN_HEIGHT / 1.1  # a digit at this scale is no taller than the page
        fits_pen = MIN_HEIGHT / scale <= MAX_PENS * ink.pen and MAX_HEIGHT / scale >= MIN_PENS * ink.pen
        if fits and (fits_pen or height * width * scale * scale <= CHEAP_PIXELS):
            yield scale, fits_pen
        scale *= 2


class HalvedStrokes:
    """A page's strokes at 1/2, 1/4, 1/8 ... of its size, each made once, from the one before.

    Strokes that would fade are widened before they are halved.
    """

    def __init__(self, ink: Ink) -> None:
        self._levels = [(np.asarray(cv2.bitwise_and(ink.strength, ink.strength, mask=ink.mask), np.uint8), ink.pen)]

    def __getitem__(self, times: int) -> Image:
        """The strokes halved this many times."""
        while len(self._levels) <= times:
            strokes, pen = self._levels[-1]
            if pen < 2 * MIN_STROKE:
                strokes, pen = cv2.dilate(strokes, np.ones((3, 3), np.uint8)), pen + 2
            half = -(-strokes.shape[1] // 2), -(-strokes.shape[0] // 2)
            self._levels.append((np.asarray(cv2.resize(strokes, half, interpolation=cv2.INTER_AREA)), pen / 2))
        return self._levels[times][0]


def scaled(ink: Ink, scale: float, halved: HalvedStrokes | None = None) -> Image:
    """The ink's strength at a scale, uint8 [H, W]; strokes stay wide enough to be seen."""
    h, w = ink.strength.shape
    size = max(1, round(w * scale)), max(1, round(h * scale))
    if scale >= 1:
        return np.asarray(cv2.resize(ink.strength, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    plain = np.asarray(cv2.resize(ink.strength, size, interpolation=cv2.INTER_AREA), np.uint8)
    if ink.pen * scale >= MIN_STROKE:
        return plain
    strokes = (halved or HalvedStrokes(ink))[math.floor(-math.log2(scale))]
    return np.maximum(plain, cv2.resize(strokes, size, interpolation=cv2.INTER_AREA))
