"""How fast a classifier answers, on this machine: `measure_speed(Recognizer("fast"))`."""

import statistics
import time
from dataclasses import dataclass

import numpy as np

from digitscope.arrays import Images
from digitscope.reading.reader import Recognizer

SINGLES = 500  # calls with one image; their median counts
MANY = 5_000  # images in one call
ROUNDS = 5  # such calls; the fastest counts, as other work only ever slows one down


@dataclass(frozen=True)
class Speed:
    """Microseconds for one image, warm, and images per second in one large call."""

    microseconds: float
    per_second: float


def measure_speed(recognizer: Recognizer) -> Speed:
    """Measure `classify`; what is in the images makes no difference."""
    images = np.random.default_rng(0).integers(0, 256, (MANY, 28, 28), np.uint8)
    many = min(_seconds(recognizer, images) for _ in range(ROUNDS))
    return Speed(microseconds(recognizer, images[:1]), MANY / many)


def microseconds(recognizer: Recognizer, image: Images) -> float:
    """The median time of `classify` on one image, uint8 [1, 28, 28], warm."""
    return statistics.median(_seconds(recognizer, image) for _ in range(SINGLES)) * 1e6


def _seconds(recognizer: Recognizer, images: Images) -> float:
    start = time.perf_counter()
    recognizer.classify(images)
    return time.perf_counter() - start
