"""How training and batches go, on stderr: ``with training() as progress: train(..., progress=progress)``.

On a terminal a bar; elsewhere a plain line from time to time.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.batch import BatchProgress
    from digitscope.training import Progress as Step

EPOCHS_QUIET, BATCH_QUIET = 60, 10  # seconds after which there is another line

Clock = Callable[[], float]
Shown = TypeVar("Shown")


@contextlib.contextmanager
def bars_or_lines(
    columns: tuple[ProgressColumn, ...],
    bars: Callable[[Progress, Clock], Shown],
    lines: Callable[[Clock], Shown],
    *,
    transient: bool = False,
) -> Iterator[Shown]:
    """What shows progress: `bars` on a terminal, of these columns, and `lines` elsewhere."""
    if not output.stderr.is_terminal:
        yield lines(time.monotonic)
        return
    with Progress(*columns, console=output.stderr, transient=transient) as progress:
        yield bars(progress, time.monotonic)


def training() -> contextlib.AbstractContextManager[Callable[["Step"], None]]:
    """What to pass to `train` as `progress`: one bar per model, or a line per epoch, and per minute in long ones."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("epoch {task.fields[epoch]}  {task.fields[figure]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return bars_or_lines(columns, epoch_bars, epoch_lines)


def epoch_bars(bars: Progress, clock: Clock) -> Callable[["Step"], None]:
    """A bar for each run."""
    tasks: dict[tuple[str, int, bool], TaskID] = {}

    def show(step: "Step") -> None:
        key = (step.name, step.seed, step.held_out)
        fields: dict[str, Any] = {"epoch": f"{step.epoch + 1}/{step.epochs}", "figure": figure(step)}
        if key not in tasks:
            tasks[key] = bars.add_task(title(step), total=step.epochs * step.steps, **fields)
        bars.update(tasks[key], completed=step.epoch * step.steps + step.step, **fields)

    return show


def epoch_lines(clock: Clock) -> Callable[["Step"], None]:
    """A line at the end of each epoch, and EPOCHS_QUIET seconds after the last one."""
    began = last = clock()

    def show(step: "Step") -> None:
        nonlocal last
        now = clock()
        if step.step < step.steps and now - last < EPOCHS_QUIET:
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


def batch() -> contextlib.AbstractContextManager[Callable[["BatchProgress"], None]]:
    """What to pass to `read_into` as `progress`: a bar, or a line every ten seconds."""
    columns = (
        TextColumn("Reading"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.1f}/s, {task.fields[errors]:,} errors, left"),
        TimeRemainingColumn(),
    )
    return bars_or_lines(columns, batch_bar, batch_lines, transient=True)


def batch_bar(bars: Progress, clock: Clock) -> Callable[["BatchProgress"], None]:
    """One bar."""
    began = clock()
    task = bars.add_task("", total=None, rate=0.0, errors=0)

    def show(step: "BatchProgress") -> None:
        bars.update(task, completed=step.items, total=step.total, rate=rate(step, clock() - began), errors=step.errors)

    return show


def batch_lines(clock: Clock) -> Callable[["BatchProgress"], None]:
    """A line when BATCH_QUIET seconds have gone by since the last."""
    began = last = clock()

    def show(step: "BatchProgress") -> None:
        nonlocal last
        now = clock()
        if now - last < BATCH_QUIET:
            return
        last = now
        speed = rate(step, now - began)
        of = f" of {step.total:,}" if step.total is not None else ""
        left = f", {(step.total - step.items) / speed:,.0f} s left" if step.total is not None and speed else ""
        output.stderr.print(
            f"{step.items:,}{of} images, {speed:,.1f} per second, {output.counted(step.errors, 'error')}{left}",
            markup=False,
        )

    return show


def rate(step: "BatchProgress", seconds: float) -> float:
    """Items per second in this run."""
    return (step.items - step.before) / max(seconds, 1e-9)
