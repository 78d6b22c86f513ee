import cv2
import numpy as np
import pytest

from digitscope.errors import TemplateError, UsageError
from digitscope.forms.field import Field, between
from digitscope.forms.template import load_template
from digitscope.forms.toml import template_text

FIELD = '[[field]]\nname = "student"\nbox = [10, 20, 60, 12]\n'


@pytest.fixture
def loaded(tmp_path):
    """Loads a template with this text, beside a blank of 100 × 80 pixels."""
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((80, 100), 255, np.uint8))

    def load(text, *, blank='blank = "blank.png"\n'):
        (tmp_path / "exam.toml").write_text(blank + text, encoding="utf-8")
        return load_template(tmp_path / "exam.toml")

    return load


def test_a_field_has_its_place_and_what_it_expects(loaded):
    template = loaded(FIELD + "cells = 6\ndigits = 6\ncheck = 'luhn'\nempty = true\n")

    (field,) = template.fields
    assert (template.name, field.name, field.page, field.box, field.empty) == (
        "exam",
        "student",
        1,
        (10, 20, 60, 12),
        True,
    )
    assert field.cells == tuple((10 + 10 * n, 20, 10, 12) for n in range(6))
    assert field.expectation.fits("123455")
    assert not field.expectation.fits("123456")


def test_a_number_in_cells_has_at_most_a_digit_for_each(loaded):
    field = loaded(FIELD + "cells = 3\n").fields[0]
    assert [field.expectation.fits(text) for text in ("1", "123", "1234")] == [True, True, False]


def test_boxes_are_the_cells_and_lie_in_the_field(loaded):
    field = loaded('[[field]]\nname = "a"\nboxes = [[40, 5, 8, 10], [20, 4, 8, 10]]\n').fields[0]
    assert field.cells == ((20, 4, 8, 10), (40, 5, 8, 10))
    assert field.box == (20, 4, 28, 11)


def test_a_table_is_a_field_for_each_row_and_column(loaded):
    template = loaded(
        '[[field]]\nname = "points"\nbox = [10, 10, 40, 30]\nrows = ["1a", "1b"]\nrange = [0, 20]\n'
        'columns = ["first", { name = "second", range = [0, 5], empty = true }]\n'
    )
    assert [(field.name, field.box, field.range, field.empty) for field in template.fields] == [
        ("points.1a.first", (10, 10, 20, 15), (0, 20), False),
        ("points.1a.second", (30, 10, 20, 15), (0, 5), True),
        ("points.1b.first", (10, 25, 20, 15), (0, 20), False),
        ("points.1b.second", (30, 25, 20, 15), (0, 5), True),
    ]


def test_fields_and_tables_keep_their_order(loaded):
    table = '[[field]]\nname = "t"\nbox = [1, 1, 20, 20]\nrows = 2\n'
    template = loaded(FIELD + table + FIELD.replace("student", "sum"))
    assert [field.name for field in template.fields] == ["student", "t.1", "t.2", "sum"]


def test_a_tables_rows_may_be_of_any_height(loaded):
    fields = loaded('[[field]]\nname = "t"\nbox = [10, 0, 40, 1]\ndown = [10, 20, 50]\n').fields
    assert [(field.name, field.box) for field in fields] == [("t.1", (10, 10, 40, 10)), ("t.2", (10, 20, 40, 30))]


@pytest.mark.parametrize(("low", "high"), [(0, 20), (0, 0), (5, 5), (7, 1034), (98, 102), (100, 999), (19, 21)])
def test_a_range_fits_its_numbers_and_no_other(low, high):
    field = Field("n", 1, (0, 0, 1, 1), digits=(1, 4), range=(low, high))
    assert [n for n in range(1200) if field.expectation.fits(str(n))] == list(range(low, high + 1))
    assert field.expectation.fits(f"{low:04d}")
    assert not field.expectation.fits(f"{low:05d}")


def test_a_range_as_a_pattern_is_short():
    assert len(between(1, 999_999)) < 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[field]\n", "no TOML"),
        ("", "has no field"),
        ('[[field]]\nname = "a"\nbox = [1, 2, 3, 4]\ndigts = 3\n', "one of: digits, .*Received: key='digts'"),
        ('blanc = 1\n' + FIELD, "one of: blank, .*Received: key='blanc'"),
        (FIELD + FIELD, "same name.*name='student'"),
        ('[[field]]\nname = "a"\nbox = [50, 2, 51, 4]\n', r"outside page 1.*100×80 pixels.*\[50, 2, 51, 4\]"),
        ('[[field]]\nname = "a"\nbox = [5, 2, 0, 4]\n', "is empty.*at least 1"),
        ('[[field]]\nname = "a"\nbox = [5, 2, 1.5, 4]\n', "no box.*four whole numbers"),
        ('[[field]]\nname = "a"\n', "either box, or boxes"),
        ("[[field]]\nbox = [1, 2, 3, 4]\n", "has no name"),
        ('[[field]]\nname = "status"\nbox = [1, 2, 3, 4]\n', "name of another column"),
        (FIELD + "page = 2\n", "on no page. Expected 1 to 1. Received: page=2"),
        (FIELD + "range = [20, 0]\n", "range of field 'student' is empty"),
        (FIELD + "digits = 0\n", "Expected 1 to 100"),
        (FIELD + "digits = 2\nrange = [100, 200]\n", "No number .* has so few digits"),
        (FIELD + "pattern = '['\n", "Field 'student': The pattern is no regular expression"),
        (FIELD + "check = 'lun'\n", "Field 'student': Unknown check digit. Expected one of: luhn"),
        (FIELD + "empty = 1\n", "true or false"),
        (FIELD + "cells = 3\ndigits = [2, 5]\n", r"more digits than cells. Expected at most 3.*\[2, 5\]"),
        (FIELD + "cells = 2\nrange = [0, 100]\n", r"more digits than cells. Expected at most 2.*\[1, 3\]"),
        (FIELD + "rows = 13\n", r"'student.* too small.*at least 1 pixel.*, 0\]"),
        (FIELD + "cells = 61\n", "too small for its rows, columns or cells"),
        ('[[field]]\nname = "t"\nbox = [1, 1, 9, 9]\ndown = [3, 2]\n', "no rising numbers"),
        ('[[field]]\nname = "t"\nrows = 2\n', "has no place"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_template_is_said(loaded, text, message):
    with pytest.raises(TemplateError, match=message) as error:
        loaded(text)
    assert "exam.toml" in str(error.value)


def test_a_blank_that_is_missing_is_named(loaded):
    with pytest.raises(TemplateError, match=r"no such file.*gone\.pdf"):
        loaded(FIELD, blank='blank = "gone.pdf"\n')


def test_a_template_that_is_missing_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r"No such file.*nothing\.toml"):
        load_template(tmp_path / "nothing.toml")


def test_written_fields_are_read_again(loaded):
    fields = (
        Field("student", 1, (10, 20, 60, 12), tuple((10 + 10 * n, 20, 10, 12) for n in range(6)), (6, 6), check="luhn"),
        Field("odd", 1, (20, 4, 28, 11), ((20, 4, 8, 10), (40, 5, 8, 10)), pattern=r"[1-5]\d", empty=True),
        Field('a "b"', 1, (1, 2, 3, 4), digits=(1, 2), range=(0, 20)),
    )
    assert loaded(template_text(fields, ["blank.png"]), blank="").fields == fields
