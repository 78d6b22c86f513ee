import pytest

from digitscope.errors import UsageError
from digitscope.training import backend

keras = backend.load()

from digitscope.training.networks import build  # noqa: E402


def dense(inputs, outputs):
    return inputs * outputs + outputs


def conv(inputs, outputs, size=3):
    return size * size * inputs * outputs + outputs


def test_the_mlp_has_the_parameters_of_its_formula():
    model = build("mlp")
    assert [layer.count_params() for layer in model.layers] == [dense(784, 512), dense(512, 10)]
    assert model.count_params() == 407_050


def test_the_cnn_has_the_parameters_of_its_formula():
    model = build("cnn")
    counts = [conv(1, 32), 0, conv(32, 64), 0, conv(64, 64), 0, dense(3 * 3 * 64, 64), dense(64, 10)]
    assert [layer.count_params() for layer in model.layers] == counts
    assert model.count_params() == 93_322


def test_the_cnns_maps_shrink_as_the_reference_says():
    shapes = [layer.output.shape[1:] for layer in build("cnn").layers]
    maps = [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (3, 3, 64)]
    assert shapes == [*maps, (576,), (64,), (10,)]


def test_both_end_in_softmax_and_go_through_relu():
    for name in ("mlp", "cnn"):
        activations = [layer.activation.__name__ for layer in build(name).layers if hasattr(layer, "activation")]
        assert activations == ["relu"] * (len(activations) - 1) + ["softmax"]


def test_an_unknown_network_is_refused_with_the_closest_first():
    with pytest.raises(UsageError, match="Expected one of: cnn, mlp"):
        build("cmn")
