"""`digitscope read FILE_OR_FOLDER...`: the digits on photos, scans and drawings."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.reading.result import Reading


def read(
    sources: list[str] = typer.Argument(..., metavar="FILE_OR_FOLDER...", help="Images, folders, or - for stdin."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object a line."),
    csv: bool = typer.Option(False, "--csv", help="Print one CSV row a glyph."),
    annotate: Path | None = typer.Option(None, metavar="DIR", help="Save each photo with its boxes and digits."),
    steps: Path | None = typer.Option(None, metavar="DIR", help="Save what each stage of reading made."),
    model: str | None = typer.Option(None, help="A shipped model's name, or the path of an .onnx file."),
    min_confidence: float | None = typer.Option(None, min=0.0, max=1.0, help="Leave out what is less sure."),
    max_pixels: int = typer.Option(64_000_000, min=1, help="Refuse larger images."),
) -> None:
    """Read the digits on photos, scans, drawings and PDF pages; a folder stands for the images in it."""
    from digitscope.errors import ImageError, UsageError
    from digitscope.reading.io.folders import image_files
    from digitscope.reading.reader import Recognizer

    if json and csv:
        raise UsageError("Only one format can be printed. Expected --json or --csv. Received: both")
    reader = Recognizer(model)
    printer = Printer(json=json, csv=csv, many=len(sources) > 1 or Path(sources[0]).is_dir())
    names: set[str] = set()
    files: list[str] = []
    for source in sources:
        try:
            files += [source] if source == "-" else image_files(source)
        except ImageError as error:
            printer.failure(source, error)
    for file in with_progress(files):
        try:
            content = sys.stdin.buffer.read() if file == "-" else file
            reading = reader.read(content, min_confidence=min_confidence, max_pixels=max_pixels)
        except ImageError as error:
            printer.failure(file, error)
            continue
        printer.reading(reading)
        name = free_name("stdin" if file == "-" else Path(file).stem, names)
        if annotate:
            reading.save_annotated(annotate / f"{name}-read.png")
        if steps:
            reading.save_steps(steps / name)
    if printer.failed:
        raise typer.Exit(1)


class Printer:
    """Prints each file's result as it comes, in the format asked for."""

    def __init__(self, *, json: bool, csv: bool, many: bool) -> None:
        self.json, self.csv, self.many = json, csv, many
        self.failed = False
        if csv:
            from digitscope.reading.result import CSV_COLUMNS

            self._row(CSV_COLUMNS)

    def reading(self, reading: "Reading") -> None:
        """One file's digits: its lines, or with several files one line with the file's name."""
        if self.json:
            print(reading.to_json(), flush=True)
        elif self.csv:
            for row in reading.rows():
                self._row(row)
        elif self.many:
            print(f"{reading.path or '-'}: {' | '.join(reading.text.splitlines())}", flush=True)
        elif reading.text:
            print(reading.text)
        else:
            output.stderr.print("No digit was found.")

    def failure(self, source: str, error: Exception) -> None:
        """One file's error: with --json on its own line, else to stderr."""
        from digitscope.reading.io.images import printable

        self.failed = True
        if self.json:
            output.print_json({"path": printable(source), "error": str(error)})
        else:
            output.error(error)

    def _row(self, row: Iterable[object]) -> None:
        import csv

        csv.writer(sys.stdout, lineterminator="\n").writerow(row)


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number where another file of this call has it."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free


def with_progress(files: list[str]) -> Iterable[str]:
    """The files, with a progress bar where somebody watches and there are several."""
    if len(files) < 2 or not output.stderr.is_terminal:
        return files
    from rich.progress import track

    return track(files, "Reading", console=output.stderr, transient=True)
