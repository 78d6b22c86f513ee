"""`explanation.receptive`: a unit's field, by changing pixels in and outside it."""

import numpy as np
import pytest

from digitscope import models
from digitscope.explanation.receptive import Field, receptive_field
from digitscope.explanation.trace import Tracer


def test_pixels_outside_the_field_change_nothing_and_those_at_its_edges_do(model):
    tracer, rng = Tracer(model), np.random.default_rng(3)
    changed = None
    for _ in range(5 if model.name == "small" else 2):  # few channels: more pictures until each pixel has mattered
        image = rng.integers(0, 256, (28, 28), dtype=np.uint8)
        before = [layer.output for layer in tracer.trace(image).layers]
        moves = []
        for pixel in range(784):
            other = image.copy()
            other.ravel()[pixel] ^= 255
            after = [layer.output for layer in tracer.trace(other).layers]
            moves.append(
                [(a != b) if a.ndim == 1 else (a != b).any(axis=2) for a, b in zip(before, after, strict=True)]
            )
        found = [np.stack(layer).reshape(28, 28, -1) for layer in zip(*moves, strict=True)]
        changed = found if changed is None else [a | b for a, b in zip(changed, found, strict=True)]
    records = tracer.trace(image).layers
    for number, record in enumerate(records[:-1]):  # the probabilities all move together
        cols = record.shape[1] if len(record.shape) == 3 else 1
        places = rng.permutation(changed[number].shape[2])[:80]
        for place in places:
            field = receptive_field(records[: number + 1], *divmod(int(place), cols))
            rows, columns = np.nonzero(changed[number][:, :, place])
            if len(rows) == 0 and len(record.shape) == 1:
                continue  # a unit that relu holds at 0, whatever one pixel does
            assert rows.min() >= field.top
            assert rows.max() < field.bottom
            assert columns.min() >= field.left
            assert columns.max() < field.right
            if len(record.shape) == 3:
                assert Field(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1) == field


@pytest.mark.parametrize(("layer", "size"), [("conv1", 3), ("pool1", 4), ("conv2", 8), ("pool2", 10), ("conv3", 18)])
def test_the_reference_cnns_fields_have_the_textbook_sizes(layer, size):
    records = Tracer(models.load("cnn")).trace(np.zeros((28, 28), np.uint8)).layers
    number = [record.name for record in records].index(layer)
    field = receptive_field(records[: number + 1], 1, 1)  # r + (k − 1) · jump, layer after layer
    assert (field.height, field.width) == (size, size)


def test_the_reference_cnn_never_sees_the_last_two_rows_and_columns():
    tracer = Tracer(models.load("cnn"))
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    trace = tracer.trace(image)
    field = receptive_field(trace.layers, 0, 0)
    assert field == Field(0, 0, 26, 26)
    other = image.copy()
    other[26:], other[:, 26:] = 0, 0
    np.testing.assert_array_equal(tracer.trace(other).probabilities, trace.probabilities)
