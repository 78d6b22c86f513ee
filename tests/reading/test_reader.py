from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import digitscope as ds
from digitscope import models
from digitscope.errors import ImageError, UsageError
from digitscope.reading import decision
from digitscope.reading.normalization import is_mnist_form


def on_paper(digits, *, scale=4, gap=24, margin=60):
    """MNIST digits in a row on white paper, uint8 [H, W]."""
    import cv2

    big = [255 - cv2.resize(d, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) for d in digits]
    space = np.full((28 * scale, gap), 255, np.uint8)
    row = np.hstack([part for image in big for part in (image, space)])
    return np.pad(row, margin, constant_values=255)


@pytest.fixture(scope="module")
def reader():
    return ds.Recognizer()


@pytest.mark.parametrize("name", models.names())
def test_classify_gives_probabilities_of_ten_digits(name, mnist):
    recognizer = ds.Recognizer(name)
    images = mnist.test_images[:300]
    probabilities = recognizer.classify(images)
    assert probabilities.shape == (300, 10)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == mnist.test_labels[:300]).mean() > 0.96
    assert ((recognizer.rejection(images) >= 0) & (recognizer.rejection(images) <= 1)).all()


def test_chunks_change_nothing(reader, mnist):
    images = mnist.test_images[:400]
    singly = np.concatenate([reader.classify(images[i : i + 1]) for i in range(400)])
    assert np.allclose(reader.classify(images), singly, atol=1e-5)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 28, 28), np.int64), np.zeros((28, 27), np.uint8), np.zeros((1, 27, 28), np.uint8), [[0]]]
)
def test_other_arrays_are_refused(reader, images):
    with pytest.raises(ImageError, match=r"Expected uint8 \[N, 28, 28\]"):
        reader.classify(images)


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((1, 3, 28, 28)), r"dtype=float64, shape=\(1, 3, 28, 28\)"),
        (np.array(0.5), r"dtype=float64, shape=\(\)"),
        (None, "type=NoneType"),
    ],
)
def test_other_arrays_are_named_as_they_were_given(reader, images, received):
    with pytest.raises(ImageError, match=rf"or \[28, 28\], or floats in 0…1\. Received: {received}$"):
        reader.classify(images)


def test_no_images_give_no_rows(reader):
    assert reader.classify(np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)


def test_mnists_own_images_pass_through_untouched(reader, mnist):
    for image in mnist.test_images[:30]:
        reading = reader.read(image)
        assert np.array_equal(reading.pages[0].steps["glyphs"], image)


def test_mnists_own_images_are_turned_as_asked_for(reader, mnist):
    for image in mnist.test_images[:10]:
        turned = np.ascontiguousarray(np.rot90(image, 2))
        reading = reader.read(turned, rotate=180)
        assert reading.text == reader.read(image, rotate=0).text
        assert reading.pages[0].rotation == 180


def test_other_small_images_take_the_full_way(reader, mnist):
    for image in mnist.test_images[:5]:
        for other in (255 - image, np.roll(image, 4, axis=0)):
            assert not is_mnist_form(other)
            assert "ink" in reader.read(other).pages[0].steps


def test_a_row_of_digits_is_read_and_boxed(reader, mnist):
    image = on_paper(mnist.train_images[-8:-3])
    reading = reader.read(image)
    assert reading.text.replace(" ", "") == "".join(map(str, mnist.train_labels[-8:-3]))
    for k, digit in enumerate(reading.digits):
        x, _, w, _ = digit.box
        assert abs(x + w / 2 - (60 + 136 * k + 56)) < 20
        assert digit.alternatives[0][0] == digit.value


def test_every_kind_of_source_reads_the_same(reader, mnist, tmp_path):
    image = on_paper(mnist.train_images[-3:])
    path = tmp_path / "row.png"
    Image.fromarray(image).save(path)
    texts = {reader.read(source).text for source in (path, str(path), path.read_bytes(), Image.fromarray(image), image)}
    assert len(texts) == 1


def test_the_package_is_the_function(mnist):
    image = on_paper(mnist.train_images[-2:])
    assert ds.read(image) == ds.Recognizer().read(image)


def test_digits_below_the_confidence_asked_for_are_doubtful_and_keep_their_places(reader, mnist):
    image = on_paper(mnist.train_images[-6:])
    everything = reader.read(image)
    confidences = sorted(digit.confidence for digit in everything.digits)
    halfway = (confidences[2] + confidences[3]) / 2
    marked = reader.read(image, min_confidence=halfway)
    assert len(marked.digits) == 3
    assert len(marked.text) == len(everything.text)
    assert marked.text.count("?") == 3
    assert all(a in (b, "?") for a, b in zip(marked.text, everything.text, strict=True))
    assert reader.read(image, min_confidence=halfway, doubtful="keep").text == everything.text
    dropped = reader.read(image, min_confidence=halfway, doubtful="drop").text
    assert dropped.replace(" ", "") == marked.text.replace("?", "").replace(" ", "")
    assert reader.read(image, min_confidence=1.0).text.replace(" ", "") == "??????"


def test_the_decisions_own_confidence_threshold_holds_unless_more_is_asked_for(reader, mnist, monkeypatch):
    image = on_paper(mnist.train_images[-6:])
    network = decision.network()
    strict = replace(network, metadata={**network.metadata, "confidence_threshold": 1.0})
    monkeypatch.setattr(decision, "network", lambda: strict)
    assert {digit.status for digit in reader.read(image, min_confidence=0.1).pages[0].glyphs} == {"doubtful"}


@pytest.mark.parametrize("confidence", [-0.1, 1.5, float("nan"), "0.5", [0.5], True])
def test_impossible_confidences_are_refused(reader, confidence):
    with pytest.raises(UsageError, match="min_confidence"):
        reader.read(np.zeros((30, 30), np.uint8), min_confidence=confidence)


@pytest.mark.parametrize("limit", [float("nan"), 1e6, 0, -1, True, "9", None])
def test_impossible_limits_of_pixels_are_refused(reader, limit):
    with pytest.raises(UsageError, match=r"whole number of pixels.* Received: max_pixels="):
        reader.read(np.zeros((30, 30), np.uint8), max_pixels=limit)


@pytest.mark.parametrize("way", ["hide", None])
def test_an_unknown_way_with_doubtful_digits_is_refused(reader, way):
    with pytest.raises(UsageError, match=rf"Expected mark, keep, drop\. Received: doubtful={way!r}$"):
        reader.read(np.zeros((30, 30), np.uint8), doubtful=way)


@pytest.mark.parametrize("rotation", [90, np.int64(90), 90.0, np.float32(90)])
def test_a_rotation_may_be_any_kind_of_number(reader, rotation):
    reading = reader.read(np.zeros((30, 30), np.uint8), rotate=rotation)
    assert '"rotation": 90,' in reading.to_json()


@pytest.mark.parametrize("rotation", [45, True, "90", None, [90], np.array([90, 180])])
def test_other_rotations_are_refused(reader, rotation):
    with pytest.raises(UsageError, match=r"Received: rotate="):
        reader.read(np.zeros((30, 30), np.uint8), rotate=rotation)


def test_what_a_row_is_expected_to_be_is_found_beside_what_was_read(reader, mnist):
    image = on_paper(mnist.train_images[-8:-3])
    digits = "".join(map(str, mnist.train_labels[-8:-3]))
    reading = reader.read(image, expect=r"\d{5}")
    line = reading.pages[0].lines[0]
    assert line.text.replace(" ", "") == digits
    assert (line.expected.pattern, line.expected.text) == (r"\d{5}", digits)
    assert 0.9 < line.expected.probability < 1
    other = (int(digits[0]) + 5) % 10
    assert reader.read(image, expect=rf"{other}\d{{6}}").pages[0].lines[0].expected.text is None
    with pytest.raises(UsageError, match="expect="):
        reader.read(image, expect="(")


def test_blank_paper_reads_as_nothing(reader):
    reading = reader.read(np.full((200, 300), 230, np.uint8))
    assert reading.text == ""
    assert reading.digits == ()


def test_classify_takes_one_image_and_floats(mnist):
    images = mnist.test_images[:3]
    reader = ds.Recognizer("mlp")
    expected = reader.classify(images)
    np.testing.assert_allclose(reader.classify(images[0]), expected[0], atol=1e-6)
    for dtype in (np.float32, np.float64):
        np.testing.assert_array_equal(reader.classify((images / 255).astype(dtype)), expected)
    for wrong in (images.astype(np.float32), images / 255 - 0.1, np.full((1, 28, 28), np.nan)):
        with pytest.raises(ImageError, match="Expected 0 to 1, or uint8"):
            reader.classify(wrong)
