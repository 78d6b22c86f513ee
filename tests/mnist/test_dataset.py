import os
from pathlib import Path

import numpy as np
import pytest

from digitscope.errors import DataError
from digitscope.mnist import dataset as module
from digitscope.mnist import load_mnist


def test_mnist_has_the_published_sizes_and_counts(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    # LeCun, Cortes, Burges: 5,923 zeros to 5,949 nines in training, 980 to 1,009 in the test set.
    counts = mnist.to_json()["counts"]
    assert counts["train"] == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert counts["test"] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (mnist.train_labels[:3].tolist(), mnist.test_labels[:3].tolist()) == ([5, 0, 4], [7, 2, 1])


def test_the_splits_are_the_first_55000_and_the_last_5000(mnist):
    images, labels = mnist.train_55000
    held_images, held_labels = mnist.held_out

    assert np.array_equal(np.concatenate([images, held_images]), mnist.train_images)
    assert np.array_equal(np.concatenate([labels, held_labels]), mnist.train_labels)
    assert len(held_images) == len(held_labels) == 5_000


def test_the_arrays_cannot_be_written_to(mnist):
    for array in (*mnist.train, *mnist.test):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_it_prints_its_size_and_its_source(mnist):
    assert repr(mnist) == f"MNIST(60,000 train, 10,000 test, source={mnist.source!r})"


@pytest.fixture
def places(tmp_path) -> dict[str, Path]:
    """The places that are looked at, in that order; nothing is there yet."""
    return {
        "path": tmp_path / "asked for",
        "DIGITSCOPE_DATA": tmp_path / "environment",
        "cache": tmp_path / "cache" / "digitscope" / "mnist.npz",
        "keras": tmp_path / "keras" / "datasets" / "mnist.npz",
    }


@pytest.mark.parametrize("first", ["path", "DIGITSCOPE_DATA", "cache", "keras"])
def test_the_first_place_that_has_it_is_taken(places, tmp_path, first):
    names = list(places)
    there = names[names.index(first) :]
    for name in there:
        places[name].parent.mkdir(parents=True, exist_ok=True)
        places[name].touch()
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "KERAS_HOME": str(tmp_path / "keras")}
    if "DIGITSCOPE_DATA" in there:
        environment["DIGITSCOPE_DATA"] = str(places["DIGITSCOPE_DATA"])

    assert module.find(places["path"] if "path" in there else None, environment) == places[first]


def test_without_variables_the_caches_are_in_the_home_folder(tmp_path):
    environment = {"HOME": str(tmp_path)}
    assert module.cache_file(environment) == tmp_path / ".cache" / "digitscope" / "mnist.npz"
    assert module.keras_file(environment) == tmp_path / ".keras" / "datasets" / "mnist.npz"
    assert module.find(None, environment) is None


@pytest.mark.parametrize("name", ["path", "DIGITSCOPE_DATA"])
def test_a_place_that_was_asked_for_and_is_not_there_is_an_error(tmp_path, name):
    path, environment = (tmp_path / "gone", {}) if name == "path" else (None, {name: str(tmp_path / "gone")})
    with pytest.raises(DataError, match=f"No such file or folder.*Received: {name}='.*gone'"):
        module.find(path, environment)


def test_what_is_kept_loads_again(mnist, mnist_arrays, tmp_path):
    module.keep(mnist_arrays, tmp_path / "new" / "mnist.npz")
    again = load_mnist(tmp_path / "new" / "mnist.npz")
    assert np.array_equal(again.test_images, mnist.test_images)


def test_a_full_disk_is_an_error_and_leaves_no_half_file(mnist_arrays, tmp_path, disk_with_room_for):
    with disk_with_room_for(1 << 20), pytest.raises(DataError, match="cannot be kept: File too large"):
        module.keep(mnist_arrays, tmp_path / "mnist.npz")
    assert os.listdir(tmp_path) == []


def test_a_cache_that_cannot_be_made_is_an_error(mnist_arrays, tmp_path):
    (tmp_path / "digitscope").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be kept: .*XDG_CACHE_HOME"):
        module.keep(mnist_arrays, tmp_path / "digitscope" / "mnist.npz")


def test_a_sample_goes_through_the_digits_in_turn_and_repeats_with_its_seed(mnist):
    chosen = module.sample(mnist.train_labels, 25, seed=3)

    assert mnist.train_labels[chosen].tolist() == [*range(10), *range(10), *range(5)]
    assert len(set(chosen.tolist())) == 25
    assert chosen.tolist() == module.sample(mnist.train_labels, 25, seed=3).tolist()
    assert chosen.tolist() != module.sample(mnist.train_labels, 25, seed=4).tolist()
