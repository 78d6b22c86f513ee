"""Detections on a page → glyphs: each cut out, in MNIST's form, with probabilities from detector and classifier.

The detector sees a digit in its surroundings, touching neighbours and rules included; the classifier sees it alone, at
a finer scale. A glyph's class probabilities are the weighted geometric mean of both.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Boxes, Doubles, Floats, Image, Images, Mask, PixelsLTRB
from digitscope.reading.cutout import component_areas, cut_out, grow
from digitscope.reading.detection import Detection
from digitscope.reading.ink import Ink
from digitscope.reading.normalization import ink_box, normalize
from digitscope.reading.prior import adjusted

# The detector's weight in the geometric mean falls from 0.8 for digits of 20 pixels of the photo, which have no detail
# that it does not see, to 0.5 at 40 (LOG: how much of the answer is the detector's).
SMALL_HEIGHT, LARGE_HEIGHT = 20, 40
SMALL_WEIGHT, LARGE_WEIGHT = 0.8, 0.5
SEPARATE_SHARE = 0.9  # of its components: a digit cut out less completely is weighted as a small one; not measured
SHARPNESS = 1.4  # exponent of the mean, which alone is underconfident (LOG: how sharp the mean is)
MIN_PROBABILITY = 1e-4  # keeps one network from ruling a class out alone
REJECTION_THRESHOLD = 0.5  # of P(not a digit) in the mean: more likely no digit than a digit
COMPONENT_MARGIN = 0.1  # of its height: a digit explains its component's ink this far outside its box; not measured
MAX_COMPONENT = 3.0  # of a digit's longer side: longer components are rules or joined words, not a letter; not measured
UNEXPLAINED_SHARE = 0.12  # of a component outside the digit: with more, the whole is classified; not measured


@dataclass(frozen=True, eq=False)
class Glyph:
    """One glyph: its box in working pixels, its image in MNIST's form, and its probabilities.

    `probabilities` is float32 [11]: proportional to P(each digit), and P(not a digit).
    """

    box_ltrb: PixelsLTRB
    image: Image  # uint8 [28, 28]
    probabilities: Floats
    threshold: float = REJECTION_THRESHOLD

    @property
    def digits(self) -> Doubles:
        """P(class | it is a digit), [10]."""
        digits = self.probabilities[:NOT_A_DIGIT].astype(np.float64)
        return np.asarray(digits / max(float(digits.sum()), 1e-12))

    @property
    def rejection(self) -> float:
        """P(not a digit)."""
        return float(self.probabilities[NOT_A_DIGIT])

    @property
    def rejected(self) -> bool:
        """Whether the rejection exceeds the threshold that belongs to these probabilities."""
        return self.rejection > self.threshold

    @property
    def confidence(self) -> float:
        """(1 − rejection) · max P(class | it is a digit)."""
        return (1 - self.rejection) * float(self.digits.max())


def whole_image(image: Image, classify: Callable[[Images], Floats], threshold: float) -> Glyph:
    """An image that already has MNIST's form, as a glyph: classified as it is, with the classifier's own threshold."""
    x, y, w, h = ink_box(image) or (0, 0, 28, 28)
    return Glyph((x, y, x + w, y + h), image, with_rejection(classify(image[None]))[0], threshold)


def read_glyphs(detections: Sequence[Detection], ink: Ink, classify: Callable[[Images], Floats]) -> list[Glyph]:
    """Cut out and classify each detection.

    Args:
        detections: the page's digits.
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    if not detections:
        return []
    boxes = np.array([detection.box_ltrb for detection in detections], np.float32)
    cutouts = [cut_out(ink, boxes, k) for k in range(len(boxes))]
    images = np.stack([normalize(cutout.ink) for cutout in cutouts])
    heights = (boxes[:, 3] - boxes[:, 1]) / ink.scale
    by_height = np.interp(heights, (SMALL_HEIGHT, LARGE_HEIGHT), (SMALL_WEIGHT, LARGE_WEIGHT))
    touching = np.array([cutout.share < SEPARATE_SHARE for cutout in cutouts])
    detected = np.stack([detection.probabilities for detection in detections])
    means = combined(detected, with_rejection(classify(images)), np.where(touching, SMALL_WEIGHT, by_height))
    accepted = means[:, NOT_A_DIGIT] < REJECTION_THRESHOLD
    parts = np.flatnonzero(touching & accepted)
    if len(parts):
        rejections = component_rejections(boxes, accepted, parts.tolist(), ink, classify)
        means[parts] = _rejected_further(means[parts], rejections * (1 - by_height[parts]))
    means = adjusted(means)
    return [Glyph(cut.box_ltrb, image, row) for cut, image, row in zip(cutouts, images, means, strict=True)]


def with_rejection(probabilities: Floats) -> Floats:
    """A model's output, [N, 10] or [N, 11], as [N, 11]: the digits as they are, and the rejection."""
    return np.column_stack([probabilities[:, :NOT_A_DIGIT], models.rejection(probabilities)])


def combined(first: Floats, second: Floats, weights: Doubles) -> Floats:
    """The sharpened geometric mean of probabilities [N, 11] and [N, 11]; `weights` [N] are those of the first.

    Returns:
        float32 [N, 11]; each row sums to 1.
    """
    weight = weights[:, None]
    least = MIN_PROBABILITY
    means = (np.maximum(first, least) ** weight * np.maximum(second, least) ** (1 - weight)) ** SHARPNESS
    return np.asarray(means / means.sum(axis=1, keepdims=True), np.float32)


def component_rejections(
    boxes_ltrb: Boxes, accepted: Mask, touching: Sequence[int], ink: Ink, classify: Callable[[Images], Floats]
) -> Floats:
    """The rejection of the whole connected component that each touching digit belongs to: float32 [len(touching)].

    The loop of an α is no zero: a digit is not connected with ink that no other digit explains. 0 where the component
    is no candidate for a letter: it extends beyond the digit both left and right, or for more than MAX_COMPONENT, as
    rules and frames do, or holds several digits.

    Args:
        boxes_ltrb: float32 [N, 4], the page's digits.
        accepted: bool [N], which of them are taken for digits.
        touching: those of the accepted ones that something touches.
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    labels, stats = ink.pieces
    height, width = labels.shape
    component_of = {  # each digit has most of its ink in one component
        k: int(component_areas(ink.pieces, grow(boxes_ltrb[k], 0, width, height)).argmax())
        for k in np.flatnonzero(accepted).tolist()
    }
    digits_in = Counter(component_of.values())
    rejections, asked, wholes = np.zeros(len(touching), np.float32), [], []
    for n, k in enumerate(touching):
        component = component_of[k]
        x, y, w, h, area = stats[component]
        x0, y0, x1, y1 = grow(boxes_ltrb[k], COMPONENT_MARGIN, width, height)
        around = x < x0 and x + w > x1
        too_long = max(w, h) > MAX_COMPONENT * max(boxes_ltrb[k, 2:] - boxes_ltrb[k, :2])
        if not component or digits_in[component] > 1 or around or too_long:
            continue
        explained = np.count_nonzero(labels[y0:y1, x0:x1] == component)
        if area - explained > UNEXPLAINED_SHARE * area:
            own = labels[y : y + h, x : x + w] == component
            asked.append(n)
            wholes.append(normalize(np.where(own, ink.strength[y : y + h, x : x + w], 0).astype(np.uint8)))
    if asked:
        rejections[asked] = models.rejection(classify(np.stack(wholes)))
    return rejections


def _rejected_further(probabilities: Floats, rejections: Floats) -> Floats:
    """Probabilities [N, 11] where each is also no digit with a further probability [N]."""
    digits = probabilities[:, :NOT_A_DIGIT] * (1 - rejections[:, None])
    return np.column_stack([digits, 1 - digits.sum(axis=1)]).astype(np.float32)
