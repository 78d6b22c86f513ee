"""How one unit's value is computed, one record per way: Convolution, MaxPooling, AveragePooling, Dense, Copy."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from digitscope.arrays import Doubles, Floats, Mask
from digitscope.explanation.receptive import Field


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """What every unit has: its place, its value recomputed and as traced, and the pixels that it sees.

    `unit` is (channel, row, col) in a feature map and (index,) in a vector.
    """

    layer: str
    kind: str
    unit: tuple[int, ...]
    value: float
    traced: float
    receptive_field: Field

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict; arrays become nested lists."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, eq=False)
class Convolution(Arithmetic):
    """value = activation(Σ patch · kernel + bias), over a window of the input.

    `patch`, `kernel` and `products` are [height, width, channels]: the input's channels, or the one that a depthwise
    unit uses; `channels` says which. Where `inside` [height, width] is False, the window stands over the edge and
    the patch is 0. `origin` is the window's first row and column in the input, negative over the edge.
    """

    origin: tuple[int, int]
    channels: range
    patch: Floats = field(repr=False)
    inside: Mask = field(repr=False)
    kernel: Floats = field(repr=False)
    products: Floats = field(repr=False)
    bias: float
    preactivation: float
    activation: str | None


@dataclass(frozen=True, eq=False)
class MaxPooling(Arithmetic):
    """value = the largest of the patch [height, width]; `winners` are the (row, col) of the input that hold it."""

    origin: tuple[int, int]
    patch: Floats = field(repr=False)
    inside: Mask = field(repr=False)
    winners: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class AveragePooling(Arithmetic):
    """value = Σ patch / count, where only what lies inside the input is counted."""

    origin: tuple[int, int]
    patch: Floats = field(repr=False)
    inside: Mask = field(repr=False)
    count: int


@dataclass(frozen=True)
class Term:
    """One input of a dense unit: its index, where it comes from ("pool2 3:1:2"), and input · weight = product."""

    index: int
    source: str
    input: float
    weight: float
    product: float


@dataclass(frozen=True, eq=False)
class Softmax:
    """probability = exponential / Σ exponentials, each exp((logit − the largest logit) / temperature)."""

    logits: Floats
    temperature: float
    exponentials: Doubles
    probabilities: Doubles


@dataclass(frozen=True, eq=False)
class Dense(Arithmetic):
    """value = activation(Σ inputs · weights + bias) over all units of the layer before.

    `adding` and `removing` are the largest terms either way, `rest` the sum of all others. In the last layer,
    `softmax` says how the logits of all classes became this one's probability.
    """

    inputs: Floats = field(repr=False)
    weights: Floats = field(repr=False)
    products: Floats = field(repr=False)
    adding: tuple[Term, ...]
    removing: tuple[Term, ...]
    rest: float
    bias: float
    preactivation: float
    activation: str | None
    softmax: Softmax | None = None


@dataclass(frozen=True, eq=False)
class Copy(Arithmetic):
    """A number passed on: a flattened unit, whose place in the layer before is `source`, or a pixel / 255."""

    source: str


def _plain(value: Any) -> Any:
    """`value` as JSON knows it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, range):
        return [value.start, value.stop]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Field | Term | Softmax):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
