"""What a network is taught by: `LOSSES["cells"](truth, cells)`; what Keras knows by name is left to it."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from digitscope.arrays import NOT_A_DIGIT
from digitscope.errors import UsageError, unknown
from digitscope.training.networks import CELL

POSITIVE = 3.0  # the weight of a cell in a digit's middle: they are few


@keras.saving.register_keras_serializable("digitscope")  # type: ignore[untyped-decorator]
def cells(truth: Any, answer: Any) -> Any:
    """Cross-entropy of each cell's class, and where a digit is, how far its box's sides are from the answer's.

    `truth` is what `scenes.target` gives, [N, rows, columns, 6]; `answer` what the detector gives for two cells each.
    """
    answer = ops.reshape(answer, (-1, *truth.shape[1:3], CELL))
    value, weight, reach = ops.cast(truth[..., 0], "int32"), truth[..., 1], truth[..., 2:]
    digit = ops.cast(value != NOT_A_DIGIT, "float32")
    crossentropy = ops.sparse_categorical_crossentropy(value, answer[..., : NOT_A_DIGIT + 1], from_logits=True)
    distance = ops.mean(ops.minimum(ops.abs(answer[..., NOT_A_DIGIT + 1 :] - reach), 2.0), axis=-1)
    return ops.mean(weight * (crossentropy * (1 + (POSITIVE - 1) * digit) + 3 * digit * distance)) * 50


LOSSES: dict[str, str | Callable[[Any, Any], Any]] = {
    "categorical_crossentropy": "categorical_crossentropy",
    "cells": cells,
}


def named(loss: str, *, smoothing: float = 0.0) -> Any:
    """The named loss, as Keras takes it.

    Args:
        loss: one of LOSSES.
        smoothing: the share of a label that is spread over all classes; of the cross-entropy of whole images only.

    Raises:
        UsageError: there is no such loss, or labels cannot be smoothed for it.
    """
    if loss not in LOSSES:
        raise unknown("loss", loss, LOSSES)
    if not smoothing:
        return LOSSES[loss]
    if loss != "categorical_crossentropy":
        raise UsageError(
            f"Labels can only be smoothed for categorical_crossentropy. Received: loss={loss!r}, "
            f"label_smoothing={smoothing!r}"
        )
    return keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
