import cv2
import numpy as np
import pytest

from digitscope.synthesis.forms import fill, make_form
from digitscope.synthesis.forms.blank import design
from digitscope.synthesis.pages import pool


@pytest.fixture(scope="module")
def made():
    return make_form("dev", 0, kind="photo")


def test_a_seed_makes_the_same_form_again(made):
    again = make_form("dev", 0, kind="photo")
    assert again.values == made.values
    assert np.array_equal(again.image, made.image)


def test_numbers_fit_their_fields(made):
    for field in made.template.fields:
        value = made.values[field.name]
        assert field.expectation.fits(value) or (field.empty and not value)


def test_the_view_leads_there_and_back(made):
    points = np.random.default_rng(0).uniform((50, 50), (1190, 1700), (40, 2))
    assert np.abs(made.view.to_sheet(made.to_image(points)) - points).max() < 0.01


def test_the_blank_is_the_same_at_any_resolution():
    sheet = design(np.random.default_rng(1))
    small, large = sheet.printed(100), sheet.printed(200)
    shrunk = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(cv2.blur(shrunk, (3, 3)).astype(int) - cv2.blur(small, (3, 3))).mean() < 0.5


def test_ink_lies_where_the_view_says():
    sheet = design(np.random.default_rng(2))
    fields = sheet.template(150).fields
    values = {field.name: "8" if field.name == "sum" else "" for field in fields}
    made = fill(sheet, *pool("dev"), np.random.default_rng(4), kind="scan", values=values)
    gray = cv2.GaussianBlur(made.image.mean(axis=2), (0, 0), 2)
    dark = {}
    for field in fields:
        x, y, w, h = field.cells[0] if field.cells else field.box
        inner = [(x + 6, y + 6), (x + w - 6, y + 6), (x + w - 6, y + h - 6), (x + 6, y + h - 6)]
        inside = np.zeros(gray.shape, np.uint8)
        cv2.fillConvexPoly(inside, np.rint(made.to_image(np.array(inner, float))).astype(np.int32), 1)
        dark[field.name] = np.ptp(gray[inside > 0])
    assert dark.pop("sum") > 40
    assert max(dark.values()) < 20
