import numpy as np
import pytest

from digitscope.learn import data
from digitscope.learn.augment import Augmentation, augment, continental
from digitscope.learn.data import glyphs
from digitscope.mnist import Split
from digitscope.modelfile import load


def test_augmented_digits_have_mnists_size_and_mostly_stay_what_they_are(mnist):
    rng = np.random.default_rng(0)
    images = np.stack([augment(image, rng, how=Augmentation()) for image in mnist.held_out.images[:300]])
    assert images.shape == (300, 28, 28)
    assert images.dtype == np.uint8
    guess = load("cnn").session.run(None, {"images": images})[0].argmax(axis=1)
    assert 0.75 < (guess == mnist.held_out.labels[:300]).mean() < 1


def test_nothing_is_augmented_when_all_stay_untouched(mnist):
    image = mnist.held_out.images[0]
    assert augment(image, np.random.default_rng(0), how=Augmentation(untouched=1)) is image


@pytest.mark.parametrize("label", [0, 1, 7])
def test_continental_strokes_only_add_ink(mnist, label):
    rng = np.random.default_rng(1)
    image = mnist.held_out.images[mnist.held_out.labels == label][0]
    plain = continental(image, label, np.random.default_rng(3))
    assert plain.shape == (56, 56)
    more = [int(continental(image, label, rng).sum()) for _ in range(20)]
    assert min(more) >= 0.95 * 4 * int(image.sum()) * 0.9


def test_pens_write_some_of_the_glyphs_of_all_classes(mnist, pens, monkeypatch):
    monkeypatch.setattr(data, "PAGES", 1)
    few = Split(mnist.train_images[:150], mnist.train_labels[:150])
    images, labels = glyphs(few, seed=0, epoch=0, pens=pens)
    assert images.shape == (150, 28, 28)
    assert set(labels.tolist()) == set(range(11))
    assert 0.2 < (labels == 10).mean() < 0.5
    again = glyphs(few, seed=0, epoch=0, pens=pens)
    assert np.array_equal(images, again.images)
    assert np.array_equal(labels, again.labels)
