"""Keras → model file: `export("runs/cnn-0")`. How the graph of each kind begins and ends."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

import digitscope
from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Floats
from digitscope.errors import RunError, UsageError
from digitscope.files import write_whole
from digitscope.models.file import Layer
from digitscope.reading.detection import BLOCK, REACH_UNIT, STRIDE_X, STRIDE_Y
from digitscope.reading.pyramid import MAX_HEIGHT, MIN_HEIGHT
from digitscope.training.card import card
from digitscope.training.graph import TensorGraph, begin, extend, to_model
from digitscope.training.networks import CELL
from digitscope.training.run import Run

DETECTOR = {"stride": [STRIDE_Y, STRIDE_X], "heights": [MIN_HEIGHT, MAX_HEIGHT], "unit": REACH_UNIT, "block": BLOCK}
RECORDED = (
    "name", "recipe", "seed", "held_out", "versions", "backend", "machine", "mnist", "learned_from", "ancestors",
    "metrics",
)  # fmt: skip


class Graph(NamedTuple):
    """A network as the model file will hold it, ready to run before it is written."""

    model: onnx.ModelProto
    layers: tuple[Layer, ...]
    kind: str
    temperature: float

    @classmethod
    def of(cls, model: keras.Model, *, kind: str = "classifier", temperature: float = 1.0) -> "Graph":
        """The network's graph; a classifier's probabilities are softmax(logits / `temperature`).

        Raises:
            ModelFileError: the network holds a layer that the model file has no form for.
        """
        graph, onnx_model = GRAPHS[kind](model, temperature)
        return cls(onnx_model, tuple(graph.layers), kind, temperature)

    def run(self, images: npt.NDArray[np.uint8]) -> list[Floats]:
        """The graph's outputs, through ONNX Runtime."""
        session = ort.InferenceSession(self.model.SerializeToString(), providers=["CPUExecutionProvider"])
        return models.run(session, images)

    def save(self, path: Path, record: Mapping[str, Any]) -> Path:
        """Write the model file, with what `record` (a run.json) says of it."""
        metadata = {key: record[key] for key in RECORDED if key in record}
        metadata["version"] = digitscope.__version__
        if self.kind == "detector":
            metadata |= DETECTOR
        else:
            metadata |= {name: record["recipe"].get(name, 0.0) for name in ("threshold", "confidence_threshold")}
        if self.kind == "classifier":
            metadata["temperature"] = self.temperature
        return models.save(self.model, path, metadata=metadata, layers=self.layers, kind=self.kind)


def classifier(model: keras.Model, temperature: float) -> tuple[TensorGraph, onnx.ModelProto]:
    """`images` uint8 [N, 28, 28] -> `probabilities` float32 [N, classes].

    The model's last layer is dense, with softmax or without activation (logits), whose softmax is then added.
    """
    flat = len(model.input_shape) == 2
    graph = begin("images")
    shape = graph.constant("input_shape", np.array([-1, 784] if flat else [-1, 1, 28, 28], np.int64))
    graph.node("Reshape", ["scaled", shape], "input")
    extend(graph, model, temperature=temperature, classifier=True)
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 28, 28])
    classes = int(model.output_shape[-1])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", classes])
    return graph, to_model(graph, [images], [probabilities])


def detector(model: keras.Model, temperature: float) -> tuple[TensorGraph, onnx.ModelProto]:
    """`ink` uint8 [N, H, W] -> `classes` float32 [N, H/4, W/2, 11], `reach` float32 [N, H/4, W/2, 4]."""
    graph = begin("ink")
    graph.node("Unsqueeze", ["scaled", graph.constant("channel", np.array([1], np.int64))], "input")
    extend(graph, model)
    graph.node("Transpose", [graph.tensor], "channels_last", perm=[0, 2, 3, 1])
    graph.node(
        "Reshape", ["channels_last", graph.constant("cell_shape", np.array([0, 0, -1, CELL], np.int64))], "by_cell"
    )
    parts = graph.constant("parts", np.array([NOT_A_DIGIT + 1, 4], np.int64))
    graph.nodes.append(helper.make_node("Split", ["by_cell", parts], ["logits", "reach"], axis=-1))
    graph.node("Softmax", ["logits"], "classes", axis=-1)
    ink = helper.make_tensor_value_info("ink", TensorProto.UINT8, ["N", "H", "W"])
    classes = helper.make_tensor_value_info("classes", TensorProto.FLOAT, ["N", "H4", "W2", NOT_A_DIGIT + 1])
    reach = helper.make_tensor_value_info("reach", TensorProto.FLOAT, ["N", "H4", "W2", 4])
    return graph, to_model(graph, [ink], [classes, reach])


def decision(model: keras.Model, temperature: float) -> tuple[TensorGraph, onnx.ModelProto]:
    """`evidence` float32 [N, EVIDENCE] -> `probabilities` float32 [N, 11]."""
    graph = TensorGraph("evidence")
    extend(graph, model, temperature=temperature, classifier=True)
    evidence = helper.make_tensor_value_info("evidence", TensorProto.FLOAT, ["N", models.EVIDENCE])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", NOT_A_DIGIT + 1])
    return graph, to_model(graph, [evidence], [probabilities])


GRAPHS: dict[str, Callable[[keras.Model, float], tuple[TensorGraph, onnx.ModelProto]]] = {
    "classifier": classifier,
    "detector": detector,
    "decision": decision,
}


def export(run: str | os.PathLike[str], *, out: str | os.PathLike[str] | None = None, temperature: float = 1.0) -> Path:
    """Turn a finished run's Keras model into a model file, with its card beside it, and return the file's path.

    Args:
        run: the run's folder.
        out: the model file, ending in .onnx; model.onnx in the run's folder unless given.
        temperature: what the logits are divided by.

    Raises:
        RunError: the folder holds no finished run, or the files cannot be written.
        UsageError: `out` does not end in .onnx.
        ModelFileError: the network holds a layer that the model file has no form for.
    """
    finished = Run.load(run)
    path = Path(out) if out is not None else finished.model
    if path.suffix != ".onnx":
        raise UsageError(f"The name is no model file's. Expected one that ends in .onnx. Received: out={str(path)!r}")
    keras_file = finished.folder / "model.keras"
    try:
        loaded = keras.saving.load_model(keras_file, compile=False)
        network = keras.models.clone_model(loaded)  # a loaded Sequential's layers are each called twice
        network.set_weights(loaded.get_weights())
        graph = Graph.of(network, kind=finished.recipe.kind, temperature=temperature)
    except (ValueError, OSError) as error:
        raise RunError(
            f"The run's Keras model cannot be read. Expected a file as `digitscope train` writes it. "
            f"Received: path={str(keras_file)!r}"
        ) from error
    try:
        write(graph, path, finished.record)
    except OSError as error:
        raise RunError(
            f"The model file cannot be written: {error.strerror}. Expected a place that can be written. "
            f"Received: out={str(path)!r}"
        ) from error
    return path


def write(graph: Graph, path: Path, record: Mapping[str, Any]) -> None:
    """Write the model file of a run with this record (run.json), and its card beside it."""
    graph.save(path, record)
    write_whole(path.with_suffix(".md"), card(models.load(path.absolute(), kind=graph.kind)).encode())
