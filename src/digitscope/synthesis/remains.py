"""What reading finds where no digit is: grain, folds of light, rests of rules and boxes, specks.

Pages are made with digits on them, parts without a digit are cut out of them, and the very steps that find ink on a
photo find some there.
"""

import cv2
import numpy as np

from digitscope.arrays import Image
from digitscope.reading.ink import find_ink
from digitscope.reading.normalization import normalize
from digitscope.synthesis.pages import compose
from digitscope.synthesis.pages.record import Page

CUTS = 10  # parts tried of a page
MOST = 8  # pieces of ink kept of a part: noise has thousands
SMALLEST = 8  # pixels of ink


def remains(digits: Image, labels: Image, rng: np.random.Generator, *, pages: int) -> list[Image]:
    """Glyphs found on the bare parts of made pages, each uint8 [28, 28] in MNIST's form.

    Args:
        digits: uint8 [N, 28, 28], what the pages are written with.
        labels: uint8 [N].
        rng: the pages', and where they are cut.
        pages: how many pages are made.
    """
    found: list[Image] = []
    for _ in range(pages):
        size = int(rng.integers(200, 700)), int(rng.integers(200, 700))
        page = compose(digits, labels, rng, text=str(rng.integers(10)), height=float(rng.uniform(18, 60)), size=size)
        for part in bare_parts(page, rng):
            found += _glyphs(part, rng)
    return found


def bare_parts(page: Page, rng: np.random.Generator) -> list[Image]:
    """Parts of the page, of a cell's size to a third of it, that no digit reaches into."""
    h, w = page.image.shape[:2]
    boxes = np.array([digit.box for digit in page.digits])
    parts = []
    for _ in range(CUTS):
        height, width = (int(side * rng.uniform(0.1, 0.6)) for side in (h, w))
        if min(height, width) < 16:
            continue
        y, x = int(rng.integers(0, h - height)), int(rng.integers(0, w - width))
        aside = (boxes[:, 0] > x + width) | (boxes[:, 0] + boxes[:, 2] < x)
        above = (boxes[:, 1] > y + height) | (boxes[:, 1] + boxes[:, 3] < y)
        if (aside | above).all():
            parts.append(np.ascontiguousarray(page.image[y : y + height, x : x + width]))
    return parts


def _glyphs(part: Image, rng: np.random.Generator) -> list[Image]:
    """Some of the connected pieces of ink that are found on one part."""
    ink = find_ink(part)
    labels, stats = ink.pieces
    pieces = [k for k in range(1, len(stats)) if stats[k, cv2.CC_STAT_AREA] >= SMALLEST]
    return [normalize(np.where(labels == k, ink.strength, 0).astype(np.uint8)) for k in rng.permutation(pieces)[:MOST]]
