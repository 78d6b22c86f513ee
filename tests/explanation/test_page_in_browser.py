"""The explanation's page in a real browser, on a phone and on a desktop."""

import pytest

import digitscope as ds
from digitscope.explanation.units import parse

pytestmark = pytest.mark.slow

UNITS = ["conv1:3:5:7", "pool1:3:6:6", "conv3:20:1:2", "dense1:11", "dense2:7"]


@pytest.fixture(scope="module")
def explanation(seven):
    return ds.explain(seven, model="cnn")


@pytest.fixture(scope="module")
def page(opened, explanation, tmp_path_factory):
    return opened(explanation.save(tmp_path_factory.mktemp("page") / "why.html"))


def place(page, explanation, name):
    """The middle of the unit's cell, in pixels of the window, once it is scrolled into view."""
    layer, channel, *where = name.split(":")
    number = explanation.trace.index(layer)
    maps = page.locator(f'[data-layer="{number}"] .map')
    if where:
        (height, width, _), (row, col) = explanation.trace[layer].shape, map(int, where)
        canvas = maps.nth(int(channel))
    else:  # a vector is one picture, its units in rows
        canvas = maps.first
        width, height = canvas.locator("canvas").evaluate("canvas => [canvas.width, canvas.height]")
        row, col = divmod(int(channel), width)
    canvas.evaluate("map => map.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = canvas.bounding_box()
    return box["x"] + box["width"] * (col + 0.5) / width, box["y"] + box["height"] * (row + 0.5) / height


def assert_says(page, explanation, name):
    """Asserts that the inspector tells of this unit, with the value that the library works out."""
    layer, channel, row, col = parse(name)
    unit = explanation.arithmetic(layer, channel, row=row, col=col)
    page.wait_for_function("name => document.querySelector('#place').value === name", arg=name)
    redone = page.locator("#sum .check").inner_text()
    assert "They agree." in redone
    shown = redone.split("Redone on this page: ")[1].split(". In the network")[0]
    assert float(shown.replace("−", "-")) == pytest.approx(unit.value, abs=2e-6)


def test_nothing_is_wider_than_the_screen(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] == widths[1]


@pytest.mark.parametrize("name", UNITS)
def test_a_chosen_unit_shows_its_arithmetic(page, explanation, name):
    page.mouse.click(*place(page, explanation, name))
    assert_says(page, explanation, name)
    assert page.url.endswith(f"#{name}")
    page.keyboard.press("Escape")  # lets go of it


def test_a_unit_pointed_at_shows_its_arithmetic(page, explanation):
    for name in UNITS:
        page.mouse.move(*place(page, explanation, name))
        assert_says(page, explanation, name)


def test_an_unknown_unit_is_refused_with_what_there_is(page):
    page.fill("#place", "conv2:99:0:0")
    page.click("#goto button")
    assert "conv2 has the shape 11 × 11 × 64" in page.locator("#place-help").inner_text()


def test_probabilities_stand_in_words_and_numbers(page, explanation):
    assert str(explanation.answer) in page.locator("h1").inner_text()
    shares = [float(text.rstrip("\u00a0%")) / 100 for text in page.locator(".bars i").all_inner_texts()]
    assert shares == pytest.approx(explanation.probabilities.tolist(), abs=5e-5)
