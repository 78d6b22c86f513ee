"""`explanation.subject`: from a picture to the glyph that is explained, by the way that reading goes."""

import numpy as np
import pytest

import digitscope as ds
from digitscope.errors import ImageError, UsageError
from digitscope.explanation.subject import subject
from digitscope.reading.reader import Recognizer


@pytest.fixture(scope="module")
def reader():
    return Recognizer("cnn")


@pytest.fixture(scope="module")
def paper(mnist):
    """White paper with a 7, a 2 and a 1 of MNIST's test images in dark ink, five times as large."""
    page = np.full((220, 560), 235, np.uint8)
    for number, left in enumerate((30, 200, 370)):
        glyph = np.kron(mnist.test_images[number], np.ones((5, 5), np.uint8))
        page[40:180, left : left + 140] -= (glyph // 255 * 1.0 * 200 + glyph % 255 * 0.7).astype(np.uint8)
    return page


def test_each_digit_of_a_picture_can_be_explained(reader, paper):
    reading = reader.read(paper)
    assert reading.text.replace(" ", "") == "721"
    for number, digit in enumerate(reading.digits):
        found = subject(paper, reader, digit=number)
        assert found.image.shape == (28, 28)
        assert found.reading == reading
        probabilities = reader.classify(found.image[None])[0]
        assert probabilities.argmax() == digit.value


def test_the_way_there_is_the_readings_own_steps(reader, paper):
    steps = subject(paper, reader, digit=1).steps
    names = [step.name for step in steps]
    assert names[0] == "read"
    assert names[-2:] == ["glyphs", "in MNIST's form"]
    reading = reader.read(paper)
    by_name = {step.name: step.image for step in steps}
    for name, image in reading.steps().items():
        np.testing.assert_array_equal(by_name[name], image)


def test_what_already_has_mnists_form_takes_one_step(reader, seven):
    for source in (seven, seven[:, :, None].repeat(3, axis=2)):
        found = subject(source, reader)
        np.testing.assert_array_equal(found.image, seven)
        assert [step.name for step in found.steps][-1] == "in MNIST's form"


def test_a_small_array_is_taken_as_it_is(reader, noise):
    assert subject(noise, reader).image is noise


def test_a_digit_that_is_not_there_is_refused(reader, paper):
    with pytest.raises(UsageError, match=r"no such digit.*0…2"):
        subject(paper, reader, digit=3)


def test_blank_paper_holds_nothing_to_explain(reader):
    with pytest.raises(ImageError, match="nothing in the picture"):
        subject(np.full((300, 300), 240, np.uint8), reader)


def test_the_page_shows_the_way(paper):
    from digitscope.explanation.html import render

    text = render(ds.explain(paper, "cnn", digit=2))
    assert "From the picture to the network" in text
    assert "What was read" in text
