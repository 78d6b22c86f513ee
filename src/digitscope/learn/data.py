"""Where an epoch's images come from: a pure function of data, seed and epoch, so that any epoch can be made again.

images, labels = SOURCES["mnist"](mnist.train, seed=0, epoch=3)   # uint8 [N, 28, 28], uint8 [N], in training order
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitscope.learn import numerals
from digitscope.learn.augment import Augmentation, augment
from digitscope.learn.cuts import cuts
from digitscope.learn.nondigits import nondigit
from digitscope.learn.remains import remains
from digitscope.mnist import Split

SEEN = 55_000
NONDIGITS = 0.22  # of an epoch's glyphs are none,
CUT = 0.38  # are cut out of made pages,
OWN = 0.06  # are digits written with strokes of ours; the others are MNIST's
PAGES = 10  # made for an epoch, for what is found on them beside digits
CUT_PAGES = 6_000  # made for a run: 66,000 glyphs
Source = Callable[..., Split]


def shuffled(split: Split, *, seed: int, epoch: int) -> Split:
    """Every image of `split` once, in this epoch's own order."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
    return Split(split.images[order], split.labels[order])


def glyphs(split: Split, *, seed: int, epoch: int) -> Split:
    """As many glyphs as `split` has images, as reading meets them: digits with their labels, and what is none (10).

    The digits are drawn from the first 55,000 images alone: the last 5,000 stay unseen, for choices.
    """
    cv2.setNumThreads(1)  # on images this small, OpenCV's threads cost more than they give
    rng = np.random.default_rng([seed, epoch])
    images, labels = split.images[:SEEN], split.labels[:SEEN]
    how = Augmentation()
    from_pages = _from_pages(Split(images, labels), seed)
    found = remains(images, labels, rng, pages=PAGES)
    order, cut_order = rng.permutation(len(labels)), rng.permutation(len(from_pages.labels))
    drawn, classes = np.zeros((len(split.labels), 28, 28), np.uint8), np.full(len(split.labels), 10, np.uint8)
    for i in range(len(drawn)):
        lot = rng.random()
        if lot < NONDIGITS:
            drawn[i] = nondigit(images, found, rng, how=how)
        elif lot < NONDIGITS + CUT:
            pick = cut_order[i % len(cut_order)]
            drawn[i], classes[i] = from_pages.images[pick], from_pages.labels[pick]
        else:
            pick = order[i % len(order)]
            classes[i] = value = int(labels[pick])
            own = lot > 1 - OWN
            drawn[i] = augment(numerals.write(value, rng) if own else images[pick], rng, how=how, label=value)
    return Split(drawn, classes)


_made: dict[tuple[int, bytes], Split] = {}


def _from_pages(split: Split, seed: int) -> Split:
    """Glyphs cut out of pages written with these digits, made once a process: it takes some minutes."""
    key = seed, split.labels.tobytes()
    if key not in _made:
        _made.clear()
        _made[key] = cuts(split, seed=seed, pages=CUT_PAGES)
    return _made[key]


SOURCES: dict[str, Source] = {"mnist": shuffled, "glyphs": glyphs}
