"""One image through a model file, with every layer's numbers kept.

    tracer = Tracer(models.load("cnn"))
    trace = tracer.trace(image)            # uint8 [28, 28]
    trace["conv1"].output                  # float32 [26, 26, 32], channels last

The served session keeps its single output; this one is a second session over the same graph, with the tensors that
the layer metadata names as its outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

from digitscope import models
from digitscope.arrays import Floats, Image, Images
from digitscope.errors import ImageError, ModelFileError, unknown
from digitscope.models import Layer, ModelFile

KERNELS = ("Conv2D", "DepthwiseConv2D", "Dense")
WINDOWS = ("Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D")
KINDS = (*KERNELS, "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "Flatten")


@dataclass(frozen=True, eq=False, kw_only=True)
class TracedLayer(Layer):
    """A layer and its numbers for one image, all channels last; the image as the network takes it has kind "Input".

    `output` is [height, width, channels] or [units], and so is `preactivation`, what the activation was applied to.
    `kernel` is [height, width, in, out] or [in, out]; `bias` is [out], zeros where the file has none. What a layer does
    not have is None.
    """

    output: Floats = field(repr=False)
    preactivation: Floats | None = field(default=None, repr=False)
    kernel: Floats | None = field(default=None, repr=False)
    bias: Floats | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Trace:
    """All layers' numbers for one image, from the input to the probabilities.

    `layers` begins with the image as the network takes it ("input", pixels / 255). It is empty where the model file
    carries no layer metadata.
    """

    image: Image = field(repr=False)
    layers: tuple[TracedLayer, ...]
    probabilities: Floats = field(repr=False)
    temperature: float

    def __getitem__(self, name: str) -> TracedLayer:
        return self.layers[self.index(name)]

    def index(self, name: str) -> int:
        """Where the named layer stands in `layers`.

        Raises:
            ModelFileError: the model file has no layer metadata.
            UsageError: no layer has that name; the message lists the layers with their shapes.
        """
        if not self.layers:
            raise ModelFileError(
                "The model file has no layer metadata, so its layers, their arithmetic and its neighbours cannot be "
                f"shown; its answer and its occlusion maps can. Received: layer={name!r}"
            )
        names = [layer.name for layer in self.layers]
        if name not in names:
            raise unknown("layer", name, [f"{layer.name} {layer.shape}" for layer in self.layers])
        return names.index(name)


class Tracer:
    """A model file opened for tracing: make it once, trace many images. Safe to share between threads.

    Raises:
        ModelFileError: the layer metadata names tensors that the graph does not have, layers that do not follow one
            another, or kinds that cannot be shown.
    """

    def __init__(self, model: ModelFile) -> None:
        self.model = model
        self._layers = tuple(layer for layer in model.layers if layer.kind != "Input")
        if not self._layers:
            return
        graph = onnx.load(model.path)
        _check(self._layers, graph, model)
        constants = {tensor.name: tensor for tensor in graph.graph.initializer}
        self._weights = {layer.name: _weights(layer, constants) for layer in self._layers}
        self._names = list(dict.fromkeys(name for layer in self._layers for name in _activations(layer)))
        self._run = _session(graph, self._names).run

    @property
    def feature_layer(self) -> Layer:
        """The last hidden layer: the answer is a weighted sum of its units.

        Raises:
            ModelFileError: the model file has no layer metadata, or a single layer.
        """
        if len(self._layers) < 2:
            raise ModelFileError(
                "The neighbours cannot be shown. Expected a model file with the metadata of at least two layers. "
                f"Received: layers={len(self._layers)}, path={str(self.model.path)!r}"
            )
        return self._layers[-2]

    def features(self, images: Images) -> Floats:
        """The last hidden layer's output for each image: uint8 [N, 28, 28] to float32 [N, units]."""
        name = self.feature_layer.tensors["output"]
        session = _session(onnx.load(self.model.path), [name])
        return models.run(session, images)[0].reshape(len(images), -1)

    def trace(self, image: Image) -> Trace:
        """Run one image, uint8 [28, 28], and keep every layer's numbers.

        Raises:
            ImageError: the array has another dtype or shape.
            ModelFileError: a layer's output has not the shape that the metadata gives it.
        """
        if image.dtype != np.uint8 or image.shape != (28, 28):
            raise ImageError(
                "The image is not in MNIST's form. Expected uint8 [28, 28]. "
                f"Received: dtype={image.dtype}, shape={image.shape}"
            )
        if not self._layers:
            probabilities = self.model.session.run(None, {"images": image[None]})[0][0]
            return Trace(image, (), probabilities, self.model.temperature)
        outputs = self._run(self._names, {"images": image[None]})
        arrays = {name: _channels_last(output[0]) for name, output in zip(self._names, outputs, strict=True)}
        given = arrays[self._layers[0].tensors["input"]]
        layers = [TracedLayer(name="input", kind="Input", shape=given.shape, output=given)]
        for layer in self._layers:
            output = arrays[layer.tensors["output"]]
            if output.shape != layer.shape:
                raise ModelFileError(
                    f"The layer's output has not the shape that its metadata gives. Expected {layer.shape}. "
                    f"Received: layer={layer.name!r}, shape={output.shape}, path={str(self.model.path)!r}"
                )
            before = arrays.get(layer.tensors.get("preactivation", ""))
            kernel, bias = self._weights[layer.name]
            layers.append(TracedLayer(**vars(layer), output=output, preactivation=before, kernel=kernel, bias=bias))
        return Trace(image, tuple(layers), arrays[self._layers[-1].tensors["output"]], self.model.temperature)


def _activations(layer: Layer) -> list[str]:
    """The tensors of `layer` that depend on the image."""
    return [layer.tensors[key] for key in ("input", "preactivation", "output") if key in layer.tensors]


def _channels_last(array: Floats) -> Floats:
    """[C, H, W] as [H, W, C]; vectors stay."""
    return np.ascontiguousarray(array.transpose(1, 2, 0)) if array.ndim == 3 else array


def _session(graph: onnx.ModelProto, names: list[str]) -> ort.InferenceSession:
    """A session over `graph` whose outputs are the tensors `names`."""
    del graph.graph.output[:]
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    return ort.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _weights(layer: Layer, constants: Mapping[str, onnx.TensorProto]) -> tuple[Floats | None, Floats | None]:
    """Kernel and bias, in Keras's layout; a bias of zeros where the layer has none."""
    if layer.kind not in KERNELS:
        return None, None
    kernel = numpy_helper.to_array(constants[layer.tensors["kernel"]])
    kernel = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel
    if "bias" not in layer.tensors:
        return kernel, np.zeros(layer.shape[-1], np.float32)
    return kernel, numpy_helper.to_array(constants[layer.tensors["bias"]])


def _check(layers: tuple[Layer, ...], graph: onnx.ModelProto, model: ModelFile) -> None:
    """Refuse metadata that does not describe `graph` as one layer after the other."""
    tensors = {name for node in graph.graph.node for name in node.output}
    tensors |= {tensor.name for tensor in graph.graph.initializer}
    before = layers[0].tensors.get("input")
    for layer in layers:
        needed = ["input", "output", *(["preactivation", "kernel"] if layer.kind in KERNELS else [])]
        sized = layer.kind not in WINDOWS or (
            layer.strides and layer.padding and (layer.kernel_size or layer.pool_size)
        )
        missing = [key for key in needed if layer.tensors.get(key) not in tensors]
        if layer.kind not in KINDS or missing or not sized or layer.tensors["input"] != before:
            raise ModelFileError(
                "The layer metadata does not describe the graph. Expected layers that follow one another, each of "
                f"a kind among {', '.join(KINDS)}, with the graph's tensors for {', '.join(needed)}. "
                f"Received: layer={layer.name!r}, kind={layer.kind!r}, tensors={dict(layer.tensors)}, "
                f"path={str(model.path)!r}"
            )
        before = layer.tensors["output"]
