"""Our docstrings are written for people who read the source; here they become reStructuredText."""

import re
from typing import Any


def convert(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make listings of indented blocks and drawn trees, and take `|` and `*` as they stand."""
    converted: list[str] = []
    listing = False
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        block = paragraph.split("\n")
        is_listing = what == "module" and (block[0].startswith("    ") or "├──" in paragraph or "→" in block[0][:20])
        is_listing = is_listing or (what == "module" and all("#" in line for line in block))
        if is_listing:
            converted += [] if listing else ["::", ""]
            converted += [line if line.startswith("    ") else f"    {line}" for line in block]
        else:
            converted += [line if ">>>" in line else line.replace("|", r"\|") for line in block]
        converted.append("")
        listing = is_listing
    # Napoleon takes "What it saw: uint8" on the first line of a property for a type; an empty comment helps.
    lines[:] = ["..", "", *converted] if what in ("property", "attribute") else converted
