"""A page's ink → where its digits are, and what each looks like in its surroundings, by the detector network.

The detector is fully convolutional: for each cell, 4 pixels high and 2 wide, it says which digit's middle lies there,
or none, and how far that digit reaches to each side. It knows digits 14 to 28 pixels tall, so it looks at the page at
scales an octave apart; cells that mean the same digit are merged.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from digitscope.models import WEIGHTS
from digitscope.reading.ink import Ink

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

STRIDE_Y, STRIDE_X = 4, 2
REACH = 16.0  # pixels to a unit of the detector's reach
NONE = 10
LOW, HIGH = 14.0, 28.0  # pixels of a digit's height that one scale is for
SLACK = 1.2  # by which a digit may be smaller or larger than one scale is for
THIN = 1.6  # pixels: strokes are kept this wide when a page is scaled down
BLOCK = 8  # pixels: the sides of what the detector takes are multiples of it
MARGIN = 16  # pixels of paper that it sees around the ink, where there are so many
FAINTEST = 48  # of 255: ink that is fainter is not looked for
THINNEST, THICKEST = 34.0, 3.5  # a digit's height in pens
SPECK_PENS = 2.5  # a digit's height in pens: what is smaller, and this share
SPECK_SHARE = 1 / 16  # of the tallest digit's height, is a speck, however much like a zero
FINEST = 2.0  # the finest scale: digits 7 pixels tall
LARGEST = 2_500_000  # pixels of a scaled page
CHEAP = 60_000  # pixels: a scaled page this small is looked at in any case
UNREAD = 0.03  # of the ink: when no more is left outside the digits found, finer scales have nothing to add
BESIDE = 0.12  # of its height: so far around a digit's box its ink may lie
LEAST = 0.2  # of a cell's word that there is a digit: less is not looked at
SAME = 0.45  # intersection over union from which on two cells mean the same digit
SUREST = 0.95  # of the surest cell's word: others are not heard
NEAR = 0.35  # of the smaller one's sides: so near middles are of one digit
SLIM = 0.12  # of the smaller one's height: so near they are even where digits are slim
WITHIN = 0.5  # of a box: what lies in a larger one with so much of itself may be a part of it
MANY = 3  # digits in the box of a larger one,
AS_SURE = 0.1  # no less sure than it is by more than this: these are the digits
COVERED = 0.8  # of a box's ink in the boxes within: these are the digits


@dataclass(frozen=True, eq=False)
class Found:
    """A digit on the page: its box (left, top, right, bottom) in working pixels, and the detector's word.

    `probabilities` is float32 [11]: each digit, and none.
    """

    box: tuple[float, float, float, float]
    probabilities: Floats

    @property
    def height(self) -> float:
        """In working pixels."""
        return self.box[3] - self.box[1]


def find_digits(ink: Ink) -> list[Found]:
    """The digits on a page, the likeliest first."""
    boxes, words = np.zeros((0, 4), np.float32), np.zeros((0, NONE + 1), np.float32)
    unread = ink.mask.copy()
    enough = UNREAD * np.count_nonzero(unread)
    halves = Halves(ink)
    for scale, likely in _scales(ink):
        seen, said = _look(ink, scale, halves)
        boxes, words = np.concatenate([boxes, seen]), np.concatenate([words, said])
        if not likely:
            continue  # from so far away, a page of digits may look like one: it does not count as read
        sure = said[:, NONE] < 0.5
        more = BESIDE * (seen[sure, 3:] - seen[sure, 1:2]) * [-1, -1, 1, 1]
        for left, top, right, bottom in np.rint(seen[sure] + more).astype(int).clip(0):
            unread[top:bottom, left:right] = 0
        if np.count_nonzero(unread) <= enough and 4 * scale * scale * unread.size > CHEAP:
            break
    return _without_specks(_disentangled(_merged(boxes, words), ink.mask), ink.pen)


def _scales(ink: Ink) -> Iterator[tuple[float, bool]]:
    """The scales, an octave apart, the coarsest first: those that the pen makes likely, and all that cost little.

    Each comes with whether it is likely.
    """
    height, width = ink.strength.shape
    scale = 1 / 64
    while scale <= FINEST and height * width * scale * scale <= LARGEST:
        fits = height * scale >= LOW / 1.1  # a digit at this scale is no taller than the page
        likely = LOW / scale <= THINNEST * ink.pen and HIGH / scale >= THICKEST * ink.pen
        if fits and (likely or height * width * scale * scale <= CHEAP):
            yield scale, likely
        scale *= 2


class Halves:
    """A page's strokes at a half, a quarter, an eighth ... of its size, each made once and from the one before.

    Strokes that would fade are widened before they are halved.
    """

    def __init__(self, ink: Ink) -> None:
        self._levels = [(np.where(ink.mask > 0, ink.strength, 0).astype(np.uint8), ink.pen)]

    def __getitem__(self, times: int) -> Image:
        """The strokes, halved so many times."""
        while len(self._levels) <= times:
            strokes, pen = self._levels[-1]
            if pen < 2 * THIN:
                strokes, pen = cv2.dilate(strokes, np.ones((3, 3), np.uint8)), pen + 2
            half = -(-strokes.shape[1] // 2), -(-strokes.shape[0] // 2)
            self._levels.append((np.asarray(cv2.resize(strokes, half, interpolation=cv2.INTER_AREA)), pen / 2))
        return self._levels[times][0]


def scaled(ink: Ink, scale: float, halves: Halves | None = None) -> Image:
    """The ink's strength at a scale, uint8 [H, W]; strokes stay wide enough to be seen."""
    h, w = ink.strength.shape
    size = max(1, round(w * scale)), max(1, round(h * scale))
    if scale >= 1:
        return np.asarray(cv2.resize(ink.strength, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    plain = np.asarray(cv2.resize(ink.strength, size, interpolation=cv2.INTER_AREA), np.uint8)
    if ink.pen * scale >= THIN:
        return plain
    strokes = (halves or Halves(ink))[math.floor(-math.log2(scale))]
    return np.maximum(plain, cv2.resize(strokes, size, interpolation=cv2.INTER_AREA))


def _look(ink: Ink, scale: float, halves: Halves) -> tuple[Floats, Floats]:
    """At one scale: the boxes float32 [N, 4] in working pixels and the words [N, 11] of cells that see a digit."""
    h, w = ink.strength.shape
    small = scaled(ink, scale, halves)
    size = small.shape[1], small.shape[0]
    part, (x0, y0) = _written_on(small)
    classes, reach = _session().run(None, {"ink": part[None]})
    rows, columns = np.nonzero(classes[0, :, :, NONE] < 1 - LEAST)
    words = classes[0, rows, columns]
    x, y = x0 + (columns + 0.5) * STRIDE_X, y0 + (rows + 0.5) * STRIDE_Y
    out = np.maximum(reach[0, rows, columns], 1 / REACH) * REACH
    sides = np.stack([x - out[:, 0], y - out[:, 1], x + out[:, 2], y + out[:, 3]], axis=1)
    tall = out[:, 1] + out[:, 3]
    own = (tall > LOW / SLACK) & (tall < HIGH * SLACK)  # others are for another scale
    stretch = np.array([w / size[0], h / size[1]] * 2)
    return (sides[own] * stretch).astype(np.float32), words[own]


def _written_on(small: Image) -> tuple[Image, tuple[int, int]]:
    """The part of a page that has ink, with some paper around it and sides of whole blocks, and where it begins."""
    left, top, width, height = cv2.boundingRect((small >= FAINTEST).astype(np.uint8))
    x0, y0 = (max(0, start - MARGIN) // BLOCK * BLOCK for start in (left, top))
    part = small[y0 : top + height + MARGIN, x0 : left + width + MARGIN]
    below, beside = -part.shape[0] % BLOCK, -part.shape[1] % BLOCK
    return cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=0), (x0, y0)


def _merged(boxes: Floats, words: Floats) -> list[Found]:
    """The digits that cells mean, the surest first: each cell's word goes to the surest that means the same digit."""
    order = np.argsort(words[:, NONE], kind="stable")
    boxes, words = boxes[order], words[order]
    sizes = boxes[:, 2:] - boxes[:, :2]
    middles, areas = boxes[:, :2] + sizes / 2, sizes.prod(axis=1)
    rest = np.arange(len(boxes))
    found: list[Found] = []
    while len(rest):
        first = rest[0]
        shared = _shared(boxes[first], boxes[rest])
        near = np.minimum(sizes[rest], sizes[first]) * NEAR
        near[:, 0] = np.maximum(near[:, 0], SLIM * np.minimum(sizes[rest, 1], sizes[first, 1]))
        aside = (np.abs(middles[rest] - middles[first]) < near).all(axis=1)
        same = (shared > SAME * (areas[rest] + areas[first] - shared)) | aside
        same[0] = True  # itself, whatever its box
        members, rest = rest[same], rest[~same]
        sure = 1 - words[members, NONE]
        weight = np.where(sure >= SUREST * sure[0], sure, 0)
        weight = weight / weight.sum()
        left, top, right, bottom = (weight @ boxes[members]).tolist()
        found.append(Found((left, top, right, bottom), weight @ words[members]))
    return found


def _disentangled(found: list[Found], mask: Image) -> list[Found]:
    """`found` without parts of digits taken for digits, and without what several digits together were taken for.

    Of a box and what lies in it, those are right that account for the ink: the loops of an eight leave much of its
    ink out, the digits of a page none of it. Many digits in a box are right although rules leave ink beside them, if
    they are sure: the grain of a stroke of pencil or chalk looks like many digits that are not.
    """
    boxes = np.array([digit.box for digit in found], np.float32).reshape(-1, 4)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    sure = np.array([1 - digit.probabilities[NONE] for digit in found])
    left = np.ones(len(found), bool)
    for k in np.argsort(-areas):
        if not left[k]:
            continue
        shared = _shared(boxes[k], boxes)
        inner = np.flatnonzero(left & (shared > WITHIN * areas) & (areas < areas[k]))
        if not len(inner):
            continue
        strong = inner[sure[inner] > 0.5]
        many = len(strong) >= MANY and sure[strong].mean() > sure[k] - AS_SURE
        many = many or (len(strong) > 1 and _covered(boxes[k], boxes[strong], mask) > COVERED)
        if many or sure[k] < sure[inner].max():
            left[k] = False
        else:
            left[inner] = False
    return [digit for digit, stays in zip(found, left, strict=True) if stays]


def _without_specks(found: list[Found], pen: float) -> list[Found]:
    """`found` without what is too small for the pen and for the digits around it."""
    tallest = max((digit.height for digit in found if digit.probabilities[NONE] < 0.5), default=0.0)
    return [digit for digit in found if digit.height >= min(SPECK_PENS * pen, SPECK_SHARE * tallest)]


def _covered(box: Floats, inner: Floats, mask: Image) -> float:
    """The share of a box's ink that lies in the `inner` boxes."""
    x0, y0, x1, y1 = np.rint(box).astype(int).clip(0)
    ink = mask[y0:y1, x0:x1].copy()
    total = max(1, int(np.count_nonzero(ink)))
    for left, top, right, bottom in (np.rint(inner).astype(int) - [x0, y0, x0, y0]).clip(0):
        ink[top:bottom, left:right] = 0
    return 1 - int(np.count_nonzero(ink)) / total


def _shared(box: Floats, boxes: Floats) -> Floats:
    """The areas that one box [4] shares with each of others [N, 4]: [N]."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1))


@functools.cache
def _session() -> ort.InferenceSession:
    return ort.InferenceSession(WEIGHTS / "detector.onnx", providers=["CPUExecutionProvider"])
