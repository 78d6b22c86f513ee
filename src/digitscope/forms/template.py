r"""A form's template: a TOML file that names the blank and says which numbers stand where on it.

blank = "exam.png"              # beside the template; of a PDF or TIFF, all pages count

[[field]]
name = "student"
box = [860, 160, 300, 60]       # x, y, width, height in pixels of the blank; a PDF page has 200 to an inch
cells = 6                       # one digit in each of six cells of equal width
digits = 6

[[field]]                       # a table: fields points.1, points.2, …, one for each row
name = "points"
box = [860, 300, 120, 480]
rows = 8
digits = [1, 2]
range = [0, 20]

template = load_template("exam.toml")
"""

import os
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from digitscope.arrays import BoxXYWH, Image
from digitscope.errors import ImageError, TemplateError, UsageError, unknown
from digitscope.forms.field import Field
from digitscope.reading.io.images import open_pages

EXPECTED = ("digits", "pattern", "range", "check", "empty")
PLACED = ("name", "page", "box")
TABLE = ("rows", "columns", "down", "across")  # with one of these, a field is a table of fields
TEMPLATE_KEYS = ("name", "blank", "field")
FIELD_KEYS = (*PLACED, "boxes", "cells", *EXPECTED, *TABLE)
TABLE_KEYS = (*PLACED, "cells", *EXPECTED, *TABLE)
COLUMN_KEYS = ("name", "cells", *EXPECTED)
RESERVED = ("source", "sha256", "form", "template", "status", "pages", "error")  # the table's own columns
ENDINGS = (".confidence", ".status", ".page", ".polygon", ".alternatives")
MOST_DIGITS = 100  # of a field, and cells of a row: more is a mistake


@dataclass(frozen=True, eq=False)
class Template:
    """A form: its blank pages, each uint8 [H, W] or [H, W, 3], and its fields."""

    name: str
    pages: tuple[Image, ...]
    fields: tuple[Field, ...]

    def on_page(self, page: int) -> tuple[Field, ...]:
        """The fields of a page, counted from 1."""
        return tuple(field for field in self.fields if field.page == page)

    def __repr__(self) -> str:
        return f"Template({self.name!r}, {len(self.fields)} fields, {len(self.pages)} pages)"


def load_template(path: str | os.PathLike[str]) -> Template:
    """Read a template and open its blank.

    Raises:
        TemplateError: there is no such file, it is no TOML, or something in it is not as described; a blank is missing.
    """
    path = Path(path)
    return template_of(read_template(path), path)


def read_template(path: Path) -> str:
    """The text of a template's file.

    Raises:
        TemplateError: there is no such file, or it is no text.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise TemplateError(
            f"The template cannot be read: {reason}. Expected a TOML file. Received: path='{path}'"
        ) from None


def template_of(text: str, path: Path) -> Template:
    """The template that a text is, as the content of the file `path`, beside which its blank is looked for.

    Raises:
        TemplateError: it is no TOML, or something in it is not as described; a blank is missing.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(
            f"The template is no TOML: {error}. Expected name = value. Received: path='{path}'"
        ) from None
    try:
        return _template(content, path)
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from error


def _template(content: dict[str, Any], path: Path) -> Template:
    _check_keys(content, TEMPLATE_KEYS, "the template")
    if "blank" not in content:
        _refuse("No blank is named", "blank, the path of the empty form", "blank", None)
    pages = _blanks(content["blank"], path.parent)
    fields: list[Field] = []
    for n, value in enumerate(_list(content, "field"), 1):
        _check_keys(value, FIELD_KEYS, f"field {n}")
        if any(key in value for key in TABLE):
            fields += _table(value, f"field {n}")
        else:
            fields.append(_field(value, f"field {n}"))
    if not fields:
        _refuse("The template has no field", "[[field]] above each", "field", content.get("field"))
    names: set[str] = set()
    for field in fields:
        if field.name in names:
            _refuse("Two fields have the same name", "names that differ", "name", field.name)
        if field.name in RESERVED or field.name.endswith(ENDINGS):
            _refuse("A field has the name of another column", f"none of {', '.join(RESERVED)}", "name", field.name)
        names.add(field.name)
        _check_place(field, pages)
        if field.cells and field.digits and field.digits[1] > len(field.cells):
            _refuse(
                f"Field {field.name!r} has more digits than cells", f"at most {len(field.cells)}",
                "digits", list(field.digits),
            )  # fmt: skip
        try:
            _ = field.expectation
        except UsageError as error:
            raise TemplateError(f"Field {field.name!r}: {error}") from error
    return Template(_text(content.get("name", path.stem), "name", "the template"), pages, tuple(fields))


def _blanks(value: Any, folder: Path) -> tuple[Image, ...]:
    """The pages of the blanks that are named, in order."""
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        _refuse("The blank is no path", "one path, or a list of them", "blank", value)
    pages: list[Image] = []
    for name in names:
        try:
            pages += open_pages(folder / name)
        except ImageError as error:
            raise TemplateError(f"The blank cannot be opened. {error}") from error
    return tuple(pages)


def _field(value: Any, where: str) -> Field:
    name = _name(value, where)
    where = f"field {name!r}"
    if ("box" in value) == ("boxes" in value):
        _refuse(f"The place of {where} is unclear", "either box, or boxes with one for each digit", "keys", [*value])
    if "boxes" in value:
        boxes = value["boxes"]
        if not isinstance(boxes, list) or not 1 <= len(boxes) <= MOST_DIGITS or "cells" in value:
            _refuse(f"The boxes of {where} are no list of boxes", "[[x, y, width, height], …]", "boxes", boxes)
        cells = tuple(sorted(_box(box, where) for box in boxes))
        box = _around(cells)
    else:
        box = _box(value["box"], where)
        cells = _cells(box, value, where)
    return Field(name, _page(value, where), box, cells, **_expected(value, where))


def _table(value: Any, where: str) -> Iterator[Field]:
    """The fields of a table, row by row: NAME.ROW, or NAME.ROW.COLUMN where columns are named."""
    _check_keys(value, TABLE_KEYS, where)
    name = _name(value, where)
    where = f"table {name!r}"
    page = _page(value, where)
    columns = value.get("columns", [{}])
    if isinstance(columns, int) and not isinstance(columns, bool):
        columns = [str(n) for n in range(1, columns + 1)]
    if not isinstance(columns, list) or not columns:
        _refuse(f"The columns of {where} are no list", "a number, or a list of names", "columns", columns)
    columns = [{"name": column} if isinstance(column, str) else column for column in columns]
    rows = value.get("rows", max(1, len(_edges_given(value, "down", where)) - 1))
    if isinstance(rows, int) and not isinstance(rows, bool):
        rows = [str(n) for n in range(1, rows + 1)]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) and row for row in rows):
        _refuse(f"The rows of {where} are no list", "a number, or a list of names", "rows", value.get("rows"))
    across = _edges(value, "across", 0, len(columns), where)
    down = _edges(value, "down", 1, len(rows), where)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            _check_keys(column, COLUMN_KEYS, f"column {c + 1} of {where}")
            own = {**{key: value[key] for key in ("cells", *EXPECTED) if key in value}, **column}
            box = (across[c], down[r], across[c + 1] - across[c], down[r + 1] - down[r])
            full = ".".join(part for part in (name, row, column.get("name", "")) if part)
            if "name" not in column and len(columns) > 1:
                _refuse(f"Column {c + 1} of {where} has no name", "a name for each", "column", column)
            yield Field(full, page, box, _cells(box, own, where), **_expected(own, f"field {full!r}"))


def _edges_given(value: dict[str, Any], key: str, where: str) -> list[int]:
    edges = value.get(key, [])
    whole = isinstance(edges, list) and all(isinstance(edge, int) and not isinstance(edge, bool) for edge in edges)
    if not whole or any(second <= first for first, second in pairwise(edges)):
        _refuse(f"The edges of {where} are no rising numbers", "pixels of the blank, [300, 340, …]", key, edges)
    return edges


def _edges(value: dict[str, Any], key: str, axis: int, count: int, where: str) -> list[int]:
    """The edges between rows or columns: as given, or so many equal parts of the box."""
    edges = _edges_given(value, key, where)
    if edges:
        if len(edges) != count + 1:
            _refuse(f"{where} has {count} of these between {len(edges)} edges", f"{count + 1} edges", key, edges)
        return edges
    if "box" not in value:
        _refuse(f"{where} has no place", "box = [x, y, width, height], or across and down", "box", None)
    box = _box(value["box"], where)
    return [round(box[axis] + box[axis + 2] * part / count) for part in range(count + 1)]


def _cells(box: BoxXYWH, value: dict[str, Any], where: str) -> tuple[BoxXYWH, ...]:
    count = value.get("cells", 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_DIGITS:
        _refuse(f"The cells of {where} are no number", f"1 to {MOST_DIGITS}", "cells", count)
    x, y, w, h = box
    edges = [round(x + w * part / count) for part in range(count + 1)]
    if "cells" not in value:
        return ()
    return tuple((left, y, right - left, h) for left, right in pairwise(edges))


def _expected(value: dict[str, Any], where: str) -> dict[str, Any]:
    """What a field must be: the arguments of `Field`."""
    digits, numbers = value.get("digits"), value.get("range")
    if digits is not None:
        digits = _pair(digits if isinstance(digits, list) else [digits, digits], "digits", where)
        if not 1 <= digits[0] <= digits[1] <= MOST_DIGITS:
            _refuse(f"The digits of {where} are no number", f"1 to {MOST_DIGITS}", "digits", value["digits"])
    if numbers is not None:
        numbers = _pair(numbers, "range", where)
        if not 0 <= numbers[0] <= numbers[1]:
            _refuse(f"The range of {where} is empty", "[least, largest] from 0", "range", value["range"])
        digits = digits or (1, len(str(numbers[1])))
        if len(str(numbers[0])) > digits[1]:
            _refuse(f"No number of {where} has so few digits", f"at least {len(str(numbers[0]))}", "digits", digits)
    empty = value.get("empty", False)
    if not isinstance(empty, bool):
        _refuse(f"Whether {where} may be empty is unclear", "true or false", "empty", empty)
    texts: dict[str, Any] = {key: _text(value[key], key, where) for key in ("pattern", "check") if key in value}
    return {"digits": digits, "range": numbers, "empty": empty, **texts}


def _pair(value: Any, key: str, where: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(type(part) is int for part in value):
        _refuse(f"The {key} of {where} is no pair", "two whole numbers", key, value)
    return value[0], value[1]


def _check_place(field: Field, pages: Sequence[Image]) -> None:
    if field.page > len(pages):
        _refuse(f"Field {field.name!r} is on no page", f"1 to {len(pages)}", "page", field.page)
    height, width = pages[field.page - 1].shape[:2]
    for x, y, w, h in (field.box, *field.cells):
        if w < 1 or h < 1:
            _refuse(
                f"Field {field.name!r} is too small for its rows, columns or cells",
                "each at least 1 pixel wide and high", "box", [x, y, w, h],
            )  # fmt: skip
        if x < 0 or y < 0 or x + w > width or y + h > height:
            _refuse(
                f"Field {field.name!r} lies outside page {field.page}", f"a box on its {width}×{height} pixels",
                "box", [x, y, w, h],
            )  # fmt: skip


def _around(boxes: Sequence[BoxXYWH]) -> BoxXYWH:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def _box(value: Any, where: str) -> BoxXYWH:
    if not isinstance(value, list) or len(value) != 4 or not all(type(side) is int for side in value):
        _refuse(f"The box of {where} is no box", "four whole numbers [x, y, width, height]", "box", value)
    x, y, w, h = value
    if w < 1 or h < 1:
        _refuse(f"The box of {where} is empty", "a width and height of at least 1", "box", value)
    return x, y, w, h


def _page(value: dict[str, Any], where: str) -> int:
    page = value.get("page", 1)
    if type(page) is not int or page < 1:
        _refuse(f"The page of {where} is no page's number", "1 or more", "page", page)
    return page


def _name(value: dict[str, Any], where: str) -> str:
    if "name" not in value:
        _refuse(f"The {where} has no name", "name, under which its numbers stand in the table", "name", None)
    return _text(value["name"], "name", where)


def _text(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _refuse(f"The {key} of {where} is no text", "some text", key, value)
    return value


def _list(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    values = content.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        _refuse(f"{key} is no list of tables", f"[[{key}]] above each", key, values)
    return values


def _check_keys(value: Any, known: Collection[str], where: str) -> None:
    if not isinstance(value, dict):
        _refuse(f"{where} is no table of keys", "name = value", "value", value)
    for key in value:
        if key not in known:
            raise TemplateError(f"In {where}: {unknown('key', key, known)}")


def _refuse(what: str, expected: str, key: str, value: object) -> NoReturn:
    raise TemplateError(f"{what[0].upper()}{what[1:]}. Expected {expected}. Received: {key}={value!r}")
