import keras
import numpy as np
import onnxruntime as ort
from onnx import numpy_helper
from scipy.special import softmax

from digitscope.learn.detector import Detector, loss, mean, record_of, restore, to_onnx
from digitscope.learn.tiles import HEIGHT, WIDTH, target
from digitscope.pages.record import NO_DIGIT


def test_the_onnx_file_says_what_keras_says():
    keras.utils.set_random_seed(3)
    detector = Detector()
    tiles = np.random.default_rng(0).integers(0, 256, (2, 64, 128), np.uint8)
    session = ort.InferenceSession(to_onnx(detector, {}).SerializeToString(), providers=["CPUExecutionProvider"])
    classes, reach = session.run(None, {"ink": tiles})
    said = np.asarray(detector.model.predict(tiles[..., None] / np.float32(255), verbose=0))
    assert np.allclose(classes, softmax(said[..., : NO_DIGIT + 1], axis=-1), atol=1e-5)
    assert np.allclose(reach, said[..., NO_DIGIT + 1 :], atol=1e-4)


def test_the_file_takes_pages_of_any_size_in_blocks_of_eight():
    session = ort.InferenceSession(to_onnx(Detector(), {}).SerializeToString(), providers=["CPUExecutionProvider"])
    classes, reach = session.run(None, {"ink": np.zeros((1, 104, 240), np.uint8)})
    assert classes.shape == (1, 26, 120, 11)
    assert reach.shape == (1, 26, 120, 4)


def test_the_loss_is_least_for_the_truth():
    truth = target(np.array([[40, 20, 56, 42]], np.float32), np.array([7], np.uint8), np.array([True]))[None]
    right = np.concatenate([20 * np.eye(11, dtype=np.float32)[truth[..., 0].astype(int)], truth[..., 2:]], axis=-1)
    blind = right.copy()
    blind[..., :11] = 20 * np.eye(11, dtype=np.float32)[NO_DIGIT]
    shifted = right.copy()
    shifted[..., 11:] += 0.2
    best = float(loss(truth, right))
    assert best < 1e-3
    assert best < float(loss(truth, shifted)) < float(loss(truth, blind))


def test_the_mean_of_two_detectors_has_the_mean_of_their_weights(tmp_path):
    paths, kernels = [tmp_path / "one.onnx", tmp_path / "two.onnx"], []
    for seed, path in enumerate(paths):
        keras.utils.set_random_seed(seed)
        made = to_onnx(Detector(), {"seed": seed})
        path.write_bytes(made.SerializeToString())
        kernels.append({tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer})
    both = mean(paths)
    for tensor in both.graph.initializer:
        first, second = (kernel[tensor.name] for kernel in kernels)
        assert np.allclose(numpy_helper.to_array(tensor), (first + second) / 2, atol=1e-6)
    assert [note["seed"] for note in record_of(both)["mean_of"]] == [0, 1]
    ort.InferenceSession(both.SerializeToString(), providers=["CPUExecutionProvider"])


def test_a_larger_detector_begins_with_what_a_smaller_one_says(tmp_path):
    keras.utils.set_random_seed(0)
    small = to_onnx(Detector(), {})  # its later refinements add nothing yet: their last kernels are zeros
    later = [tensor for tensor in small.graph.initializer if tensor.name.startswith(("detail", "around"))]
    assert len(later) == 12
    tiles = np.random.default_rng(0).integers(0, 256, (40, HEIGHT, WIDTH), dtype=np.uint8)
    session = ort.InferenceSession(small.SerializeToString(), providers=["CPUExecutionProvider"])
    for tensor in later:
        small.graph.initializer.remove(tensor)
    (tmp_path / "small.onnx").write_bytes(small.SerializeToString())
    keras.utils.set_random_seed(1)
    larger = Detector()
    restore(larger, tmp_path / "small.onnx", np.divide(tiles, 255, dtype=np.float32)[..., None])
    grown = ort.InferenceSession(to_onnx(larger, {}).SerializeToString(), providers=["CPUExecutionProvider"])
    for before, after in zip(session.run(None, {"ink": tiles}), grown.run(None, {"ink": tiles}), strict=True):
        assert np.allclose(before, after, atol=1e-4)
