"""Fields → the text of a template: what `digitscope.forms.template.load_template` reads."""

import json
from collections.abc import Sequence
from typing import Any

from digitscope.arrays import BoxXYWH
from digitscope.forms.field import Field


def template_text(fields: Sequence[Field], blanks: Sequence[str], *, name: str | None = None) -> str:
    """A template of these fields.

    Args:
        fields: in the order that the table's columns are to have.
        blanks: the paths of the blank's pages, as seen from the template's folder.
        name: of the template; its file's name by default.
    """
    lines = [] if name is None else [f"name = {_value(name)}"]
    lines.append(f"blank = {_value(blanks[0] if len(blanks) == 1 else list(blanks))}")
    for field in fields:
        lines += ["", "[[field]]", f"name = {_value(field.name)}"]
        if field.page != 1:
            lines.append(f"page = {field.page}")
        if field.cells and not _even(field):
            lines.append(f"boxes = {_value([list(cell) for cell in field.cells])}")
        else:
            lines.append(f"box = {_value(list(field.box))}")
            lines += [f"cells = {len(field.cells)}"] if field.cells else []
        if field.digits is not None:
            low, high = field.digits
            lines.append(f"digits = {_value(low if low == high else [low, high])}")
        if field.range is not None:
            lines.append(f"range = {_value(list(field.range))}")
        for key, text in (("pattern", field.pattern), ("check", field.check)):
            lines += [] if text is None else [f"{key} = {_value(text)}"]
        lines += ["empty = true"] if field.empty else []
    return "\n".join(lines) + "\n"


def _even(field: Field) -> bool:
    """Whether the cells are equal parts of the box."""
    x, y, w, h = field.box
    count = len(field.cells)
    parts: list[BoxXYWH] = []
    for n in range(count):
        left, right = round(x + w * n / count), round(x + w * (n + 1) / count)
        parts.append((left, y, right - left, h))
    apart = [abs(a - b) for part, cell in zip(parts, field.cells, strict=True) for a, b in zip(part, cell, strict=True)]
    return max(apart) <= 1


def _value(value: Any) -> str:
    """A number, a text or a list of them: JSON's form of these is TOML's too, but for a backslash in plain quotes."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)
