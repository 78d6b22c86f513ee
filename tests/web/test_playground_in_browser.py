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


def corners(page, view="draw"):
    """The seven's corners in pixels of the window."""
    paper = page.locator(f"#{view} .pad-paper")
    paper.evaluate("paper => paper.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = paper.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]


def draw_seven(page, view="draw"):
    first, *others = corners(page, view)
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
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0);
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
    page.wait_for_selector("#live:has-text('CNN: 7')", state="attached")
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


@pytest.fixture
def inside(page):
    """Look inside, with the CNN and a seven of MNIST's."""
    page.evaluate("location.hash = '#inside/cnn/conv1:3:5:7'")
    page.wait_for_selector("#inside .inside-answer b:text-is('7')")
    page.wait_for_function("() => document.querySelector('#place').value === 'conv1:3:5:7'")
    return page


def open_unit(page, name):
    """Choose a unit as a person who knows its name does."""
    page.locator(".column").evaluate("column => column.scrollIntoView({ behavior: 'instant' })")
    page.locator("#place").fill(name)
    page.locator("#goto button").click()
    return account(page)


def account(page):
    """The inspector's sums: {"all products": 0.06, "bias": …, "sum": …, "after relu": …}, and the value above."""
    rows, value, check = page.evaluate("""() => [
      [...document.querySelectorAll("#sum .account tr")].map((row) => [...row.cells].map((cell) => cell.textContent)),
      document.querySelector("#sum .value").textContent,
      document.querySelector("#sum .check").textContent,
    ]""")
    assert "They agree." in check
    return {name: float(text.replace("−", "-")) for name, text in [*rows, ("value", value)]}


@pytest.mark.parametrize("name", ["conv1:2:8:9", "conv2:5:3:4", "conv3:20:1:2"])
def test_the_sum_of_a_convolution_is_the_value_shown(inside, name):
    sums = open_unit(inside, name)
    assert sums["all products"] + sums["bias"] == pytest.approx(sums["sum"], abs=2e-5)
    assert sums["after relu"] == max(sums["sum"], 0) == pytest.approx(sums["value"], abs=6e-5)
    if name.startswith("conv1"):
        shown = inside.locator("#sum .product .cells").nth(2).locator("span").all_inner_texts()
        products = [float(text.replace("−", "-")) for text in shown]
        assert sum(products) == pytest.approx(sums["all products"], abs=0.05)  # nine numbers to a hundredth


def test_a_stroke_changes_the_maps_and_the_chosen_unit(inside):
    first = inside.locator("[data-layer='1'] canvas").first
    before = first.evaluate(COPY), inside.locator("#sum .value").inner_text()
    inside.locator("#inside .pad-buttons button").last.click()
    inside.wait_for_selector("#inside .inside-answer b:text-is('–')")
    draw_seven(inside, "inside")
    inside.wait_for_selector("#inside .inside-answer b:text-is('7')")
    assert first.evaluate(COPY) != before[0]
    account(inside)


def test_pooling_marks_its_winner_and_softmax_its_class(inside):
    sums = open_unit(inside, "pool1:3:3:6")
    winners = inside.locator("#sum .win").all()
    assert {winner.get_attribute("title").split(" = ")[0].split(":")[0] for winner in winners} == {"conv1"}
    assert sums["value"] == pytest.approx(next(iter(sums.values())), abs=6e-5)
    open_unit(inside, "dense2:7")
    shares = [
        float(row.locator("td").last.inner_text().rstrip(" %"))
        for row in inside.locator("#sum .terms").first.locator("tr").all()
    ]
    assert sum(shares) == pytest.approx(100, abs=0.1)
    assert inside.locator("#sum .here td").first.inner_text() == "7"


def test_the_kernel_slides_over_the_map_until_it_is_stopped(inside):
    open_unit(inside, "conv1:2:8:9")
    inside.get_by_role("button", name="Slide the kernel").click()
    inside.wait_for_function("() => /^conv1:2:8:1[2-9]$/.test(document.querySelector('#place').value)")
    inside.get_by_role("button", name="Stop").click()
    assert inside.locator(".slide").inner_text() == "Slide the kernel"


def test_with_reduced_motion_the_kernel_moves_one_place_for_each_press(inside):
    inside.emulate_media(reduced_motion="reduce")
    open_unit(inside, "conv1:2:8:25")
    inside.get_by_role("button", name="Next place").click()
    assert inside.locator("#place").input_value() == "conv1:2:9:0"
    inside.emulate_media(reduced_motion="no-preference")


def test_the_mlps_units_add_up_as_well(inside):
    inside.get_by_role("radio", name="MLP").check()
    inside.wait_for_selector("[data-layer='1'] h3:has-text('dense1 512')")
    sums = open_unit(inside, "dense1:11")
    parts = sums["the largest terms, below"] + sums["all other terms"] + sums["bias"]
    assert parts == pytest.approx(sums["sum"], abs=3e-5)
    assert sums["after relu"] == pytest.approx(sums["value"], abs=6e-5)
    assert inside.locator("[data-weights]").count() == 2


def test_a_unit_is_chosen_with_the_keyboard_alone(inside):
    inside.locator("[data-layer='0'] .maps").focus()
    inside.keyboard.press("Tab")
    inside.keyboard.press("ArrowRight")
    inside.keyboard.press("PageDown")
    name = inside.locator("#place").input_value()
    assert name.startswith("conv1:")
    inside.wait_for_selector(f"#spoken:has-text('{name} is')", state="attached")
    inside.keyboard.press("Enter")
    inside.wait_for_function("document.activeElement.id === 'sum'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_inside(inside, scheme):
    inside.emulate_media(color_scheme=scheme)
    found = Axe().run(inside)
    assert found.violations_count == 0, found.generate_report()
    assert inside.evaluate("document.documentElement.scrollWidth === innerWidth")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("%", "There is no network %. Expected one of: mlp, cnn."),
        ("cnn/conv9:1", "There is no such layer. Expected one of: "),
        ("cnn/conv1:99:0:0", "There is no such unit. conv1 has the shape "),
    ],
)
def test_an_address_of_what_there_is_not_is_said(inside, address, said):
    inside.evaluate("address => { location.hash = `#inside/${address}`; }", address)
    inside.locator("#inside > .note", has_text=said).wait_for()
    inside.locator("[data-layer='1'] canvas").first.click(position={"x": 5, "y": 5})
    inside.locator("#inside > .note").wait_for(state="hidden")
    inside.evaluate("location.hash = '#inside/cnn'")


def test_the_kernel_stands_still_while_another_view_is_shown(inside):
    open_unit(inside, "conv1:2:8:9")
    inside.get_by_role("button", name="Slide the kernel").click()
    inside.locator("#tab-inside").focus()
    inside.keyboard.press("Home")
    assert inside.evaluate("document.activeElement.id") == "tab-draw"
    assert inside.locator(".slide").text_content() == "Slide the kernel"
    inside.keyboard.press("End")
    assert inside.evaluate("document.activeElement.id") == "tab-training"


def test_a_stroke_taken_back_while_it_is_drawn_is_not_gone_on_with(page):
    draw_seven(page)
    before = seen(page)
    start, *others = corners(page)
    page.mouse.move(start[0], start[1] + 60)
    page.mouse.down()
    page.keyboard.press("Control+z")
    page.mouse.move(others[2][0] - 60, others[2][1])
    page.mouse.up()
    assert seen(page) == before


def test_training_is_played_through(page):
    page.get_by_role("tab", name="Training").click()
    page.get_by_role("slider", name="Moment of the training").fill("0")
    assert page.get_by_text("before the first step", exact=True).is_visible()
    assert page.locator(".trainings .answers .wrong").count() > 50
    page.get_by_role("slider", name="Moment of the training").press("End")
    assert page.locator(".trainings .answers .wrong").count() < 40
