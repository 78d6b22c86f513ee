"""Read a photo: the boxes and the text are the service's own, and what is corrected can be taken away."""

import base64
import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitscope as ds
from digitscope.errors import UsageError

pytestmark = [pytest.mark.slow, pytest.mark.browser]
BRING = """([event, place, content, name]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
    const root = event === "drop" ? document.querySelector("#photo .drop") : document;
    const made = { drop: DragEvent, paste: ClipboardEvent }[event];
    root.dispatchEvent(new made(event, { bubbles: true, cancelable: true, [place]: transfer }));
}"""
EXAMPLES = Path(__file__).parents[3] / "examples"
SEVENTH = 6  # the number of a glyph, counted from 0, in reading order


@pytest.fixture(scope="module")
def reading(receipt):
    return ds.read(receipt)


@pytest.fixture(scope="module")
def page(visit, receipt):
    """A desktop on which the receipt has been read."""
    page = visit("photo", permissions=["clipboard-read", "clipboard-write"])
    take(page, receipt)
    return page


def take(page, content: bytes, name: str = "receipt.jpg", kind: str = "image/jpeg") -> None:
    page.set_input_files("#photo-file", {"name": name, "mimeType": kind, "buffer": content})
    page.wait_for_selector(".photo-view .sides:visible")
    page.wait_for_function("name => document.querySelector('.status').textContent.startsWith(`${name}: `)", arg=name)


def tab_to(page, there: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(20):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead there: {there}")


def boxes(page):
    return page.locator(".boxes button")


def corrected(page) -> str:
    return page.locator("output.text").inner_text()


def test_the_text_is_the_one_that_was_read(page, reading):
    assert corrected(page) == reading.text


def test_each_box_lies_around_its_digit(page, reading):
    photo = page.locator(".photo img").bounding_box()
    scale = photo["width"] / reading.pages[0].size[0]
    glyphs = reading.pages[0].glyphs
    assert boxes(page).count() == len(glyphs)
    for number, digit in enumerate(glyphs):
        box = boxes(page).nth(number).bounding_box()
        shown = [
            (box["x"] - photo["x"]) / scale,
            (box["y"] - photo["y"]) / scale,
            box["width"] / scale,
            box["height"] / scale,
        ]
        assert shown == pytest.approx(digit.box, abs=1.5)
        assert boxes(page).nth(number).inner_text() == str(digit.value)


def test_a_chosen_glyph_shows_its_pixels_and_what_it_may_be(page, reading):
    boxes(page).nth(SEVENTH).click()
    digit = reading.digits[SEVENTH]
    pixels = page.locator(".glyph canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    assert np.array_equal(np.reshape(pixels, (28, 28)), digit.glyph)
    assert page.locator(".glyph .bars b").all_inner_texts() == [str(value) for value, _ in digit.alternatives]


def test_the_steps_from_photo_to_glyph_are_shown(page, reading):
    assert page.locator(".steps li").count() == len(reading.steps())
    widths = page.locator(".steps img").evaluate_all("images => images.map((image) => image.naturalWidth)")
    assert all(widths)


def test_copies_are_what_the_command_line_prints(page, reading):
    def copied(name: str) -> str:
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_function("name => document.querySelector('#live').textContent === `${name} copied`", arg=name)
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("Text") == reading.text
    value, expected = json.loads(copied("JSON")), reading.to_dict()
    assert value["pages"] == expected["pages"]
    assert value["text"] == expected["text"]
    rows = list(csv.DictReader(io.StringIO(copied("CSV"))))
    assert [row["value"] for row in rows] == [str(digit.value) for digit in reading.pages[0].glyphs]
    assert {(row["path"], row["page"], row["status"]) for row in rows} == {("receipt.jpg", "0", "accepted")}


def test_a_correction_stands_in_the_text_and_in_the_download(visit, receipt, reading):
    page = visit("photo")
    take(page, receipt)
    boxes(page).nth(3).click()
    page.keyboard.press("7")
    boxes(page).nth(5).click()
    page.get_by_role("button", name="no digit").click()
    boxes(page).nth(0).focus()
    page.keyboard.press("9")
    page.keyboard.press("Escape")  # takes it back
    assert corrected(page) == "40372\n7 5\n1968"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 2 corrections").click()
    assert download.value.suggested_filename == "receipt-corrections.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        assert [row["label"] for row in rows] == ["7", "none"]
        for row, number in zip(rows, (3, 5), strict=True):
            image = Image.open(io.BytesIO(archive.read(row["path"])))
            assert image.mode == "L"
            assert np.array_equal(image, reading.digits[number].glyph)


def test_corrections_outlast_errors_options_and_other_photos(visit, receipt):
    page = visit("photo")
    take(page, receipt)
    boxes(page).nth(3).click()
    page.keyboard.press("7")
    page.set_input_files("#photo-file", {"name": "a.txt", "mimeType": "image/png", "buffer": b"hello"})
    page.wait_for_selector(".status.note")
    assert corrected(page).startswith("40372")
    assert page.locator(".status + p").inner_text() == "What you see is receipt.jpg, as it was read before."
    page.get_by_text("Options").click()
    page.get_by_label("A doubtful digit is").select_option("keep")
    page.wait_for_function("() => document.querySelector('.status').textContent.startsWith('receipt.jpg: ')")
    assert corrected(page).startswith("40372")
    take(page, (EXAMPLES / "board.jpg").read_bytes(), "board.jpg")
    boxes(page).first.click()
    page.keyboard.press("5")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 2 corrections of 2 photos").click()
    assert download.value.suggested_filename == "corrections.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        assert [row["label"] for row in rows] == ["7", "5"]
        assert all(archive.read(row["path"]) for row in rows)
    take(page, receipt, "the same.jpg")
    assert corrected(page).startswith("40372")


def test_of_many_clicks_the_last_is_read_and_few_others(visit):
    page = visit("photo")
    asked = []
    page.on("request", lambda request: "v1/read" in request.url and asked.append(request.url))
    page.evaluate("""() => {
        const examples = [...document.querySelectorAll(".example")];
        for (let i = 0; i < 18; i++) examples[i % 3].click();
    }""")
    page.wait_for_function("() => document.querySelector('.status').textContent.startsWith('ruled.jpg: ')")
    assert len(asked) == 2
    page.route("**/examples/board.jpg", lambda route: route.fulfill(status=404))
    page.get_by_role("button", name="a board").click()
    page.wait_for_selector(".status.note")
    assert page.locator(".status").inner_text() == "The service answered 404."


def test_the_keyboard_alone_is_enough(visit, receipt):
    page = visit("photo")
    page.locator("#tab-photo").focus()
    tab_to(page, "document.activeElement.textContent === 'a receipt'")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#live').textContent.startsWith('12 digits: ')")
    tab_to(page, "document.activeElement.closest('.boxes') !== null")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "8"):
        page.keyboard.press(key)
    assert corrected(page).splitlines()[1] in ("78 5", "77 8", "87 5")
    assert "corrected: 8" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.wait_for_function("() => document.querySelector('#live').textContent === 'corrected: 8'")


def test_what_each_row_is_can_be_said_and_a_bad_pattern_is_told_as_everywhere(visit, receipt):
    page = visit("photo")
    take(page, receipt)
    page.get_by_text("Options").click()
    pattern = page.get_by_label("Each row is")
    pattern.fill(r"\d{5}")
    pattern.press("Enter")
    page.wait_for_selector(".fitting li")
    lines = ds.read(receipt, expect=r"\d{5}").pages[0].lines
    shown = page.locator(".fitting li").all_inner_texts()
    assert [text.split()[0] for text in shown] == [line.expected.text or line.text.split()[0] for line in lines]
    assert [text.endswith("does not fit") for text in shown] == [line.expected.text is None for line in lines]
    pattern.fill("[")
    pattern.press("Enter")
    page.wait_for_selector(".status.note")
    with pytest.raises(UsageError) as told:
        ds.read(receipt, expect="[")
    assert page.locator(".status").inner_text() == str(told.value)


def test_doubtful_digits_and_a_part_of_the_page_can_be_chosen(visit, receipt, reading):
    page = visit("photo")
    take(page, receipt)
    page.get_by_text("Options").click()
    least = float(np.mean(sorted(digit.confidence for digit in reading.digits)[2:4]))  # three digits are below it

    def read_again(asked: str, change) -> str:
        with page.expect_response(lambda answer: asked in answer.url):
            change()
        page.wait_for_function("() => document.querySelector('.status').className === 'status'")
        return corrected(page)

    def shown(doubtful: str) -> str:
        choice = page.get_by_label("A doubtful digit is")
        return read_again(f"doubtful={doubtful}", lambda: choice.select_option(doubtful))

    field = page.get_by_label("Doubtful below")
    field.fill(str(least))
    assert read_again("min_confidence", lambda: field.press("Enter")).count("?") == 3
    for doubtful in ("keep", "drop", "mark"):
        assert shown(doubtful) == ds.read(receipt, min_confidence=least, doubtful=doubtful).text
    field.fill("")
    read_again("doubtful=mark", lambda: field.press("Enter"))
    box = reading.pages[0].lines[0].box
    region = page.get_by_label("Read only")
    region.fill(",".join(map(str, box)))
    assert read_again("region=", lambda: region.press("Enter")) == ds.read(receipt, region=box).text


def test_a_photo_can_be_dropped_and_pasted(visit, receipt):
    page = visit("photo")
    for event, place in (("drop", "dataTransfer"), ("paste", "clipboardData")):
        page.evaluate(BRING, [event, place, base64.b64encode(receipt).decode(), f"{event}.jpg"])
        page.wait_for_function(
            "name => document.querySelector('.status').textContent.startsWith(`${name}: 12 digits`)", arg=f"{event}.jpg"
        )


def test_of_several_files_dropped_anywhere_the_first_is_read_and_that_is_said(visit, receipt):
    page = visit("photo")
    drop = """(content) => {
        const dataTransfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        for (const name of ["one.jpg", "two.jpg", "three.jpg"]) dataTransfer.items.add(new File([bytes], name));
        return document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    }"""
    assert not page.evaluate(drop, base64.b64encode(receipt).decode())
    page.wait_for_function("() => document.querySelector('.status').textContent.startsWith('one.jpg: 12 digits')")
    assert page.locator(".status + p").inner_text() == "One file is read at a time: the first of 3 was taken."


def test_what_is_no_image_is_said_in_words(visit):
    page = visit("photo")
    page.set_input_files("#photo-file", {"name": "a.txt", "mimeType": "image/png", "buffer": b"hello"})
    page.wait_for_selector(".status.note")
    assert "Expected a JPEG, PNG" in page.locator(".status").inner_text()
    assert not page.locator(".sides").is_visible()


def test_what_the_browser_cannot_show_is_shown_all_the_same(visit, receipt):
    page = visit("photo")
    file = io.BytesIO()
    picture = Image.open(io.BytesIO(receipt))
    picture.save(file, "PDF", save_all=True, append_images=[picture], resolution=100)
    take(page, file.getvalue(), "scan.pdf", "application/pdf")
    assert page.locator(".photo img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert page.locator("output.text .leaf").all_inner_texts() == ["Page 1", "Page 2"]
    page.get_by_role("button", name="Page 2").click()
    assert boxes(page).count() == 12


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_it_is_accessible_and_fits(visit, receipt, size, dark, assert_accessible, assert_fits):
    page = visit("photo", size, dark=dark)
    take(page, receipt)
    boxes(page).nth(2).click()
    page.keyboard.press("3")
    assert_fits(page)
    assert_accessible(page)


def test_a_photo_is_taken_with_this_machines_camera(visit):
    page = visit("photo")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take the photo").click()
    page.wait_for_selector("#photo .status:has-text('camera.jpg: ')")
    assert page.locator(".viewfinder").is_hidden()
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take the photo").wait_for()
    page.get_by_role("tab", name="Draw").click()
    assert page.evaluate("document.querySelector('video').srcObject") is None  # off, as soon as it is not seen


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_labels_of_touching_digits_do_not_hide_each_other(visit, size):
    page = visit("photo", size)
    take(page, (EXAMPLES / "ruled.jpg").read_bytes(), "ruled.jpg")
    sides = "spans => spans.map((span) => span.getBoundingClientRect()).map((b) => [b.left, b.top, b.right, b.bottom])"
    labels = np.array(page.locator(".boxes span").evaluate_all(sides))
    for k, label in enumerate(labels):
        text = label + np.array([4, 0, -4, 0])
        others = np.delete(labels, k, axis=0)
        shared = np.minimum(text[2:], others[:, 2:]) - np.maximum(text[:2], others[:, :2])
        assert not (shared > 0.5).all(axis=1).any()
