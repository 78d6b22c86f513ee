"""What is doubtful in a table of forms or in a batch's output: `found(Path("marks.parquet"))`."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pyarrow import ArrowException, parquet

from digitscope.batch import output
from digitscope.errors import DataError
from digitscope.forms import table
from digitscope.forms.result import FormReading
from digitscope.reading.result import Point

Kind = Literal["form", "batch"]


@dataclass(frozen=True)
class Doubt:
    """One doubtful reading: where it stands in the file, where on which paper, and what it may be.

    `key` names it for as long as the file is: of a form its number in the table and the field's name, of a batch the
    part, the row in it, and the digit on the page or the field's name. `column` has the images where `path` is a
    Parquet file; None where it is found by itself.
    """

    key: str
    title: str
    path: str | None
    member: str | None
    page: int | None
    sha256: str | None
    polygon: tuple[Point, ...]
    value: str | None
    alternatives: tuple[tuple[str, float], ...]
    one_digit: bool
    column: str | None = None

    @cached_property
    def identity(self) -> str:
        """What an answer is about: a digest of the paper's SHA-256, or its path where it has none, page and polygon."""
        place = [self.sha256 or self.path, self.page, self.polygon]
        return hashlib.sha256(json.dumps(place).encode()).hexdigest()[:32]


def kind_of(path: Path) -> Kind:
    """Whether it is a batch's output or a table of forms.

    Raises:
        DataError: it is neither.
    """
    if path.is_dir():
        if (path / output.MANIFEST).is_file():
            return "batch"
        raise DataError(
            f"The folder is no output of a batch. Expected one that `digitscope batch --out` wrote. "
            f"Received: path={str(path)!r}"
        )
    if not path.is_file():
        raise DataError(
            f"There is no such file. Expected what `digitscope form read --out` or `digitscope batch --out` wrote. "
            f"Received: path={str(path)!r}"
        )
    if path.suffix.lower() not in (".parquet", ".json"):
        raise DataError(
            "The table does not say where the fields are on the paper. Expected a .parquet or .json of `digitscope "
            f"form read`, or the folder of a batch. Received: path={str(path)!r}"
        )
    return "form"


Answered = Mapping[str, str | None]


def found(path: Path, answered: Answered | None = None) -> list[Doubt]:
    """All doubtful readings of a file, and those that were until they were answered, in its order.

    Args:
        path: a table of forms, or a batch's output.
        answered: the keys of answers, and the identities of the readings that they are about.

    Raises:
        DataError: the file is no table of forms and no batch's output, or cannot be read.
    """
    within = _in_batch if kind_of(path) == "batch" else _in_forms
    return list(within(path, answered or {}))


def _in_forms(path: Path, answered: Answered) -> Iterator[Doubt]:
    for number, form in enumerate(table.load(path)):
        yield from _in_form(form, str(number), answered)


def _in_form(form: FormReading, number: str, answered: Answered, member: str | None = None) -> Iterator[Doubt]:
    for field in form.fields:
        key = f"{number}:{field.name}"
        if field.status != "doubtful" and key not in answered:
            continue
        doubt = Doubt(
            key=key,
            title=field.name,
            path=form.source,
            member=member,
            page=field.page,
            sha256=form.sha256,
            polygon=field.polygon,
            value=field.value,
            alternatives=_first([(field.value, field.confidence), *field.alternatives]),
            one_digit=False,
        )
        if field.status == "doubtful" or answered[key] == doubt.identity:
            yield doubt


def _first(values: list[tuple[str | None, float]]) -> tuple[tuple[str, float], ...]:
    """The values once each, in order."""
    once: dict[str, float] = {}
    for value, p in values:
        if value is not None:
            once.setdefault(value, p)
    return tuple(once.items())


def parts(folder: Path) -> list[Path]:
    """The Parquet files of a batch's output in order."""
    return sorted(folder.glob("part-*.parquet"))


def _in_batch(folder: Path, answered: Answered) -> Iterator[Doubt]:
    manifest = output.manifest_of(folder)
    column = None if manifest is None else manifest["job"].get("column")
    for doubt in _in_parts(folder, answered):
        yield doubt if column is None else replace(doubt, column=column)


def _in_parts(folder: Path, answered: Answered) -> Iterator[Doubt]:
    for part in parts(folder):
        row_number = 0
        try:
            file = parquet.ParquetFile(part)
            fields = table.fields_of(file.schema_arrow)
            columns = ["path", "member", "page", "digits", "sha256"] if fields is None else None
            for group in file.iter_batches(batch_size=256, columns=columns):
                for row in group.to_pylist():
                    if fields is not None:
                        form = table.form_of(row, fields)
                        yield from _in_form(form, f"{part.stem}:{row_number}", answered, row["member"])
                        row_number += 1
                        continue
                    for number, digit in enumerate(row["digits"] or ()):
                        key = f"{part.stem}:{row_number}:{number}"
                        if digit["status"] == "doubtful" or key in answered:
                            doubt = _digit(key, row, digit)
                            if digit["status"] == "doubtful" or answered[key] == doubt.identity:
                                yield doubt
                    row_number += 1
        except (OSError, ArrowException, ValueError) as error:
            raise DataError(
                f"The output cannot be read: {error}. Expected what a batch wrote. Received: path={str(part)!r}"
            ) from error


def _digit(key: str, row: dict[str, Any], digit: dict[str, Any]) -> Doubt:
    return Doubt(
        key=key,
        title=f"line {digit['line'] + 1}",
        path=row["path"],
        member=row["member"],
        page=row["page"],
        sha256=row["sha256"],
        polygon=tuple((point["x"], point["y"]) for point in digit["polygon"]),
        value=str(digit["value"]),
        alternatives=tuple((str(one["value"]), one["p"]) for one in digit["alternatives"]),
        one_digit=True,
    )
