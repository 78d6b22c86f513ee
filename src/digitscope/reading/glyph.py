"""Digits found on a page → glyphs: each cut out of its neighbours, in MNIST's form, read by detector and classifier.

The detector sees a digit in its surroundings, touching neighbours and rules included; the classifier sees it alone, at
a finer scale. Each answers for itself, and the glyph has the weighted geometric mean of both.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.reading.detection import NONE, Found
from digitscope.reading.ink import Ink, Pieces
from digitscope.reading.normalization import ink_box, normalize

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]

SMALL, LARGE = 20, 40  # pixels of the photo: a small digit has nothing to show that the detector did not see,
TRUST_SMALL, TRUST_LARGE = 0.8, 0.5  # so much of the answer is the detector's; a large one is for the classifier
WHOLE = 0.9  # of the ink it is connected with: a digit that could be cut out less whole counts as a small one
GROWN = 0.06  # of its height: so far around its box a digit's ink may lie
FAR = 0.45  # of its height: so far, where the ink ends there
ACCOUNTED = 0.1  # of its height: so far around its box a digit accounts for all ink
REACH = 3.0  # of a digit's longer side: ink that it is connected with is no letter when it is longer
LEFT_OVER = 0.12  # of the ink connected with a digit: so much may be left that no digit accounts for
OWN = 0.5  # of a piece of ink in the digit's box: less is a neighbour's
STANDS_OUT = 97  # percent of a box are paler than its ink, where that is too faint to be told from paper
SHARPNESS = 1.4  # of the mean of both words, whose errors are not the same ones: by log loss on `dev` pages
FLOOR = 1e-4  # the least that either word says of a class


@dataclass(frozen=True, eq=False)
class Glyph:
    """One glyph: its box x, y, w, h in working pixels, in MNIST's form, and its probabilities."""

    box: Box
    image: Image  # uint8 [28, 28]
    probabilities: Floats  # [11], or [10] of a classifier without "not a digit"
    rejection: float

    @property
    def digits(self) -> npt.NDArray[np.float64]:
        """P(class | it is a digit), [10]."""
        digits = self.probabilities[:10].astype(np.float64)
        return digits / max(float(digits.sum()), 1e-12)

    @property
    def confidence(self) -> float:
        """(1 − rejection) · max P."""
        return (1 - self.rejection) * float(self.digits.max())


class Cut(NamedTuple):
    """A digit cut out: its box x, y, w, h on the page, an image uint8 [h', w'] with its ink alone, and how whole it is.

    `share` is the part that it has of the ink it is connected with: 1 where nothing touches it.
    """

    box: Box
    ink: Image
    share: float


def read_glyphs(found: Sequence[Found], ink: Ink, classify: Callable[[Image], Floats]) -> list[Glyph]:
    """Read each digit that was found.

    Args:
        found: the page's digits.
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    if not found:
        return []
    boxes = np.array([digit.box for digit in found], np.float32)
    cuts = [cut_out(ink, boxes, k) for k in range(len(found))]
    images = np.stack([normalize(cut.ink) for cut in cuts])
    seen = classify(images)
    doubts = models.rejection(seen)
    by_size = np.interp((boxes[:, 3] - boxes[:, 1]) / ink.scale, (SMALL, LARGE), (TRUST_SMALL, TRUST_LARGE))
    trust = np.where(np.array([cut.share for cut in cuts]) < WHOLE, TRUST_SMALL, by_size)
    said = np.stack([digit.probabilities for digit in found])
    both = agreed(said, np.column_stack([seen[:, :NONE], doubts]), trust)
    torn = [k for k, cut in enumerate(cuts) if cut.share < WHOLE and both[k, NONE] < 0.5]
    if torn:
        doubts = _doubts_of_whole(boxes, both[:, NONE] < 0.5, torn, ink, classify)
        both[torn] = _doubted(both[torn], doubts * (1 - by_size[torn]))
    return [Glyph(cut.box, image, word, float(word[NONE])) for cut, image, word in zip(cuts, images, both, strict=True)]


def _doubts_of_whole(
    boxes: Floats, sure: npt.NDArray[np.bool_], torn: Sequence[int], ink: Ink, classify: Callable[[Image], Floats]
) -> Floats:
    """How little of a digit the whole piece of ink is that each of `torn` is connected with: float32 [len(torn)].

    `boxes` [N, 4] with `sure` [N] are the page's digits; `torn` are those of the sure ones that something touches.

    A loop found in an α is no zero: no digit is connected with ink that no other digit accounts for. Where the piece
    goes on both to the left and to the right, or for more than REACH of the digit's sides, it is a rule or a frame, and
    tells nothing: 0.
    """
    labels, stats = ink.pieces
    height, width = labels.shape
    inside = {k: _inside(ink.pieces, _grown(boxes[k], 0, width, height)) for k in np.flatnonzero(sure).tolist()}
    pieces = {k: int(counts.argmax()) for k, counts in inside.items()}  # each has most of its ink in one
    digits_of = Counter(pieces.values())
    doubts, asked, wholes = np.zeros(len(torn), np.float32), [], []
    for n, k in enumerate(torn):
        piece = pieces[k]
        x, y, w, h, area = stats[piece]
        x0, y0, x1, y1 = _grown(boxes[k], ACCOUNTED, width, height)
        around = x < x0 and x + w > x1
        if not piece or digits_of[piece] > 1 or around or max(w, h) > REACH * max(boxes[k, 2:] - boxes[k, :2]):
            continue
        here = labels[y : y + h, x : x + w] == piece
        accounted = np.count_nonzero(labels[y0:y1, x0:x1] == piece)
        if area - accounted > LEFT_OVER * area:
            asked.append(n)
            wholes.append(normalize(np.where(here, ink.strength[y : y + h, x : x + w], 0).astype(np.uint8)))
    if asked:
        doubts[asked] = models.rejection(classify(np.stack(wholes)))
    return doubts


def _inside(pieces: Pieces, box: Box) -> npt.NDArray[np.int64]:
    """The pixels of each piece in a box (left, top, right, bottom), [N + 1]; 0 for what is none."""
    x0, y0, x1, y1 = box
    counts = np.bincount(pieces.labels[y0:y1, x0:x1].ravel(), minlength=len(pieces.stats))
    counts[0] = 0
    return counts


def _doubted(words: Floats, doubts: Floats) -> Floats:
    """Words [N, 11] after further doubts [N] whether they are digits at all."""
    digits = words[:, :NONE] * (1 - doubts[:, None])
    return np.column_stack([digits, 1 - digits.sum(axis=1)]).astype(np.float32)


def agreed(first: Floats, second: Floats, trust: npt.NDArray[np.float64]) -> Floats:
    """The geometric means of two words each, [N, 11], sharpened; `trust` [N] is the weight of the first.

    Returns:
        float32 [N, 11]; each row sums to 1.
    """
    weight = trust[:, None]
    both = (np.maximum(first, FLOOR) ** weight * np.maximum(second, FLOOR) ** (1 - weight)) ** SHARPNESS
    return np.asarray(both / both.sum(axis=1, keepdims=True), np.float32)


def cut_out(ink: Ink, boxes: Floats, k: int) -> Cut:
    """The digit in box `k` of float32 [N, 4] (left, top, right, bottom) alone: what its neighbours own is left out.

    Pieces of ink that end near the digit's box belong to it whole; of those that go on, rules and neighbours that
    touch it, it has what lies in its box.
    """
    height, width = ink.mask.shape
    window = x0, y0, x1, y1 = _grown(boxes[k], FAR, width, height)
    own_ink = _own_pieces(ink, boxes, k, window)
    alone = own_ink is not None
    if own_ink is None:
        own_ink = _own_parts(ink, boxes, k, window)
    spread = cv2.dilate(own_ink.astype(np.uint8), np.ones((3, 3), np.uint8))
    part = np.where(spread > 0, ink.strength[y0:y1, x0:x1], 0).astype(np.uint8)
    inner = ink_box(part)
    if inner is None:
        left, top, right, bottom = _grown(boxes[k], GROWN, width, height)
        return Cut((left, top, right - left, bottom - top), _stretched(ink.strength[top:bottom, left:right]), 0.0)
    share = 1.0 if alone else _share(own_ink, ink.mask[y0:y1, x0:x1])
    return Cut((x0 + inner[0], y0 + inner[1], inner[2], inner[3]), part, share)


def _own_pieces(ink: Ink, boxes: Floats, k: int, window: Box) -> npt.NDArray[np.bool_] | None:
    """The ink of digit `k` in a window (left, top, right, bottom), bool [H, W], where it is plain which is its own.

    None where a piece of ink in its box leaves the window, or may be nearer to another digit.
    """
    labels, stats = ink.pieces
    height, width = labels.shape
    x0, y0, x1, y1 = window
    inside = _inside(ink.pieces, _grown(boxes[k], 0, width, height))
    pieces = np.flatnonzero(inside)
    low = stats[pieces, :2]
    high = low + stats[pieces, 2:4]
    if (low < (x0, y0)).any() or (high > (x1, y1)).any():
        return None
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / 2
    farthest = (np.maximum(high - middle[k], middle[k] - low) / half[k]).max(axis=1)
    others = np.delete(np.arange(len(boxes)), k)
    apart = np.maximum(low[:, None] - middle[others], middle[others] - high[:, None]).clip(0) / half[others]
    if (apart.max(axis=2).min(axis=1, initial=np.inf) < farthest).any():
        return None
    own = np.zeros(len(stats), bool)
    own[pieces] = inside[pieces] >= OWN * stats[pieces, 4]
    return own[labels[y0:y1, x0:x1]]


def _own_parts(ink: Ink, boxes: Floats, k: int, window: Box) -> npt.NDArray[np.bool_]:
    """The ink of digit `k` in a window (left, top, right, bottom), bool [H, W], cut from what goes on or is nearer to
    another digit.
    """
    height, width = ink.mask.shape
    x0, y0, x1, y1 = window
    mask = ink.mask[y0:y1, x0:x1].copy()
    x, y = np.arange(x0, x1) + 0.5, np.arange(y0, y1)[:, None] + 0.5
    own = _distance(boxes[k], x, y)
    low, high = boxes[:, :2], boxes[:, 2:]
    for other in np.flatnonzero(((low < (x1, y1)) & (high > (x0, y0))).all(axis=1)).tolist():
        if other != k:
            mask[_distance(boxes[other], x, y) < own] = 0
    left, top, right, bottom = _grown(boxes[k], GROWN, width, height)
    close = (x > left) & (x < right) & (y > top) & (y < bottom)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    ends = np.ones(count, bool)
    for side, at_edge in ((labels[0], y0), (labels[-1], height - y1), (labels[:, 0], x0), (labels[:, -1], width - x1)):
        if at_edge > 0:
            ends[side] = False
    labels[~close & ~ends[labels]] = 0
    inside = np.bincount(labels[own <= 1], minlength=count)
    kept = inside >= OWN * np.bincount(labels.ravel(), minlength=count)
    kept[0] = False
    return np.asarray(kept[labels])


def _stretched(strength: Image) -> Image:
    """What stands out most, however faint, as full ink: the classifier can say whether it is a digit or grain."""
    return cv2.convertScaleAbs(strength, alpha=255 / max(1.0, float(np.percentile(strength, STANDS_OUT))))


def _share(own_ink: npt.NDArray[np.bool_], mask: Image) -> float:
    """The part that a digit's ink, bool [H, W], has of the ink in `mask` that it is connected with."""
    count, connected = cv2.connectedComponents(mask, connectivity=8)
    touched = np.zeros(count, bool)
    touched[connected[own_ink]] = True
    return int(np.count_nonzero(own_ink)) / max(1, int(np.count_nonzero(touched[connected])))


def _grown(box: Floats, share: float, width: int, height: int) -> tuple[int, int, int, int]:
    """A digit's box grown by a share of its height on each side, within the page: left, top, right, bottom."""
    left, top, right, bottom = box.tolist()
    more = share * (bottom - top)
    x0, y0 = max(0, min(int(left - more), width - 1)), max(0, min(int(top - more), height - 1))
    x1, y1 = math.ceil(right + more), math.ceil(bottom + more)
    return x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height)


def _distance(box: Floats, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Floats:
    """How far pixels are from a box's middle, 1 at its sides: [H, W]."""
    across = np.abs(2 * x - box[0] - box[2]) / max(box[2] - box[0], 1)
    down = np.abs(2 * y - box[1] - box[3]) / max(box[3] - box[1], 1)
    return np.asarray(np.maximum(across, down), np.float32)
