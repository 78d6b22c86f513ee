"""One progress bar per model on stderr: ``with training() as progress: train(..., progress=progress)``."""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.training import Progress as Step


@contextlib.contextmanager
def training() -> Iterator[Callable[["Step"], None] | None]:
    """What to pass as `progress`; None where stderr is no terminal."""
    if not output.stderr.is_terminal:
        yield None
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
            figure = f"loss {step.loss:.3f}" if math.isnan(step.accuracy) else f"{step.accuracy:.1%}"
            fields: dict[str, Any] = {"epoch": f"{step.epoch + 1}/{step.epochs}", "figure": figure}
            if key not in tasks:
                title = f"{step.name} seed {step.seed}{' held out' if step.held_out else ''}"
                tasks[key] = bars.add_task(title, total=step.epochs * step.steps, **fields)
            bars.update(tasks[key], completed=step.epoch * step.steps + step.step, **fields)

        yield show
