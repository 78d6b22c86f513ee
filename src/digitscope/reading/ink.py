"""Ink from paper: an image of a page → how much ink lies on each pixel, whatever the light, the paper and the pen.

The paper is what a morphological closing leaves when everything narrower than a stroke's neighbourhood is taken out;
ink is what stands out from it in any colour channel, by more than the paper's own grain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats, Image

LONGEST = 1600  # pixels of the longest side that is worked on; a 12-megapixel photo of a page keeps its digits
SHORTEST = 192  # small images are enlarged to this shortest side, so that strokes are some pixels wide
ENLARGE = 6.0  # but not further than this
WIDE_PEN = 4.5  # pixels: with a pen of this width, half a page or a quarter of it tells enough (LOG: wide pens)
THINNEST_PEN = 2.0  # pixels
KNOWN_PEN = 5.0  # pixels: half of it, and more, is measured well at half the size
HALO = 8  # of 255: smoothed paper is lighter than the darkest beside it by no more than this
DARKEST = 48  # of 255: what is darker counts as little darker
LEAST_CONTRAST = 10.0  # of 255: what stands out less from its paper is none
WIDEST = 0.5  # of `_side`: a pen is no wider
SAME_INK = 0.96  # intersection over union from which two inks of one size are the same ink (LOG: a second look)
POLARITY_UNKNOWN = 0.03  # skewness below this: polarity unknown, paper is what the border is; not measured
POLARITY_UNCERTAIN = 0.4  # skewness below this: both polarities are read (LOG: which of ink and paper is lighter)


class Pieces(NamedTuple):
    """The connected pieces of ink, numbered from 1.

    `labels` is int32 [H, W], 0 where there is none; `stats` int32 [N + 1, 5]: each one's left, top, width, height and
    area, after those of what is none.
    """

    labels: npt.NDArray[np.int32]
    stats: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Ink:
    """A page's ink at working size.

    Attributes:
        strength: uint8 [H, W], 0 paper to 255 full ink, graded at edges.
        mask: uint8 [H, W], 1 where there is ink, else 0.
        pieces: what of the mask is connected.
        scale: working pixels for each pixel of the page.
        pen: the pen's width in working pixels.
        steps: the images on the way, by name, for `Reading.steps`.
    """

    strength: Image
    mask: Image
    pieces: Pieces
    scale: float
    pen: float
    steps: dict[str, Image]

    def turned(self, rotation: int) -> "Ink":
        """Turned clockwise by 90, 180 or 270 degrees: nearly what is found on the turned page, and much sooner."""
        code = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}[rotation]
        height, width = self.mask.shape
        left, top, w, h, area = self.pieces.stats.T
        right, below = width - left - w, height - top - h
        boxes = {90: (below, left, h, w), 180: (right, below, w, h), 270: (top, right, h, w)}[rotation]
        steps = {name: np.asarray(cv2.rotate(image, code), np.uint8) for name, image in self.steps.items()}
        mask = np.asarray(cv2.rotate(self.mask, code), np.uint8)
        pieces = Pieces(np.asarray(cv2.rotate(self.pieces.labels, code), np.int32), np.stack([*boxes, area], axis=1))
        return Ink(steps["ink"], mask, pieces, self.scale, self.pen, steps)

    def is_same_as(self, mask: Image) -> bool:
        """Whether a mask has the same size and, nearly, the same ink."""
        if mask.shape != self.mask.shape:
            return False
        either = cv2.countNonZero(cv2.bitwise_or(mask, self.mask))
        return cv2.countNonZero(cv2.bitwise_and(mask, self.mask)) >= SAME_INK * either


def find_inks(image: Image) -> list[Ink]:
    """The ink on a page: where it is unsure which of ink and paper is the lighter, both answers, the likelier first.

    Args:
        image: uint8 [H, W] or [H, W, 3].
    """
    image, scale = _at_working_size(image)
    images = _halved(image)
    # each channel by itself: a blue pen on yellow paper is darker in red and lighter in blue
    lightness = [_lightness(channel) for channel in cv2.split(images[-1])]
    ways = [[value > 0 for value in lightness]]
    if any(abs(value) < POLARITY_UNCERTAIN for value in lightness):
        likelier = sum(lightness) > 0
        ways = [[likelier] * len(lightness), [not likelier] * len(lightness)]
    return [_dark_ink(images, way, scale) for way in ways]


def find_ink(image: Image) -> Ink:
    """The likeliest of `find_inks`."""
    return find_inks(image)[0]


def two_level_inks(image: Image, *, scale: float | None = None) -> list[Ink]:
    """The ink on a page that has two levels of grey, parted by Otsu's threshold; both ways where it is unsure as above.

    It needs even light, but no paper near a stroke: a thick one may fill most of its picture and touch the edges. None
    where what it finds is too wide for strokes, as a sheet on a table or a shadow is.

    Args:
        image: uint8 [H, W] or [H, W, 3].
        scale: that of an ink that was found on this page, to work at the same size; the largest size unless given.
    """
    image, largest = _at_working_size(image)
    if scale is not None:
        halved = _halved(image)
        image = min(halved, key=lambda one: abs(largest * one.shape[1] / image.shape[1] - scale))
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    gray = cv2.GaussianBlur(gray, (0, 0), 0.8)
    lightness = _lightness(gray)
    ways = [lightness > 0, lightness <= 0][: 2 if abs(lightness) < POLARITY_UNCERTAIN else 1]
    inks = (_two_levels(255 - gray if light else gray, image, scale or largest) for light in ways)
    return [ink for ink in inks if ink.pen < WIDEST * _side(gray)]


def _two_levels(gray: Image, image: Image, scale: float) -> Ink:
    """What is darker than Otsu's threshold, of grey uint8 [H, W], of the page as it is worked on."""
    threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = gray <= threshold
    paper, full = (float(gray[part].mean()) if part.any() else threshold for part in (~dark, dark))
    contrast = np.asarray(cv2.subtract(np.full_like(gray, round(paper)), gray), np.uint8)
    level = max(LEAST_CONTRAST, paper - full)
    return _graded(contrast, np.float32(level), 0.5 * level, _pen(contrast, 0.5 * level), image, scale)


def _halved(image: Image) -> list[Image]:
    """An image, a half of it and a quarter, as far as they are no smaller than SHORTEST."""
    images = [image]
    while len(images) < 3 and min(images[-1].shape[:2]) >= 2 * SHORTEST:
        height, width = (side // 2 for side in images[-1].shape[:2])
        even = images[-1][: 2 * height, : 2 * width]  # exact halves are many times as fast to make
        images.append(np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
    return images


def _dark_ink(images: Sequence[Image], light: Sequence[bool], scale: float) -> Ink:
    """What stands out from the paper in any channel, at the smallest of these sizes at which the pen is wide.

    Args:
        images: a page as it is worked on, and halves of it, uint8 [H, W] or [H, W, 3].
        light: for each channel, whether ink is lighter than paper.
        scale: pixels of the largest image for each pixel of the page.
    """
    pen = 0.0
    for image in images[::-1]:
        page = cv2.merge([255 - c if is_light else c for c, is_light in zip(cv2.split(image), light, strict=True)])
        page = page if page.ndim == 3 else page[:, :, None]
        widest = _side(page) / 2.5  # wider than any stroke
        pen *= 2
        if pen < KNOWN_PEN or image is images[0]:
            contrast = _standing_out(page, widest)
            pen = _pen(contrast, _floor(contrast))
        if pen < WIDE_PEN and image is not images[0]:
            continue
        contrast = _standing_out(page, min(widest, 8 * pen))  # a window that fits the strokes that were found
        floor = _floor(contrast)
        pen = _pen(contrast, floor)
        if pen >= WIDE_PEN:
            break  # or else the sheet's edge was wide, or a shadow's, and no pen
    level = _local_level(contrast, floor, pen)
    return _graded(contrast, level, floor, pen, image, scale / round(images[0].shape[1] / image.shape[1]))


def _graded(contrast: Image, level: Floats | np.float32, floor: float, pen: float, image: Image, scale: float) -> Ink:
    """Ink by what stands out from paper, uint8 [H, W], where full ink does so by `level`, the least by `floor`."""
    strength = np.clip(contrast * (127.5 / np.maximum(0.5 * level, floor)), 0, 255).astype(np.uint8)
    pieces = _hysteresis(strength)
    mask = (pieces.labels > 0).astype(np.uint8)
    return Ink(strength, mask, pieces, scale, pen, {"page": image, "contrast": contrast, "ink": strength})


def _at_working_size(image: Image) -> tuple[Image, float]:
    """A page as it is worked on, and working pixels for each pixel of it."""
    scale = working_scale(image.shape[0], image.shape[1])
    if scale == 1:
        return image, scale
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8), scale


def working_scale(height: int, width: int) -> float:
    """The factor from page to working pixels: large pages shrink, small images grow."""
    longest, shortest = max(height, width), min(height, width)
    if longest > LONGEST:
        return LONGEST / longest
    if shortest < SHORTEST:
        return max(1.0, min(SHORTEST / shortest, ENLARGE, LONGEST / longest))
    return 1.0


def _side(page: Image) -> float:
    """What a pen's width is bounded by: a page's height, or, where it is narrow, the side of a square as large.

    A 1, cut out closely, may be wider than half of its picture; a row is lower than wide, and its strokes still more.
    """
    height, width = page.shape[:2]
    return min(height, math.sqrt(height * width))


def _lightness(channel: Image) -> float:
    """How sure it is that ink is lighter than paper, -1 to 1: by which of them is the smaller part near each stroke.

    The third moment of what differs from its surroundings tells that; a straight edge, as much lighter on one side as
    darker on the other, has none. That of the logarithm is the same in any light; where it is unsure, as of strokes as
    wide as what is between them, that of the light itself is asked. Where it is level, paper is what the border is.
    """
    factor = min(1.0, 160 / min(channel.shape))
    size = (max(1, round(channel.shape[1] * factor)), max(1, round(channel.shape[0] * factor)))
    gray = cv2.resize(channel, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    logarithm = np.log(gray + DARKEST)
    skew = (_skewness(logarithm, 12) + _skewness(logarithm, 24)) / 2  # around large digits, and around small ones
    if abs(skew) < POLARITY_UNCERTAIN:
        linear = _skewness(gray, 12)
        skew = linear if abs(linear) > POLARITY_UNCERTAIN else skew
    if abs(skew) > POLARITY_UNKNOWN:
        return skew
    low, high = np.percentile(gray, (1, 99))
    rim = max(1, min(gray.shape) // 40)
    edge = np.concatenate([gray[:rim].ravel(), gray[-rim:].ravel(), gray[:, :rim].ravel(), gray[:, -rim:].ravel()])
    return POLARITY_UNKNOWN if np.median(edge) < (low + high) / 2 else -POLARITY_UNKNOWN


def _skewness(light: Floats, part: int) -> float:
    """The third moment, -1 to 1, of what differs from surroundings as wide as this part of the page's shorter side."""
    apart = light - _blurred(light, max(1.0, min(light.shape) / part))
    cubes = apart * apart * apart
    return float(cubes.sum() / max(float(np.abs(cubes).sum()), 1e-6))


def _blurred(image: Floats, sigma: float) -> Floats:
    """A Gaussian blur, of a smaller image where it is wide."""
    factor = min(1.0, 4 / sigma)
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma * factor, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _percentiles(image: Image, *shares: float) -> list[float]:
    """`np.percentile` of a uint8 image, from its histogram: the value of the pixel at each share of all, in percent."""
    counts = cv2.calcHist([image], [0], None, [256], [0, 256]).ravel()
    below = np.cumsum(counts)
    return [float(np.searchsorted(below, share / 100 * (image.size - 1), side="right")) for share in shares]


def _standing_out(page: Image, window: float) -> Image:
    """What is darker than the paper: the largest difference over the channels from the closing, uint8 [H, W]."""
    h, w = page.shape[:2]
    factor = min(1.0, 20 / window)  # the paper is smooth: closing a smaller image by a smaller window is as good
    small = cv2.resize(page, (max(1, round(w * factor)), max(1, round(h * factor))), interpolation=cv2.INTER_AREA)
    side = max(3, round(window * factor)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    beyond = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)  # a dark border goes on and on
    paper = cv2.morphologyEx(beyond, cv2.MORPH_CLOSE, kernel)[side:-side, side:-side].copy()
    darkest = cv2.erode(paper, np.ones((3, 3), np.uint8))  # where a shadow or the sheet ends, smoothing makes no ink
    smooth = cv2.blur(paper, (side // 2 | 1,) * 2, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.min(smooth, cv2.add(darkest, HALO))
    paper = cv2.resize(paper, (w, h), interpolation=cv2.INTER_LINEAR)
    difference = cv2.subtract(paper, page if page.shape[2] > 1 else page[:, :, 0])
    if difference.ndim == 3:
        red, green, blue = cv2.split(difference)
        difference = cv2.max(cv2.max(red, green), blue)  # NumPy's max over an axis of three is slow
    return cv2.GaussianBlur(difference, (0, 0), 0.8)


def _floor(contrast: Image) -> float:
    """The least contrast that can be ink: well above the paper's grain, which its paler half shows."""
    low, middle, high = _percentiles(contrast, 15, 50, 99.5)
    return max(LEAST_CONTRAST, low + 5 * (middle - low), 0.2 * high)


def _pen(contrast: Image, floor: float) -> float:
    """The pen's width in pixels, as the strokes that stand out most have it."""
    x, y, w, h = cv2.boundingRect((contrast > floor).view(np.uint8))
    if not w:
        return THINNEST_PEN
    inked = contrast[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1]  # with paper around it, as far as there is
    (strong,) = _percentiles(inked[inked > floor], 80)
    mask = (inked > max(floor, 0.5 * strong)).view(np.uint8)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    ridge = distance[(distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)))]
    return max(THINNEST_PEN, float(np.percentile(2 * ridge - 1, 75))) if len(ridge) else THINNEST_PEN


def _local_level(contrast: Image, floor: float, pen: float) -> Floats:
    """The contrast of the full ink around each pixel, float32 [H, W]: faint and strong ink may share a page."""
    ink = np.asarray(cv2.threshold(contrast, floor, 255, cv2.THRESH_TOZERO)[1], np.float32)
    factor = min(1.0, 2 / pen)
    size = (max(1, round(ink.shape[1] * factor)), max(1, round(ink.shape[0] * factor)))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    sigma = 5 * pen * factor
    weighted, weight = (cv2.GaussianBlur(x, (0, 0), sigma) for x in (small * small * small, small * small))
    level = cv2.resize(weighted / np.maximum(weight, 1e-3), contrast.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return level.astype(np.float32)


def _hysteresis(strength: Image) -> Pieces:
    """Ink at half strength, where it is connected with some that is stronger: grain seldom is."""
    weak, strong = (strength >= 90).astype(np.uint8), strength >= 160
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    kept = np.zeros(count, bool)
    kept[labels[strong]] = True
    kept[0] = False
    numbers = np.cumsum(kept, dtype=np.int32) * kept
    kept[0] = True
    return Pieces(numbers[labels], stats[kept])
