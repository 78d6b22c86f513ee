"""The array types and boxes that all rooms share, each with its shape and units.

A box is either its sides, left, top, right, bottom ("ltrb"), the form of all computation, or its corner and size, x, y,
width, height ("xywh"), the form of results and JSON. Names say which: `boxes_ltrb`, `box_xywh`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

NOT_A_DIGIT = 10  # the eleventh class of a classifier or detector; classes 0 to 9 are the digits

Image = npt.NDArray[np.uint8]  # [H, W] grey or [H, W, 3] RGB, 0 to 255; a glyph is [28, 28], ink bright on dark
Images = npt.NDArray[np.uint8]  # [N, 28, 28], glyphs in MNIST's form: 0 is paper, 255 full ink
Labels = npt.NDArray[np.uint8]  # [N], classes 0 to 9, or NOT_A_DIGIT
Mask = npt.NDArray[np.bool_]  # any shape, True where something holds
Indices = npt.NDArray[np.int64]  # [N]
Floats = npt.NDArray[np.float32]  # any shape: probabilities, weights, feature maps
Doubles = npt.NDArray[np.float64]  # any shape: geometry and statistics, where float32 is too coarse
Boxes = npt.NDArray[np.float32]  # [N, 4], pixels: `boxes_ltrb`

BoxLTRB = tuple[float, float, float, float]  # left, top, right, bottom in pixels, right and bottom exclusive
PixelsLTRB = tuple[int, int, int, int]  # the same in whole pixels: image[top:bottom, left:right]
BoxXYWH = tuple[int, int, int, int]  # x, y, width, height in whole pixels


def xywh_from_ltrb(boxes_ltrb: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Corner and size of boxes [..., 4] given by their sides."""
    return np.concatenate([boxes_ltrb[..., :2], boxes_ltrb[..., 2:] - boxes_ltrb[..., :2]], axis=-1)


def ltrb_from_xywh(boxes_xywh: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sides of boxes [..., 4] given by corner and size."""
    return np.concatenate([boxes_xywh[..., :2], boxes_xywh[..., :2] + boxes_xywh[..., 2:]], axis=-1)
