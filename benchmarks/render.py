"""Writes figures, outputs and help texts into README.md and the docs, from where they are true.

    python benchmarks/render.py            write them
    python benchmarks/render.py --check    say what is out of date, and exit with 1 if anything is

A page marks a place with `<!-- begin: KIND ARGUMENT -->` and `<!-- end -->`; what stands between is replaced by what
the function of that kind in BLOCKS makes. Figures come from benchmarks/results/*.json: nothing is measured here.
"""

import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measured import RESULTS
from tables import TABLES, UNMEASURED, table

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"(?P<begin><!-- begin: (?P<kind>\S+)(?: (?P<argument>[^\n]+))? -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.DOTALL
)

PICTURES: dict[Path, bytes] = {}  # that rendering made, and that differ from those kept


def pages() -> list[Path]:
    """The pages that may hold blocks."""
    docs = ROOT / "docs"
    made = {docs / "_build", docs / "_generated"}
    return [
        ROOT / "README.md",
        ROOT / "benchmarks" / "README.md",
        *sorted(page for page in docs.rglob("*.md") if not made & {*page.parents}),
    ]


def rendered(text: str) -> str:
    """`text` with each block's body made anew."""

    def replace(match: re.Match[str]) -> str:
        body = BLOCKS[match["kind"]](match["argument"] or "")
        return f"{match['begin']}{body.strip()}\n{match['end']}"

    return BLOCK.sub(replace, text)


def help_text(verb: str) -> str:
    """What `digitscope VERB --help` prints."""
    return _console(["digitscope", *verb.split(), "--help"])


def all_help_texts(_: str) -> str:
    """The help text of every verb, each under its heading."""
    return "\n\n".join(f"## digitscope {verb}\n\n{help_text(verb)}" for verb in verbs())


def verb_table(_: str) -> str:
    """Each verb with the first sentence of its help."""
    lines = []
    for verb, text in verbs().items():
        first = " ".join(text.split("\n\n")[0].split())
        lines.append(f"| `digitscope {verb}` | {first} |")
    return "\n".join(["| command | what it does |", "|---|---|", *lines])


def verbs() -> dict[str, str]:
    """Every verb, those of groups too, with its help, in the order of `digitscope --help`."""
    import typer

    from digitscope.cli import app

    found = {}

    def walk(group: Any, prefix: str) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, f"{prefix}{name} ")
            else:
                found[f"{prefix}{name}"] = command.help or ""

    walk(typer.main.get_command(app), "")
    return found


def output(command: str) -> str:
    """A command line and what it prints, run in the repository's root."""
    return _console(command.split())


def python(path: str) -> str:
    """A short program and what it prints."""
    program = (ROOT / path).read_text().strip()
    return f"```python\n{program}\n```\n\n```text\n{_run([sys.executable, path])}\n```"


def file(path: str) -> str:
    """A short file, as it is."""
    return f"```python\n{(ROOT / path).read_text().strip()}\n```"


def picture(argument: str) -> str:
    """An image with what was read on it, saved beside the pages; a width such as 39% may follow the two paths."""
    import digitscope

    source, target, *width = argument.split()
    reading = digitscope.read(ROOT / source)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / Path(target).name
        reading.save_annotated(made)
        if not same_picture(made, ROOT / target):
            PICTURES[ROOT / target] = made.read_bytes()
    text = f"{source}: each digit in a box, with what it was read as: {', '.join(reading.text.split())}"
    return f'<img src="{target}" width="{width[0]}" alt="{text}">' if width else f"![{text}]({target})"


def same_picture(made: Path, kept: Path) -> bool:
    """Another processor may round otherwise, so a little difference is none."""
    import numpy as np
    import PIL.Image

    if not kept.exists():
        return False
    new, old = (np.asarray(PIL.Image.open(path).convert("RGB"), np.float32) for path in (made, kept))
    return new.shape == old.shape and float(np.abs(new - old).mean()) < 1


def network_plot(argument: str) -> str:
    """A plot of networks, saved as an SVG that the page shows."""
    _quiet_backend()
    import network_plots

    what, target = argument.split()
    keep_plot(target, network_plots.draw(what))
    return f"![test error against {what}, both axes logarithmic]({Path(target).relative_to('benchmarks')})"


def conditions_plot(target: str) -> str:
    """The curves of benchmarks/results/conditions.json, saved as an SVG that the page shows."""
    if not (RESULTS / "conditions.json").is_file():
        return UNMEASURED
    _quiet_backend()
    import plot_conditions

    keep_plot(target, plot_conditions.draw())
    picture = (
        f"![Share read right as one condition at a time gets harder: margin, height, pen, turn and others]({target})"
    )
    return f"{picture}\n\n{plot_conditions.told()}"


def keep_plot(target: str, svg: str) -> None:
    """Note it where it differs from the one kept."""
    path = ROOT / target
    if not path.exists() or path.read_text() != svg:
        PICTURES[path] = svg.encode()


def _quiet_backend() -> None:
    """Load TensorFlow without its messages: drawing plots imports it."""
    from digitscope.training import backend

    backend.load()


BLOCKS: dict[str, Callable[[str], str]] = {
    "conditions-plot": conditions_plot,
    "file": file,
    "help": help_text,
    "help-of-all": all_help_texts,
    "network-plot": network_plot,
    "output": output,
    "picture": picture,
    "python": python,
    "verbs": verb_table,
    **{kind: functools.partial(table, kind) for kind in TABLES},
}


def _console(command: list[str]) -> str:
    return f"```console\n$ {' '.join(command)}\n{_run(command)}\n```"


def _run(command: list[str]) -> str:
    """What the command prints to a pipe 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "LINES": "40", "TERM": "dumb", "NO_COLOR": "1"}
    for forces in ("FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "GITHUB_ACTIONS"):  # color, or another width
        environment.pop(forces, None)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def main(arguments: list[str]) -> int:
    stale = 0
    PICTURES.clear()
    for page in pages():
        text = page.read_text()
        new = rendered(text)
        if new == text:
            continue
        if "--check" in arguments:
            stale += 1
            print(f"{page.relative_to(ROOT)} is out of date: run `make render` and look at what changed")
        else:
            page.write_text(new)
            print(f"{page.relative_to(ROOT)}: written")
    for path, content in PICTURES.items():
        if "--check" in arguments:
            stale += 1
            print(f"{path.relative_to(ROOT)} is out of date: run `make render` and look at it")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            print(f"{path.relative_to(ROOT)}: written")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
