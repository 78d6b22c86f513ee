import cv2
import numpy as np
import pytest

from digitscope.reading.normalization import BOX, CENTRE, MNIST_STROKE, ink_box, is_mnist_form, normalize, stroke_width


def drawn(points, *, thickness, size=(300, 300)):
    canvas = np.zeros(size, np.uint8)
    return cv2.polylines(canvas, [np.array(points, np.int32)], False, 255, thickness)


def centre_of_mass(image):
    mass = image.astype(float)
    return (mass.sum(axis=1) @ np.arange(28)) / mass.sum(), (mass.sum(axis=0) @ np.arange(28)) / mass.sum()


@pytest.mark.parametrize("scale", [0.1, 0.5, 1, 2])
@pytest.mark.parametrize("shift", [0, 40])
def test_any_size_and_place_gives_the_same_box_and_centre(scale, shift):
    points = (np.array([(60, 30), (140, 30), (80, 200)]) * scale + shift).round()
    image = normalize(drawn(points, thickness=max(1, round(16 * scale)), size=(460, 460)))
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (BOX - 1, BOX)
    assert np.allclose(centre_of_mass(image), CENTRE, atol=0.75)


def test_thin_strokes_are_widened_and_thick_ones_stay():
    line = [(50, 20), (50, 280)]
    fine = [cv2.resize(normalize(drawn(line, thickness=t)), (112, 112), interpolation=cv2.INTER_CUBIC) for t in (2, 40)]
    thin, thick = (stroke_width(image) / 4 for image in fine)
    assert thin == pytest.approx(MNIST_STROKE, abs=0.6)
    assert thick > 2.5


def test_the_stroke_width_of_a_bar_is_its_width():
    for width in (5, 9, 17):
        bar = np.zeros((120, 80), np.uint8)
        bar[10:110, 20 : 20 + width] = 255
        assert stroke_width(bar) == pytest.approx(width, rel=0.3)


def test_nothing_stays_nothing():
    assert not normalize(np.zeros((50, 40), np.uint8)).any()
    assert ink_box(np.zeros((5, 5), np.uint8)) is None


def test_every_mnist_test_image_has_its_own_form(mnist):
    assert all(is_mnist_form(image) for image in mnist.test_images)


def test_what_is_inverted_shifted_scaled_or_empty_has_not(mnist):
    for image in mnist.test_images[:50]:
        assert not is_mnist_form(255 - image)
        assert not is_mnist_form(np.roll(image, 3, axis=1))
        assert not is_mnist_form(cv2.resize(image, (20, 20)))
        half = np.zeros_like(image)
        half[7:21, 7:21] = cv2.resize(image, (14, 14))
        assert not is_mnist_form(half)
    assert not is_mnist_form(np.zeros((28, 28), np.uint8))


def test_mnist_enlarged_comes_back_nearly_as_it_was(mnist):
    alike = []
    for image in mnist.test_images[:40]:
        back = normalize(cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC))
        alike.append(np.corrcoef(back.ravel(), image.ravel())[0, 1])
    assert np.median(alike) > 0.9
    assert min(alike) > 0.5  # a stroke that came back a pixel aside
