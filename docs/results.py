"""benchmarks/results/*.json → one page of Markdown: `write(folder, page)`. Nothing is measured, nothing is typed."""

import json
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

CIRCUMSTANCES = ("machine", "versions", "mnist")  # said above the figures, or in the file
LONG = 12  # numbers; a longer list is in the file
MARKS = {"holds": "✓ holds", "fails": "✗ fails", "open": "? open"}


def write(folder: Path, page: Path) -> None:
    """Write a section for each result in `folder` to `page`."""
    sections = [section(path.stem, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n\n".join(sections) + "\n")


def section(name: str, result: dict[str, Any]) -> str:
    """Heading, circumstances and figures of one result."""
    body = _verdict(result) if "verdict" in result else _figures(result.get("figures", result))
    return f"## {name}\n\n{_circumstances(name, result)}\n\n{body}"


def _circumstances(name: str, result: dict[str, Any]) -> str:
    machine = result.get("machine", {})
    machine = machine if isinstance(machine, dict) else {"machine": machine}
    cores = f"{machine['cores']} cores" if "cores" in machine else ""
    parts = [
        result.get("date"),
        ", ".join(str(part) for part in (machine.get("processor"), cores, machine.get("system")) if part),
        f"commit {result['commit']}" if result.get("commit") else None,
        f"seeds {', '.join(map(str, result['seeds']))}" if isinstance(result.get("seeds"), list) else None,
    ]
    file = f"`benchmarks/results/{name}.json`"
    return " · ".join([str(part) for part in parts if part] + [file])


def _verdict(result: dict[str, Any]) -> str:
    """An experiment of `digitscope why`: its checks, and where the rest is told."""
    from digitscope.experiments import EXPERIMENTS

    experiment = EXPERIMENTS[result["experiment"]]
    checks = [
        {"check": check.says, "outcome": MARKS[check.outcome], "figure, 95 % interval": check.figure_text()}
        for check in experiment.judge(result["figures"])
    ]
    table = experiment.table(result["figures"])
    figures = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    told = "The plots are in [the tutorial](tutorial/07_why_it_wins.py)."
    return f"*{result['claim']}* {told}\n\n{_table(checks)}\n\n{_table(figures)}"


def _figures(figures: Any, title: str = "") -> str:
    """Any figures: a table of those that share their keys, one of single values, and what is nested below its name."""
    heading = f"**{title}**\n\n" if title else ""
    if isinstance(figures, list):
        return heading + _table(figures)
    figures = {key: value for key, value in figures.items() if key not in CIRCUMSTANCES and value not in ([], {})}
    nested = {key: value for key, value in figures.items() if _is_nested(value)}
    single = {key: value for key, value in figures.items() if key not in nested}
    parts = [_table([{"": key, "value": value} for key, value in single.items()])]
    alike: dict[tuple[str, ...], Rows] = {}
    deeper = []
    for key, value in nested.items():
        if isinstance(value, dict) and not any(_is_nested(inner) for inner in value.values()):
            alike.setdefault(tuple(value), []).append({"": key, **value})
        else:
            deeper.append(_figures(value, f"{title} {key}".strip()))
    parts += [_table(rows) for rows in alike.values()]
    shown = "\n\n".join(part for part in parts if part)
    return "\n\n".join([heading + shown, *deeper] if shown else deeper)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value))


def _table(rows: Rows) -> str:
    if not rows:
        return ""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([_text(row[column]) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, dict):
        if {"value", "low", "high"} <= value.keys():
            return f"{_text(value['value'])} [{_text(value['low'])}, {_text(value['high'])}]"
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_text(inner) for inner in value) if len(value) <= LONG else f"{len(value)} numbers"
    return str(value).replace("|", "\\|").replace("\n", " ")
