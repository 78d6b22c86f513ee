import cv2
import numpy as np
import pytest

from digitscope.models.file import load
from digitscope.synthesis.augmentation import Augmentation, augment, continental


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
    enlarged = cv2.resize(image, (56, 56), interpolation=cv2.INTER_CUBIC)
    shifted = [np.roll(enlarged, by, axis=1) for by in range(56)]  # an upstroke may need room on its left
    written = [continental(image, label, rng) for _ in range(20)]
    assert all(any((drawn >= before).all() for before in shifted) for drawn in written)
    assert max(int(drawn.sum()) for drawn in written) > 1.05 * int(enlarged.sum())
