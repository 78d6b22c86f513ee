"""The explanation's page in a real browser, on a phone and on a desktop."""

import os
import shutil

import pytest

import digitscope as ds
from digitscope.look.units import parse

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on the PATH: apt install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root otherwise
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def explanation(seven):
    return ds.explain(seven, model="cnn")


@pytest.fixture(scope="module", params=SCREENS)
def page(request, browser, explanation, tmp_path_factory):
    """The saved page, open at one width; whatever it complains about fails the test that is last to use it."""
    saved = explanation.save(tmp_path_factory.mktemp("page") / "why.html")
    page = browser.new_page(viewport=SCREENS[request.param], has_touch=request.param == "phone")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else complaints.append(asked.url))
    page.goto(saved.as_uri())
    yield page
    page.close()
    assert complaints == []


UNITS = ["conv1:3:5:7", "pool1:3:6:6", "conv3:20:1:2", "dense1:11", "dense2:7"]


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


def says(page, explanation, name):
    """The inspector tells of this unit, with the value that the library works out, and agrees with the network."""
    layer, channel, row, col = parse(name)
    unit = explanation.arithmetic(layer, channel, row=row, col=col)
    sync_api.expect(page.locator("#place")).to_have_value(name)
    redone = page.locator("#sum .check")
    sync_api.expect(redone).to_contain_text("They agree.")
    shown = redone.inner_text().split("Redone on this page: ")[1].split(". In the network")[0]
    assert float(shown.replace("−", "-")) == pytest.approx(unit.value, abs=2e-6)


def test_nothing_is_wider_than_the_screen(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] == widths[1]


@pytest.mark.parametrize("name", UNITS)
def test_a_chosen_unit_shows_its_arithmetic(page, explanation, name):
    page.mouse.click(*place(page, explanation, name))
    says(page, explanation, name)
    assert page.url.endswith(f"#{name}")
    page.keyboard.press("Escape")  # lets go of it


def test_a_unit_pointed_at_shows_its_arithmetic(page, explanation):
    for name in UNITS:
        page.mouse.move(*place(page, explanation, name))
        says(page, explanation, name)


def test_an_unknown_unit_is_refused_with_what_there_is(page):
    page.fill("#place", "conv2:99:0:0")
    page.click("#goto button")
    sync_api.expect(page.locator("#place-help")).to_contain_text("conv2 has the shape 11 × 11 × 64")


def test_probabilities_stand_in_words_and_numbers(page, explanation):
    assert str(explanation.answer) in page.locator("h1").inner_text()
    shares = [float(text.rstrip("\u00a0%")) / 100 for text in page.locator(".bars i").all_inner_texts()]
    assert shares == pytest.approx(explanation.probabilities.tolist(), abs=5e-5)
