"""Digits of one real writer, to fill a form with as one person does.

    images, labels = digits_of_one(pens, "dev", rng)
    fill(sheet, images, labels, rng)

Only writers who never teach fill forms. Half of them write the `dev` forms and half the `test` forms.
"""

import functools
from dataclasses import replace

import numpy as np

from digitscope.arrays import Image
from digitscope.synthesis.pages.drawings import Drawing
from digitscope.synthesis.trajectories import CHOOSING, Pens, Trajectories
from digitscope.synthesis.writers import Writers

EACH = 6  # drawings of each digit, each of a sample by lot and a little different
STRAIGHT = 1.2  # of the diagonal of what is written: a way that is no longer is a 1, or a part of a digit


def digits_of_one(pens: Pens, split: str, rng: np.random.Generator) -> tuple[list[Drawing], Image]:
    """Drawings of the ten digits by one writer of the split, who is drawn by lot; and their labels, uint8 [N]."""
    writers = _writers(pens, split)
    writer = writers[rng.integers(len(writers))]
    labels = np.repeat(np.arange(10, dtype=np.uint8), EACH)
    drawings = [writer.digit(value, rng) for value in labels.tolist()]
    return [replace(drawing, own=drawings[0].own) for drawing in drawings], labels  # one pen, as wide throughout


@functools.lru_cache(maxsize=2)
def _writers(pens: Pens, split: str) -> list[Writers]:
    """Those of the split who wrote all ten digits."""
    chosen = []
    digits, letters = pens.choosing.digits, pens.choosing.letters
    for number in np.unique(digits.writers).tolist():
        own = digits.where(digits.writers == number)
        own = own.where(np.array([_whole(own, k) for k in range(len(own))], bool))
        if (number // CHOOSING % 2 == 0) == (split == "test") and len(np.unique(own.labels)) == 10:
            chosen.append(Writers(Pens(own, letters, pens.checksums)))
    return chosen


def _whole(digits: Trajectories, sample: int) -> bool:
    """Whether a sample is more than a straight line, as only a 1 may be; some are parts of digits cut in two."""
    strokes = digits.strokes(sample)
    way = sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in strokes)
    diagonal = float(np.hypot(*np.ptp(np.concatenate(strokes), axis=0)))
    return bool(digits.labels[sample] == "1" or way > STRAIGHT * diagonal)
