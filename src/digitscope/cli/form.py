"""`digitscope form new`, `edit` and `read`: from a blank form to a table of what stands on a stack of them."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output
from digitscope.cli.read import FILES_PER_JOB, with_progress
from digitscope.cli.sources import listed
from digitscope.errors import DataError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from digitscope.forms.result import FormReading

app = typer.Typer(no_args_is_help=True, help="Read forms by field: a template says which number stands where.")


@app.command()
def new(
    blanks: list[str] = typer.Argument(..., metavar="BLANK...", help="The empty form: images, or a PDF."),
    out: Path = typer.Option(..., metavar="TEMPLATE.toml", help="Write the template here."),
    preview: Path | None = typer.Option(
        None, metavar="PATH", help="Also save the blank with the fields drawn on it, an image for each page."
    ),
    force: bool = typer.Option(False, "--force", help="Replace files that exist."),
) -> None:
    """Propose a template: find boxes, rows of boxes and combs on the empty form. Names and limits are yours to add."""
    import os

    from digitscope.files import write_whole
    from digitscope.forms.proposal import preview as drawn
    from digitscope.forms.proposal import propose
    from digitscope.forms.toml import template_text
    from digitscope.reading import drawing
    from digitscope.reading.io.images import open_pages

    for path in (out, preview):
        if path is not None and path.exists() and not force:
            raise UsageError(f"The file exists already. Expected another name, or --force. Received: path='{path}'")
    pages = [page for blank in blanks for page in open_pages(blank)]
    fields = propose(pages)
    if not fields:
        raise DataError(
            "No box was found on the blank. Expected boxes or combs with rules around them; a template can be written "
            f"by hand all the same. Received: {' '.join(blanks)}"
        )
    folder = out.resolve().parent
    names = [Path(os.path.relpath(os.path.abspath(blank), folder)).as_posix() for blank in blanks]
    write_whole(out, template_text(fields, names).encode())
    output.stderr.print(f"{len(fields)} fields. Written: {output.rich_escape(str(out))}")
    if preview is not None:
        for number, page in enumerate(pages):
            shown = drawn(page, [field for field in fields if field.page == number + 1])
            drawing.save(shown, drawing.page_path(preview, number))
        output.stderr.print(f"What they are called: {output.rich_escape(str(preview))}")


@app.command()
def edit(
    template: Path = typer.Argument(..., metavar="TEMPLATE.toml", help="A template, as `form new` writes one."),
    port: int = typer.Option(0, min=0, max=65535, help="The port of the page; 0 takes a free one."),
) -> None:
    """Move, name and limit a template's fields over a picture of the blank, on a page that only this machine can reach.

    Saving writes the template's file; comments in it are kept. End with Ctrl-C.
    """
    try:
        from digitscope.editor import app as editor
    except ImportError as error:
        raise MissingExtraError("`digitscope form edit`", "forms") from error

    def started(address: str) -> None:
        output.stdout.print(address, markup=False)
        output.stderr.print("Open it in a browser on this machine. End with Ctrl-C.", markup=False)

    editor.serve(template, port=port, started=started)


@app.command()
def read(
    paths: list[str] = typer.Argument(
        ..., metavar="TEMPLATE.toml... SCAN_OR_FOLDER...", help="One template or several, and what is to be read."
    ),
    out: Path | None = typer.Option(
        None, metavar="TABLE", help="Write a table: its name ends in .csv, .json, .xlsx or .parquet."
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON object per line, one line per form."),
    force: bool = typer.Option(False, "--force", help="Replace a table that exists."),
    model: str | None = typer.Option(None, help="A shipped model's name, or the path of an .onnx file."),
    jobs: int | None = typer.Option(
        None, min=1, help="Processes that read; by default one per core where there are many files."
    ),
    max_pixels: int = typer.Option(64_000_000, min=1, help="Refuse pages with more pixels."),
) -> None:
    """Read each form's fields: find where the blank lies on the scan, read each number, and mark what is doubtful.

    A scan may be a photo. A document may hold many forms, one after the other.
    """
    from digitscope.forms import table
    from digitscope.forms.form import read_forms
    from digitscope.reading.pool import cores

    templates = [path for path in paths if path.lower().endswith(".toml")]
    scans = [path for path in paths if path not in templates]
    if not templates or not scans:
        raise UsageError(
            "A template and scans are needed. Expected exam.toml and then images, documents or folders. "
            f"Received: {' '.join(paths)}"
        )
    if out is not None:
        table.writer(out)
        if out.exists() and not force:
            raise UsageError(f"The table exists already. Expected another name, or --force. Received: out='{out}'")
    files = listed(scans, None, None)
    forms: list[FormReading] = []
    number = jobs or min(cores(), len(files) // FILES_PER_JOB) or 1
    found = read_forms(templates, [file.path for file in files], jobs=number, model=model, max_pixels=max_pixels)
    with contextlib.closing(found):
        for some in with_progress(found, len(files)):
            forms += some
            for form in some:
                if form.error:
                    output.stderr.print(f"[bold red]error[/]: {output.rich_escape(form.error)}")
                if json:
                    output.print_json(form.to_dict())
                elif out is None:
                    print(_line(form), flush=True)
    if out is not None:
        table.save(forms, out)
    if not json and (out is not None or len(forms) > 1):
        output.stderr.print(_summary(forms) + ("" if out is None else f" Written: {output.rich_escape(str(out))}"))
    if any(form.error for form in forms):
        raise typer.Exit(1)


def _line(form: "FormReading") -> str:
    """One form in one line: each field's value, with a ? after a doubtful one."""
    name = f"{form.source} (form {form.form + 1})" if form.form else str(form.source)
    if form.error:
        return f"{name}: {form.error}"
    if form.template is None:
        return f"{name}: not this form"
    shown = {"ok": "{}", "doubtful": "{}?", "empty": "-"}
    values = (
        f"{field.name}={shown.get(field.status, field.status).format(field.value or '')}" for field in form.fields
    )
    return f"{name}: {' '.join(values)}"


def _summary(forms: "list[FormReading]") -> str:
    """How many forms and fields there are, and how many of each status."""
    fields = [field for form in forms if form.template is not None for field in form.fields]
    counts = {
        status: sum(field.status == status for field in fields)
        for status in ("ok", "empty", "doubtful", "missing page")
    }
    parts = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    failed = sum(form.error is not None for form in forms)
    strange = sum(form.template is None and form.error is None for form in forms)
    known = len(forms) - strange - failed
    also = f" {strange} page{'' if strange == 1 else 's'} not of this form." if strange else ""
    also += f" {failed} scan{'' if failed == 1 else 's'} could not be opened." if failed else ""
    return f"{known} form{'' if known == 1 else 's'}, {len(fields)} fields: {parts or 'none'}.{also}"
