"""Keras → model file: a Sequential network as an ONNX graph whose tensors carry the layers' names.

The graph is built node by node rather than traced by a converter: any Keras backend will do, batch normalisation is
folded, and each layer's input, pre-activation, output, kernel and bias stay addressable by name, which is what
`digitscope.explanation` rests on. What only acts while training (dropout, augmentation) leaves no trace.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

import digitscope
from digitscope import models
from digitscope.errors import ModelFileError, RunError, UsageError
from digitscope.files import write_whole
from digitscope.models.file import Layer
from digitscope.reading.reader import CHUNK
from digitscope.training.card import card
from digitscope.training.run import Run

Floats = npt.NDArray[np.float32]

OPSET = 17
IR_VERSION = 9  # read by ONNX Runtime 1.17 and later
ACTIVATIONS = {"relu": "Relu", "softmax": "Softmax", "sigmoid": "Sigmoid", "tanh": "Tanh"}
TRAINING_ONLY = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.GaussianNoise)


@dataclass
class TensorGraph:
    """An ONNX graph while it grows: `tensor` is the name of the tensor that the next layer takes."""

    tensor: str
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        self.tensor = output
        return output


def to_onnx(model: keras.Sequential, *, temperature: float = 1.0) -> tuple[onnx.ModelProto, tuple[Layer, ...]]:
    """Turn a Sequential classifier of pixels / 255 into an ONNX model that takes uint8 images, and its layers.

    The model's last layer must be a dense layer with softmax, or one without activation (logits), whose softmax is
    then added. Probabilities are softmax(logits / `temperature`).

    Raises:
        ModelFileError: the network holds a layer that the model file has no form for.
    """
    flat = len(model.input_shape) == 2
    graph = begin("images")
    shape = graph.constant("input_shape", np.array([-1, 784] if flat else [-1, 1, 28, 28], np.int64))
    graph.node("Reshape", ["scaled", shape], "input")
    extend(graph, model, temperature=temperature, classifier=True)
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 28, 28])
    classes = int(model.output_shape[-1])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", classes])
    return to_model(graph, [images], [probabilities]), tuple(graph.layers)


def begin(images: str) -> TensorGraph:
    """A graph that turns the uint8 tensor `images` into "scaled", float32 in 0…1."""
    graph = TensorGraph(images)
    graph.node("Cast", [images], "pixels", to=TensorProto.FLOAT)
    graph.node("Div", ["pixels", graph.constant("full", np.array(255, np.float32))], "scaled")
    return graph


def extend(
    graph: TensorGraph, model: keras.Sequential, *, temperature: float = 1.0, classifier: bool = False
) -> TensorGraph:
    """Append the nodes of all layers of `model`, from the graph's last tensor on.

    A `classifier` ends in a dense layer, whose softmax of logits / `temperature` is the tensor "probabilities".
    """
    groups = _grouped([layer for layer in model.layers if not isinstance(layer, TRAINING_ONLY)])
    for layer, folded, activation in groups:
        last = classifier and layer is groups[-1][0]
        _add(graph, layer, folded, activation, last=last, temperature=temperature)
    return graph


def to_model(
    graph: TensorGraph, taken: Sequence[onnx.ValueInfoProto], given: Sequence[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """The checked ONNX model that takes and gives these tensors."""
    onnx_graph = helper.make_graph(graph.nodes, "digitscope", taken, given, graph.initializers)
    onnx_model = helper.make_model(
        onnx_graph,
        producer_name="digitscope",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(onnx_model)
    return onnx_model


def _grouped(
    layers: Sequence[keras.Layer],
) -> list[tuple[keras.Layer, keras.Layer | None, str | None]]:
    """Each layer that stays, with the batch normalisation to fold into it and the activation that follows it."""
    groups: list[tuple[keras.Layer, keras.Layer | None, str | None]] = []
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            host, folded, activation = groups[-1] if groups else (None, None, None)
            if folded is not None or activation is not None or not hasattr(host, "kernel"):
                raise ModelFileError(
                    "Batch normalisation can only be folded into a convolution or dense layer without activation "
                    f"just before it. Received: layer={layer.name!r}"
                )
            groups[-1] = (host, layer, None)
        elif isinstance(layer, keras.layers.ReLU | keras.layers.Softmax | keras.layers.Activation):
            config = layer.get_config()
            host, folded, activation = groups[-1] if groups else (None, None, None)
            if host is None or activation is not None:
                raise ModelFileError(f"An activation must follow a layer without one. Received: layer={layer.name!r}")
            groups[-1] = (host, folded, config.get("activation", type(layer).__name__.lower()))
        else:
            activation = getattr(getattr(layer, "activation", None), "__name__", None)
            groups.append((layer, None, None if activation == "linear" else activation))
    return groups


def _add(
    graph: TensorGraph,
    layer: keras.Layer,
    folded: keras.Layer | None,
    activation: str | None,
    *,
    last: bool,
    temperature: float,
) -> None:
    """Append one layer's nodes to `graph`, and its record to `graph.layers`."""
    before = graph.tensor
    kind = type(layer).__name__
    tensors = {"input": before}
    options: dict[str, tuple[int, int] | str] = {}
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
        kernel, bias = _folded(layer, folded)
        tensors |= {
            "kernel": graph.constant(f"{layer.name}/kernel", kernel),
            "bias": graph.constant(f"{layer.name}/bias", bias),
        }
    name = layer.name
    inputs = [before, *(tensors[k] for k in ("kernel", "bias") if k in tensors)]
    if kind in ("Conv2D", "DepthwiseConv2D"):
        options = {"kernel_size": layer.kernel_size, "strides": layer.strides, "padding": layer.padding}
        group = int(layer.input.shape[-1]) if kind == "DepthwiseConv2D" else int(layer.groups)
        graph.node(
            "Conv", inputs, f"{name}/preactivation", group=group, kernel_shape=list(layer.kernel_size),
            strides=list(layer.strides), auto_pad=_auto_pad(layer.padding),
        )  # fmt: skip
    elif kind == "Dense":
        graph.node("Gemm", inputs, f"{name}/preactivation")
    elif kind in ("MaxPooling2D", "AveragePooling2D"):
        options = {"pool_size": layer.pool_size, "strides": layer.strides, "padding": layer.padding}
        graph.node(
            "MaxPool" if kind == "MaxPooling2D" else "AveragePool", inputs, f"{name}/output",
            kernel_shape=list(layer.pool_size), strides=list(layer.strides), auto_pad=_auto_pad(layer.padding),
        )  # fmt: skip
    elif kind == "UpSampling2D":
        scales = graph.constant(f"{name}/scales", np.array([1, 1, *layer.size], np.float32))
        graph.node(
            "Resize", [before, "", scales], f"{name}/output",
            mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip
    elif kind == "GlobalAveragePooling2D":
        graph.node("ReduceMean", inputs, f"{name}/output", axes=[2, 3], keepdims=0)
    elif kind == "Flatten":
        if len(layer.input.shape) == 4:  # Keras flattens channels last, so the dense kernel's rows expect that order
            graph.node("Transpose", inputs, f"{name}/channels_last", perm=[0, 2, 3, 1])
        graph.node("Flatten", [graph.tensor], f"{name}/output", axis=1)
    else:
        raise ModelFileError(f"The model file has no form for this layer. Received: layer={name!r}, kind={kind!r}")
    if last and kind != "Dense":
        raise ModelFileError(f"The last layer must be dense. Received: layer={name!r}, kind={kind!r}")
    if f"{name}/preactivation" == graph.tensor:
        tensors["preactivation"] = graph.tensor
    if last:
        activation = "softmax"
        if temperature != 1.0:
            graph.node(
                "Div",
                [graph.tensor, graph.constant("temperature", np.array(temperature, np.float32))],
                "cooled",
            )
        graph.node("Softmax", [graph.tensor], "probabilities", axis=-1)
    elif activation is not None:
        if activation not in ACTIVATIONS:
            raise ModelFileError(
                f"Unknown activation. Expected one of {', '.join(ACTIVATIONS)}. Received: {activation!r}"
            )
        graph.node(ACTIVATIONS[activation], [graph.tensor], f"{name}/output")
    tensors["output"] = graph.tensor
    parameters = sum(int(np.prod(w.shape)) for w in (kernel, bias)) if "kernel" in tensors else 0
    shape = tuple(int(n) for n in layer.output.shape[1:])
    record = Layer(name, kind, shape, parameters, activation, tensors=tensors, **options)  # type: ignore[arg-type]
    graph.layers.append(record)


def _auto_pad(padding: str) -> str:
    return "SAME_UPPER" if padding == "same" else "VALID"


def _folded(layer: keras.Layer, norm: keras.Layer | None) -> tuple[Floats, Floats]:
    """Kernel and bias in the graph's layout, with the batch normalisation `norm` multiplied in."""
    kernel = keras.ops.convert_to_numpy(layer.kernel).astype(np.float64)
    filters = kernel.shape[2] * kernel.shape[3] if isinstance(layer, keras.layers.DepthwiseConv2D) else kernel.shape[-1]
    bias = np.zeros(filters)
    if layer.bias is not None:
        bias = keras.ops.convert_to_numpy(layer.bias).astype(np.float64)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        kernel = kernel.reshape(*kernel.shape[:2], 1, filters)
    if norm is not None:
        values = [None if w is None else keras.ops.convert_to_numpy(w).astype(np.float64)
                  for w in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)]  # fmt: skip
        gamma, beta, mean, variance = values
        scale = (1.0 if gamma is None else gamma) / np.sqrt(variance + norm.epsilon)
        kernel = kernel * scale
        bias = (bias - mean) * scale + (0.0 if beta is None else beta)
    if kernel.ndim == 4:
        kernel = kernel.transpose(3, 2, 0, 1)  # [height, width, in, out] -> [out, in, height, width]
    return kernel.astype(np.float32), bias.astype(np.float32)


class Graph(NamedTuple):
    """A network as the model file will hold it, ready to run before it is written."""

    model: onnx.ModelProto
    layers: tuple[Layer, ...]
    temperature: float

    @classmethod
    def of(cls, model: keras.Sequential, *, temperature: float = 1.0) -> "Graph":
        """The network's graph, its probabilities softmax(logits / `temperature`)."""
        return cls(*to_onnx(model, temperature=temperature), temperature)

    def probabilities(self, images: npt.NDArray[np.uint8]) -> Floats:
        """The graph's answers, through ONNX Runtime: float32 [N, 10] or [N, 11]."""
        session = ort.InferenceSession(self.model.SerializeToString(), providers=["CPUExecutionProvider"])
        chunks = [images[i : i + CHUNK] for i in range(0, len(images), CHUNK)]
        return np.concatenate([session.run(None, {"images": chunk})[0] for chunk in chunks])

    def save(self, path: Path, record: Mapping[str, Any]) -> Path:
        """Write the model file, with what `record` (a run.json) says of it."""
        metadata = {key: record[key] for key in ("name", "recipe", "seed", "versions", "mnist", "metrics")}
        metadata |= {"version": digitscope.__version__, "temperature": self.temperature}
        metadata["threshold"] = record["recipe"]["threshold"]
        return models.save(self.model, path, metadata=metadata, layers=self.layers)


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
        raise UsageError(f"A model file ends in .onnx. Received: out={str(path)!r}")
    keras_file = finished.folder / "model.keras"
    try:
        graph = Graph.of(keras.saving.load_model(keras_file), temperature=temperature)
    except (ValueError, OSError) as error:
        raise RunError(f"The run's Keras model cannot be read. Received: path={str(keras_file)!r}") from error
    try:
        graph.save(path, finished.record)
        write_whole(path.with_suffix(".md"), card(finished.record, graph.layers, temperature=temperature).encode())
    except OSError as error:
        raise RunError(f"The model file cannot be written: {error.strerror}. Received: out={str(path)!r}") from error
    return path
