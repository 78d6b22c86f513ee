"""`digitscope export`: a run's Keras model as a model file, or the page to draw on as one file."""

from pathlib import Path

import typer

from digitscope.cli import output
from digitscope.errors import UsageError


def export(
    run: Path | None = typer.Argument(None, help="The folder of a finished run.", show_default=False),
    out: Path | None = typer.Option(
        None, help="The model file, ending in .onnx; model.onnx in the run's folder unless given.", show_default=False
    ),
    temperature: float = typer.Option(1.0, min=0.01, max=100.0, help="What the logits are divided by."),
    page: Path | None = typer.Option(
        None,
        metavar="OUT",
        help="Write the page to draw on and look inside instead: one HTML file with the shipped MLP and CNN.",
        show_default=False,
    ),
    as_json: bool = typer.Option(False, "--json", help="Print where the files are as one JSON object."),
) -> None:
    """Write a finished run's model file (ONNX) and its card, or the page to draw on as one file."""
    if (run is None) == (page is None):
        raise UsageError(
            "Expected either a run's folder or --page OUT. "
            f"Received: run={str(run) if run else None!r}, page={str(page) if page else None!r}"
        )
    if page is not None:
        from digitscope.web import playground

        playground.write(page)
        if as_json:
            output.print_json({"page": str(page)})
        else:
            output.stdout.print(str(page), markup=False)
        return
    assert run is not None
    from digitscope.training import Run, backend

    Run.load(run)  # refused before Keras takes its seconds to come
    backend.load()
    from digitscope.training.export import export as export_run

    path = export_run(run, out=out, temperature=temperature)
    if as_json:
        output.print_json({"model": str(path), "card": str(path.with_suffix(".md"))})
    else:
        output.stdout.print(f"{path}\n{path.with_suffix('.md')}", markup=False)
