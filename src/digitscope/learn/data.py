"""Where an epoch's images come from: a pure function of data, seed and epoch, so that any epoch can be made again.

images, labels = SOURCES["mnist"](mnist.train, seed=0, epoch=3)   # uint8 [N, 28, 28], uint8 [N], in training order
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitscope.learn import letters
from digitscope.learn.augment import Augmentation, augment
from digitscope.learn.nondigits import nondigit
from digitscope.learn.remains import remains
from digitscope.learn.trajectories import Pens
from digitscope.learn.writers import Writers
from digitscope.mnist import Split

SEEN = 55_000
NONDIGITS = 0.35  # of an epoch's glyphs
BY_PEN = 1 / 3  # of digits and non-digits, where there are pens
STROKES = (0.03, 0.2)  # of a digit's height; augmentation makes them thinner and thicker still
PAGES = 10  # made for an epoch, for what is found on them beside digits
Source = Callable[..., Split]


def shuffled(split: Split, *, seed: int, epoch: int, pens: Pens | None = None) -> Split:
    """Every image of `split` once, in this epoch's own order; pens have no part in it."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
    return Split(split.images[order], split.labels[order])


def glyphs(split: Split, *, seed: int, epoch: int, how: Augmentation | None = None, pens: Pens | None = None) -> Split:
    """As many glyphs as `split` has images, as reading meets them: augmented digits, and 35 % that are none (label 10).

    `how` is the reader's own augmentation unless given. With `pens`, those who teach write a third of both. The others
    are drawn from the first 55,000 images alone: the last 5,000 stay unseen, for choices.
    """
    cv2.setNumThreads(1)  # on images this small, OpenCV's threads cost more than they give
    rng = np.random.default_rng([seed, epoch])
    images, labels = split.images[:SEEN], split.labels[:SEEN]
    how, writers = how or Augmentation(), Writers(pens.teaching) if pens else None
    found = remains(images, labels, rng, pages=PAGES)
    order = rng.permutation(len(labels))
    drawn, classes = np.zeros((len(split.labels), 28, 28), np.uint8), np.full(len(split.labels), 10, np.uint8)
    for i in range(len(drawn)):
        by_pen = writers is not None and rng.random() < BY_PEN
        if rng.random() < NONDIGITS:
            drawn[i] = nondigit(images, found, rng, how=how, writers=writers if by_pen else None)
        elif by_pen and writers is not None:
            classes[i] = rng.integers(10)
            written = letters.draw(writers.digit(int(classes[i]), rng).paths, rng.uniform(*STROKES))
            drawn[i] = augment(written, rng, how=how)
        else:
            pick = order[i % len(order)]
            classes[i] = labels[pick]
            drawn[i] = augment(images[pick], rng, how=how, label=int(labels[pick]))
    return Split(drawn, classes)


SOURCES: dict[str, Source] = {"mnist": shuffled, "glyphs": glyphs}
