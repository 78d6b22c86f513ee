import hashlib

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage

import digitscope as ds
from digitscope.errors import UsageError
from digitscope.forms.form import Form, read_forms
from digitscope.forms.result import FormReading

RECEIPT = "examples/receipt.jpg"


def test_what_is_marked_ok_is_right_and_most_is(stack, read):
    pairs = [(field, made.values[field.name]) for made, form in zip(stack.filled, read, strict=True) for field in form]
    sure = [(field, value) for field, value in pairs if field.status in ("ok", "empty")]
    assert [(field.name, field.value, value) for field, value in sure if (field.value or "") != value] == []
    assert len(sure) >= 0.7 * len(pairs)


def test_a_fields_polygon_lies_where_the_field_is(stack, read):
    for made, form in zip(stack.filled, read, strict=True):
        for field in made.template.fields:
            x, y, w, h = field.box
            true = made.to_image(np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], float))
            assert np.abs(np.array(form[field.name].polygon) - true).max() < 0.2 * h


def test_a_form_knows_its_source(stack, read):
    form = read[0]
    assert form.source == str(stack.scan(0))
    assert form.sha256 == hashlib.sha256(stack.scan(0).read_bytes()).hexdigest()
    assert (form.template, form.form, form.pages, {field.page for field in form}) == ("exam", 0, (0,), {0})


def test_a_page_that_is_none_of_the_form_has_no_value(form):
    (other,) = form.read(RECEIPT)
    assert (other.template, other.status) == (None, "not this form")
    assert {(field.value, field.confidence, field.status) for field in other} == {(None, 0.0, "not this form")}


def test_a_document_has_a_form_for_each_copy_and_each_strange_page(stack, form, read, tmp_path):
    pages = [PilImage.open(path).convert("RGB") for path in (stack.scan(0), RECEIPT, stack.scan(1), stack.scan(1))]
    pages[0].save(tmp_path / "stack.tiff", save_all=True, append_images=pages[1:])

    forms = form.read(tmp_path / "stack.tiff")

    assert [(one.form, one.pages, one.template) for one in forms] == [
        (0, (0,), "exam"), (1, (1,), None), (2, (2,), "exam"), (3, (3,), "exam"),
    ]  # fmt: skip
    assert [field.value for field in forms[0]] == [field.value for field in read[0]]
    assert {field.page for field in forms[3]} == {3}


def test_a_page_of_the_template_that_is_not_there_is_missing(stack, tmp_path):
    blank = cv2.imread(str(stack.folder / "blank.png"))
    cv2.imwrite(str(tmp_path / "second.png"), np.ascontiguousarray(blank[::-1]))
    text = stack.template.read_text().replace('"blank.png"', f'["{stack.folder}/blank.png", "second.png"]')
    (tmp_path / "two.toml").write_text(text + '\n[[field]]\nname = "late"\npage = 2\nbox = [10, 10, 90, 40]\n')

    (one,) = Form(tmp_path / "two.toml").read(stack.scan(0))

    assert (one["late"].status, one["late"].value, one["late"].page) == ("missing page", None, None)
    assert one.status == "missing page"
    assert one["sum"].value == stack.filled[0].values["sum"]


def test_a_field_outside_the_picture_is_doubtful(stack, form, read):
    image = stack.filled[0].image
    middle, other = (round(np.mean([y for _, y in read[0][name].polygon])) for name in ("sum", "student"))
    (cropped,) = form.read(np.ascontiguousarray(image[:middle] if other < middle else image[middle:]))
    assert (cropped["sum"].status, cropped["sum"].value) == ("doubtful", None)
    assert cropped["student"].value == stack.filled[0].values["student"]


def test_the_public_name_is_the_form(stack):
    assert ds.Form is Form
    assert repr(ds.Form(stack.template)) == "Form('exam')"


def test_no_template_and_two_of_one_name_are_wrong_usage(stack):
    with pytest.raises(UsageError, match="no template"):
        Form()
    with pytest.raises(UsageError, match="same name"):
        Form(stack.template, stack.template)


def test_an_unknown_field_is_answered_with_those_there_are(read):
    with pytest.raises(KeyError, match="one of: sum, "):
        read[0]["sums"]


def test_a_scan_that_cannot_be_opened_is_a_row_with_its_error(stack, read):
    missing, form = (some[0] for some in read_forms([stack.template], ["gone.png", str(stack.scan(0))]))
    assert (missing.source, missing.template, missing.status) == ("gone.png", None, "not this form")
    assert "no such file" in missing.error
    assert form == read[0]


def test_a_form_is_the_same_after_json(read):
    assert FormReading.from_dict(read[0].to_dict()) == read[0]
