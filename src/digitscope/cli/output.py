"""Printing for all commands: results to stdout, everything else to stderr."""

import contextlib
import json
import shlex
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement

if TYPE_CHECKING:
    from rich.table import Table

WIDEST = 1_000  # columns of a table
stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def error(message: Exception | str) -> None:
    """Print one error to stderr."""
    stderr.print(f"[bold red]error[/]: {rich_escape(str(message))}")


def print_json(value: Any) -> None:
    """Print one JSON document on one line to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(table: "Table") -> None:
    """Print a table in its whole width to stdout, though the terminal have fewer columns."""
    wanted = Measurement.get(stdout, stdout.options.update(max_width=WIDEST), table).maximum
    Console(highlight=False, width=max(stdout.width, wanted)).print(table)


def counted(number: int, noun: str) -> str:
    """`1 image`, `2,000 images`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rich_escape(text: str) -> str:
    """`text` with rich's markup made literal."""
    return text.replace("[", r"\[")


@contextlib.contextmanager
def resumable(kept: str = "Finished epochs are kept") -> Iterator[None]:
    """On Ctrl-C, print the command that resumes, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        again = shlex.join(["digitscope", *(word for word in sys.argv[1:] if word != "--resume"), "--resume"])
        stderr.print(f"\nInterrupted. {kept}; resume with: {rich_escape(again)}")
        sys.exit(130)
