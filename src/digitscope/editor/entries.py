"""A template's file as the page edits it: its [[field]] entries, tables of fields among them.

    file = TemplateFile(Path("exam.toml"))
    file.entries[0]["box"]                       # as the TOML has it
    file.save([Entry(keys, 0), Entry(new)], file.digest)

Entries that are not touched stay as they are written, with their comments.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Item, Key, Table

from digitscope.errors import UsageError
from digitscope.files import write_whole
from digitscope.forms.template import Template, read_template, template_of


@dataclass(frozen=True)
class Entry:
    """A field, or a table of fields, by its keys; `origin` is its number in the file, None for a new one."""

    keys: dict[str, Any]
    origin: int | None = None


class TemplateFile:
    """A template's file as it was last read or saved.

    Raises:
        TemplateError: the template cannot be used.
    """

    template: Template
    digest: str
    entries: list[dict[str, Any]]

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reload()

    def reload(self) -> None:
        """Read the file again."""
        self._set(read_template(self.path))

    def save(self, entries: Sequence[Entry], digest: str) -> None:
        """Write these entries, in this order.

        Raises:
            TemplateError: they are no template; the file stays as it is.
            UsageError: the file is no longer the one with this digest.
            OSError: as the system raised it.
        """
        before = read_template(self.path)
        if digest != _digest(before):
            raise UsageError(
                "The template has been changed by somebody else since this page was opened. Expected the same content; "
                f"open the page again. Received: path='{self.path}'"
            )
        text = rewritten(before, entries)
        template_of(text, self.path)  # an error leaves the file as it is
        write_whole(self.path, text.encode())
        self._set(text)

    def _set(self, text: str) -> None:
        self.template = template_of(text, self.path)
        self.digest = _digest(text)
        self.entries = tomlkit.parse(text).unwrap()["field"]


def rewritten(text: str, entries: Sequence[Entry]) -> str:
    """The text of a template with these entries in place of its own."""
    document = tomlkit.parse(text)
    found = document["field"]
    before = list(found) if isinstance(found, AoT) else []  # an inline array is written anew
    tables: list[Table] = []
    above = -1  # the number of the entry above
    for entry in entries:
        known = entry.origin is not None and 0 <= entry.origin < len(before)
        table = _updated(before[entry.origin or 0] if known else tomlkit.table(), entry.keys)
        if not (known and entry.origin == above + 1) and not (tables and tables[-1].as_string().endswith("\n\n")):
            table.trivia.indent = "\n"  # an empty line between what was not together
        above = entry.origin if entry.origin is not None else len(before)
        tables.append(table)
    document["field"] = AoT(tables, name="field", parsed=True)  # or it would add empty lines of its own
    return tomlkit.dumps(document)


def _updated(table: Table, keys: dict[str, Any]) -> Table:
    """The table with these keys; what stays the same stays as it is written."""
    body = table.value.body
    trailing: list[tuple[Key | None, Item]] = []
    while body and body[-1][0] is None:  # comments and empty lines below, which belong to what follows
        trailing.insert(0, body.pop())
    for key in [key for key in table if key not in keys]:
        del table[key]
    for key, value in keys.items():
        if key not in table or table.unwrap()[key] != value:
            table[key] = _item(value)
    body.extend(trailing)
    return table


def _item(value: Any) -> Item:
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return tomlkit.string(value, literal=True)
    return tomlkit.item(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
