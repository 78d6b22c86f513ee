import numpy as np
import pytest

from digitscope.synthesis.pages import compose
from digitscope.synthesis.pages.drawings import COARSE, DENSE, Drawing, Print, drawn, fields, printed
from digitscope.synthesis.pages.record import SIGN, WORD
from digitscope.synthesis.pages.strokes import BOX

LINE = np.array([[0.0, 0.5], [2.0, 0.5]], np.float32)
SEVEN = Drawing(
    (
        np.array([[0.0, 0.0], [0.6, 0.0], [0.2, 1.0]], np.float32),
        np.array([[0.1, 0.5], [0.55, 0.5]], np.float32),
    )
)


def at(field, x, y):
    """The field's value at a place in digit heights from its middle."""
    column = round(field.middle[0] + x * BOX * field.fine)
    row = round(field.middle[1] + y * BOX * field.fine)
    return float(field.distances[row, column])


@pytest.mark.parametrize("fine", [COARSE, DENSE])
@pytest.mark.parametrize("away", [0.0, 0.05, 0.1, 0.2])
def test_distances_are_those_to_a_straight_line(fine, away):
    field = drawn(Drawing((LINE,)), fine=fine)
    assert at(field, 0.0, away) == pytest.approx(away * BOX, abs=0.7 / fine)
    assert at(field, 1.0 + away, 0.0) == pytest.approx(away * BOX, abs=1.2 / fine)


def test_the_middle_of_a_digit_is_half_its_height_below_its_top():
    low = drawn(Drawing((LINE + np.float32([0, 0.5]),)))  # at the foot, as a dash below the line
    assert at(low, 0.0, 0.5) < 0.3
    assert at(low, 0.0, 0.3) > 2


def test_a_bar_stays_apart_from_the_head_of_a_seven():
    field = drawn(SEVEN)
    column = field.distances[:, round(field.middle[0])]
    inked = column < 0.5
    assert np.count_nonzero(np.diff(inked.astype(int)) == 1) >= 2


def test_light_pressure_thins_a_stroke_and_none_leaves_a_gap():
    along = np.linspace(0, 2, 41, dtype=np.float32)
    path = np.stack([along, np.full(41, 0.5, np.float32)], axis=1)
    pressure = np.where(along < 0.7, 1, np.where(along < 1.3, 0.5, 0)).astype(np.float32)
    field = drawn(Drawing((path,), (pressure,)))
    widths = [(field.distances[:, round(field.middle[0] + x * BOX * field.fine)] < 1).sum() for x in (-0.7, 0, 0.7)]
    assert widths[0] > 1.5 * widths[1] > 0
    assert widths[2] == 0


def test_a_natural_pen_keeps_the_drawings_own_width():
    thin, thick = (drawn(Drawing((LINE,), own=own), natural=True) for own in (0.8, 2.0))
    assert (thick.distances < 0).sum() > 2 * (thin.distances < 0).sum() > 0


def test_a_prints_field_is_negative_inside_alone():
    image = np.zeros((40, 80), np.uint8)
    image[10:30, 20:60] = 255
    field = printed(Print(image, height=0.5))
    assert field.solid
    assert at(field, 0, 0) < 0 < at(field, 0.45, 0)
    assert (field.distances < 0).mean() < 0.5


def test_a_pool_may_hold_images_drawings_and_prints(mnist):
    images = mnist.held_out.images[:3]
    pool = [*images, SEVEN, Print(np.full((20, 60), 255, np.uint8))]
    made = fields(pool, np.array([4, 0, 3, 1]), natural=False, height=60)
    assert [field.solid for field in made] == [True, False, False, False]
    alone = fields(images, np.array([0, 1]), natural=False, height=60)
    for one, same in ((made[1], alone[0]), (made[3], alone[1])):
        # not equal: where an array lies in memory decides its last bits
        np.testing.assert_allclose(one.distances, same.distances, atol=1e-5)


@pytest.mark.parametrize("height", [14, 60, 140])
def test_a_drawn_digit_fills_its_box(height):
    page = compose(
        [SEVEN], np.array([7], np.uint8), 3, text="7", paper="plain", degradations=(), height=height, palette="broad"
    )
    (digit,) = page.digits
    assert digit.value == 7
    assert 0.7 * height < digit.box[3] < 1.5 * height
    gray = page.image.mean(2)
    ink = np.abs(gray - np.median(gray)) > 20
    x, y, w, h = digit.box
    assert ink[y : y + h, x : x + w].any(1).mean() > 0.8


def test_signs_and_words_are_marks_and_stand_in_no_text():
    word = Drawing((np.array([[0, 0], [3, 1], [4, 0]], np.float32),))
    labels = np.array([7, SIGN, WORD], np.uint8)
    page = compose([SEVEN, Drawing((LINE * np.float32(0.2),)), word], labels, 0, text="7,7 w", paper="plain")
    assert page.text == "77"
    assert [digit.value for digit in page.digits] == [7, 7]
    assert len(page.marks) == 2
    assert max(mark.box[2] / mark.box[3] for mark in page.marks) > 2
