"""Where an epoch's images come from: a pure function of data, seed and epoch, so that any epoch can be made again.

images, labels = SOURCES["mnist"](mnist.train, seed=0, epoch=3)   # uint8 [N, 28, 28], uint8 [N], in training order
"""

from collections.abc import Callable

import numpy as np

from digitscope.mnist import Split

Source = Callable[..., Split]


def shuffled(split: Split, *, seed: int, epoch: int) -> Split:
    """Every image of `split` once, in this epoch's own order."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
    return Split(split.images[order], split.labels[order])


SOURCES: dict[str, Source] = {"mnist": shuffled}
