"""A trained network's weights → network, to train on from there: `restore(model, path, x)`, `copy(model, path)`."""

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from digitscope.arrays import Floats
from digitscope.errors import ModelFileError
from digitscope.training.graph import inputs_of


def copy(model: keras.Model, path: Path) -> None:
    """Give the network the weights of a Keras file, to the bit.

    Raises:
        ModelFileError: the file is missing or damaged, or holds another network.
    """
    if not path.is_file():
        raise ModelFileError(
            f"The run's Keras model is missing. Expected the file, or to go on from model.onnx. "
            f"Received: start={str(path)!r}"
        )
    try:
        weights = keras.saving.load_model(path, compile=False).get_weights()
    except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelFileError(
            f"The run's Keras model is damaged. Expected it whole, or to go on from model.onnx. "
            f"Received: start={str(path)!r}"
        ) from error
    try:
        model.set_weights(weights)
    except ValueError as error:
        raise ModelFileError(
            f"The run's Keras model does not fit the network: {str(error).rstrip('.')}. Expected weights of the "
            f"network {model.name!r}. Received: start={str(path)!r}"
        ) from error


def restore(model: keras.Model, path: Path, x: Floats) -> None:
    """Give the network the weights of a model file, by the names of its layers.

    Batch normalisation is folded in the file: it is unfolded such that on the samples `x`, which stand in for those
    that it was trained with, nothing changes. Layers that the file lacks stay fresh: those that end in zeros add
    nothing yet.

    Raises:
        ModelFileError: the file has none of the network's layers, or one in another shape.
    """
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    known = [layer for layer in layers if f"{layer.name}/kernel" in stored]
    uses = Counter(id(tensor) for layer in layers for tensor in inputs_of(layer))
    values: dict[int, Any] = {id(model.inputs[0]): x}
    biases: dict[int, Floats] = {}  # still to come, in the batch normalisation of this tensor
    try:
        if not known:
            raise ValueError("no layer has a name of the network's")
        for layer in layers:
            taken = [values[id(tensor)] for tensor in inputs_of(layer)]
            if layer in known:
                bias = stored[f"{layer.name}/bias"]
                layer.set_weights([_kernel(stored, layer), bias] if layer.use_bias else [_kernel(stored, layer)])
                biases[id(layer.output)] = 0 * bias if layer.use_bias else bias
            elif isinstance(layer, keras.layers.BatchNormalization) and id(layer.input) in biases:
                seen = np.asarray(taken[0], np.float32)
                mean, variance = seen.mean(axis=tuple(range(seen.ndim - 1))), seen.var(axis=tuple(range(seen.ndim - 1)))
                layer.set_weights([np.sqrt(variance + layer.epsilon), biases[id(layer.input)] + mean, mean, variance])
            output = layer(taken if len(taken) > 1 else taken[0])
            values[id(layer.output)] = keras.ops.convert_to_numpy(output)
            for tensor in inputs_of(layer):
                uses[id(tensor)] -= 1
                if not uses[id(tensor)]:
                    del values[id(tensor)]
    except ValueError as error:
        raise ModelFileError(
            f"The model file does not fit the network: {str(error).rstrip('.')}. Expected weights of the network "
            f"{model.name!r}. Received: start={str(path)!r}"
        ) from error


def _kernel(stored: dict[str, npt.NDArray[Any]], layer: keras.Layer) -> npt.NDArray[Any]:
    """The layer's kernel in Keras's layout."""
    kernel = stored[f"{layer.name}/kernel"]
    return kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel
