"""The page around a glyph as the classifier's second input sees it: grey, ink bright, at the glyph's own scale.

The glyph's image holds its ink alone; this one holds what the page shows there, twice as far in each direction, so that
a letter of a word, a part of a larger digit or a fold of the paper can be told from a digit.
"""

import math

import cv2
import numpy as np

from digitscope.arrays import Image, Images, PixelsLTRB
from digitscope.reading.normalization import BOX

SIDE = 56  # pixels: twice the glyph's 28
RANGE_MARGIN = 0.25  # of the glyph's longer side: paper and ink beside it decide what is black and what is white
PAPER_PERCENTILE, INK_PERCENTILE = 10, 98  # of what is there
LEAST_RANGE = 16.0  # of 255: what differs by less than this from its paper stays faint


def surroundings(picture: Image, boxes_ltrb: list[PixelsLTRB]) -> Images:
    """What a page shows around glyphs: uint8 [N, 56, 56], each glyph's longer side 20 pixels long in the middle.

    Args:
        picture: uint8 [H, W], the page, ink brighter than paper. Beyond its edges nothing is shown, 0.
        boxes_ltrb: the glyphs' boxes on it.
    """
    halved = [picture]
    views = np.zeros((len(boxes_ltrb), SIDE, SIDE), np.uint8)
    for view, box in zip(views, boxes_ltrb, strict=True):
        view[:] = _seen(halved, box)
    return views


def _seen(halved: list[Image], box_ltrb: PixelsLTRB) -> Image:
    """One glyph's surroundings; `halved` is the picture at 1, 1/2, 1/4 ... of its size, as far as it was needed."""
    left, top, right, bottom = box_ltrb
    longer = max(right - left, bottom - top)
    times = max(0, math.floor(math.log2(longer / BOX)))
    while len(halved) <= times:
        h, w = halved[-1].shape
        halved.append(np.asarray(cv2.resize(halved[-1], (-(-w // 2), -(-h // 2)), interpolation=cv2.INTER_AREA)))
    scale = BOX / longer
    from_level = scale * 2**times
    shift_x = SIDE / 2 - scale * (left + right) / 2 + (from_level - 1) / 2
    shift_y = SIDE / 2 - scale * (top + bottom) / 2 + (from_level - 1) / 2
    affine = np.array([[from_level, 0, shift_x], [0, from_level, shift_y]])
    view = cv2.warpAffine(halved[times], affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    more = math.ceil(RANGE_MARGIN * longer)
    near = halved[0][max(0, top - more) : bottom + more, max(0, left - more) : right + more]
    step = max(1, longer // 32)
    paper, ink = np.percentile(near[::step, ::step], (PAPER_PERCENTILE, INK_PERCENTILE))
    return cv2.convertScaleAbs(cv2.subtract(view, float(paper)), alpha=255 / max(LEAST_RANGE, float(ink - paper)))
