"""Keras layers → ONNX nodes: each layer's input, pre-activation, output, kernel and bias keep a name.

The graph is built node by node rather than traced by a converter: any Keras backend will do, batch normalisation is
folded, and every layer stays addressable, which is what `digitscope.explanation` rests on. What only acts while
training (dropout, noise) leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from digitscope.arrays import Floats
from digitscope.errors import ModelFileError
from digitscope.models.file import Layer

OPSET = 17
IR_VERSION = 9  # read by ONNX Runtime 1.17 and later
ACTIVATIONS = {"relu": "Relu", "softmax": "Softmax", "sigmoid": "Sigmoid", "tanh": "Tanh"}
LAYERS = (
    "Conv2D", "DepthwiseConv2D", "Dense", "MaxPooling2D", "AveragePooling2D", "UpSampling2D", "Add",
    "GlobalAveragePooling2D", "Flatten",
)  # fmt: skip
TRAINING_ONLY = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.GaussianNoise)


@dataclass
class TensorGraph:
    """An ONNX graph while it grows: `tensor` is the name of the newest tensor."""

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


@dataclass
class _Group:
    """A layer that stays, the batch normalisation to fold into it and the activation that follows it."""

    layer: keras.Layer
    inputs: list[int]  # the ids of Keras's tensors
    output: int
    norm: keras.Layer | None = None
    activation: str | None = None


def begin(images: str) -> TensorGraph:
    """A graph that turns the uint8 tensor `images` into "scaled", float32 in 0…1."""
    graph = TensorGraph(images)
    graph.node("Cast", [images], "pixels", to=TensorProto.FLOAT)
    graph.node("Div", ["pixels", graph.constant("full", np.array(255, np.float32))], "scaled")
    return graph


def extend(graph: TensorGraph, model: keras.Model, *, temperature: float = 1.0, classifier: bool = False) -> None:
    """Append the nodes of all layers of `model`, whose input is the graph's newest tensor.

    A `classifier` ends in a dense layer, whose softmax of logits / `temperature` is the tensor "probabilities".

    Raises:
        ModelFileError: the network holds a layer that the model file has no form for.
    """
    groups = _grouped(model.layers)
    tensors = {id(model.inputs[0]): graph.tensor}
    for group in groups:
        if not all(key in tensors for key in group.inputs):
            raise ModelFileError(
                "A layer takes what another gives before its batch normalisation or activation. "
                f"Expected what comes after both. Received: layer={group.layer.name!r}"
            )
        before = [tensors[key] for key in group.inputs]
        _add(graph, group, before, last=classifier and group is groups[-1], temperature=temperature)
        tensors[group.output] = graph.tensor


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


def inputs_of(layer: keras.Layer) -> list[Any]:
    """The Keras tensors that a layer takes."""
    return list(layer.input) if isinstance(layer.input, list | tuple) else [layer.input]


def _grouped(layers: Sequence[keras.Layer]) -> list[_Group]:
    """The layers that stay, each with what is folded into it, in an order in which inputs come first."""
    groups: list[_Group] = []
    ending: dict[int, _Group] = {}  # the group that a tensor is the last of, as far as is known
    same: dict[int, int] = {}  # what only acts while training gives what it takes
    for layer in layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = [same.get(id(tensor), id(tensor)) for tensor in inputs_of(layer)]
        output = id(layer.output)
        host = ending.get(inputs[0])
        if isinstance(layer, TRAINING_ONLY):
            same[output] = inputs[0]
        elif isinstance(layer, keras.layers.BatchNormalization):
            if host is None or host.norm or host.activation or not hasattr(host.layer, "kernel"):
                raise ModelFileError(
                    "Batch normalisation can only be folded into the layer just before it. Expected a convolution or "
                    f"dense layer without activation there. Received: layer={layer.name!r}"
                )
            host.norm, host.output = layer, output
            ending[output] = host
        elif isinstance(layer, keras.layers.ReLU | keras.layers.Softmax | keras.layers.Activation):
            if host is None or host.activation:
                raise ModelFileError(
                    f"An activation has nothing to act on. Expected a layer without activation just before it. "
                    f"Received: layer={layer.name!r}"
                )
            host.activation = layer.get_config().get("activation", type(layer).__name__.lower())
            host.output = output
            ending[output] = host
        else:
            activation = getattr(getattr(layer, "activation", None), "__name__", None)
            group = _Group(layer, inputs, output, activation=None if activation == "linear" else activation)
            groups.append(group)
            ending[output] = group
    return groups


def _add(graph: TensorGraph, group: _Group, before: list[str], *, last: bool, temperature: float) -> None:
    """Append one layer's nodes to `graph`, and its record to `graph.layers`."""
    layer, activation = group.layer, group.activation
    kind = type(layer).__name__
    tensors = {"input": before[0]}
    options: dict[str, tuple[int, int] | str] = {}
    weights: dict[str, Floats] = {}
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
        weights = _folded(layer, group.norm)
        tensors |= {key: graph.constant(f"{layer.name}/{key}", value) for key, value in weights.items()}
    name = layer.name
    inputs = [*before, *(tensors[k] for k in ("kernel", "bias") if k in tensors)]
    if kind in ("Conv2D", "DepthwiseConv2D"):
        options = {"kernel_size": layer.kernel_size, "strides": layer.strides, "padding": layer.padding}
        channels = int(layer.input.shape[-1]) if kind == "DepthwiseConv2D" else int(layer.groups)
        graph.node(
            "Conv", inputs, f"{name}/preactivation", group=channels, kernel_shape=list(layer.kernel_size),
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
            "Resize", [*before, "", scales], f"{name}/output",
            mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip
    elif kind == "Add":
        graph.node("Add", inputs, f"{name}/{'output' if activation is None else 'preactivation'}")
    elif kind == "GlobalAveragePooling2D":
        graph.node("ReduceMean", inputs, f"{name}/output", axes=[2, 3], keepdims=0)
    elif kind == "Flatten":
        if len(layer.input.shape) == 4:  # Keras flattens channels last, so the dense kernel's rows expect that order
            graph.node("Transpose", inputs, f"{name}/channels_last", perm=[0, 2, 3, 1])
        graph.node("Flatten", [graph.tensor], f"{name}/output", axis=1)
    else:
        raise ModelFileError(
            f"The model file has no form for this layer. Expected one of {', '.join(LAYERS)}. "
            f"Received: layer={name!r}, kind={kind!r}"
        )
    if last and kind != "Dense":
        raise ModelFileError(
            f"The last layer is of another kind. Expected a Dense layer. Received: layer={name!r}, kind={kind!r}"
        )
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
                f"Unknown activation. Expected one of {', '.join(ACTIVATIONS)}. Received: activation={activation!r}"
            )
        graph.node(ACTIVATIONS[activation], [graph.tensor], f"{name}/output")
    tensors["output"] = graph.tensor
    parameters = sum(value.size for value in weights.values())
    shape = tuple(int(n) for n in layer.output.shape[1:])
    record = Layer(name, kind, shape, parameters, activation, tensors=tensors, **options)  # type: ignore[arg-type]
    graph.layers.append(record)


def _auto_pad(padding: str) -> str:
    return "SAME_UPPER" if padding == "same" else "VALID"


def _folded(layer: keras.Layer, norm: keras.Layer | None) -> dict[str, Floats]:
    """Kernel and, where there is one, bias in the graph's layout, with the batch normalisation `norm` multiplied in."""
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
    weights = {"kernel": kernel.astype(np.float32)}
    return weights if layer.bias is None and norm is None else weights | {"bias": bias.astype(np.float32)}
