"""`digitscope batch SOURCE... --out DIR`: any number of images into a Parquet data set."""

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from digitscope.cli import output


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
    form: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEMPLATE.toml", help="Read forms by field: one row per form. May be given several times."
        ),
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
    from digitscope.cli import progress as showing
    from digitscope.errors import MissingExtraError

    try:
        from digitscope.batch import read_into
    except ImportError as error:
        raise MissingExtraError("`digitscope batch`", "batch") from error
    with output.resumable("What is read is kept"), showing.batch() as progress:
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
            forms=form or (),
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
