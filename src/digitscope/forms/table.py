"""Forms as a table, one row for each: CSV, JSON, Excel (XlsxWriter) and Parquet (pyarrow), by the file name's ending.

    save(forms, Path("marks.parquet"))
    load(Path("marks.parquet"))           # -> the same forms

Parquet and JSON have everything, so that each field's crop can be found again; CSV and Excel have values, confidences
and statuses.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from digitscope.errors import DataError, MissingExtraError, UsageError
from digitscope.files import write_whole
from digitscope.forms.result import FieldReading, FormReading

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

COLUMNS = ("source", "sha256", "form", "template", "status", "pages", "error")
FIELD_COLUMNS = ("confidence", "status", "page", "polygon", "alternatives")  # each after a field's name and a point
METADATA = b"digitscope"
KIND, SCHEMA = "forms", 1
SHADES = {"doubtful": "#FFD9A0", "missing page": "#F4B6B6", "not this form": "#F4B6B6"}
WIDEST = 40  # characters of a column of an Excel sheet


def save(forms: Sequence[FormReading], path: Path) -> None:
    """Write forms as a table, whole or not at all.

    Raises:
        UsageError: the name's ending is of none of the formats.
        MissingExtraError: what writes the format is not installed.
    """
    write_whole(path, writer(path)(forms))


def writer(path: Path) -> Callable[[Sequence[FormReading]], bytes | Callable[[BinaryIO], None]]:
    """What makes a file with this name's ending; raises as `save` does, before anything is read."""
    kind = path.suffix.lower()
    if kind not in WRITERS:
        raise UsageError(
            f"The table's format is unknown. Expected a name that ends in {', '.join(WRITERS)}. Received: out='{path}'"
        )
    module, extra = {".xlsx": ("xlsxwriter", "forms"), ".parquet": ("pyarrow", "forms")}.get(kind, ("", ""))
    if module:
        try:
            __import__(module)
        except ImportError as error:
            raise MissingExtraError(f"A table in {kind}", extra) from error
    return WRITERS[kind]


def field_names(forms: Sequence[FormReading]) -> list[str]:
    """The names of all forms' fields, in order."""
    return list(dict.fromkeys(field.name for form in forms for field in form.fields))


def csv_text(forms: Sequence[FormReading]) -> str:
    """A header, and a line for each form: NAME, NAME.confidence and NAME.status for each field."""
    names = field_names(forms)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([*COLUMNS, *(part for name in names for part in (name, f"{name}.confidence", f"{name}.status"))])
    for form in forms:
        heads = _heads(form)
        own = {field.name: field for field in form.fields}
        cells: list[object] = [heads[key] for key in COLUMNS]
        for name in names:
            field = own.get(name)
            cells += ["", "", ""] if field is None else [field.value or "", round(field.confidence, 4), field.status]
        lines.writerow(cells)
    return out.getvalue()


def _heads(form: FormReading) -> dict[str, object]:
    """All of a form but its fields, as one cell each; "" where there is nothing."""
    heads = {**form.head, "pages": " ".join(map(str, form.pages))}
    return {key: "" if value is None else value for key, value in heads.items()}


def _csv(forms: Sequence[FormReading]) -> bytes:
    return csv_text(forms).encode()


def _json(forms: Sequence[FormReading]) -> bytes:
    """A list with one form per line."""
    lines = (json.dumps(form.to_dict(), ensure_ascii=False, allow_nan=False) for form in forms)
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _xlsx(forms: Sequence[FormReading]) -> bytes:
    """A sheet of the values, shaded by status, and a sheet with a line for each field."""
    import xlsxwriter

    out = io.BytesIO()
    names = field_names(forms)
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        shades = {status: book.add_format({"bg_color": colour}) for status, colour in SHADES.items()}
        plain = book.add_format()
        sheet = book.add_worksheet("forms")
        heads = [key for key in COLUMNS if key != "sha256"]
        numeric = {name: _numeric([form for form in forms if _has(form, name)], name) for name in names}
        for column, head in enumerate((*heads, *names)):
            sheet.write_string(0, column, head, bold)
            sheet.set_column(column, column, min(WIDEST, max(10, len(head) + 2)))
        for row, form in enumerate(forms, 1):
            values = _heads(form)
            for column, head in enumerate(heads):
                if head == "form":
                    sheet.write_number(row, column, form.form)
                elif values[head] != "":
                    shade = shades.get(form.status, plain) if head == "status" else plain
                    sheet.write_string(row, column, str(values[head]), shade)
            own = {field.name: field for field in form.fields}
            for column, name in enumerate(names, len(heads)):
                field = own.get(name)
                shade = shades.get(field.status, plain) if field else plain
                if field is None or field.value is None:
                    sheet.write_blank(row, column, None, shade)
                elif numeric[name]:
                    sheet.write_number(row, column, int(field.value), shade)
                else:
                    sheet.write_string(row, column, field.value, shade)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(forms)), len(heads) + len(names) - 1)
        details = book.add_worksheet("fields")
        columns = ("source", "form", "field", "value", "confidence", "status", "page")
        for column, head in enumerate(columns):
            details.write_string(0, column, head, bold)
        row = 0
        for form in forms:
            for field in form.fields:
                row += 1
                shade = shades.get(field.status, plain)
                details.write_row(row, 0, [form.source, form.form, field.name])
                details.write_string(row, 3, field.value or "", shade)
                details.write_row(row, 4, [round(field.confidence, 4), field.status, field.page])
        details.freeze_panes(1, 0)
        details.autofilter(0, 0, max(1, row), len(columns) - 1)
    return out.getvalue()


def _has(form: FormReading, name: str) -> bool:
    return any(field.name == name and field.value is not None for field in form.fields)


def _numeric(forms: Sequence[FormReading], name: str) -> bool:
    """Whether all values of a field are the same as numbers: none has leading zeros or too many digits."""
    values = [form[name].value or "" for form in forms]
    return all(len(value) <= 15 and value.isdecimal() and str(int(value)) == value for value in values)


def row_of(form: FormReading) -> Row:
    """The form as a row of the Parquet table: its columns by their names."""
    row: Row = form.head
    for field in form.fields:
        row[field.name] = field.value
        row |= {f"{field.name}.{key}": value for key, value in field.to_dict().items() if key in FIELD_COLUMNS}
        row[f"{field.name}.alternatives"] = [{"value": text, "probability": p} for text, p in field.alternatives]
    return row


def schema_of(fields: Mapping[str, str]) -> "pa.Schema":
    """The Parquet table's columns, for fields of these names and what each must be."""
    import pyarrow as pa

    kinds = {"form": pa.int32(), "pages": pa.list_(pa.int32())}
    of_fields = {
        "confidence": pa.float64(),
        "status": pa.string(),
        "page": pa.int32(),
        "polygon": pa.list_(pa.list_(pa.float64())),
        "alternatives": pa.list_(pa.struct([("value", pa.string()), ("probability", pa.float64())])),
    }
    columns = [(key, kinds.get(key, pa.string())) for key in COLUMNS]
    for name in fields:
        columns += [(name, pa.string()), *((f"{name}.{key}", of_fields[key]) for key in FIELD_COLUMNS)]
    described = {
        "kind": KIND, "schema": SCHEMA, "fields": [{"name": name, "expect": must} for name, must in fields.items()],
    }  # fmt: skip
    return pa.schema(columns, metadata={METADATA: json.dumps(described).encode()})


def fields_of(schema: "pa.Schema") -> dict[str, str] | None:
    """The fields of a Parquet table with this schema, and what each must be; None where it is no table of forms."""
    try:
        described = json.loads((schema.metadata or {}).get(METADATA, b"{}"))
        if described.get("kind") == KIND and described.get("schema") == SCHEMA:
            return {field["name"]: field["expect"] for field in described["fields"]}
    except (ValueError, AttributeError, KeyError, TypeError):
        pass
    return None


def arrow(forms: Sequence[FormReading]) -> "pa.Table":
    """The forms as a pyarrow Table, as Parquet has it."""
    import pyarrow as pa

    known = {field.name: field.expect for form in forms for field in form.fields}
    return pa.Table.from_pylist([row_of(form) for form in forms], schema_of(known))


def _parquet(forms: Sequence[FormReading]) -> Callable[[BinaryIO], None]:
    import pyarrow.parquet as pq

    table = arrow(forms)
    return lambda file: pq.write_table(table, file)


def load(path: Path) -> list[FormReading]:
    """The forms of a Parquet or JSON file that `save` wrote.

    Raises:
        DataError: the file cannot be read, or holds something else.
        MissingExtraError: pyarrow is not installed.
    """
    received = f"Received: path='{path}'"
    if path.suffix.lower() == ".json":
        try:
            values = json.loads(path.read_bytes())
            return [FormReading.from_dict(value) for value in values]
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"The table cannot be read: {error}. Expected a list of forms. {received}") from error
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("A table in .parquet", "forms") from error
    try:
        table = pq.read_table(path, memory_map=False)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(f"The table cannot be read: {error}. Expected a Parquet file of forms. {received}") from error
    known = fields_of(table.schema)
    if known is None:
        raise DataError(
            f"The table is of another kind. Expected what `digitscope form read` writes, schema {SCHEMA}. "
            f"Received: path='{path}'"
        )
    return [form_of(row, known) for row in table.to_pylist()]


def form_of(row: Row, known: Mapping[str, str]) -> FormReading:
    """The form that is a row of a Parquet table with these fields."""
    fields = []
    for name, expect in known.items():
        if row[f"{name}.status"] is None:
            continue  # of another template
        fields.append(
            FieldReading(
                name=name,
                value=row[name],
                confidence=row[f"{name}.confidence"],
                status=row[f"{name}.status"],
                page=row[f"{name}.page"],
                polygon=tuple((x, y) for x, y in row[f"{name}.polygon"] or ()),
                alternatives=tuple((o["value"], o["probability"]) for o in row[f"{name}.alternatives"] or ()),
                expect=expect,
            )
        )
    return FormReading(
        row["source"], row["sha256"], row["form"], row["template"], tuple(row["pages"]), tuple(fields), row["error"]
    )


WRITERS: dict[str, Callable[[Sequence[FormReading]], bytes | Callable[[BinaryIO], None]]] = {
    ".csv": _csv,
    ".json": _json,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
