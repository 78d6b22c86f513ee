"""`explanation.arithmetic`: any unit redone, against the trace and against plain loops."""

import json

import numpy as np
import pytest

from digitscope import models
from digitscope.errors import ModelFileError, UsageError
from digitscope.explanation.arithmetic import arithmetic
from digitscope.explanation.sums import AveragePooling, Convolution, Copy, Dense, MaxPooling
from digitscope.explanation.trace import Tracer


def units(layer, count, rng):
    """`count` random units of a layer, as (channel, {row, col})."""
    sizes = layer.shape[-1:] + layer.shape[:-1]
    for _ in range(count):
        channel, *place = (int(rng.integers(size)) for size in sizes)
        yield channel, dict(zip(("row", "col"), place, strict=False))


def test_random_units_of_every_layer_of_every_model_are_the_traced_numbers(model, noise, seven):
    rng, tracer = np.random.default_rng(0), Tracer(model)
    for image in (noise, seven):
        trace = tracer.trace(image)
        for layer in trace.layers:
            for channel, place in units(layer, 60, rng):
                unit = arithmetic(trace, layer.name, channel, **place)
                assert unit.traced == layer.output[(*place.values(), channel)]
                assert unit.value == pytest.approx(unit.traced, abs=1e-5), unit


def test_a_convolution_is_six_nested_loops(small, noise):
    trace = Tracer(small).trace(noise)
    given, layer = trace["input"].output, trace["conv"]
    made = np.zeros((14, 14, 6))
    for row in range(14):
        for col in range(14):
            for channel in range(6):
                total = float(layer.bias[channel])
                for i in range(5):
                    for j in range(5):
                        for taken in range(1):
                            y, x = row * 2 + i - 1, col * 2 + j - 1  # 28 = 14 · 2: 3 over, 1 before and 2 after
                            if 0 <= y < 28 and 0 <= x < 28:
                                total += float(given[y, x, taken]) * float(layer.kernel[i, j, taken, channel])
                made[row, col, channel] = total
    np.testing.assert_allclose(layer.preactivation, made, atol=1e-5)
    for row, col, channel in [(0, 0, 0), (13, 13, 5), (6, 0, 2), (0, 13, 3), (7, 8, 1)]:
        unit = arithmetic(trace, "conv", channel, row=row, col=col)
        assert isinstance(unit, Convolution)
        assert unit.preactivation == pytest.approx(made[row, col, channel], abs=1e-9)
        assert unit.value == pytest.approx(np.tanh(made[row, col, channel]), abs=1e-9)


def test_the_products_and_the_bias_add_up_to_the_sum(small, noise):
    unit = arithmetic(Tracer(small).trace(noise), "conv", 2, row=3, col=4)
    np.testing.assert_allclose(unit.products, unit.patch * unit.kernel, rtol=1e-6)
    assert unit.products.sum() + unit.bias == pytest.approx(unit.preactivation, abs=1e-5)


def test_over_the_edge_a_window_holds_nothing(small, noise):
    unit = arithmetic(Tracer(small).trace(noise), "conv", 0, row=0, col=13)
    assert unit.origin == (-1, 25)
    assert unit.inside.tolist() == [[False] * 5] + [[True, True, True, False, False]] * 4
    assert not unit.patch[~unit.inside].any()


def test_a_depthwise_unit_looks_at_one_channel(small, noise):
    trace = Tracer(small).trace(noise)
    for channel in range(12):
        unit = arithmetic(trace, "depthwise", channel, row=2, col=3)
        assert unit.channels == range(channel // 2, channel // 2 + 1)
        assert unit.patch.shape == unit.kernel.shape == (2, 3, 1)


def test_max_pooling_names_its_winners(small, noise):
    trace = Tracer(small).trace(noise)
    unit = arithmetic(trace, "max", 4, row=6, col=2)
    assert isinstance(unit, MaxPooling)
    for row, col in unit.winners:
        assert trace["conv"].output[row, col, 4] == unit.value
    assert unit.value == unit.patch[unit.inside].max()


def test_all_equal_inputs_of_a_max_pooling_win(small):
    unit = arithmetic(Tracer(small).trace(np.zeros((28, 28), np.uint8)), "max", 0, row=3, col=3)
    assert len(unit.winners) == 9


def test_average_pooling_counts_what_lies_inside(small, noise):
    trace = Tracer(small).trace(noise)
    corner, middle = (arithmetic(trace, "mean", 1, row=i, col=i) for i in (3, 1))
    assert isinstance(corner, AveragePooling)
    assert (corner.count, middle.count) == (1, 4)
    assert corner.value == pytest.approx(trace["depthwise"].output[6, 6, 1])
    whole = arithmetic(trace, "whole", 2)
    assert whole.count == 16
    assert whole.value == pytest.approx(trace["point"].output[:, :, 2].mean(), abs=1e-6)


def test_a_dense_unit_is_its_largest_terms_both_ways_and_the_rest(model, seven):
    trace = Tracer(model).trace(seven)
    last = trace.layers[-1]
    for index in range(last.shape[0]):
        unit = arithmetic(trace, last.name, index, terms=3)
        assert isinstance(unit, Dense)
        named = [term.product for term in (*unit.adding, *unit.removing)]
        assert sum(named) + unit.rest + unit.bias == pytest.approx(unit.preactivation, abs=1e-5)
        ordered = np.sort(unit.products)
        np.testing.assert_allclose([t.product for t in unit.adding], ordered[ordered > 0][::-1][:3], rtol=1e-6)
        np.testing.assert_allclose([t.product for t in unit.removing], ordered[ordered < 0][:3], rtol=1e-6)


def test_softmax_is_logits_over_temperature_to_probabilities(small, noise):
    trace = Tracer(small).trace(noise)
    softmax = arithmetic(trace, "classes", 3).softmax
    powers = np.exp(softmax.logits.astype(float) / 1.3)
    np.testing.assert_allclose(softmax.probabilities, powers / powers.sum(), rtol=1e-12)
    np.testing.assert_allclose(softmax.probabilities, trace.probabilities, atol=1e-6)
    assert softmax.exponentials.max() == 1


def test_a_flattened_unit_says_where_it_comes_from(noise):
    trace = Tracer(models.load("cnn")).trace(noise)
    unit = arithmetic(trace, "flatten", 5 * 64 + 17)  # place 5 of 3 × 3: row 1, column 2
    assert isinstance(unit, Copy)
    assert unit.source == "conv3 17:1:2"
    assert unit.value == trace["conv3"].output[1, 2, 17]


def test_an_input_unit_is_its_pixel(model, noise):
    trace = Tracer(model).trace(noise)
    flat = len(trace["input"].shape) == 1
    unit = arithmetic(trace, "input", 31) if flat else arithmetic(trace, "input", 0, row=1, col=3)
    assert unit.value == noise[1, 3] / 255
    assert "pixel 1:3" in unit.source


@pytest.mark.parametrize(
    ("layer", "channel", "place"),
    [
        ("conv", 6, {"row": 0, "col": 0}),
        ("conv", 0, {"row": 14, "col": 0}),
        ("conv", 0, {"row": 0, "col": -1}),
        ("conv", 0, {}),
        ("conv", 0, {"row": 1}),
        ("hidden", 7, {}),
        ("hidden", 0, {"row": 0, "col": 0}),
    ],
)
def test_a_unit_that_is_not_there_is_refused_with_the_layers_shape(small, noise, layer, channel, place):
    trace = Tracer(small).trace(noise)
    with pytest.raises(UsageError, match="no such unit") as caught:
        arithmetic(trace, layer, channel, **place)
    assert str(trace[layer].shape) in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "changes"),
    [("conv", {"padding": "valid"}), ("conv", {"activation": "relu"}), ("mean", {"kind": "MaxPooling2D"}),
     ("max", {"strides": [1, 1]})],
)  # fmt: skip
def test_metadata_that_lies_about_the_graph_is_found_out(altered, noise, layer, changes):
    trace = Tracer(altered(layer, **changes)).trace(noise)

    def every_channel():
        return [arithmetic(trace, layer, channel, row=1, col=2) for channel in range(trace[layer].shape[2])]

    with pytest.raises(ModelFileError, match="does not describe what the graph computes"):
        every_channel()


def test_a_unit_turns_into_json(model, seven):
    rng, trace = np.random.default_rng(1), Tracer(model).trace(seven)
    for layer in trace.layers:
        for channel, place in units(layer, 1, rng):
            unit = arithmetic(trace, layer.name, channel, **place)
            read = json.loads(json.dumps(unit.to_dict(), allow_nan=False))
            assert read["layer"] == layer.name
            assert read["value"] == unit.value
            assert set(read["receptive_field"]) == {"top", "left", "bottom", "right"}
