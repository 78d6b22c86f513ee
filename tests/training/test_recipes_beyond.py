"""What the recipes beyond the reference pair rest on: networks, schedule, smoothing, distortion, own digits."""

import dataclasses
import re

import numpy as np
import pytest

from digitscope import models
from digitscope.errors import DataError, UsageError
from digitscope.synthesis.distortion import Distortion, distort
from digitscope.training import RECIPES, backend, train
from digitscope.training.data import Distorted, Mnist, Own
from digitscope.training.sources import SOURCES

keras = backend.load()

from digitscope.training import losses, networks, schedules  # noqa: E402
from digitscope.training.export import Graph  # noqa: E402

MOST = {"tiny": 4_000, "micro": 570}


@pytest.mark.parametrize("name", ["fast", "tiny", "micro", "valid3", "strided"])
def test_a_networks_docstring_counts_its_parameters_once_folded(name):
    parameters = sum(layer.parameters for layer in Graph.of(networks.build(name)).layers)
    assert f"{parameters:,} parameters" in re.sub(r"\s+", " ", networks.NETWORKS[name].__doc__)
    assert parameters <= MOST.get(name, parameters)


def test_one_cycle_goes_straight_up_and_straight_down():
    recipe = dataclasses.replace(RECIPES["fast"], learning_rate=1.0, warmup=0.5)
    rate = schedules.schedule(recipe, steps=100)
    rates = [float(rate(step)) for step in (0, 25, 50, 75, 100)]
    assert rates == pytest.approx([0.05, 0.525, 1.0, 0.5, 0.0])
    assert schedules.OneCycle(**rate.get_config())(30) == rate(30)


def test_smoothed_labels_give_every_class_a_share():
    loss = losses.named("categorical_crossentropy", smoothing=0.1)
    truth, answer = np.eye(10, dtype=np.float32)[:1], np.full((1, 10), 0.1, np.float32)
    assert float(loss(truth, answer)) == pytest.approx(np.log(10), abs=1e-5)
    answer[0, 0], answer[0, 1:] = 0.91, 0.01
    assert float(loss(truth, answer)) == pytest.approx(-0.91 * np.log(0.91) - 0.09 * np.log(0.01), abs=1e-4)
    with pytest.raises(UsageError, match=r"label_smoothing=0\.1"):
        losses.named("cells", smoothing=0.1)


def test_a_distortion_of_nothing_changes_nothing(mnist):
    none = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0)
    image = mnist.train_images[0]
    np.testing.assert_array_equal(distort(image, np.random.default_rng(0), how=none), image)


def test_distortion_moves_turns_and_shrinks_as_far_as_it_says():
    square = np.zeros((28, 28), np.uint8)
    square[8:20, 8:20] = 255
    rng = np.random.default_rng(0)
    none = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0)
    moved = [distort(square, rng, how=dataclasses.replace(none, shift=3)) for _ in range(50)]
    places = np.array([np.argwhere(image > 127).mean(axis=0) for image in moved]) - 13.5
    assert 2 < np.abs(places).max() <= 3.5
    small = [distort(square, rng, how=dataclasses.replace(none, shrink=0.5)).sum() / square.sum() for _ in range(50)]
    assert 0.25 <= min(small) < 0.4
    assert max(small) <= 1.01


def test_robusts_samples_are_the_same_for_the_same_seed_epoch_and_step(little, tmp_path):
    data = RECIPES["robust"].data
    one, two = (
        SOURCES["distorted"](data, little.train, seed=1, batch_size=64, folder=tmp_path).batch(2, 3) for _ in range(2)
    )
    np.testing.assert_array_equal(one[0], two[0])
    plain = SOURCES["distorted"](Distorted(), little.train, seed=1, batch_size=64, folder=tmp_path, held_out=True)
    flat = {image.tobytes() for image in little.train_images}
    assert all(image.tobytes() in flat for image in plain.batch(0, 0)[0]), "held-out images are as they are"


@pytest.fixture(scope="module")
def own(mnist, tmp_path_factory):
    """Digits as somebody writes who always writes them upside down: 20 of each."""
    chosen = np.concatenate([np.flatnonzero(mnist.test_labels == digit)[:20] for digit in range(10)])
    path = tmp_path_factory.mktemp("own") / "own.npz"
    np.savez(path, x=mnist.test_images[chosen][:, ::-1], y=mnist.test_labels[chosen])
    return path


def test_own_digits_teach_and_a_share_of_them_is_measured(own, little, tmp_path):
    recipe = dataclasses.replace(RECIPES["mlp"], data=Own(str(own), "0.2", least=2_000), epochs=2)
    run = train(recipe, out=tmp_path, data=little)
    assert run.metrics["validation"]["total"] == 40
    assert run.metrics["train"]["total"] == 160
    assert run.share("train").value > 0.9
    assert run.share("validation").value > 0.4
    assert "160 images of one's own" in run.model.with_suffix(".md").read_text()
    assert run.record["learned_from"]["own"]["images"] == 160


def test_half_of_the_samples_are_mnists_where_it_is_mixed_in(own, little, tmp_path):
    source = SOURCES["own"](
        Own(str(own), "0.2", mnist=1, least=160, distort=0), little.train, seed=0, batch_size=64, folder=tmp_path
    )
    flat = {image.tobytes() for image in little.train_images}
    x = np.concatenate([source.batch(0, step)[0] for step in range(source.steps)])
    assert len(x) == 320
    assert sum(image.tobytes() in flat for image in x) == 160


def test_going_on_with_own_digits_learns_them_and_forgets_little(own, mnist, tmp_path):
    few = dataclasses.replace(
        mnist, test_images=mnist.test_images[5_000:6_000], test_labels=mnist.test_labels[5_000:6_000]
    )
    recipe = dataclasses.replace(
        RECIPES["mlp"], name="on", start="mlp", data=Own(str(own), "0.2", mnist=1), epochs=1, learning_rate=0.001
    )
    run = train(recipe, out=tmp_path, data=few)
    assert run.share("validation").value > 0.75
    assert run.share("test").value > 0.95
    assert run.record["ancestors"][0]["weights_sha256"] == models.load("mlp").checksum
    for part, (images, labels) in (("validation", recipe.data.splits()[1]), ("test", few.test)):
        before = models.load("mlp").run(images).argmax(axis=1) == labels
        assert run.metrics[f"{part}_before"]["count"] == before.sum()
        assert f"{part} accuracy {run.share(part)}, before {run.share(f'{part}_before')}" in str(run)


def test_a_share_out_of_range_and_a_missing_digit_are_refused(own, tmp_path):
    with pytest.raises(UsageError, match=r"validation='1\.5'"):
        Own(str(own), "1.5")
    with np.load(own) as file:
        np.savez(tmp_path / "fewer.npz", x=file["x"][20:], y=file["y"][20:])
    with pytest.raises(DataError, match="no images of 0"):
        Own(str(tmp_path / "fewer.npz")).splits()
    assert len(Own(str(tmp_path / "fewer.npz"), mnist=1).splits()[0].labels) == 162


def test_shifted_images_are_moved_by_whole_pixels_as_far_as_said_and_held_out_ones_are_not(little, tmp_path):
    data, split = Mnist(shift=1), little.train
    plain = SOURCES["mnist"](Mnist(), split, seed=1, batch_size=600, folder=tmp_path).batch(0, 0)
    held = SOURCES["mnist"](data, split, seed=1, batch_size=600, folder=tmp_path, held_out=True).batch(0, 0)
    x, y = SOURCES["mnist"](data, split, seed=1, batch_size=600, folder=tmp_path).batch(0, 0)
    np.testing.assert_array_equal(held[0], plain[0])
    np.testing.assert_array_equal(y, plain[1])
    ways = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    padded = np.pad(plain[0], ((0, 0), (1, 1), (1, 1)))
    moved = np.stack([padded[:, 1 + d : 29 + d, 1 + a : 29 + a] for d, a in ways])
    which = (moved == x).all(axis=(2, 3))
    assert which.any(axis=0).all()
    assert which.any(axis=1).all()
