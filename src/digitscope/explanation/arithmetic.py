"""Any unit of any layer, computed again in float64 and checked against the trace.

arithmetic(trace, "conv1", 5, row=10, col=12)      # a `Convolution`: see digitscope.explanation.sums
"""

from typing import TypeVar

import numpy as np

from digitscope.arrays import Floats, Mask
from digitscope.errors import ModelFileError, UsageError
from digitscope.explanation.receptive import Field, origin, receptive_field, window
from digitscope.explanation.sums import Arithmetic, AveragePooling, Convolution, Copy, Dense, MaxPooling, Softmax, Term
from digitscope.explanation.trace import Trace, TracedLayer

TOLERANCE = 1e-5  # of the terms' total size; float32 sums of 576 terms stay within 1e-6

Unit = TypeVar("Unit", bound=Arithmetic)


def arithmetic(
    trace: Trace, layer: str, channel: int, *, row: int | None = None, col: int | None = None, terms: int = 8
) -> Arithmetic:
    """How one unit's value is computed.

    Args:
        trace: the network's numbers for the image.
        layer: the layer's name.
        channel: the feature map; in a layer without rows and columns, the unit's index.
        row: the row in the feature map; None for a layer without rows and columns.
        col: the column in the feature map; likewise.
        terms: how many of a dense unit's largest terms to name in each direction.

    Returns:
        The record of the layer's kind: `Convolution`, `MaxPooling`, `AveragePooling`, `Dense` or `Copy`.

    Raises:
        UsageError: there is no such layer or unit; the message says what there is.
        ModelFileError: the file has no layer metadata, or metadata that does not describe what the graph computes.
    """
    number = trace.index(layer)
    here = trace.layers[number]
    unit = _unit(here, channel, row, col)
    place = unit[1:] or unit
    seen = receptive_field(trace.layers[: number + 1], place[0], place[1] if len(place) == 2 else 0)
    traced = float(here.output[(*unit[1:], unit[0])])
    common = (here.name, here.kind, unit)
    if here.kind == "Input":
        pixel = (unit[1], unit[2]) if len(unit) == 3 else divmod(unit[0], 28)
        text = f"pixel {pixel[0]}:{pixel[1]}, {trace.image[pixel]} / 255"
        return _checked(Copy(*common, float(trace.image[pixel]) / 255, traced, seen, text), 1.0)
    before = trace.layers[number - 1]
    if here.kind in ("Conv2D", "DepthwiseConv2D"):
        return _convolution(here, before, unit, traced, seen)
    if here.kind == "Dense":
        return _dense(here, before, unit[0], traced, seen, terms=terms, temperature=trace.temperature)
    if here.kind == "Flatten":
        value = float(before.output.reshape(-1)[unit[0]])
        return _checked(Copy(*common, value, traced, seen, source(before, unit[0])), abs(value))
    return _pooling(here, before, unit, traced, seen)


def source(layer: TracedLayer, index: int) -> str:
    """Where entry `index` of the flattened layer stands: "conv3 12:1:2" (channel, row, column), "dense1 7"."""
    if layer.kind == "Input":
        return "pixel {}:{}".format(*divmod(index, 28))
    if len(layer.shape) == 1:
        return f"{layer.name} {index}"
    row, col, channel = np.unravel_index(index, layer.shape)
    return f"{layer.name} {channel}:{row}:{col}"


def _convolution(
    here: TracedLayer, before: TracedLayer, unit: tuple[int, ...], traced: float, seen: Field
) -> Convolution:
    assert here.kernel is not None
    assert here.bias is not None
    channel, row, col = unit
    kernel = here.kernel[..., channel]  # [height, width, in / groups]
    corner = origin(here, before.shape, row, col)
    group = channel // (here.shape[2] // (before.shape[2] // kernel.shape[2]))
    channels = range(group * kernel.shape[2], (group + 1) * kernel.shape[2])
    patch, inside = _patch(before.output[:, :, channels.start : channels.stop], corner, window(here))
    products = patch.astype(np.float64) * kernel
    bias = float(here.bias[channel])
    total = float(products.sum()) + bias
    return _checked(
        Convolution(
            here.name, here.kind, unit, _activate(total, here.activation), traced, seen, corner, channels,
            patch, inside, kernel, products.astype(np.float32), bias, total, here.activation,
        ),
        float(np.abs(products).sum()) + abs(bias),
    )  # fmt: skip


def _pooling(
    here: TracedLayer, before: TracedLayer, unit: tuple[int, ...], traced: float, seen: Field
) -> MaxPooling | AveragePooling:
    if here.kind == "GlobalAveragePooling2D":
        corner, size = (0, 0), before.shape[:2]
    else:
        corner, size = origin(here, before.shape, unit[1], unit[2]), window(here)
    patch, inside = _patch(before.output[:, :, unit[0] : unit[0] + 1], corner, (size[0], size[1]))
    patch = patch[:, :, 0]
    magnitude = float(np.abs(patch).max())
    if here.kind == "MaxPooling2D":
        largest = patch[inside].max()
        winners = tuple((int(r) + corner[0], int(c) + corner[1]) for r, c in np.argwhere(inside & (patch == largest)))
        pooled = MaxPooling(
            here.name, here.kind, unit, float(largest), traced, seen, corner, patch, inside, winners
        )  # fmt: skip
        return _checked(pooled, magnitude)
    mean = float(patch[inside].astype(np.float64).mean())
    count = int(inside.sum())
    return _checked(
        AveragePooling(here.name, here.kind, unit, mean, traced, seen, corner, patch, inside, count), magnitude
    )


def _dense(
    here: TracedLayer, before: TracedLayer, index: int, traced: float, seen: Field, *, terms: int, temperature: float
) -> Dense:
    assert here.kernel is not None
    assert here.bias is not None
    assert here.preactivation is not None
    inputs, weights = before.output, here.kernel[:, index]
    products = inputs.astype(np.float64) * weights
    bias = float(here.bias[index])
    total = float(products.sum()) + bias
    order = np.argsort(products).tolist()
    adding = [i for i in order[::-1][:terms] if products[i] > 0]
    removing = [i for i in order[:terms] if products[i] < 0]

    def term(i: int) -> Term:
        return Term(i, source(before, i), float(inputs[i]), float(weights[i]), float(products[i]))

    rest = float(np.delete(products, adding + removing).sum())
    softmax = None
    if here.activation == "softmax":
        softmax = _softmax(here.preactivation, temperature)
        value = float(softmax.probabilities[index])
    else:
        value = _activate(total, here.activation)
    unit = Dense(
        here.name, here.kind, (index,), value, traced, seen, inputs, weights, products.astype(np.float32),
        tuple(map(term, adding)), tuple(map(term, removing)), rest, bias, total, here.activation, softmax,
    )  # fmt: skip
    magnitude = float(np.abs(products).sum()) + abs(bias)
    if abs(total - float(here.preactivation[index])) > TOLERANCE * max(1.0, magnitude):
        raise _mismatch(unit)
    return _checked(unit, magnitude)


def _softmax(logits: Floats, temperature: float) -> Softmax:
    scaled = logits.astype(np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max())  # the same for all, so the ratios stay, and nothing overflows
    return Softmax(logits, temperature, exponentials, exponentials / exponentials.sum())


def _activate(value: float, activation: str | None) -> float:
    """The activation of one number."""
    if activation == "relu":
        return max(value, 0.0)
    if activation == "tanh":
        return float(np.tanh(value))
    if activation == "sigmoid":
        return float(1 / (1 + np.exp(-value)))
    return value


def _patch(values: Floats, corner: tuple[int, int], size: tuple[int, int]) -> tuple[Floats, Mask]:
    """The window of `values` [height, width, channels] at `corner`, 0 over the edge, and which of it lies inside."""
    rows, cols = (np.arange(first, first + length) for first, length in zip(corner, size, strict=True))
    inside = np.logical_and.outer(
        (rows >= 0) & (rows < values.shape[0]), (cols >= 0) & (cols < values.shape[1])
    )  # [height, width]
    patch = values[np.ix_(rows.clip(0, values.shape[0] - 1), cols.clip(0, values.shape[1] - 1))]
    return np.where(inside[:, :, None], patch, np.float32(0)), inside


def _unit(layer: TracedLayer, channel: int, row: int | None, col: int | None) -> tuple[int, ...]:
    """(channel, row, col) or (index,), checked against the layer's shape."""
    unit = (channel,) if row is None and col is None else (channel, row, col)
    sizes = layer.shape[-1:] + layer.shape[:-1]  # channel, row, column, as units are named
    fits = len(unit) == len(sizes) and all(i is not None and 0 <= i < size for i, size in zip(unit, sizes, strict=True))
    if not fits:
        names = ("channel", "row", "col") if len(sizes) == 3 else ("index",)
        ranges = ", ".join(f"{name} 0…{size - 1}" for name, size in zip(names, sizes, strict=True))
        received = ":".join("" if i is None else str(i) for i in unit)
        raise UsageError(
            f"The layer has no such unit. Expected {ranges}: {layer.name} has shape {layer.shape}. "
            f"Received: unit={layer.name}:{received}"
        )
    return tuple(int(i) for i in unit if i is not None)


def _checked(unit: Unit, magnitude: float) -> Unit:
    """`unit`, checked: its recomputed value is the traced one, up to rounding of terms of that size."""
    if not abs(unit.value - unit.traced) <= TOLERANCE * max(1.0, magnitude):
        raise _mismatch(unit)
    return unit


def _mismatch(unit: Arithmetic) -> ModelFileError:
    return ModelFileError(
        "The layer metadata does not describe what the graph computes: the unit's sum is not its traced value. "
        f"Expected {unit.traced:g}. Received: value={unit.value:g}, layer={unit.layer!r}, unit={unit.unit}"
    )
