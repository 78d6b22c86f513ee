"""Where an epoch's images come from: a pure function of data, seed and epoch, so that any epoch can be made again.

images, labels = SOURCES["mnist"](mnist.train, seed=0, epoch=3)   # uint8 [N, 28, 28], uint8 [N], in training order
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitscope.mnist import Split
from digitscope.synthesis.augmentation import Augmentation, augment
from digitscope.synthesis.nondigits import nondigit
from digitscope.synthesis.remains import remains

SEEN = 55_000
NONDIGITS = 0.35  # of an epoch's glyphs
PAGES = 10  # made for an epoch, for what is found on them beside digits
Source = Callable[..., Split]


def shuffled(split: Split, *, seed: int, epoch: int) -> Split:
    """Every image of `split` once, in this epoch's own order."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
    return Split(split.images[order], split.labels[order])


def glyphs(split: Split, *, seed: int, epoch: int, how: Augmentation | None = None) -> Split:
    """As many glyphs as `split` has images, as reading meets them: augmented digits, and 35 % that are none (label 10).

    `how` is the reader's own augmentation unless given. Digits are drawn from the first 55,000 images alone: the last
    5,000 stay unseen, for choices.
    """
    cv2.setNumThreads(1)  # on images this small, OpenCV's threads cost more than they give
    rng = np.random.default_rng([seed, epoch])
    images, labels = split.images[:SEEN], split.labels[:SEEN]
    how = how or Augmentation()
    found = remains(images, labels, rng, pages=PAGES)
    order = rng.permutation(len(labels))
    drawn, classes = np.zeros((len(split.labels), 28, 28), np.uint8), np.full(len(split.labels), 10, np.uint8)
    for i in range(len(drawn)):
        if rng.random() < NONDIGITS:
            drawn[i] = nondigit(images, found, rng, how=how)
        else:
            pick = order[i % len(order)]
            classes[i] = labels[pick]
            drawn[i] = augment(images[pick], rng, how=how, label=int(labels[pick]))
    return Split(drawn, classes)


SOURCES: dict[str, Source] = {"mnist": shuffled, "glyphs": glyphs}
