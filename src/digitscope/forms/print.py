"""What stands out from the paper on a blank or a scan, whatever the light: uint8, 0 paper to 255 black.

Unlike `digitscope.reading.ink`, it is measured against the paper and not against the page's own ink: a scan and its
blank are compared.
"""

import cv2
import numpy as np

from digitscope.arrays import Image

WINDOW = 1 / 40  # of the longer side: strokes and rules are narrower
DIMMEST = 0.3  # of the lightest paper: what is darker is a table, whose grain is not to be made stronger
COARSE = 4  # the paper is smooth: it is found on an image smaller by this factor


def darkness(page: Image) -> Image:
    """How much darker than the paper around it each pixel is, in the channel where that is most: uint8 [H, W].

    Args:
        page: uint8 [H, W] or [H, W, 3].
    """
    height, width = page.shape[0], page.shape[1]
    small = cv2.resize(page, (max(1, width // COARSE), max(1, height // COARSE)), interpolation=cv2.INTER_AREA)
    side = max(3, round(max(small.shape[:2]) * WINDOW)) | 1
    kernel = np.ones((side, side), np.uint8)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    lit = DIMMEST * float(np.percentile(paper[::4, ::4], 90))
    paper = cv2.resize(cv2.blur(paper, (side, side)), (width, height), interpolation=cv2.INTER_LINEAR)
    light = cv2.divide(page, cv2.max(paper, max(1.0, lit)), scale=255)
    dark = cv2.bitwise_not(np.asarray(light, np.uint8))
    return dark if dark.ndim == 2 else np.asarray(cv2.max(cv2.max(dark[..., 0], dark[..., 1]), dark[..., 2]), np.uint8)
