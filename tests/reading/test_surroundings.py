import numpy as np
import pytest

from digitscope.reading.surroundings import surroundings


def page(size=(400, 600)):
    """Dark paper, 40, with a block of ink, 200, at 300, 200 that is 60 wide and 80 tall."""
    picture = np.full(size, 40, np.uint8)
    picture[200:280, 300:360] = 200
    return picture


BLOCK = (300, 200, 360, 280)


@pytest.mark.parametrize("enlarged", [1, 2, 5])
def test_the_glyph_is_in_the_middle_its_longer_side_20_pixels_long(enlarged):
    picture = np.kron(page(), np.ones((enlarged, enlarged), np.uint8))
    (view,) = surroundings(picture, [tuple(enlarged * side for side in BLOCK)])
    assert view.shape == (56, 56)
    assert view.dtype == np.uint8
    rows, columns = np.flatnonzero(view.max(axis=1) > 128), np.flatnonzero(view.max(axis=0) > 128)
    assert (rows[0], rows[-1] + 1) == (18, 38)
    assert (columns[0] + columns[-1] + 1) / 2 == pytest.approx(28, abs=0.5)
    assert len(columns) == pytest.approx(15, abs=1)


def test_paper_is_dark_and_ink_is_bright_whatever_the_light():
    (view,) = surroundings(page(), [BLOCK])
    faint = (20 + page() // 8).astype(np.uint8)
    (dim,) = surroundings(faint, [BLOCK])
    assert view[28, 28] == dim[28, 28] == 255
    assert view[5, 5] == dim[5, 5] == 0


def test_what_hardly_differs_from_its_paper_stays_faint():
    (view,) = surroundings((100 + (page() > 100) * 4).astype(np.uint8), [BLOCK])
    assert 0 < view.max() < 80


def test_beyond_the_pages_edge_there_is_nothing():
    picture = np.full((100, 100), 200, np.uint8)
    picture[::2] = 120
    (view,) = surroundings(picture, [(0, 0, 20, 20)])
    assert not view[:17].any()
    assert not view[:, :17].any()
    assert view[28:, 28:].any()


def test_no_glyphs_have_no_surroundings():
    assert surroundings(page(), []).shape == (0, 56, 56)
