"""The page that `digitscope export --page` writes, opened from the disk: on a phone and on a desktop."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from digitscope.web import playground

pytestmark = pytest.mark.slow

SEVEN = [(0.3, 0.28), (0.5, 0.27), (0.7, 0.26), (0.62, 0.45), (0.54, 0.62), (0.46, 0.8)]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return playground.write(tmp_path_factory.mktemp("playground") / "playground.html")


@pytest.fixture(scope="module")
def loaded(opened, file):
    page = opened(file)
    page.wait_for_selector(".answer-time:has-text('waits')")
    return page


@pytest.fixture
def page(loaded):
    """The page with nothing drawn, sliders in the middle, in the view that draws."""
    loaded.evaluate("location.hash = '#draw'")
    loaded.locator("#draw").wait_for()
    loaded.get_by_role("button", name="Reset").click()
    loaded.get_by_role("switch").check()
    if loaded.locator("#draw .pad-buttons button").last.is_enabled():
        loaded.get_by_role("button", name="Clear").click()
    loaded.wait_for_selector("#draw .answer-time:has-text('waits')")
    return loaded


def corners(page):
    """The seven's corners in pixels of the window."""
    paper = page.locator("#draw .pad-paper")
    paper.evaluate("paper => paper.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = paper.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]


def draw_seven(page):
    first, *others = corners(page)
    page.mouse.move(*first)
    page.mouse.down()
    for corner in others:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()


def wait_for_answers(page, mlp, cnn):
    page.wait_for_function(
        "answers => [...document.querySelectorAll('.answer-digit')].map((b) => b.textContent).join() === answers",
        arg=f"{mlp},{cnn}",
    )


def slide(page, name, value):
    page.locator(f"#draw input[name={name}]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", str(value)
    )


COPY = """canvas => {
  const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0);
}"""


def seen(page, which=2):
    """What the networks see (2), or the drawing scaled down (0) or in MNIST's form (1): 784 numbers."""
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return page.locator(".seen-images canvas").nth(which).evaluate(COPY)


def test_a_seven_drawn_with_the_mouse_is_read_by_both(page):
    draw_seven(page)
    wait_for_answers(page, 7, 7)
    shares = [float(text.rstrip("\u00a0%")) for text in page.locator("#draw .bars i").all_inner_texts()]
    assert sum(shares[:10]) == pytest.approx(100, abs=0.6)
    page.wait_for_selector("#spoken:has-text('CNN: 7')", state="attached")
    page.get_by_role("button", name="Undo").click()
    wait_for_answers(page, "–", "–")


def test_a_seven_drawn_with_a_finger_is_read_and_nothing_scrolls(page):
    places = corners(page)
    before = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_answers(page, 7, 7)
    assert page.evaluate("scrollY") == before


def test_a_seven_drawn_with_the_keyboard_alone_is_read(page):
    page.locator("#tab-draw").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "pad-paper"
    for keys in (["ArrowLeft"] * 5, [" "], ["ArrowRight"] * 10, ["ArrowDown", "ArrowDown", "ArrowLeft"] * 7, [" "]):
        for key in keys:
            page.keyboard.press(key)
    wait_for_answers(page, 7, 7)
    page.keyboard.press("Control+z")
    wait_for_answers(page, "–", "–")


def test_without_mnists_form_the_networks_see_the_drawing_as_it_is(page):
    draw_seven(page)
    in_form = seen(page)
    assert in_form == seen(page, 1)
    page.get_by_role("switch").uncheck()
    assert seen(page) == seen(page, 0) != in_form


@pytest.mark.parametrize(("name", "value"), [("right", 4), ("down", -3), ("turn", 30), ("thicker", 1.5), ("noise", 30)])
def test_each_slider_changes_what_the_networks_see(page, name, value):
    draw_seven(page)
    wait_for_answers(page, 7, 7)
    before = seen(page)
    slide(page, name, value)
    after = seen(page)
    assert after != before
    if name == "right":
        rows = [before[28 * y : 28 * y + 28] for y in range(28)]
        assert after == [value for row in rows for value in [0, 0, 0, 0, *row[:24]]]
    if name == "thicker":
        assert all(a >= b for a, b in zip(after, before, strict=True))
    page.get_by_role("button", name="Reset").click()
    assert seen(page) == before


def test_each_test_image_is_answered_as_its_button_says(page):
    for sample in page.locator(".sample").all():
        spoken = sample.get_attribute("aria-label")
        label = re.search(r"a (\d)", spoken)[1]
        wrong = dict(re.findall(r"the (MLP|CNN) reads (\d)", spoken))
        sample.click()
        wait_for_answers(page, wrong.get("MLP", label), wrong.get("CNN", label))


def test_nothing_is_wider_than_the_screen_not_even_at_375_pixels(page):
    size = page.viewport_size
    for width in (size["width"], 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.set_viewport_size(size)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(page, scheme):
    draw_seven(page)
    page.emulate_media(color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
