"""Fields edited in the browser, by pointer and by keyboard."""

import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw

pytest.importorskip("fastapi", reason="the extra `forms` is not installed")

import uvicorn

from digitscope.editor.app import create_app
from digitscope.editor.entries import TemplateFile
from digitscope.forms.template import load_template
from digitscope.web.server import Announcing, bound

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TEXT = """\
blank = "blank.png"

[[field]]
name = "student"  # as on the card
box = [60, 60, 240, 40]
cells = 6
digits = 6

[[field]]
name = "points"
box = [60, 160, 80, 120]
rows = 3
"""


@pytest.fixture
def template(tmp_path):
    image = Image.fromarray(np.full((500, 400), 250, np.uint8))
    draw = ImageDraw.Draw(image)
    for n in range(6):
        draw.rectangle([60 + 40 * n, 60, 100 + 40 * n, 100], outline=40)
    for n in range(3):
        draw.rectangle([60, 160 + 40 * n, 140, 200 + 40 * n], outline=40)
    image.save(tmp_path / "blank.png")
    (tmp_path / "exam.toml").write_text(TEXT)
    return tmp_path / "exam.toml"


@pytest.fixture
def page(request, template, browser):
    """The page of the template, and what it complains about; it must be nothing."""
    listening, ready = bound("127.0.0.1", 0), threading.Event()
    server = Announcing(
        uvicorn.Config(create_app(TemplateFile(template)), log_config=None, access_log=False), ready.set
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert ready.wait(60)
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": getattr(request, "param", 1100), "height": 800})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}")
    page.wait_for_selector(".field")
    yield page
    page.close()
    server.should_exit = True
    thread.join()
    assert [text for text in complaints if "422" not in text] == []  # which a refused save is


def saved(page, template):
    page.keyboard.press("Control+s")
    page.wait_for_function("() => document.querySelector('#status').textContent.startsWith('Saved')")
    return {field.name: field for field in load_template(template).fields}


WIDTHS = pytest.mark.parametrize("page", [1100, 375], indirect=True)


@WIDTHS
def test_a_field_is_moved_resized_renamed_and_limited_by_keyboard(page, template):
    page.focus(".field[aria-label^=student]")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Alt+ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.keyboard.type("card")
    page.fill("#range-low", "100000")
    page.fill("#range-high", "399999")
    field = saved(page, template)["card"]
    assert (field.box, field.range, len(field.cells)) == ((62, 69, 241, 40), (100000, 399999), 6)
    assert "# as on the card" in template.read_text()


def test_a_field_is_added_removed_and_undone(page, template):
    page.click("#add")
    page.keyboard.type("room")
    page.focus(".field[aria-label^=points]")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.focus(".field[aria-label^=student]")
    page.keyboard.press("Delete")
    assert set(saved(page, template)) == {"room", "points.1", "points.2", "points.3"}


def test_a_field_is_drawn_dragged_and_resized_with_the_mouse(page, template):
    def at(x, y):
        box = page.query_selector("#paper svg").bounding_box()
        return box["x"] + x * box["width"] / 400, box["y"] + y * box["height"] / 500

    def drag(start, end):
        page.mouse.move(*at(*start))
        page.mouse.down()
        page.mouse.move(*at((start[0] + end[0]) / 2, end[1]))
        page.mouse.move(*at(*end))
        page.mouse.up()

    drag((200, 160), (280, 200))
    page.keyboard.type("sum")
    drag((240, 180), (250, 190))
    drag((290, 210), (310, 220))  # its lower right corner
    found = saved(page, template)["sum"]
    assert np.abs(np.array(found.box) - (210, 170, 100, 50)).max() <= 2


def test_what_cannot_be_saved_is_said(page, template):
    page.focus(".field[aria-label^=student]")
    page.keyboard.press("Enter")
    page.keyboard.type("points.1")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#error:not([hidden])")
    assert "Two fields have the same name" in page.inner_text("#error")
    assert template.read_text() == TEXT


@WIDTHS
def test_the_page_fits_and_passes_axe(page):
    from axe_playwright_python.sync_playwright import Axe

    page.click("#list button")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@WIDTHS
def test_a_label_lies_in_its_own_box_and_the_current_buttons_outline_is_whole(page):
    page.locator("#list button").first.click()
    above = page.evaluate(
        """() => [...document.querySelectorAll(".field:not(.chosen)")].map((field) =>
            field.querySelector("text").getBBox().y - field.querySelector(".box").getBBox().y)"""
    )
    assert len(above) == 1
    assert above[0] > -3  # a line of text has some room above its letters
    room = page.evaluate(
        """() => {
            const list = document.querySelector("#list").getBoundingClientRect();
            const button = document.querySelector("#list [aria-current=true]").getBoundingClientRect();
            return [button.left - list.left, button.top - list.top];
        }"""
    )
    assert min(room) >= 4.5  # an outline of 2.5 pixels, 2 off
