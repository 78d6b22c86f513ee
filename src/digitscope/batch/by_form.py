"""One scan → a row for each form on it, with the columns of `digitscope form read` and the member of an archive."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digitscope.forms.form import Form, form_of, not_read
from digitscope.forms.result import FormReading
from digitscope.forms.table import COLUMNS, row_of, schema_of
from digitscope.reading.io.images import MAX_PIXELS, printable
from digitscope.reading.reader import Recognizer

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where a scan is: its path, and the name in an archive."""

    path: str
    member: str | None

    def row(self, form: FormReading) -> Row:
        """The row of a form that is on it."""
        member = self.member and printable(self.member)
        return row_of(replace(form, source=printable(self.path))) | {"member": member}


def rows(
    templates: tuple[str, ...], reader: Recognizer, origin: Origin, content: bytes, options: dict[str, Any]
) -> list[Row]:
    """The rows of a scan's forms, in order.

    Raises:
        ImageError: it cannot be opened, or a page cannot be.
    """
    forms = form_of(templates, reader).read(content, max_pixels=options.get("max_pixels", MAX_PIXELS))
    return [origin.row(form) for form in forms]


def error_row(templates: tuple[str, ...], reader: Recognizer, origin: Origin, error: str, digest: str | None) -> Row:
    """The row of a scan that could not be read."""
    return origin.row(not_read(form_of(templates, reader).templates, None, digest, error=printable(error)))


def schema(form: Form) -> "pa.Schema":
    """The columns of the rows."""
    import pyarrow as pa

    fields = {field.name: field.expect for template in form.templates for field in template.fields}
    return schema_of(fields).insert(COLUMNS.index("source") + 1, pa.field("member", pa.string()))


def identity(form: Form) -> list[dict[str, str]]:
    """What tells these templates from others: of each the name, and a SHA-256 of its fields and its blank."""
    return [
        {"name": template.name, "sha256": _digest([repr(template.fields).encode(), *map(_bytes, template.pages)])}
        for template in form.templates
    ]


def _bytes(page: Any) -> bytes:
    return repr(page.shape).encode() + page.tobytes()


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
