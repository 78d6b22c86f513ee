"""A page is read as it was meant, whichever way up it lies; boxes stay those of the page as displayed."""

import dataclasses

import cv2
import numpy as np
import pytest

import digitscope as ds
from digitscope.reading.assembly import page_of
from digitscope.reading.glyph import Glyph
from digitscope.reading.io.images import PageImage
from digitscope.reading.orientation import Attempt, likely_rotations, slope, straight
from digitscope.reading.view import View
from digitscope.synthesis.pages import make_page

TEXT = "40716\n2935 8"


@pytest.fixture(scope="module")
def page():
    return make_page("dev", 3, text=TEXT, paper="plain", distance="normal", degradations=(), height=60).image


def view_of(image):
    return View.of(PageImage(image, image.shape[1::-1]))


@pytest.fixture(scope="module")
def upright(page):
    return ds.read(page)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_turned_back_and_its_boxes_are_those_of_the_page_as_displayed(page, upright, turn):
    view = view_of(page).turned(turn)
    reading = ds.read(view.pixels)
    assert reading.text == upright.text == TEXT
    assert reading.pages[0].rotation == 360 - turn
    assert reading.pages[0].size == view.pixels.shape[1::-1]
    for digit, expected in zip(reading.digits, upright.digits, strict=True):
        x, y, w, h = digit.box
        on_upright = view.on_page(np.array([[x, y], [x + w, y + h]], float))
        ex, ey, ew, eh = expected.box
        assert np.sort(on_upright, axis=0) == pytest.approx(np.array([[ex, ey], [ex + ew, ey + eh]]), abs=3)
    assert ds.Reading.from_json(reading.to_json()).pages[0].rotation == 360 - turn


def test_the_rotation_can_be_set_and_turned_off(page):
    turned = view_of(page).turned(180).pixels
    assert ds.read(turned, rotate=180).text == TEXT
    off = ds.read(turned, rotate=0)
    assert off.pages[0].rotation == 0
    assert off.text != TEXT


@pytest.mark.parametrize("degrees", [-28, 22])
def test_a_tilted_page_is_straightened_and_its_polygons_are_turned(page, degrees):
    view = view_of(page).straightened(degrees)
    reading = ds.read(view.pixels)
    assert reading.text == TEXT
    assert reading.pages[0].tilt == pytest.approx(-degrees, abs=2)
    (left, top), (right, end), _, _ = reading.digits[0].polygon
    assert np.degrees(np.arctan2(end - top, right - left)) == pytest.approx(degrees, abs=2)
    x, y, w, h = reading.digits[0].box
    assert cv2.boundingRect(np.array(reading.digits[0].polygon, np.float32)) == pytest.approx((x, y, w, h), abs=2)


def glyph_at(x, y):
    """A sure 7 with its middle there."""
    return Glyph(
        (x - 10, y - 10, x + 10, y + 10), np.zeros((28, 28), np.uint8), np.eye(11, dtype=np.float32)[7], 0.5, 0
    )


def attempt_at(view, points):
    return Attempt(view, [[glyph_at(x, y) for x, y in points]], np.zeros((0, 5)), 1.0, {}, np.zeros((1, 1), np.uint8))


def test_of_a_straightened_page_only_what_is_on_the_page_is_kept():
    sloping = attempt_at(view_of(np.full((200, 300), 200, np.uint8)), [(x, 40 + x // 2) for x in range(40, 240, 30)])

    def read(view, inks):
        middle = np.array(view.pixels.shape[1::-1]) // 2
        return attempt_at(view, [(5, 5), *((middle[0] + x, middle[1]) for x in range(-80, 80, 20))])

    level = straight(sloping, read)
    assert level.view.tilt == pytest.approx(-27, abs=2)
    assert [len(row) for row in level.rows] == [8]  # all but the one in a corner


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_page(rotation):
    page = PageImage(np.zeros((40, 60), np.uint8), (60, 40))
    view = View.of(page).turned(rotation)
    height, width = view.pixels.shape
    points = [(0, 0), (width, height), (width + 30, 20), (20, -30), (20, 20)]
    digits = page_of(page, attempt_at(view, points), 0, "mark", None, 0).glyphs
    for digit in digits:
        x, y, w, h = digit.box
        assert 0 <= x < x + w <= 60
        assert 0 <= y < y + h <= 40
    assert [digit.box[2:] for digit in digits][::4] == [(10, 10), (20, 20)]


def test_ways_up_in_which_the_same_glyphs_are_much_less_of_digits_are_left_out(upright, mnist):
    classify = ds.Recognizer().probabilities
    glyphs = [
        Glyph((0, 0, 1, 1), digit.glyph, digit.probabilities, threshold=0.5, confidence_threshold=0)
        for digit in upright.digits
    ]
    assert list(likely_rotations(glyphs, classify)) == []
    over = [dataclasses.replace(glyph, image=np.rot90(glyph.image, 2)) for glyph in glyphs]
    assert list(likely_rotations(over, classify)) == [180]
    beside = [dataclasses.replace(glyph, image=np.rot90(glyph.image, 1)) for glyph in glyphs]
    assert 90 in likely_rotations(beside, classify)


def test_a_single_digit_stays_as_it_is(mnist):
    labels = mnist.held_out.labels
    six = mnist.held_out.images[int(np.flatnonzero(labels == 6)[0])]
    photo = 255 - np.pad(cv2.resize(six, (112, 112), interpolation=cv2.INTER_CUBIC), 40)
    assert ds.read(np.rot90(photo, 2).copy()).pages[0].rotation == 0


def test_a_region_is_read_alone_and_its_boxes_are_the_pages(page, upright):
    x, y, w, h = upright.pages[0].lines[1].box
    reading = ds.read(page, region=(x - 20, y - 10, w + 40, h + 20))
    assert reading.text == TEXT.splitlines()[1]
    assert reading.pages[0].size == upright.pages[0].size
    assert np.array([d.box for d in reading.digits]) == pytest.approx(
        np.array([d.box for d in upright.pages[0].lines[1].digits]), abs=4
    )


@pytest.mark.parametrize("degrees", [-30, -12, 0, 9, 25])
def test_the_slope_is_that_of_the_rows(degrees):
    rows, columns = np.mgrid[0:3, 0:6]
    centres = np.column_stack([30.0 * columns.ravel(), 60.0 * rows.ravel()])
    turn = np.radians(degrees)
    centres = centres @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    half = np.array([10, 15])
    boxes = np.concatenate([centres - half, centres + half], axis=1)
    assert slope(boxes) == pytest.approx(degrees, abs=0.5)


def test_too_few_digits_have_no_slope():
    assert slope(np.zeros((0, 4))) == 0
    assert slope(np.array([[0, 0, 20, 30], [40, 20, 60, 50]], float)) == 0
