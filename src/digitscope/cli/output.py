"""What every verb prints with: results to stdout, everything else to stderr."""

import json
import sys
from typing import Any

from rich.console import Console

stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def error(exception: Exception) -> None:
    """Print one error, plainly, to stderr."""
    stderr.print(f"[bold red]error[/]: {rich_escape(str(exception))}")


def print_json(value: Any) -> None:
    """Print one JSON document on one line to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def rich_escape(text: str) -> str:
    """`text` with rich's markup made literal."""
    return text.replace("[", r"\[")
