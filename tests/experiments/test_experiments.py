"""Experiments run for real, on little data."""

from pathlib import Path

import numpy as np
import pytest

from digitscope import experiments
from digitscope.errors import DataError, UsageError
from digitscope.experiments import first_layer, shifts
from digitscope.experiments.lab import BATCH, Lab, Trial, shuffle_pixels
from digitscope.mnist import MNIST

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def toy() -> MNIST:
    """Images that tell their label by where a bright row is; the other rows are noise."""
    labels = np.resize(np.arange(10, dtype=np.uint8), 2_500)
    images = rng.integers(0, 60, (2_500, 28, 28), dtype=np.uint8)
    images[np.arange(2_500), labels * 2 + 4] = 255
    images[:, 0] = 0  # a row that is empty in every image
    return MNIST(images, labels, images[:2_000], labels[:2_000], "toy")


@pytest.fixture
def lab(toy: MNIST, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab with a budget of three steps."""
    monkeypatch.setattr(Lab, "steps", 3)
    monkeypatch.setattr(Lab, "images", 2_500)
    return Lab(toy, tmp_path, seeds=(0,), fast=True)


def test_a_run_ends_with_a_result_that_reads_back(lab: Lab, tmp_path: Path):
    experiment = experiments.EXPERIMENTS["first-layer"]
    result = experiment.run(lab)
    path = result.save(tmp_path / "why.json", of=experiment)
    again = experiments.Result.load(path)
    assert again == result
    assert result.record["seeds"] == [0]
    assert result.record["machine"]["cores"] >= 1
    # The pixels of the empty row never reach the MLP's weights: 28 of 784, and some of its units are silent.
    assert 28 / 784 <= result.figures["mlp idle"][0] < 0.1


def test_what_was_trained_and_measured_is_not_done_again(lab: Lab):
    calls = []

    def count(model: object) -> dict[str, int]:
        calls.append(model)
        return {"calls": len(calls)}

    trial = lab.cnn(0)
    assert lab.measure("x", trial, count) == lab.measure("x", trial, count) == {"calls": 1}
    kept, fresh = lab.trained(trial).get_weights(), lab.trained(trial).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(kept, fresh, strict=True))


def test_seeds_differ_and_the_same_seed_gives_the_same_images(lab: Lab):
    few = [lab.training_set(lab.mlp(seed, images=100))[0] for seed in (0, 0, 1)]
    assert np.array_equal(few[0], few[1])
    assert not np.array_equal(few[0], few[2])


def test_a_network_trains_for_its_steps_however_few_images_there_are(lab: Lab):
    from digitscope.experiments.lab import _Batches

    trial = lab.mlp(0, images=100)
    batches = _Batches(lab.fresh(trial), *lab.training_set(trial), steps=7, seed=0)
    assert len(batches) == 7
    assert [len(batches[i][1]) for i in range(7)] == [BATCH] * 7
    first = np.sort(batches.order[:100])
    assert np.array_equal(first, np.arange(100))  # each image once before any comes twice


def test_shuffling_keeps_each_images_pixels_and_is_the_same_for_all():
    images = rng.integers(0, 256, (2, 28, 28), dtype=np.uint8)
    images[1] = images[0]
    shuffled = shuffle_pixels(images)
    assert np.array_equal(shuffled[0], shuffled[1])
    assert np.array_equal(np.sort(shuffled[0].ravel()), np.sort(images[0].ravel()))
    assert not np.array_equal(shuffled[0], images[0])


def test_a_shift_moves_each_image_by_that_many_pixels_along_one_axis():
    images = np.zeros((40, 28, 28), np.uint8)
    images[:, 10, 12] = 255
    moved = shifts.shift(images, 3)
    places = {tuple(int(i) for i in np.argwhere(image)[0]) for image in moved}
    assert places == {(7, 12), (13, 12), (10, 9), (10, 15)}
    assert np.array_equal(shifts.shift(images, 0), images)


def test_a_turn_by_90_degrees_is_numpys():
    image = rng.integers(0, 256, (1, 28, 28), dtype=np.uint8)
    turned = shifts.turn(image, 90)[0]
    assert any(np.array_equal(turned, np.rot90(image[0], k)) for k in (1, -1))


def test_a_kernel_that_is_an_edge_has_an_edge_share_of_one():
    edge = np.array([[[-1, -1, -1], [0, 0, 0], [1, 1, 1]]], np.float32)
    assert first_layer.edge_share(edge) == pytest.approx(1)
    assert first_layer.edge_share(np.ones((1, 3, 3), np.float32)) == pytest.approx(0)
    assert first_layer.edge_share(rng.standard_normal((4_000, 3, 3)).astype(np.float32)) == pytest.approx(
        2 / 9, abs=0.01
    )


def test_smooth_weights_correlate_with_their_neighbours_and_noise_does_not():
    noise = rng.standard_normal((20, 28, 28)).astype(np.float32)
    assert abs(first_layer.neighbour_correlation(noise)) < 0.03
    smooth = (noise[:, :-1, :-1] + noise[:, 1:, :-1] + noise[:, :-1, 1:] + noise[:, 1:, 1:]) / 4
    assert first_layer.neighbour_correlation(smooth) == pytest.approx(0.5, abs=0.03)


def test_slugs_tell_trials_apart():
    trials = [
        Trial("cnn", 0, 5, 100),
        Trial("cnn", 1, 5, 100),
        Trial("cnn", 0, 6, 100),
        Trial("cnn", 0, 5, 200),
        Trial("cnn", 0, 5, 100, width=8),
        Trial("cnn", 0, 5, 100, dense=8),
        Trial("cnn", 0, 5, 100, shuffled=True),
        Trial("mlp", 0, 5, 100),
    ]
    assert len({trial.slug for trial in trials}) == len(trials)


def test_an_unknown_experiment_is_refused_with_the_list(tmp_path: Path):
    with pytest.raises(UsageError, match=r"Expected one of: shifts, .*Received: experiment='shift'"):
        experiments.run("shift", folder=tmp_path)
    with pytest.raises(UsageError, match="seeds=0"):
        experiments.run("shifts", seeds=0, folder=tmp_path)


def test_a_file_that_is_no_result_is_refused(tmp_path: Path):
    path = tmp_path / "other.json"
    path.write_text("[]")
    with pytest.raises(DataError, match=r"other\.json"):
        experiments.Result.load(path)
