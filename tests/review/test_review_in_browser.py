"""The page, gone through with the keyboard alone."""

import threading

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the extra `forms` is not installed")

import uvicorn

from digitscope.forms import table
from digitscope.forms.result import FieldReading, FormReading
from digitscope.review.app import Review, create_app
from digitscope.review.journal import Journal, beside
from digitscope.web.server import Announcing, bound

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def marks(mnist, tmp_path):
    """A table of a form with three doubtful fields, and its scan."""
    images = mnist.held_out.images
    fields = []
    scan = np.full((260, 400), 250, np.uint8)
    for row in range(3):
        top = 20 + 80 * row
        for column in range(2):
            scan[top + 6 : top + 34, 40 + 34 * column : 68 + 34 * column] = 250 - images[2 * row + column] * 0.9
        corners = ((30.0, top), (120.0, top), (120.0, top + 40.0), (30.0, top + 40.0))
        value = "".join(str(label) for label in mnist.held_out.labels[2 * row : 2 * row + 2])
        others = (("11", 0.2), ("71", 0.1))
        fields.append(FieldReading(f"points.{row + 1}", value, 0.62, "doubtful", 0, corners, others, r"\d{2}"))
    Image.fromarray(scan).save(tmp_path / "scan.png")
    form = FormReading(str(tmp_path / "scan.png"), None, 0, "exam", (0,), tuple(fields))
    table.save([form], tmp_path / "marks.parquet")
    return tmp_path / "marks.parquet"


@pytest.fixture
def page(marks, browser):
    """The page of the table, and what it complains about; it must be nothing."""
    listening, ready = bound("127.0.0.1", 0), threading.Event()
    server = None

    def finished():
        server.should_exit = True

    app = create_app(Review(marks), finished=finished)
    server = Announcing(uvicorn.Config(app, log_config=None, access_log=False), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert ready.wait(60)
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1000, "height": 760})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}")
    yield page
    page.close()
    server.should_exit = True
    thread.join()
    assert complaints == []


def test_accepting_correcting_undoing_and_finishing_by_keyboard(page, marks):
    values = [field.value for field in table.load(marks)[0].fields]
    page.wait_for_selector("#readings button")
    assert page.inner_text("#count") == "0 of 3"
    assert page.inner_text("#where").startswith("points.1 · ")
    page.wait_for_function("() => document.querySelector('#crop').naturalWidth > 100")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#count').textContent === '1 of 3'")
    page.keyboard.type("48")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#count').textContent === '2 of 3'")
    page.keyboard.press("Control+z")
    page.wait_for_function("() => document.querySelector('#count').textContent === '1 of 3'")
    assert page.inner_text("#where").startswith("points.2 · ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#count').textContent === '2 of 3'")
    page.keyboard.press("-")
    page.wait_for_selector("#done:not([hidden])")
    page.click("#finish")
    page.wait_for_function("() => document.querySelector('#result').textContent.startsWith('3 answers are in')")
    found = table.load(marks)[0].fields
    assert [(field.value, field.status) for field in found] == [(values[0], "ok"), ("11", "ok"), (None, "empty")]


def test_keys_pressed_while_an_answer_is_kept_are_for_the_next_question(page, marks):
    page.wait_for_selector("#loading", state="hidden")
    page.evaluate(
        """() => {
            const real = window.fetch;
            window.fetch = async (...given) => {
                await new Promise((done) => setTimeout(done, 300));
                return real(...given);
            };
        }"""
    )
    for key in ("1", "2", "Enter", "3", "4", "Enter", "5", "Backspace", "6", "7"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('#count').textContent === '2 of 3'")
    page.wait_for_function("() => document.querySelector('#typed').value === '67'")
    page.keyboard.press("Enter")
    page.wait_for_selector("#done:not([hidden])")
    assert [given.value for given in Journal(beside(marks)).given.values()] == ["12", "34", "67"]


def test_nothing_is_accepted_before_its_crop_is_shown(page, marks):
    page.wait_for_selector("#loading", state="hidden")
    held = []
    page.route("**/crops/*", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.wait_for_selector("#loading")
    assert page.locator("#crop").evaluate("(crop) => getComputedStyle(crop).visibility") == "hidden"
    for key in ("Enter", "4", "8", "Enter"):  # the first accepts nothing, the second waits
        page.keyboard.press(key)
    page.click("#accept")
    page.locator("#readings button").first.click()
    assert not Journal(beside(marks)).given
    for route in held:
        route.continue_()
    page.wait_for_function("() => document.querySelector('#count').textContent === '1 of 3'")
    assert [given.value for given in Journal(beside(marks)).given.values()] == ["48"]


def test_each_question_is_shown_within_50_ms_of_an_answer(page):
    page.wait_for_selector("#readings button")
    page.wait_for_function("() => document.querySelector('#crop').naturalWidth > 100")
    took = page.evaluate(
        """async () => {
            const shown = () => document.querySelector("#where").textContent;
            const before = shown(), began = performance.now();
            document.querySelector("#later").click();
            const crop = document.querySelector("#crop");
            await crop.decode();
            return shown() === before ? null : performance.now() - began;
        }"""
    )
    assert took is not None
    assert took < 500  # 50 on a quiet machine: a busy one is not the page's fault


def test_the_page_passes_axe(page):
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_selector("#readings button")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
