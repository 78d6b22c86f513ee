"""`digitscope read FILE_OR_FOLDER...`: the digits on photos, scans and drawings."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.reading.result import Page, Reading


def read(
    sources: list[str] = typer.Argument(..., metavar="FILE_OR_FOLDER...", help="Images, folders, or - for stdin."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object per line, one line per file."),
    csv: bool = typer.Option(False, "--csv", help="Print one CSV row per glyph."),
    annotate: Path | None = typer.Option(None, metavar="DIR", help="Save each page with its boxes and digits drawn."),
    steps: Path | None = typer.Option(None, metavar="DIR", help="Save what each stage of reading made."),
    model: str | None = typer.Option(None, help="A shipped model's name, or the path of an .onnx file."),
    min_confidence: float | None = typer.Option(
        None, min=0.0, max=1.0, help="Digits below this confidence are doubtful."
    ),
    doubtful: Literal["mark", "keep", "drop"] = typer.Option(
        "mark", help="A doubtful digit: mark it ?, keep its likeliest value, drop it."
    ),
    max_pixels: int = typer.Option(64_000_000, min=1, help="Refuse pages with more pixels."),
) -> None:
    """Read the digits in photos, scans, drawings and PDF pages; a folder stands for the images in it."""
    from digitscope.errors import ImageError, UsageError
    from digitscope.reading import drawing
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

    def shown(pages: Iterable["Page"], stem: str) -> Iterator["Page"]:
        """Each page, printed and saved as it comes."""
        name = stem
        for number, page in enumerate(pages):
            name = free_name(stem, names) if number == 0 else name
            printer.page(page, number)
            if annotate:
                drawing.save(page.annotated(), drawing.page_path(annotate / f"{name}-read.png", number))
            if steps:
                page.save_steps(steps / (f"{name}-{number + 1}" if number else name))
            yield page

    for file in with_progress(files):
        content: str | BinaryIO = sys.stdin.buffer if file == "-" else file
        printer.start(file)
        try:
            pages = reader.pages(content, min_confidence=min_confidence, doubtful=doubtful, max_pixels=max_pixels)
            reading = reader.collect(shown(pages, "stdin" if file == "-" else Path(file).stem), content)
        except ImageError as error:
            printer.failure(file, error)
        else:
            printer.end(reading)
    if printer.failed:
        raise typer.Exit(1)


class Printer:
    """Prints each file's result in the format asked for: JSON by file, text and CSV page by page as they are read."""

    def __init__(self, *, json: bool, csv: bool, many: bool) -> None:
        self.json, self.csv, self.many = json, csv, many
        self.failed = self.line_open = False
        if csv:
            from digitscope.reading.result import CSV_COLUMNS

            self._csv([CSV_COLUMNS])

    def start(self, source: str) -> None:
        """The pages of this file come next."""
        from digitscope.reading.io.images import printable

        self.path = None if source == "-" else printable(source)
        self.form_feeds = 0  # owed before the next page with digits
        self.printed = self.line_open = False

    def page(self, page: "Page", number: int) -> None:
        """One page: its lines, after a form feed for each page before it; among several files all in one line."""
        if self.csv:
            self._csv(page.rows(self.path, number))
        elif self.many and not self.json:
            start = "" if self.line_open else f"{self.path or '-'}: "
            text = " | ".join(page.text.splitlines())
            print(start + ("\f" * self.form_feeds + text if text else ""), end="", flush=True)
            self.line_open, self.form_feeds = True, 0 if text else self.form_feeds
        elif page.text and not self.json:
            print("\f" * self.form_feeds + page.text, flush=True)
            self.printed, self.form_feeds = True, 0
        self.form_feeds += 1

    def end(self, reading: "Reading") -> None:
        """All pages of a file have been read."""
        if self.json:
            print(reading.to_json(), flush=True)
        elif self.line_open:
            print(flush=True)
        elif not (self.csv or self.printed):
            output.stderr.print("No digit was found.")

    def failure(self, source: str, error: Exception) -> None:
        """One file's error: with --json on its own line, else to stderr, after the pages that were read."""
        self.failed = True
        if self.json:
            from digitscope.reading.io.images import printable

            output.print_json({"path": printable(source), "error": str(error)})
            return
        if self.line_open:
            print(flush=True)
        output.error(error)

    @staticmethod
    def _csv(rows: Iterable[Iterable[object]]) -> None:
        import csv

        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
        sys.stdout.flush()


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
