"""The model file against Keras, layer by layer."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from digitscope import models
from digitscope.errors import ModelFileError
from digitscope.training import backend

keras = backend.load()

from keras import layers  # noqa: E402

from digitscope.training import export  # noqa: E402
from digitscope.training.fit import network_input  # noqa: E402
from digitscope.training.networks import build  # noqa: E402

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)
RECORD = {
    "name": "test", "recipe": {"threshold": 0.25}, "seed": 0, "versions": {}, "mnist": {}, "learned_from": {},
    "metrics": {},
}  # fmt: skip


def keras_outputs(model, images):
    """Each layer's output, by name."""
    probe = keras.Model(model.inputs[0], {layer.name: layer.output for layer in model.layers})
    return {name: np.asarray(value) for name, value in probe(network_input(images, model), training=False).items()}


def graph_outputs(path, tensors, images):
    """The named tensors of a model file."""
    model = onnx.load(path)
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors if name not in known)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip(tensors, session.run(list(tensors), {"images": images}), strict=True))


def saved(model, tmp_path, **options):
    return export.Graph.of(model, **options).save(tmp_path / "model.onnx", RECORD)


def channels_last(array):
    return array.transpose(0, 2, 3, 1) if array.ndim == 4 else array


def randomized(*stack):
    """A model of these layers whose every weight, batch normalisation's too, is random."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    rng = np.random.default_rng(2)
    ranges = [(-0.2, 0.2) if weight.ndim > 1 else (0.1, 0.6) for weight in model.get_weights()]
    shapes = [weight.shape for weight in model.get_weights()]
    model.set_weights([rng.uniform(*r, shape) for r, shape in zip(ranges, shapes, strict=True)])
    return model


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_every_named_tensor_of_the_graph_is_keras_layer_output(name, tmp_path):
    keras.utils.set_random_seed(0)
    model = build(name)
    path = saved(model, tmp_path)
    records = models.load(str(path)).layers
    expected = keras_outputs(model, IMAGES)
    assert [record.name for record in records] == list(expected)
    outputs = graph_outputs(path, [record.tensors["output"] for record in records], IMAGES)
    for record in records:
        ours = channels_last(outputs[record.tensors["output"]])
        assert ours.shape[1:] == record.shape
        np.testing.assert_allclose(ours, expected[record.name], atol=1e-5)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_kernel_and_bias_of_the_graph_are_keras_own(name, tmp_path):
    model = build(name)
    path = saved(model, tmp_path)
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    for record in models.load(str(path)).layers:
        if not record.parameters:
            assert "kernel" not in record.tensors
            continue
        kernel, bias = model.get_layer(record.name).get_weights()
        ours = constants[record.tensors["kernel"]]
        np.testing.assert_array_equal(ours.transpose(2, 3, 1, 0) if ours.ndim == 4 else ours, kernel)
        np.testing.assert_array_equal(constants[record.tensors["bias"]], bias)
        assert record.parameters == kernel.size + bias.size


def test_the_preactivation_is_what_relu_and_softmax_take(tmp_path):
    path = saved(build("cnn"), tmp_path)
    records = [record for record in models.load(str(path)).layers if record.activation]
    names = [record.tensors[key] for record in records for key in ("preactivation", "output")]
    values = graph_outputs(path, names, IMAGES)
    for record in records:
        before, after = (values[record.tensors[key]] for key in ("preactivation", "output"))
        if record.activation == "relu":
            np.testing.assert_array_equal(after, np.maximum(before, 0))
        else:
            exponentials = np.exp(before - before.max(axis=1, keepdims=True))
            np.testing.assert_allclose(after, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-6)


STACKS = {
    "folded batch norm": lambda: [
        layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.Flatten(), layers.Dense(10, activation="softmax"),
    ],
    "folded batch norm over a bias, in a dense layer": lambda: [
        layers.Flatten(), layers.Dense(6), layers.BatchNormalization(), layers.Activation("tanh"), layers.Dense(10),
    ],
    "batch norm without scale or centre": lambda: [
        layers.Conv2D(4, 3), layers.BatchNormalization(scale=False, center=False), layers.ReLU(),
        layers.GlobalAveragePooling2D(), layers.Dense(10),
    ],
    "depthwise": lambda: [
        layers.Conv2D(3, 3, activation="relu"), layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
        layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(), layers.Dense(10),
    ],
    "strides and same padding": lambda: [
        layers.Conv2D(4, 5, strides=2, padding="same", activation="sigmoid"), layers.Conv2D(4, 3, strides=3),
        layers.Flatten(), layers.Dense(10),
    ],
    "groups": lambda: [
        layers.Conv2D(4, 3), layers.Conv2D(8, 3, groups=2), layers.Flatten(), layers.Dense(10),
    ],
    "pools": lambda: [
        layers.Conv2D(4, 3), layers.AveragePooling2D(3, strides=2, padding="same"),
        layers.MaxPooling2D(2, padding="same"), layers.Flatten(), layers.Dense(11, activation="softmax"),
    ],
    "what only acts in training": lambda: [
        layers.GaussianNoise(0.5), layers.Conv2D(4, 3), layers.SpatialDropout2D(0.5), layers.Flatten(),
        layers.Dropout(0.5), layers.Dense(10),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_the_graph_answers_as_keras_does(name):
    model = randomized(*STACKS[name]())
    expected = np.asarray(model(network_input(IMAGES, model), training=False))
    if model.layers[-1].activation.__name__ != "softmax":
        exponentials = np.exp(expected - expected.max(axis=1, keepdims=True))
        expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(export.Graph.of(model).run(IMAGES)[0], expected, atol=1e-5)


def test_the_temperature_divides_the_logits(tmp_path):
    model = randomized(layers.Flatten(), layers.Dense(10))
    logits = np.asarray(model(network_input(IMAGES, model)))
    exponentials = np.exp((logits - logits.max(axis=1, keepdims=True)) / 2.5)
    path = saved(model, tmp_path, temperature=2.5)
    assert models.load(str(path)).temperature == 2.5
    ours = graph_outputs(path, ["probabilities"], IMAGES)["probabilities"]
    np.testing.assert_allclose(ours, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (lambda: [layers.BatchNormalization(), layers.Flatten(), layers.Dense(10)], "can only be folded"),
        (lambda: [layers.Conv2D(2, 3, activation="relu"), layers.BatchNormalization(), layers.Flatten(),
                  layers.Dense(10)], "can only be folded"),
        (lambda: [layers.ReLU(), layers.Flatten(), layers.Dense(10)], "Expected a layer without activation"),
        (lambda: [layers.Cropping2D(2), layers.Flatten(), layers.Dense(10)], "no form for this layer. Expected"),
        (lambda: [layers.Flatten(), layers.Dense(10, activation="gelu"), layers.Dense(10)], "Unknown activation"),
        (lambda: [layers.Dense(10), layers.Flatten()], "Expected a Dense layer"),
    ],
)  # fmt: skip
def test_what_the_model_file_has_no_form_for_is_refused(stack, message):
    with pytest.raises(ModelFileError, match=message):
        export.Graph.of(keras.Sequential([keras.Input((28, 28, 1)), *stack()]))
