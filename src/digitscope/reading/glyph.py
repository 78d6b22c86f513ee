"""Proposals on a page → glyphs: each cut out, in MNIST's form and in its surroundings, and what the classifier says.

The classifier decides alone. Of answers that overlap, the surest digit is right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Doubles, Floats, Image, Images, PixelsLTRB
from digitscope.reading.cutout import cut_out
from digitscope.reading.detection import Proposals
from digitscope.reading.ink import Ink
from digitscope.reading.normalization import ink_box, normalize
from digitscope.reading.suppression import without_overlaps
from digitscope.reading.surroundings import surroundings

Classify = Callable[[Images, Images], Floats]  # images [N, 28, 28], surroundings [N, 56, 56] -> [N, 10] or [N, 11]


@dataclass(frozen=True, eq=False)
class Glyph:
    """One glyph: its box in working pixels, what the classifier saw, and its probabilities.

    `probabilities` is float32 [11]: P(each digit), and P(not a digit). `found` says whether the detector found it; else
    it is a piece of ink.
    """

    box_ltrb: PixelsLTRB
    image: Image  # uint8 [28, 28]
    surroundings: Image  # uint8 [56, 56]
    probabilities: Floats
    threshold: float
    found: bool = True

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
        """Whether the rejection exceeds the model's threshold."""
        return self.rejection > self.threshold

    @property
    def confidence(self) -> float:
        """(1 − rejection) · max P(class | it is a digit)."""
        return (1 - self.rejection) * float(self.digits.max())


def whole_image(image: Image, classify: Classify, threshold: float) -> Glyph:
    """An image that already has MNIST's form, as a glyph: classified as it is, with nothing around it."""
    x, y, w, h = ink_box(image) or (0, 0, 28, 28)
    nothing = np.zeros((1, 56, 56), np.uint8)
    probabilities = with_rejection(classify(image[None], nothing))[0]
    return Glyph((x, y, x + w, y + h), image, nothing[0], probabilities, threshold)


def read_glyphs(ink: Ink, proposals: Proposals, classify: Classify, threshold: float) -> list[Glyph]:
    """Cut out and classify everything that is proposed.

    Args:
        ink: the page's ink.
        proposals: where its digits may be.
        classify: images [N, 28, 28], surroundings [N, 56, 56] -> [N, 10] or [N, 11].
        threshold: of the rejection.
    """
    if not len(proposals.scores):
        return []
    cuts = [cut_out(ink, box) for box in proposals.boxes_ltrb]
    images = np.stack([normalize(cut.ink) for cut in cuts])
    views = surroundings(ink.picture, [cut.box_ltrb for cut in cuts])
    answers = classify(images, views)
    probabilities = with_rejection(answers)
    if answers.shape[1] == NOT_A_DIGIT:  # a model of ten classes knows no other thing: the detector says so
        rejection = np.maximum(probabilities[:, NOT_A_DIGIT], 1 - proposals.scores)
        digits = probabilities[:, :NOT_A_DIGIT] * (1 - rejection[:, None])
        probabilities = np.column_stack([digits, rejection])
    return [
        Glyph(cut.box_ltrb, image, view, row, threshold, found=bool(score))
        for cut, image, view, row, score in zip(cuts, images, views, probabilities, proposals.scores, strict=True)
    ]


def surest(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Of answers that overlap, the surest digit; rejected ones where nothing better lies and the detector found one."""
    boxes = np.array([glyph.box_ltrb for glyph in glyphs], np.float32).reshape(-1, 4)
    kept = [glyphs[k] for k in without_overlaps(boxes, 1 - np.array([glyph.rejection for glyph in glyphs]))]
    return [glyph for glyph in kept if glyph.found or not glyph.rejected]


def with_rejection(probabilities: Floats) -> Floats:
    """A model's output, [N, 10] or [N, 11], as [N, 11]: the digits as they are, and the rejection."""
    return np.column_stack([probabilities[:, :NOT_A_DIGIT], models.rejection(probabilities)])
