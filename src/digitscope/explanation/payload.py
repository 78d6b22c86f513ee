"""A network's layers as plain data for a browser: what `views/network.js` runs and the other views draw."""

from typing import Any

from digitscope.explanation.receptive import origin, receptive_field, window
from digitscope.explanation.trace import WINDOWS, Trace


def layer_record(trace: Trace, number: int) -> dict[str, Any]:
    """One layer without its numbers: name, kind, shape, activation, and where its units look.

    `tops` and `lefts` are the input's row and column at which the window of each row and column begins, negative in
    the padding; `rows` and `cols` are the pixels of the image that each can see, [first, last + 1].
    """
    layer = trace.layers[number]
    records = trace.layers[: number + 1]
    values: dict[str, Any] = {
        "name": layer.name,
        "kind": layer.kind,
        "shape": layer.shape,
        "activation": layer.activation,
    }
    if layer.kernel is not None:
        values["kernel_shape"] = layer.kernel.shape
    if len(layer.shape) == 3:
        rows = [receptive_field(records, row, 0) for row in range(layer.shape[0])]
        cols = [receptive_field(records, 0, col) for col in range(layer.shape[1])]
        values |= {"rows": [(f.top, f.bottom) for f in rows], "cols": [(f.left, f.right) for f in cols]}
    elif layer.kind not in ("Input", "Flatten"):
        seen = receptive_field(records, 0, 0)
        values |= {"rows": [(seen.top, seen.bottom)], "cols": [(seen.left, seen.right)]}
    if layer.kind in WINDOWS:
        given = trace.layers[number - 1].shape
        values |= {
            "window": window(layer),
            "tops": [origin(layer, given, row, 0)[0] for row in range(layer.shape[0])],
            "lefts": [origin(layer, given, 0, col)[1] for col in range(layer.shape[1])],
        }
    elif layer.kind == "GlobalAveragePooling2D":
        values |= {"window": trace.layers[number - 1].shape[:2], "tops": [0], "lefts": [0]}
    return values
