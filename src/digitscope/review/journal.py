"""Each answer, on the disk before the next question: `Journal(path).add(doubt, "17")`.

One JSON object per line: a key, a value, null for "there is nothing to read", and what it is about, see
`Doubt.identity`; or a key that is taken back. The last line about a key counts. A line that a kill has cut off was
never answered to anybody, and is dropped.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from digitscope.errors import DataError
from digitscope.review.doubts import Doubt

ENDING = ".review.jsonl"


def beside(path: Path) -> Path:
    """Where the journal of a file is."""
    return path.with_name(path.name + ENDING)


class Given(NamedTuple):
    """An answer: the digits, None where there is nothing to read; and the identity of the reading it is about."""

    value: str | None
    about: str | None


class Journal:
    """The answers about one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.given: dict[str, Given] = {}
        whole = 0
        content = path.read_bytes() if path.exists() else b""
        for number, line in enumerate(content.splitlines(keepends=True), 1):
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"The journal is damaged: {error}. Expected an answer. Received: path={str(path)!r}, line={number}"
                ) from error
        if whole < len(content):
            os.truncate(path, whole)

    @property
    def identities(self) -> Mapping[str, str | None]:
        """What each answer is about, by its key; None in a journal of a version that did not say."""
        return {key: given.about for key, given in self.given.items()}

    def answers(self, doubts: Iterable[Doubt]) -> dict[str, str | None]:
        """The answers to these questions, by their keys; one about another reading under the same key is none."""
        return {
            doubt.key: self.given[doubt.key].value
            for doubt in doubts
            if doubt.key in self.given and self.given[doubt.key].about == doubt.identity
        }

    def add(self, doubt: Doubt, value: str | None) -> None:
        """Keep an answer; it is on the disk when this returns."""
        self._write({"key": doubt.key, "value": value, "about": doubt.identity})

    def take_back(self, key: str) -> None:
        """Forget the answer to a question."""
        self._write({"key": key, "undone": True})

    def _write(self, entry: dict[str, object]) -> None:
        with self.path.open("ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._take(entry)

    def _take(self, entry: dict[str, object]) -> None:
        key = str(entry["key"])
        self.given.pop(key, None)
        if not entry.get("undone"):
            value, about = entry["value"], entry.get("about")
            self.given[key] = Given(None if value is None else str(value), None if about is None else str(about))
