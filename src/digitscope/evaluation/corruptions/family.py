"""What a family of corruptions is: a name, a function and whether anything in training resembles it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from digitscope.arrays import Floats

Corruption = Callable[[Floats, np.random.Generator], Floats]  # float32 [28, 28] in 0…1, both ways; clipped afterwards


@dataclass(frozen=True)
class Family:
    """One kind of corruption, at one severity.

    `unseen` families are never trained on in any form. To the others, an augmentation of some recipe is related.
    """

    name: str
    corrupt: Corruption
    unseen: bool = False
