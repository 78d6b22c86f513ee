"""The command line: one module per command; each parses, makes one library call and prints."""

import io
import sys

import typer

from digitscope import __version__
from digitscope.cli import (
    batch,
    compare,
    data,
    evaluate,
    explain,
    export,
    form,
    models,
    output,
    read,
    review,
    serve,
    train,
    why,
)
from digitscope.errors import DigitscopeError, UsageError

app = typer.Typer(
    name="digitscope",
    help="Reads handwritten digits, and shows how it reads them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


for command in (  # in the order of use, as --help lists them
    read.read,
    explain.explain,
    serve.serve,
    batch.batch,
    review.review,
    compare.compare,
    why.why,
    train.train,
    evaluate.evaluate,
    models.models,
    export.export,
):
    app.command()(command)
app.add_typer(form.app, name="form")
app.add_typer(data.app, name="data")


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"digitscope {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", help="Show the version and exit.", callback=show_version, is_eager=True
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # UTF-8 for other programs; a terminal gets what it can show
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace")
    try:
        app()
    except UsageError as error:
        output.error(error)
        sys.exit(2)
    except DigitscopeError as error:
        output.error(error)
        sys.exit(1)
    except OSError as error:
        named = error.strerror and isinstance(error.filename, str)
        output.error(f"{error.strerror}. Received: path={error.filename!r}" if named else error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
