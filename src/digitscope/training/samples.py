"""What a data source gives: batches of samples, x and y."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy.typing as npt

Array = npt.NDArray[Any]
Batch = tuple[Array, Array]  # x: uint8 (divided by 255 later) or float32, y: uint8 [N] labels or float32


class Source(NamedTuple):
    """Batches of samples: any of them can be made at any time, in any process, and is always the same."""

    steps: int  # batches an epoch
    batch: Callable[[int, int], Batch]  # (epoch, step) -> x, y
