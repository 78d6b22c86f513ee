"""How training goes, on stderr: ``with training() as progress: train(..., progress=progress)``.

On a terminal, one bar per model; elsewhere, a plain line per epoch, and per minute where epochs are long.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.training import Progress as Step


QUIET = 60  # seconds after which there is a line within an epoch, too


@contextlib.contextmanager
def training() -> Iterator[Callable[["Step"], None]]:
    """What to pass as `progress`."""
    if not output.stderr.is_terminal:
        yield lines(time.monotonic)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("epoch {task.fields[epoch]}  {task.fields[figure]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    tasks: dict[tuple[str, int, bool], TaskID] = {}
    with Progress(*columns, console=output.stderr) as bars:

        def show(step: "Step") -> None:
            key = (step.name, step.seed, step.held_out)
            fields: dict[str, Any] = {"epoch": f"{step.epoch + 1}/{step.epochs}", "figure": figure(step)}
            if key not in tasks:
                tasks[key] = bars.add_task(title(step), total=step.epochs * step.steps, **fields)
            bars.update(tasks[key], completed=step.epoch * step.steps + step.step, **fields)

        yield show


def lines(clock: Callable[[], float]) -> Callable[["Step"], None]:
    """Prints a line at the end of each epoch, and QUIET seconds after the last one."""
    began = last = clock()

    def show(step: "Step") -> None:
        nonlocal last
        now = clock()
        if step.step < step.steps and now - last < QUIET:
            return
        last = now
        part = "" if step.step == step.steps else f" step {step.step}/{step.steps}"
        epoch = f"epoch {step.epoch + 1}/{step.epochs}{part}"
        output.stderr.print(f"{title(step)}: {epoch}, {figure(step)}, {now - began:.0f} s", markup=False)

    return show


def title(step: "Step") -> str:
    """Which run it is."""
    return f"{step.name} seed {step.seed}{' held out' if step.held_out else ''}"


def figure(step: "Step") -> str:
    """The epoch's running accuracy, or its loss where there is none."""
    return f"loss {step.loss:.3f}" if math.isnan(step.accuracy) else f"{step.accuracy:.1%}"
