"""What was read from forms: FormReading → FieldReading, frozen, with JSON both ways.

form = Form("exam.toml").read("scan.pdf")[0]
form["points.3"].value            # "17"; None where nothing is written or could be read
form["points.3"].status           # "ok", "doubtful", "empty", "missing page" or "not this form"
form.status                       # the worst of its fields'
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from digitscope.errors import DataError, unknown
from digitscope.reading.result import Point

Status = Literal["ok", "empty", "doubtful", "missing page", "not this form"]

STATUSES: tuple[Status, ...] = get_args(Status)  # from the best to the worst
SCHEMA = 1


@dataclass(frozen=True)
class FieldReading:
    """What stands in one field.

    Attributes:
        name: of the field.
        value: the likeliest number that the field may hold, leading zeros included. Where a doubtful field holds none
            that fits, the digits as they were read. None where nothing is written, or nothing was read.
        confidence: 0…1, the probability that the value is right.
        status: "ok"; "doubtful", to be looked at; "empty", which it may be; "missing page", the page it is on is not
            among those scanned; "not this form", the scan is none of the template.
        page: of the source, counted from 0; None where there is none.
        polygon: the corners of the field's box on that page as displayed, in pixels, clockwise from the top left.
        alternatives: other numbers that it might be, with their probabilities, likeliest first.
        expect: what the number must be, a pattern for `digitscope.reading.expectation`.
    """

    name: str
    value: str | None
    confidence: float
    status: Status
    page: int | None = None
    polygon: tuple[Point, ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()
    expect: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The field as JSON has it."""
        return {
            "name": self.name,
            "value": self.value,
            "confidence": self.confidence,
            "status": self.status,
            "page": self.page,
            "polygon": [list(point) for point in self.polygon],
            "alternatives": [list(pair) for pair in self.alternatives],
            "expect": self.expect,
        }


@dataclass(frozen=True)
class FormReading:
    """One form, as one row of a table.

    Attributes:
        source: the path of the scan, None where it was no file.
        sha256: of the scan's bytes, None where it was an array.
        form: which of the source's forms it is, counted from 0.
        template: the template's name; None where the page is none of the templates'.
        pages: those of the source that it is on, counted from 0.
        fields: in the template's order.
        error: why the scan could not be opened; None where it could.
    """

    source: str | None
    sha256: str | None
    form: int
    template: str | None
    pages: tuple[int, ...]
    fields: tuple[FieldReading, ...]
    error: str | None = None

    @property
    def status(self) -> Status:
        """The worst of the fields' statuses; "ok" where some are empty."""
        worst = max((STATUSES.index(field.status) for field in self.fields), default=STATUSES.index("not this form"))
        return "ok" if STATUSES[worst] == "empty" else STATUSES[worst]

    def __getitem__(self, name: str) -> FieldReading:
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(str(unknown("field", name, [field.name for field in self.fields])))

    def __iter__(self) -> Iterator[FieldReading]:
        return iter(self.fields)

    @property
    def head(self) -> dict[str, Any]:
        """All but the fields, as JSON has it."""
        return {
            "source": self.source,
            "sha256": self.sha256,
            "form": self.form,
            "template": self.template,
            "status": self.status,
            "pages": list(self.pages),
            "error": self.error,
        }

    def to_dict(self) -> dict[str, Any]:
        """The form as JSON has it."""
        return {"schema": SCHEMA, **self.head, "fields": [field.to_dict() for field in self.fields]}

    @classmethod
    def from_dict(cls, value: Any) -> "FormReading":
        """The reading that `to_dict` gave.

        Raises:
            DataError: it is none.
        """
        try:
            if value["schema"] != SCHEMA:
                raise ValueError(f"schema {SCHEMA} was expected, not {value['schema']!r}")
            return cls(
                source=value["source"],
                sha256=value["sha256"],
                form=int(value["form"]),
                template=value["template"],
                pages=tuple(map(int, value["pages"])),
                fields=tuple(map(_field, value["fields"])),
                error=value["error"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"This is no form's reading: {type(error).__name__} {error}. Expected the object that to_dict gives. "
                f"Received: type={type(value).__name__}"
            ) from error


def _field(value: Any) -> FieldReading:
    if value["status"] not in STATUSES:
        raise ValueError(f"a status among {', '.join(STATUSES)} was expected, not {value['status']!r}")
    return FieldReading(
        name=value["name"],
        value=value["value"],
        confidence=float(value["confidence"]),
        status=value["status"],
        page=None if value["page"] is None else int(value["page"]),
        polygon=tuple((float(x), float(y)) for x, y in value["polygon"]),
        alternatives=tuple((str(text), float(p)) for text, p in value["alternatives"]),
        expect=value["expect"],
    )
