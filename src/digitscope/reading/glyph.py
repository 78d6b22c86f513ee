"""Detections on a page → glyphs: each cut out, in MNIST's form, with the probabilities that one network decides on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Doubles, Floats, Image, Images, PixelsLTRB
from digitscope.reading import decision
from digitscope.reading.cutout import Cutout, cut_out
from digitscope.reading.detection import Detection
from digitscope.reading.evidence import gather
from digitscope.reading.ink import Ink
from digitscope.reading.normalization import ink_box, normalize
from digitscope.reading.prior import adjusted


@dataclass(frozen=True, eq=False)
class Glyph:
    """One glyph: its box in working pixels, its image in MNIST's form, and its probabilities.

    `probabilities` is float32 [11]: proportional to P(each digit), and P(not a digit). The thresholds are those of the
    model that gave them.
    """

    box_ltrb: PixelsLTRB
    image: Image  # uint8 [28, 28]
    probabilities: Floats
    threshold: float
    confidence_threshold: float

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


def whole_image(image: Image, model: models.ModelFile) -> Glyph:
    """An image that already has MNIST's form, as a glyph: classified as it is, with the classifier's own thresholds."""
    x, y, w, h = ink_box(image) or (0, 0, 28, 28)
    probabilities = models.with_rejection(model.run(image[None]))[0]
    return Glyph((x, y, x + w, y + h), image, probabilities, model.threshold, model.confidence_threshold)


def read_glyphs(detections: Sequence[Detection], ink: Ink, classify: Callable[[Images], Floats]) -> list[Glyph]:
    """Cut out each detection and decide what it is.

    Args:
        detections: the page's.
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    if not detections:
        return []
    cutouts, images = cut_glyphs(detections, ink)
    decided = adjusted(decision.decide(gather(detections, cutouts, images, ink, classify)), decision.taught_share())
    by = decision.network()
    return [
        Glyph(cutout.box_ltrb, image, row, by.threshold, by.confidence_threshold)
        for cutout, image, row in zip(cutouts, images, decided, strict=True)
    ]


def cut_glyphs(detections: Sequence[Detection], ink: Ink) -> tuple[list[Cutout], Images]:
    """Each detection cut out, and in MNIST's form, uint8 [N, 28, 28]."""
    boxes = np.array([detection.box_ltrb for detection in detections], np.float32)
    cutouts = [cut_out(ink, boxes, k) for k in range(len(boxes))]
    return cutouts, np.stack([normalize(cutout.ink) for cutout in cutouts])
