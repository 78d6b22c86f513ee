"""The detector's network, loss, graph and figures, and its training."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import numpy_helper
from scipy.special import softmax

from digitscope.arrays import NOT_A_DIGIT
from digitscope.synthesis.tiles import HEIGHT, WIDTH, target
from digitscope.training import backend

keras = backend.load()

from digitscope import models  # noqa: E402
from digitscope.errors import ModelFileError  # noqa: E402
from digitscope.training import export, figures  # noqa: E402
from digitscope.training.losses import cells as loss  # noqa: E402
from digitscope.training.networks import CELL, build  # noqa: E402
from digitscope.training.restore import restore  # noqa: E402

TILES = np.random.default_rng(0).integers(0, 256, (40, HEIGHT, WIDTH), dtype=np.uint8)
RECORD = {
    "name": "detector", "recipe": {}, "seed": 0, "versions": {}, "mnist": {}, "learned_from": {}, "metrics": {},
}  # fmt: skip


def graph_of(model):
    return export.Graph.of(model, kind="detector")


def by_cell(answer):
    """[N, 16, 32, 30] as [N, 16, 64, 15]."""
    return np.asarray(answer).reshape(-1, HEIGHT // 4, WIDTH // 2, CELL)


def test_the_onnx_file_says_what_keras_says():
    keras.utils.set_random_seed(3)
    model = build("detector")
    classes, reach = graph_of(model).run(TILES[:2])
    answer = by_cell(model.predict(TILES[:2, ..., None] / np.float32(255), verbose=0))
    assert np.allclose(classes, softmax(answer[..., : NOT_A_DIGIT + 1], axis=-1), atol=1e-5)
    assert np.allclose(reach, answer[..., NOT_A_DIGIT + 1 :], atol=1e-4)


def test_the_file_takes_pages_of_any_size_in_blocks_of_eight():
    classes, reach = graph_of(build("detector")).run(np.zeros((1, 104, 240), np.uint8))
    assert classes.shape == (1, 26, 120, 11)
    assert reach.shape == (1, 26, 120, 4)


def test_the_loss_is_least_for_the_truth():
    truth = target(np.array([[40, 20, 56, 42]], np.float32), np.array([7], np.uint8), np.array([True]))[None]
    right = np.concatenate([20 * np.eye(11, dtype=np.float32)[truth[..., 0].astype(int)], truth[..., 2:]], axis=-1)
    blind = right.copy()
    blind[..., :11] = 20 * np.eye(11, dtype=np.float32)[NOT_A_DIGIT]
    shifted = right.copy()
    shifted[..., 11:] += 0.2
    best = float(loss(truth, right.reshape(1, 16, 32, 30)))
    assert best < 1e-3
    assert best < float(loss(truth, shifted)) < float(loss(truth, blind))


def test_a_network_that_goes_on_from_the_shipped_file_says_what_the_file_says():
    keras.utils.set_random_seed(1)
    model = build("detector")
    shipped = models.load("detector", kind="detector")
    restore(model, shipped.path, np.divide(TILES, 255, dtype=np.float32)[..., None])
    for before, after in zip(models.run(shipped.session, TILES), graph_of(model).run(TILES), strict=True):
        assert np.allclose(before, after, atol=1e-3)


def test_a_larger_detector_begins_with_what_a_smaller_one_says(tmp_path):
    keras.utils.set_random_seed(0)
    small = graph_of(build("detector"))  # its later refinements add nothing yet: their last kernels are zeros
    expected = small.run(TILES)
    later = [tensor for tensor in small.model.graph.initializer if tensor.name.startswith(("detail", "around"))]
    assert len(later) == 12
    for tensor in later:
        small.model.graph.initializer.remove(tensor)
    (tmp_path / "small.onnx").write_bytes(small.model.SerializeToString())
    keras.utils.set_random_seed(1)
    larger = build("detector")
    restore(larger, tmp_path / "small.onnx", np.divide(TILES, 255, dtype=np.float32)[..., None])
    for before, after in zip(expected, graph_of(larger).run(TILES), strict=True):
        assert np.allclose(before, after, atol=1e-4)


def test_a_network_does_not_go_on_from_another_networks_file():
    with pytest.raises(ModelFileError, match="does not fit the network"):
        restore(build("detector"), models.locate("mlp"), np.zeros((4, HEIGHT, WIDTH, 1), np.float32))
    with pytest.raises(ModelFileError, match="does not fit the network"):
        restore(build("mlp"), models.locate("cnn"), np.zeros((4, 784), np.float32))


def test_a_reader_goes_on_from_its_file_with_batch_normalisation_unfolded(mnist):
    keras.utils.set_random_seed(2)
    model = build("reader")
    images = mnist.held_out.images[:300]
    restore(model, models.locate("reader"), np.divide(images, 255, dtype=np.float32)[..., None])
    np.testing.assert_allclose(export.Graph.of(model).run(images)[0], models.load("reader").run(images), atol=1e-3)


def test_the_kernels_of_a_saved_detector_are_kept_through_its_file(tmp_path):
    keras.utils.set_random_seed(4)
    graph = graph_of(build("detector"))
    model = models.load(graph.save(tmp_path / "detector.onnx", RECORD), kind="detector")
    assert model.parameters == 667_550
    kernel = next(t for t in graph.model.graph.initializer if t.name == "conv4/kernel")
    assert numpy_helper.to_array(kernel).shape == (64, 32 * 2, 3, 3)
    assert isinstance(model.session, ort.InferenceSession)


class Answers:
    """A graph that answers with these classes."""

    def __init__(self, classes):
        self.classes = classes

    def run(self, images):
        return [self.classes[: len(images)], None]


def test_the_figures_count_digits_by_their_most_confident_cell():
    boxes, values = np.array([[20, 20, 36, 42], [70, 20, 86, 42]], np.float32), np.array([7, 3], np.uint8)
    y = target(boxes, values, np.array([True, True]))[None]
    held = [(np.zeros((1, HEIGHT, WIDTH), np.uint8), y)]
    classes = np.eye(11, dtype=np.float32)[y[..., 0].astype(int)] * 0.9
    assert figures.detector(Answers(classes), None, None, held, held_out=False)["held_out_digits"]["value"] == 1
    rows, columns = np.nonzero(y[0, ..., 0] == 3)
    classes[0, rows[0], columns[0]] = np.eye(11)[5]  # sure of another digit in one of its cells
    classes[0, rows[1:], columns[1:], NOT_A_DIGIT] = 0.1
    classes[0, 0, 0] = np.eye(11)[1]
    found = figures.detector(Answers(classes), None, None, held, held_out=False)
    assert (found["held_out_digits"]["count"], found["held_out_digits"]["total"]) == (1, 2)
    assert found["held_out_empty"]["total"] - found["held_out_empty"]["count"] == 1
