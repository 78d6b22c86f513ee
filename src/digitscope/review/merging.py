"""Writes answers into the file they are about: `merge(path, journal.answers)`. Doing it twice changes nothing more."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from digitscope.batch.output import PART_KEY
from digitscope.files import write_whole
from digitscope.forms import table
from digitscope.forms.result import FormReading
from digitscope.review.doubts import kind_of, parts

Answers = Mapping[str, str | None]


def merge(path: Path, answers: Answers) -> int:
    """Write the answers into a table of forms or a batch's output; each file is replaced whole.

    A reading that was answered is "ok" or "accepted" with confidence 1, "empty" or "rejected" where there is nothing.

    Returns:
        How many answers there are.
    """
    if kind_of(path) == "batch":
        for part in parts(path):
            own = {key: value for key, value in answers.items() if key.startswith(f"{part.stem}:")}
            if own:
                _merge_part(part, own)
    elif answers:
        forms = table.load(path)
        table.save([_form(number, form, answers) for number, form in enumerate(forms)], path)
    return len(answers)


def _form(number: int, form: FormReading, answers: Answers) -> FormReading:
    prefix = f"{number}:"
    return with_answers(
        form, {key.removeprefix(prefix): value for key, value in answers.items() if key.startswith(prefix)}
    )


def with_answers(form: FormReading, answers: Answers) -> FormReading:
    """The form with the answers, by the fields' names."""
    fields = []
    for field in form.fields:
        if field.name in answers:
            value = answers[field.name]
            field = replace(field, value=value, confidence=1.0, status="empty" if value is None else "ok")
        fields.append(field)
    return replace(form, fields=tuple(fields))


def _merge_part(part: Path, answers: Answers) -> None:
    """Change the rows of one part, whose groups are kept."""
    source = parquet.ParquetFile(part)
    schema = source.schema_arrow
    fields = table.fields_of(schema)
    by_row: dict[int, dict[str, str | None]] = {}
    for key, value in answers.items():
        _, row_number, name = key.split(":", 2)  # of a digit, or of a field
        by_row.setdefault(int(row_number), {})[name] = value

    def changed(row: dict[str, Any], own: Answers) -> dict[str, Any]:
        if fields is None:
            return answered(row, {int(digit): value for digit, value in own.items()})
        return row | table.row_of(with_answers(table.form_of(row, fields), own))

    def fill(file: Any) -> None:
        first = 0
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for group in range(source.num_row_groups):
                rows = source.read_row_group(group).to_pylist()
                for number, own in by_row.items():
                    if first <= number < first + len(rows):
                        rows[number - first] = changed(rows[number - first], own)
                first += len(rows)
                writer.write_table(pa.Table.from_pylist(rows, schema))
            writer.add_key_value_metadata({PART_KEY: source.metadata.metadata[PART_KEY.encode()]})

    write_whole(part, fill)


def answered(row: dict[str, Any], answers: Mapping[int, str | None]) -> dict[str, Any]:
    """A page's row with the digits that were answered, also in its text."""
    characters = list(row["text"] or "")
    shown = [digit["status"] != "rejected" for digit in row["digits"]]
    places = [place for place, character in enumerate(characters) if not character.isspace()]
    in_text = dict(zip((number for number, one in enumerate(shown) if one), places, strict=False))
    if sum(shown) != len(places):  # doubtful digits were left out of the text
        in_text = {}
    digits = []
    for number, digit in enumerate(row["digits"]):
        if number in answers:
            value = answers[number]
            if number in in_text:
                characters[in_text[number]] = value or ""
            if value is None:
                digit = digit | {"status": "rejected"}
            else:
                digit = digit | {"value": int(value), "status": "accepted", "confidence": 1.0}
        digits.append(digit)
    sure = [digit["confidence"] for digit in digits if digit["status"] != "rejected"]
    text = row["text"] and "".join(characters)
    return row | {"digits": digits, "text": text, "confidence": min(sure, default=None)}
