"""`digitscope read FILE_OR_FOLDER...`: the digits on photos, scans and drawings."""

import contextlib
import functools
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import typer

from digitscope.cli import output
from digitscope.cli.sources import File, listed
from digitscope.errors import ImageError, UsageError

if TYPE_CHECKING:
    from digitscope.arrays import BoxXYWH
    from digitscope.reading.reader import Recognizer
    from digitscope.reading.result import Line, Page, Reading

FILES_PER_JOB = 8  # with fewer, starting a process takes longer than reading them

Item = TypeVar("Item")


def read(
    sources: list[str] = typer.Argument(..., metavar="FILE_OR_FOLDER...", help="Images, folders, or - for stdin."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object per line, one line per file."),
    csv: bool = typer.Option(False, "--csv", help="Print one CSV row per glyph; each file has at least one row."),
    annotate: Path | None = typer.Option(
        None, metavar="PATH", help="Save each page with its digits drawn: in a folder, or as a file for one image."
    ),
    steps: Path | None = typer.Option(None, metavar="DIR", help="Save what each stage of reading made."),
    model: str | None = typer.Option(None, help="A shipped model's name, or the path of an .onnx file."),
    min_confidence: float | None = typer.Option(
        None, min=0.0, max=1.0, help="Digits below this confidence are doubtful."
    ),
    doubtful: Literal["mark", "keep", "drop"] = typer.Option(
        "mark", help="A doubtful digit: mark it ?, keep its likeliest value, drop it."
    ),
    expect: str | None = typer.Option(
        None,
        metavar="PATTERN",
        help="What each row is, all its digits together: a regular expression such as '\\d{5}', a check digit (luhn, "
        "isbn, iban:DE), or both with a space between. Gives each row's likeliest reading that fits.",
    ),
    digits: int | None = typer.Option(None, min=1, help="How many digits each row has: 5 is --expect '\\d{5}'."),
    rotate: Literal["auto", "0", "90", "180", "270"] = typer.Option(
        "auto", help="Turn pages clockwise by so many degrees before they are read; auto: as far as it takes."
    ),
    region: str | None = typer.Option(None, metavar="X,Y,W,H", help="Read only this part of each page, in pixels."),
    jobs: int | None = typer.Option(
        None, min=1, help="Processes that read; by default one per core where there are many files."
    ),
    max_pixels: int = typer.Option(
        64_000_000, min=1, help="Refuse pages with more pixels; a PDF's are rendered smaller."
    ),
) -> None:
    """Read the digits in photos, scans, drawings and PDF pages; a folder stands for the images in it and below it."""
    from digitscope.reading.reader import Recognizer

    if json and csv:
        raise UsageError("Only one format can be printed. Expected --json or --csv. Received: both")
    if digits is not None:
        expect = f"\\d{{{digits}}} {expect or ''}"
    if csv and expect is not None:
        raise UsageError(
            "CSV has glyphs, and no place for what a row was expected to be. Expected text or --json. "
            "Received: --expect and --csv"
        )
    options = {
        "min_confidence": min_confidence,
        "doubtful": doubtful,
        "expect": expect,
        "rotate": "auto" if rotate == "auto" else int(rotate),
        "region": None if region is None else parsed_region(region),
        "max_pixels": max_pixels,
    }
    reader = Recognizer(model)
    files = listed(sources, annotate, steps)
    printer = Printer(json=json, csv=csv, many=len(files) > 1 or Path(sources[0]).is_dir())
    with contextlib.closing(outcomes(reader, files, options, jobs_for(files, jobs))) as found:
        for file, pages in with_progress(zip(files, found, strict=True), len(files)):
            printer.start(file.path)
            try:
                reading = reader.collect(printer.shown(pages), content(file))
            except ImageError as error:
                printer.failure(error)
            else:
                printer.end(reading)
    if printer.failed:
        raise typer.Exit(1)


def jobs_for(files: Sequence[File], jobs: int | None) -> int:
    """How many processes read these files; standard input can only be read by this one."""
    from digitscope.reading.pool import cores

    if any(file.path == "-" for file in files):
        return 1
    return min(jobs or min(cores(), len(files) // FILES_PER_JOB), len(files)) or 1


def outcomes(
    reader: "Recognizer", files: Sequence[File], options: dict[str, Any], jobs: int
) -> Generator[Iterator["Page"], None, None]:
    """The pages of each file, saved as they come; an iterator of pages raises what ended it."""
    from digitscope.reading.pool import process

    if jobs == 1:
        yield from (saved_pages(reader, file, options) for file in files)
        return
    with contextlib.closing(process(reader, functools.partial(all_pages, options), files, jobs=jobs)) as found:
        yield from (again([], one) if isinstance(one, ImageError) else again(*one) for one in found)


def content(file: File) -> Any:
    """What is read for a file: its path, or standard input."""
    return sys.stdin.buffer if file.path == "-" else file.path


def saved_pages(reader: "Recognizer", file: File, options: dict[str, Any]) -> Iterator["Page"]:
    """Each page of a file, once what is wanted of it has been saved."""
    from digitscope.reading import drawing

    if file.error:
        raise file.error
    for number, page in enumerate(reader.pages(content(file), **options)):
        if file.annotated:
            drawing.save(page.annotated(), drawing.page_path(file.annotated, number))
        if file.steps:
            page.save_steps(file.steps / f"page-{number + 1}" if number else file.steps)
        yield page


def all_pages(options: dict[str, Any], reader: "Recognizer", file: File) -> tuple[list["Page"], ImageError | None]:
    """The pages of a file without their pixels, and the error that ended them: what one process tells another."""
    pages = []
    try:
        for page in saved_pages(reader, file, options):
            pages.append(page.without_pixels())
    except ImageError as error:
        return pages, error
    return pages, None


def again(pages: list["Page"], error: ImageError | None) -> Iterator["Page"]:
    """What `all_pages` was told: the pages, then the error."""
    yield from pages
    if error:
        raise error


class Printer:
    """Prints each file's result in the format asked for: JSON by file, text and CSV page by page as they are read."""

    def __init__(self, *, json: bool, csv: bool, many: bool) -> None:
        self.json, self.csv, self.many = json, csv, many
        self.failed = False
        if csv:
            from digitscope.reading.result import CSV_COLUMNS

            self._csv([CSV_COLUMNS])

    def start(self, source: str) -> None:
        """The pages of this file come next."""
        from digitscope.reading.io.images import printable

        self.path = None if source == "-" else printable(source)
        self.form_feeds = 0  # owed before the next page with digits
        self.printed = self.line_open = False

    def shown(self, pages: Iterable["Page"]) -> Iterator["Page"]:
        """The pages, each printed as it comes."""
        for number, page in enumerate(pages):
            self.page(page, number)
            yield page

    def page(self, page: "Page", number: int) -> None:
        """One page: its lines, after a form feed for each page before it; among several files all in one line."""
        texts = [text for text in map(row_text, page.lines) if text]
        if self.csv:
            rows = page.rows(self.path, number)
            self._csv(rows)
            self.printed = self.printed or bool(rows)
        elif self.many and not self.json:
            start = "" if self.line_open else f"{self.path or '-'}: "
            text = " | ".join(texts)
            print(start + ("\f" * self.form_feeds + text if text else ""), end="", flush=True)
            self.line_open, self.form_feeds = True, 0 if text else self.form_feeds
        elif texts and not self.json:
            print("\f" * self.form_feeds + "\n".join(texts), flush=True)
            self.printed, self.form_feeds = True, 0
        self.form_feeds += 1

    def end(self, reading: "Reading") -> None:
        """All pages of a file have been read."""
        if self.json:
            print(reading.to_json(), flush=True)
        elif self.csv:
            if not self.printed:
                self._csv(reading.rows())
        elif self.line_open:
            print(flush=True)
        elif not self.printed:
            output.stderr.print("No digit was found.")

    def failure(self, error: ImageError) -> None:
        """A file's error, after the pages that were read: as a JSON object, a CSV row, or on stderr."""
        self.failed = True
        if self.json:
            output.print_json({"path": self.path, "error": str(error)})
        elif self.csv:
            from digitscope.reading.result import row_without_digit

            self._csv([row_without_digit(self.path, str(error))])
        else:
            if self.line_open:
                print(flush=True)
            output.error(error)

    @staticmethod
    def _csv(rows: Iterable[Iterable[object]]) -> None:
        import csv

        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
        sys.stdout.flush()


def row_text(line: "Line") -> str:
    """A row as it was read; where something was expected, the likeliest reading that fits, with its probability."""
    if line.expected is None:
        return line.text
    if line.expected.text is None:
        return f"{line.text} (does not fit)" if line.text else ""
    return f"{line.expected.text} ({line.expected.probability:.1%})"


def parsed_region(text: str) -> "BoxXYWH":
    """The numbers of a region given as 100,40,300,80."""
    try:
        x, y, w, h = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"The region is no box. Expected four whole numbers x,y,w,h. Received: region={text!r}"
        ) from None
    return x, y, w, h


def with_progress(results: Iterable[Item], count: int) -> Iterable[Item]:
    """The results, with a progress bar where somebody watches and there are several."""
    if count < 2 or not output.stderr.is_terminal:
        return results
    from rich.progress import track

    return track(results, "Reading", total=count, console=output.stderr, transient=True)
