import numpy as np
import pytest

from digitscope.synthesis import photos

SHEET = np.full((120, 160, 3), 230, np.uint8)
BOX = np.array([[40.0, 30.0, 100.0, 80.0]])


@pytest.fixture
def sheet():
    image = SHEET.copy()
    image[30:80, 40:100] = 30
    return image


@pytest.mark.parametrize("seed", range(12))
def test_a_table_begins_beyond_what_is_written(sheet, seed):
    image = photos.on_a_table(sheet, BOX, np.random.default_rng(seed))
    assert np.array_equal(image[30:80, 40:100], sheet[30:80, 40:100])


def test_a_table_is_seen_on_most_sheets(sheet):
    changed = [(photos.on_a_table(sheet, BOX, np.random.default_rng(seed)) != sheet).any() for seed in range(20)]
    assert np.mean(changed) > 0.8


def test_a_shadow_takes_light_and_gives_none(sheet):
    for seed in range(10):
        image = photos.shadowed(sheet, np.random.default_rng(seed))
        assert (image <= sheet).all()
        assert image.min() >= 0.2 * sheet.min()


def test_creases_lie_on_otherwise_equal_paper():
    changed = [np.abs(photos.creased(SHEET, np.random.default_rng(seed)).astype(int) - 230) for seed in range(10)]
    assert np.mean([(change > 3).any() for change in changed]) > 0.7
    assert np.mean([(change > 3).mean() for change in changed]) < 0.5


def test_faint_ink_still_differs_from_its_paper(sheet):
    for seed in range(10):
        image = photos.faint(sheet, np.random.default_rng(seed)).astype(float)
        contrast = abs(image[40:70, 50:90].mean() - image[:20].mean())
        assert 0.7 * photos.FAINTEST < contrast < 1.1 * photos.FAINT


def test_a_negative_of_a_negative_is_the_picture(sheet):
    assert np.array_equal(photos.negative(photos.negative(sheet)), sheet)
    assert not np.array_equal(photos.negative(sheet), sheet)


def test_compression_keeps_the_size_and_roughly_the_picture(sheet):
    image = photos.compressed(sheet, np.random.default_rng(0))
    assert image.shape == sheet.shape
    assert 0 < np.abs(image.astype(int) - sheet).mean() < 20
