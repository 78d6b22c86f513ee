"""`digitscope batch SOURCE... --out DIR`: any number of images into a Parquet data set."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.batch import BatchProgress

QUIET = 10  # seconds between lines where there is no terminal


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Images, PDFs, folders, patterns in quotes, lists of paths (.txt), tars, zips, Parquet files with a "
            "column of images; s3:// and gs:// addresses.",
        ),
    ],
    out: Annotated[str, typer.Option(metavar="DIR", help="The folder that the Parquet files go to.")],
    engine: Annotated[Literal["local", "ray"], typer.Option(help="The cores of this machine, or Ray.")] = "local",
    ray_address: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="A Ray cluster that runs; without it, Ray starts here.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes that read; by default one per core.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what the same command has begun.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what a batch has written there.")] = False,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="What takes longer becomes a row with an error.")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The column of images in Parquet files; found by itself where it can be.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="A shipped model's name, or the path of an .onnx file.")] = None,
    min_confidence: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Digits below this confidence are doubtful.")
    ] = None,
    rotate: Annotated[
        Literal["auto", "0", "90", "180", "270"],
        typer.Option(help="Turn pages clockwise by so many degrees before they are read; auto: as far as it takes."),
    ] = "auto",
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse pages with more pixels.")] = 64_000_000,
    json: Annotated[bool, typer.Option("--json", help="Print what came out as one JSON object.")] = False,
) -> None:
    """Read any number of images into a Parquet data set: one row per page, one with the error for each that fails.

    Memory stays the same however many there are. After an interruption or a kill, --resume goes on, and the result is
    that of an uninterrupted run.
    """
    from digitscope.errors import MissingExtraError

    try:
        from digitscope.batch import read_into
    except ImportError as error:
        raise MissingExtraError("`digitscope batch`", "batch") from error
    with output.resumable("What is read is kept"), shown() as progress:
        summary = read_into(
            out,
            sources,
            model=model,
            engine=engine,
            ray_address=ray_address,
            jobs=jobs,
            resume=resume,
            force=force,
            timeout=timeout,
            column=column,
            progress=progress,
            min_confidence=min_confidence,
            rotate="auto" if rotate == "auto" else int(rotate),
            max_pixels=max_pixels,
        )
    if json:
        output.print_json(asdict(summary))
        return
    rate = f", {summary.read_now / summary.seconds:,.1f} per second" if summary.read_now else ""
    before = f", {summary.items - summary.read_now:,} of them before" if summary.read_now < summary.items else ""
    output.stdout.print(
        f"{output.counted(summary.items, 'image')} read{before}: {output.counted(summary.rows, 'row')}, "
        f"{output.counted(summary.errors, 'error')}, in {summary.seconds:,.1f} s{rate}. See {out}/*.parquet",
        markup=False,
    )


@contextlib.contextmanager
def shown() -> Iterator[Callable[["BatchProgress"], None]]:
    """What to pass as `progress`: a bar on a terminal, a plain line every ten seconds elsewhere."""
    if not output.stderr.is_terminal:
        yield lines(time.monotonic)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("Reading"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.1f}/s, {task.fields[errors]:,} errors, left"),
        TimeRemainingColumn(),
    )
    began = time.monotonic()
    with Bars(*columns, console=output.stderr, transient=True) as bars:
        task = bars.add_task("", total=None, rate=0.0, errors=0)

        def show(step: "BatchProgress") -> None:
            rate = (step.items - step.before) / max(time.monotonic() - began, 1e-9)
            bars.update(task, completed=step.items, total=step.total, rate=rate, errors=step.errors)

        yield show


def lines(clock: Callable[[], float]) -> Callable[["BatchProgress"], None]:
    """Prints a line when QUIET seconds have gone by since the last."""
    began = last = clock()

    def show(step: "BatchProgress") -> None:
        nonlocal last
        now = clock()
        if now - last < QUIET:
            return
        last = now
        rate = (step.items - step.before) / max(now - began, 1e-9)
        of = f" of {step.total:,}" if step.total is not None else ""
        left = f", {(step.total - step.items) / rate:,.0f} s left" if step.total is not None else ""
        output.stderr.print(
            f"{step.items:,}{of} images, {rate:,.1f} per second, {output.counted(step.errors, 'error')}{left}",
            markup=False,
        )

    return show
