"""`explanation.neighbours`: the closest in the last hidden layer, and what is kept of it."""

import numpy as np
import pytest

from digitscope.errors import DataError, ModelFileError
from digitscope.explanation.neighbours import nearest
from digitscope.explanation.trace import Tracer
from digitscope.mnist import MNIST


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (300, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, 300, dtype=np.uint8)
    return MNIST(images, labels, images[:10], labels[:10], "made here")


@pytest.fixture
def cache(tmp_path):
    return {"XDG_CACHE_HOME": str(tmp_path)}


def test_the_nearest_are_those_of_a_plain_search(model, dataset, cache, seven):
    tracer = Tracer(model)
    own = tracer.trace(seven).layers[-2].output.ravel()
    each = [tracer.trace(image).layers[-2].output.ravel() for image in dataset.train_images]
    distances = [float(np.sqrt(((own - other) ** 2).sum())) / float(np.linalg.norm(own)) for other in each]
    found = nearest(tracer, seven, dataset, count=5, environment=cache)
    assert [near.distance for near in found] == pytest.approx(sorted(distances)[:5], abs=2e-3)
    for near in found:
        assert near.label == dataset.train_labels[near.index]
        np.testing.assert_array_equal(near.image, dataset.train_images[near.index])
        assert near.distance == pytest.approx(distances[near.index], abs=2e-3)


def test_a_training_image_is_its_own_nearest_neighbour(small, dataset, cache):
    found = nearest(Tracer(small), dataset.train_images[123], dataset, environment=cache)
    assert len(found) == 10
    assert found[0].index == 123
    assert found[0].distance < 1e-2


def test_features_are_kept_by_the_models_checksum(small, dataset, cache, tmp_path, seven):
    first = nearest(Tracer(small), seven, dataset, environment=cache)
    (kept,) = (tmp_path / "digitscope" / "features").iterdir()
    marked = np.load(kept)
    marked[200] = Tracer(small).features(seven[None])[0]
    np.save(kept, marked)
    second = nearest(Tracer(small), seven, dataset, environment=cache)
    assert second[0].index == 200  # what was kept was used
    assert {near.index for near in second[1:]} <= {near.index for near in first}


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"something else"])
def test_a_damaged_cache_is_made_anew(small, dataset, cache, tmp_path, seven, damage):
    first = nearest(Tracer(small), seven, dataset, environment=cache)
    (kept,) = (tmp_path / "digitscope" / "features").iterdir()
    kept.write_bytes(damage)
    again = nearest(Tracer(small), seven, dataset, environment=cache)
    assert [near.index for near in again] == [near.index for near in first]


def test_a_cache_that_cannot_be_written_is_one_clear_error(small, dataset, tmp_path, seven):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot be written"):
        nearest(Tracer(small), seven, dataset, environment={"XDG_CACHE_HOME": str(tmp_path / "file")})


def test_a_file_without_layer_metadata_has_no_neighbours(bare, dataset, cache, seven):
    with pytest.raises(ModelFileError, match="cannot be shown"):
        nearest(Tracer(bare), seven, dataset, environment=cache)
