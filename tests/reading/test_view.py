"""Parts of pages, turned and straightened: each point leads back to where it was."""

import numpy as np
import pytest

from digitscope.errors import ImageError, UsageError
from digitscope.reading.io.images import PageImage
from digitscope.reading.view import View, checked_region


@pytest.fixture
def page():
    """A page of 80 by 60 pixels, opened at half its size, with one bright pixel."""
    pixels = np.zeros((30, 40), np.uint8)
    pixels[7, 31] = 255
    return PageImage(pixels, (80, 60))


def bright(view):
    """The middle of what is bright in a view, on the page."""
    rows, columns = np.nonzero(view.pixels > 0.5 * view.pixels.max())
    return view.on_page(np.array([[columns.mean() + 0.5, rows.mean() + 0.5]]))[0]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("region", [None, (50, 4, 28, 20), (-10, -10, 1000, 1000)])
def test_a_point_of_a_part_turned_leads_back_to_the_page(page, rotation, region):
    view = View.of(page, region).turned(rotation)
    assert view.rotation == rotation
    assert bright(view) == pytest.approx((63, 15))
    assert bright(view.turned(180).turned(90)) == pytest.approx((63, 15))


def test_turning_is_clockwise(page):
    assert View.of(page).turned(90).pixels.shape == (40, 30)
    assert View.of(page).turned(90).pixels[31, 30 - 1 - 7] == 255
    assert View.of(page).turned(90).turned(270).rotation == 0


@pytest.mark.parametrize("degrees", [-30, 7, 20])
def test_a_straightened_view_holds_the_whole_page_and_leads_back_to_it(page, degrees):
    large = PageImage(np.kron(page.pixels, np.ones((10, 10), np.uint8)), (800, 600))
    view = View.of(large).straightened(degrees)
    assert view.tilt == degrees
    assert bright(view) == pytest.approx((630, 150), abs=1.2)
    corners = view.on_page(np.array([[0, 0], view.pixels.shape[1::-1]], float))
    assert ((corners < 0) | (corners > (800, 600))).any(axis=1).all()


def test_a_region_beside_the_page_is_an_error_and_one_that_ends_outside_is_cut(page):
    with pytest.raises(ImageError, match=r"80×60 pixels\. Received: region=\(80, 0, 5, 5\)"):
        View.of(page, (80, 0, 5, 5))
    assert View.of(page, (70, 50, 99, 99)).pixels.shape == (5, 5)
    assert View.of(page, (79, 59, 1, 1)).pixels.shape == (1, 1)
    assert View.of(page, (70, -(10**400), 10**400, 2 * 10**400)).pixels.shape == (30, 5)


@pytest.mark.parametrize("region", ["1,2,3,4", (1, 2, 3), (1, 2, 3, 4.5), (1, 2, 0, 4), (True, 2, 3, 4), 7])
def test_what_is_no_region_is_wrong_usage(region):
    with pytest.raises(UsageError, match="Received: region="):
        checked_region(region)


def test_a_region_may_be_a_list_or_an_array():
    assert checked_region([1, 2, 3, 4]) == checked_region(np.array([1, 2, 3, 4])) == (1, 2, 3, 4)
    assert checked_region(None) is None
