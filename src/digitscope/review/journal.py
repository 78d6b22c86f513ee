"""Each answer, on the disk before the next question: `Journal(path).add(key, "17")`.

One JSON object per line: a key and a value, null for "there is nothing to read"; or a key that is taken back. The last
line about a key counts. A line that a kill has cut off was never answered to anybody, and is dropped.
"""

import json
import os
from pathlib import Path

from digitscope.errors import DataError

ENDING = ".review.jsonl"


def beside(path: Path) -> Path:
    """Where the journal of a file is."""
    return path.with_name(path.name + ENDING)


class Journal:
    """The answers about one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, str | None] = {}
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

    def add(self, key: str, value: str | None) -> None:
        """Keep an answer; it is on the disk when this returns."""
        self._write({"key": key, "value": value})

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
        self.answers.pop(key, None)
        if not entry.get("undone"):
            value = entry["value"]
            self.answers[key] = None if value is None else str(value)
