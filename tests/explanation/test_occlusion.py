"""`explanation.occlusion`: against a direct recomputation, and on answers that hang on known pixels."""

import numpy as np
import pytest

from digitscope.explanation.occlusion import INK, PAPER, flip, margin, occlude
from digitscope.reading.reader import Recognizer


@pytest.fixture(scope="module")
def reader(model):
    return Recognizer(model.path)


def one_pixel(row, col):
    """A network that answers 3 where one pixel is bright, and otherwise 8."""

    def classify(images):
        bright = images[:, row, col].astype(np.float32) / 255
        probabilities = np.full((len(images), 10), 0.01, np.float32)
        probabilities[:, 3], probabilities[:, 8] = 0.02 + 0.88 * bright, 0.90 - 0.88 * bright
        return probabilities

    return classify


@pytest.mark.parametrize("fill", [PAPER, INK])
def test_the_map_is_the_direct_recomputation(reader, seven, fill):
    found = occlude(reader.classify, seven, fill=fill, size=5)
    plain = reader.classify(seven[None])[0]
    answer = int(plain.argmax())
    assert found.answer == answer

    def log_odds(probabilities):
        others = [float(p) for digit, p in enumerate(probabilities) if digit != answer]
        return np.log(float(probabilities[answer])) - np.log(max(others))

    for row in range(0, 28, 3):
        for col in range(0, 28, 3):
            image = seven.copy()
            for i in range(max(row - 2, 0), min(row + 3, 28)):
                for j in range(max(col - 2, 0), min(col + 3, 28)):
                    image[i, j] = fill
            covered = reader.classify(image[None])[0]
            assert found.probability[row, col] == pytest.approx(float(covered[answer]), abs=1e-5)
            assert found.margin_lost[row, col] == pytest.approx(log_odds(plain) - log_odds(covered), abs=2e-3)


def test_only_patches_over_the_pixel_that_matters_count(seven):
    found = occlude(one_pixel(7, 10), seven, fill=PAPER, size=3)
    expected = np.zeros((28, 28), bool)
    expected[6:9, 9:12] = True
    np.testing.assert_array_equal(found.margin_lost > 0, expected)
    np.testing.assert_array_equal(found.probability < 0.5, expected)


def test_the_margin_is_above_zero_exactly_where_the_answer_wins():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(10), 500).astype(np.float32)
    for digit in (0, 4, 9):
        np.testing.assert_array_equal(margin(probabilities, digit) > 0, probabilities.argmax(1) == digit)


def test_a_flip_is_confirmed_by_a_new_pass_and_needs_each_of_its_patches(reader, seven):
    found = flip(reader.classify, seven)
    plain = reader.classify(seven[None])[0]
    if found is None:
        assert reader.model.name == "small"  # random weights hardly listen to the image
        return
    assert (found.before, found.after) == tuple(int(i) for i in np.argsort(plain)[:-3:-1])
    image = seven
    for patch in found.patches:
        image = patch.on(image)
    np.testing.assert_array_equal(image, found.image)
    assert reader.classify(image[None])[0].argmax() == found.after
    for left_out in range(len(found.patches) if len(found.patches) > 1 else 0):
        image = seven
        for number, patch in enumerate(found.patches):
            image = image if number == left_out else patch.on(image)
        assert reader.classify(image[None])[0].argmax() != found.after


def test_one_erased_patch_flips_what_hangs_on_one_pixel(seven):
    found = flip(one_pixel(7, 10), seven)
    assert (found.before, found.after) == (3, 8)
    (patch,) = found.patches
    assert patch.fill == PAPER
    assert patch.row <= 7 < patch.row + patch.size
    assert patch.col <= 10 < patch.col + patch.size


def test_one_inked_patch_flips_what_waits_for_ink(seven):
    (patch,) = flip(one_pixel(25, 2), seven).patches
    assert patch.fill == INK


def test_an_answer_that_nothing_moves_has_no_flip(seven):
    always = np.linspace(0.05, 0.15, 10, dtype=np.float32)
    assert flip(lambda images: np.tile(always, (len(images), 1)), seven) is None


def test_the_image_itself_stays_as_it_was(reader, seven):
    before = seven.copy()
    occlude(reader.classify, seven)
    flip(reader.classify, seven)
    np.testing.assert_array_equal(seven, before)
