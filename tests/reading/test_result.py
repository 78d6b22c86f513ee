import csv
import dataclasses
import io
import json

import cv2
import numpy as np
import pytest

from digitscope.errors import DataError, UsageError
from digitscope.reading import drawing
from digitscope.reading.expectation import Expected
from digitscope.reading.result import CSV_COLUMNS, Digit, Line, Page, Reading
from digitscope.reading.suppression import intersections


def digit(value, x, *, confidence=0.99, status="accepted"):
    box = (x, 10, 20, 30)
    polygon = ((float(x), 10.0), (x + 20.0, 10.0), (x + 20.0, 40.0), (float(x), 40.0))
    return Digit(value, confidence, box, polygon, ((value, 0.99), (7, 0.006), (1, 0.004)), status)


def page(*, image=None, steps=None):
    first = Line(
        "4? 3", (5, 10, 140, 30), (digit(4, 5), digit(0, 35, confidence=0.4, status="doubtful"), digit(3, 125))
    )
    second = Line("", (5, 60, 20, 30), (digit(8, 5, status="rejected"),))
    third = Line("77", (5, 110, 80, 30), (digit(7, 5), digit(7, 65)), Expected(r"\d{2}", "77", 0.97))
    return Page((200, 150), (first, second, third), image=image, steps=steps or {}, rotation=90, tilt=1.5)


@pytest.fixture
def reading():
    image = np.full((150, 200, 3), 240, np.uint8)
    return Reading("a.png", "reader", "1", (page(image=image, steps={"ink": image[..., 0]}),), 12.5)


def test_text_leaves_out_rows_without_any_digit_and_digits_are_the_accepted_ones(reading):
    assert reading.text == "4? 3\n77"
    assert [d.value for d in reading.digits] == [4, 3, 7, 7]
    assert [d.value for d in reading.pages[0].glyphs] == [4, 0, 3, 8, 7, 7]


def test_json_is_the_schema_word_for_word_and_comes_back_equal(reading):
    value = json.loads(reading.to_json())
    assert list(value) == ["schema", "path", "model", "text", "elapsed_ms", "pages"]
    assert value["schema"] == 2
    assert value["model"] == {"name": "reader", "version": "1"}
    assert list(value["pages"][0]) == ["size", "rotation", "tilt", "text", "lines"]
    assert value["pages"][0]["size"] == [200, 150]
    assert list(value["pages"][0]["lines"][0]) == ["text", "box", "expected", "digits"]
    first = value["pages"][0]["lines"][0]["digits"][0]
    assert list(first) == ["value", "confidence", "status", "box", "polygon", "alternatives"]
    assert first["box"] == [5, 10, 20, 30]
    assert len(first["alternatives"]) == 3
    assert [line["expected"] for line in value["pages"][0]["lines"]] == [
        *(None, None),
        {"pattern": r"\d{2}", "text": "77", "probability": 0.97},
    ]
    again = Reading.from_json(reading.to_json())
    assert again == reading
    assert again.to_json() == reading.to_json()


def test_schema_1_is_read_as_well(reading):
    value = reading.to_dict()
    value["schema"] = 1
    for page in value["pages"]:
        del page["rotation"], page["tilt"]
        for line in page["lines"]:
            del line["expected"]
            for digit in line["digits"]:
                digit["rejected"] = digit.pop("status") == "rejected"
    old = Reading.from_dict(value)
    assert (old.pages[0].rotation, old.pages[0].tilt) == (0, 0.0)
    assert [d.status for d in old.pages[0].glyphs] == ["accepted"] * 3 + ["rejected"] + ["accepted"] * 2
    assert Reading.from_json(old.to_json()) == old


def test_images_and_time_are_no_part_of_equality(reading):
    bare = dataclasses.replace(reading, pages=(page(),), elapsed_ms=99.0)
    assert bare == reading
    assert hash(bare) == hash(reading)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 3}',
        '{"schema": 2}',
        '{"schema": 1}',
        "null",
        '{"schema": 1, "path": null, "model": 3}',
    ],
)
def test_anything_else_than_a_reading_is_refused(text):
    with pytest.raises(DataError, match="Received: "):
        Reading.from_json(text)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("path",), 5),
        (("model", "name"), None),
        (("elapsed_ms",), float("nan")),
        (("pages", 0, "size", 0), float("inf")),
        (("pages", 0, "tilt"), float("inf")),
        (("pages", 0, "lines", 0, "text"), 7),
        (("pages", 0, "lines", 0, "box", 2), float("inf")),
        (("pages", 0, "lines", 0, "digits", 0, "confidence"), float("nan")),
        (("pages", 0, "lines", 2, "expected", "text"), 77),
    ],
)
def test_a_reading_with_a_value_of_another_kind_is_refused(reading, place, wrong):
    value = json.loads(reading.to_json())
    *outer, last = place
    within = value
    for step in outer:
        within = within[step]
    within[last] = wrong
    with pytest.raises(DataError, match="This is no reading"):
        Reading.from_json(json.dumps(value))


def test_json_that_is_nested_too_deeply_is_refused():
    with pytest.raises(DataError, match="This is no JSON"):
        Reading.from_json("[" * 200_000)


def test_a_reading_with_a_box_of_three_numbers_is_refused(reading):
    value = reading.to_dict()
    value["pages"][0]["lines"][0]["box"] = [1, 2, 3]
    with pytest.raises(DataError, match="4 numbers"):
        Reading.from_dict(value)


def test_a_reading_with_an_unknown_status_is_refused(reading):
    value = reading.to_dict()
    value["pages"][0]["lines"][0]["digits"][0]["status"] = "sure"
    with pytest.raises(DataError, match="accepted, doubtful, rejected"):
        Reading.from_dict(value)


def test_repr_says_what_was_read(reading):
    assert repr(reading) == "Reading('4? 3\\n77', 4 digits, 1 doubtful, 1 rejected, path='a.png', model='reader')"
    assert repr(reading.pages[0].lines[0]) == "Line('4? 3', 2 digits, 1 doubtful)"
    assert repr(reading.digits[0]) == "Digit(4, 0.990, box=(5, 10, 20, 30))"


def test_csv_has_a_row_a_glyph_with_the_named_columns(reading):
    text = io.StringIO()
    csv.writer(text).writerows([CSV_COLUMNS, *reading.rows()])
    rows = list(csv.DictReader(io.StringIO(text.getvalue())))
    assert len(rows) == 6
    assert rows[3] == {
        **{"path": "a.png", "page": "0", "line": "1", "index": "0", "value": "8", "confidence": "0.99"},
        **{"status": "rejected", "x": "5", "y": "10", "w": "20", "h": "30", "error": ""},
    }


def test_annotating_marks_the_boxes_and_leaves_the_photo_alone(reading):
    before = reading.pages[0].image.copy()
    drawn = reading.annotated()
    assert np.array_equal(reading.pages[0].image, before)
    zoom = drawn.shape[1] // 200
    assert drawn.shape == (150 * zoom, 200 * zoom, 3)
    changed = (drawn != 240).any(2)
    assert changed[25 * zoom, 5 * zoom]  # on the left side of the first box
    assert not changed[100 * zoom, 150 * zoom]  # where there is nothing


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (34, 60), (900, 1200)])
def test_annotating_works_at_any_size_in_grey_too(shape):
    glyphs = (digit(3, 0), digit(4, 40, status="rejected"), digit(4, 80, status="doubtful"))
    made = Reading(None, "m", "1", (Page(shape[::-1], (Line("3", (0, 0, 1, 1), glyphs),), np.zeros(shape, np.uint8)),))
    assert made.annotated().ndim == 3


def test_labels_of_touching_digits_leave_each_other_readable():
    glyphs = [digit(1, 20), *(digit(1, x, status="doubtful") for x in (28, 36, 44))]
    flags = [drawing.Flag(glyph, 1, 0.5) for glyph in glyphs]
    boxes = np.array([[x, 60, x + 8, 90] for x in (20, 28, 36, 44)], np.float32)
    placed = drawing.places(flags, boxes, (150, 200))
    assert (placed >= 0).all()
    for k, flag in enumerate(flags):
        text = placed[k] + [flag.pad, 0, -flag.pad, 0]
        assert not intersections(text, np.delete(placed, k, axis=0)).any()


@pytest.mark.parametrize(("shape", "zoom"), [((7000, 50), 1), ((50, 7000), 1), ((1024, 50), 4), ((60, 50), 12)])
def test_an_enlarged_page_stays_a_picture_that_can_be_saved(shape, zoom):
    page = Page(shape[::-1], (), np.zeros(shape, np.uint8))
    assert page.annotated().shape == (shape[0] * zoom, shape[1] * zoom, 3)


def test_a_picture_that_is_too_large_for_a_format_is_told_from_a_wrong_name(tmp_path):
    page = Page((3, 66_000), (), np.zeros((66_000, 3), np.uint8))
    made = Reading(None, "m", "1", (page,))
    with pytest.raises(UsageError, match=r"too large for this format.* Received: path='.*', size=3×66000$"):
        made.save_annotated(tmp_path / "out.jpg")
    with pytest.raises(UsageError, match="under this name"):
        made.save_annotated(tmp_path / "out.txt")
    made.save_annotated(tmp_path / "out.png")


def test_saving_numbers_the_pages_and_names_what_it_wrote(reading, tmp_path):
    two = dataclasses.replace(reading, pages=reading.pages * 2)
    paths = two.save_annotated(tmp_path / "deep" / "out.png")
    assert [path.name for path in paths] == ["out.png", "out-2.png"]
    saved = cv2.imread(str(paths[1]))
    assert np.array_equal(saved[..., ::-1], two.annotated(1))
    assert [path.name for path in reading.save_steps(tmp_path / "steps")] == ["00-ink.png"]


def test_what_cannot_be_drawn_or_saved_is_refused(reading, tmp_path):
    with pytest.raises(UsageError, match="path="):
        reading.save_annotated(tmp_path / "out.txt")
    with pytest.raises(UsageError, match="page=3"):
        reading.annotated(3)
    with pytest.raises(UsageError, match="holds no pixels"):
        Reading.from_json(reading.to_json()).annotated()
