"""Model files to look into: the shipped ones, and a small one with random weights and every kind of layer."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from digitscope import models
from digitscope.models.file import Layer, ModelFile
from digitscope.reading.normalization import centre

SHIPPED = models.names()
TEMPERATURE = 1.3
METADATA = {
    "name": "small",
    "version": "0.1.0",
    "recipe": {},
    "seed": 0,
    "versions": {},
    "mnist": {},
    "learned_from": {},
    "metrics": {},
    "threshold": 0.5,
    "temperature": TEMPERATURE,
}


class SmallNetwork:
    """An ONNX graph and its layer records, grown layer by layer without Keras: another author's file, so to speak."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.constants = [numpy_helper.from_array(np.array(255, np.float32), "full")]
        self.constants.append(numpy_helper.from_array(np.array([-1, 1, 28, 28], np.int64), "input_shape"))
        self.nodes = [
            helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Div", ["pixels", "full"], ["scaled"]),
            helper.make_node("Reshape", ["scaled", "input_shape"], ["input"]),
        ]
        self.layers: list[Layer] = []
        self.tensor, self.shape = "input", (28, 28, 1)

    def weights(self, name: str, shape: tuple[int, ...], units: int) -> dict[str, str]:
        scale = (units / np.prod(shape)) ** 0.5
        for part, size in (("kernel", shape), ("bias", (units,))):
            values = self.random.normal(0, scale, size).astype(np.float32)
            self.constants.append(numpy_helper.from_array(values, f"{name}/{part}"))
        return {"kernel": f"{name}/kernel", "bias": f"{name}/bias"}

    def add(self, operation: str, layer: Layer, *, activation: str = "", **attributes: object) -> None:
        tensors = {"input": self.tensor, **layer.tensors}
        inputs = [self.tensor, *(tensors[key] for key in ("kernel", "bias") if key in tensors)]
        made = f"{layer.name}/preactivation" if "kernel" in tensors else f"{layer.name}/output"
        self.nodes.append(helper.make_node(operation, inputs, [made], **attributes))
        if "kernel" in tensors:
            tensors["preactivation"] = made
        if activation:
            self.nodes.append(helper.make_node(activation, [made], [f"{layer.name}/output"]))
            made = f"{layer.name}/output"
        tensors["output"] = self.tensor = made
        parameters = sum(numpy_helper.to_array(c).size for c in self.constants if c.name.startswith(f"{layer.name}/"))
        values = {
            **layer.to_dict(),
            "tensors": tensors,
            "parameters": parameters,
            "activation": activation.lower() or None,
        }
        self.layers.append(Layer.from_dict(values))
        self.shape = layer.shape

    def save(self, path: Path, *, layers: list[Layer] | None = None) -> Path:
        images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", 28, 28])
        output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", self.shape[0]])
        graph = helper.make_graph(self.nodes, "small", [images], [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return models.save(model, path, metadata=METADATA, layers=self.layers if layers is None else layers)


def small_network(seed: int = 0) -> SmallNetwork:
    """Every kind of layer once, "same" where an odd pixel is left over, eleven classes, a temperature."""
    net = SmallNetwork(seed)
    same: dict[str, str] = {"auto_pad": "SAME_UPPER"}
    layer = Layer("conv", "Conv2D", (14, 14, 6), kernel_size=(5, 5), strides=(2, 2), padding="same",
                  tensors=net.weights("conv", (6, 1, 5, 5), 6))  # fmt: skip
    net.add("Conv", layer, activation="Tanh", strides=[2, 2], **same)
    layer = Layer("max", "MaxPooling2D", (7, 7, 6), pool_size=(3, 3), strides=(2, 2), padding="same")
    net.add("MaxPool", layer, kernel_shape=[3, 3], strides=[2, 2], **same)
    layer = Layer("depthwise", "DepthwiseConv2D", (7, 7, 12), kernel_size=(2, 3), strides=(1, 1), padding="same",
                  tensors=net.weights("depthwise", (12, 1, 2, 3), 12))  # fmt: skip
    net.add("Conv", layer, activation="Relu", group=6, **same)
    layer = Layer("mean", "AveragePooling2D", (4, 4, 12), pool_size=(2, 2), strides=(2, 2), padding="same")
    net.add("AveragePool", layer, kernel_shape=[2, 2], strides=[2, 2], **same)
    layer = Layer("point", "Conv2D", (4, 4, 5), kernel_size=(1, 1), strides=(1, 1), padding="valid",
                  tensors=net.weights("point", (5, 12, 1, 1), 5))  # fmt: skip
    net.add("Conv", layer)
    net.add("ReduceMean", Layer("whole", "GlobalAveragePooling2D", (5,)), axes=[2, 3], keepdims=0)
    net.add("Flatten", Layer("flat", "Flatten", (5,)), axis=1)
    layer = Layer("hidden", "Dense", (7,), tensors=net.weights("hidden", (5, 7), 7))
    net.add("Gemm", layer, activation="Sigmoid")
    layer = Layer("classes", "Dense", (11,), tensors=net.weights("classes", (7, 11), 11))
    net.add("Gemm", layer)
    net.constants.append(numpy_helper.from_array(np.array(TEMPERATURE, np.float32), "temperature"))
    net.nodes.append(helper.make_node("Div", [net.tensor, "temperature"], ["cooled"]))
    net.nodes.append(helper.make_node("Softmax", ["cooled"], ["probabilities"], axis=-1))
    last = net.layers[-1].to_dict()
    last["activation"], last["tensors"] = "softmax", {**last["tensors"], "output": "probabilities"}
    net.layers[-1] = Layer.from_dict(last)
    return net


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    return models.load(small_network().save(tmp_path_factory.mktemp("models") / "small.onnx"))


@pytest.fixture(scope="session", params=[*SHIPPED, "small"])
def model(request: pytest.FixtureRequest, small: ModelFile) -> ModelFile:
    """Every shipped model file, and the small one."""
    return small if request.param == "small" else models.load(request.param)


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., ModelFile]:
    """The small network with something changed in one layer's metadata."""

    def alter(layer: str, /, **changes: object) -> ModelFile:
        net = small_network()
        layers = [Layer.from_dict({**r.to_dict(), **(changes if r.name == layer else {})}) for r in net.layers]
        return models.load(net.save(tmp_path / "altered.onnx", layers=layers))

    return alter


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A model file without layer metadata."""
    return models.load(small_network().save(tmp_path_factory.mktemp("models") / "bare.onnx", layers=[]))


@pytest.fixture(scope="session")
def seven() -> np.ndarray:
    """A 7 of our own in MNIST's form."""
    glyph = np.zeros((20, 15), np.uint8)
    glyph[0:2, 1:14] = 200
    for row in range(2, 20):
        col = 11 - (row - 2) * 9 // 17
        glyph[row, col - 1 : col + 3] = (180, 255, 255, 180)
    return centre(glyph)


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (28, 28), dtype=np.uint8)
