import keras
import numpy as np

from digitscope.experiments.unshared import LocallyConnected2D
from digitscope.experiments.variants import VARIANTS, build

rng = np.random.default_rng(0)


def test_with_tied_kernels_it_is_conv2d():
    images = rng.random((3, 9, 8, 2), dtype=np.float32)
    shared = keras.layers.Conv2D(5, 3, activation="relu")
    shared.build((None, 9, 8, 2))
    shared.bias.assign(rng.random(5))
    own = LocallyConnected2D(5, 3, activation="relu")
    own.build((None, 9, 8, 2))
    own.kernel.assign(np.broadcast_to(np.asarray(shared.kernel).reshape(18, 5), own.kernel.shape))
    own.bias.assign(np.broadcast_to(np.asarray(shared.bias), own.bias.shape))
    np.testing.assert_allclose(np.asarray(own(images)), np.asarray(shared(images)), atol=1e-5)


def test_each_place_has_a_kernel_of_its_own():
    own = LocallyConnected2D(1, 3)
    images = np.ones((1, 4, 4, 1), np.float32)
    own.build((None, 4, 4, 1))
    places = np.array([[1.0, 2.0], [3.0, 4.0]])
    own.kernel.assign(np.broadcast_to(places[:, :, None, None] / 9, (2, 2, 9, 1)))
    np.testing.assert_allclose(np.asarray(own(images))[0, :, :, 0], places, rtol=1e-6)


def test_the_references_have_their_published_numbers_of_parameters():
    assert build("mlp", width=512, dense=0).count_params() == 407_050
    assert build("cnn", width=32, dense=64).count_params() == 93_322


def test_each_variant_takes_images_and_gives_ten_probabilities():
    images = np.zeros((2, 28, 28, 1), np.float32)
    for variant in VARIANTS:
        probabilities = np.asarray(build(variant, width=2, dense=3)(images))
        assert probabilities.shape == (2, 10)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
