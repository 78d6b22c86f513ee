"""`explanation.trace`: every layer's numbers, and what a file that does not fit is told."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from digitscope.errors import ImageError, ModelFileError, UsageError
from digitscope.explanation.trace import Tracer


def test_every_layer_has_the_name_kind_shape_and_parameters_of_the_metadata(model, noise):
    trace = Tracer(model).trace(noise)
    assert trace.layers[0].kind == "Input"
    for traced, record in zip(trace.layers[1:], model.layers, strict=True):
        assert (traced.name, traced.kind, traced.shape, traced.parameters) == (
            record.name, record.kind, record.shape, record.parameters)  # fmt: skip
        assert traced.output.shape == record.shape
        assert traced.output.dtype == np.float32
        weights = {"kernel": traced.kernel, "bias": traced.bias}
        assert sum(weights[key].size for key in record.tensors if key in weights) == record.parameters
        assert "bias" in record.tensors or traced.bias is None or not traced.bias.any()


def test_tracing_does_not_change_the_answer(model, noise, seven):
    tracer = Tracer(model)
    for image in (noise, seven):
        served = model.session.run(None, {"images": image[None]})[0][0]
        np.testing.assert_allclose(tracer.trace(image).probabilities, served, atol=1e-6)


def test_the_input_layer_is_the_image_over_255(model, noise):
    first = Tracer(model).trace(noise).layers[0]
    np.testing.assert_allclose(first.output.reshape(28, 28), noise / 255, atol=1e-7)


def test_feature_maps_are_channels_last(small, noise):
    trace = Tracer(small).trace(noise)
    assert trace["conv"].output.shape == (14, 14, 6)
    assert trace["conv"].kernel.shape == (5, 5, 1, 6)
    np.testing.assert_allclose(trace["conv"].output, np.tanh(trace["conv"].preactivation), atol=1e-6)


def test_an_unknown_layer_is_refused_with_all_layers_and_shapes(small, noise):
    with pytest.raises(UsageError, match="Unknown layer") as caught:
        Tracer(small).trace(noise)["conv7"]
    for layer in small.layers:
        assert f"{layer.name} {layer.shape}" in str(caught.value)


@pytest.mark.parametrize("image", [np.zeros((28, 28)), np.zeros((1, 28, 28), np.uint8), np.zeros((20, 20), np.uint8)])
def test_an_image_of_another_form_is_refused(small, image):
    with pytest.raises(ImageError, match="MNIST's form"):
        Tracer(small).trace(image)


def test_a_file_without_layer_metadata_answers_and_says_what_it_cannot_show(bare, noise):
    trace = Tracer(bare).trace(noise)
    np.testing.assert_array_equal(trace.probabilities, bare.session.run(None, {"images": noise[None]})[0][0])
    assert trace.layers == ()
    with pytest.raises(ModelFileError, match="its layers, their arithmetic and its neighbours cannot be shown"):
        trace["conv"]
    with pytest.raises(ModelFileError, match="neighbours cannot be shown"):
        Tracer(bare).features(noise[None])


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "LSTM"},
        {"tensors": {"input": "input", "output": "conv/output"}},
        {"tensors": {"input": "max/output", "output": "nowhere", "kernel": "a", "bias": "b", "preactivation": "c"}},
        {"strides": None},
    ],
)
def test_metadata_that_names_what_the_graph_has_not_is_refused(altered, changes):
    with pytest.raises(ModelFileError, match="does not describe the graph"):
        Tracer(altered("conv", **changes))


def test_metadata_with_another_shape_is_refused(altered, noise):
    with pytest.raises(ModelFileError, match="not the shape that its metadata gives"):
        Tracer(altered("max", shape=(7, 7, 5))).trace(noise)


def test_a_trace_is_frozen(small, noise):
    with pytest.raises(FrozenInstanceError):
        Tracer(small).trace(noise).temperature = 2


def test_features_are_the_last_hidden_layer_of_every_image(model, noise, seven):
    tracer = Tracer(model)
    images = np.stack([noise, seven] * 80)  # more than one chunk
    features = tracer.features(images)
    hidden = tracer.trace(seven).layers[-2]
    assert features.shape == (160, hidden.output.size)
    np.testing.assert_allclose(features[-1], hidden.output.ravel(), atol=1e-5)
