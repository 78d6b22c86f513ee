"""`digitscope export`: a run's Keras model as a model file."""

from pathlib import Path

import typer

from digitscope.cli import output


def export(
    run: Path = typer.Argument(..., help="The folder of a finished run.", show_default=False),
    out: Path = typer.Option(
        None, help="The model file, ending in .onnx; model.onnx in the run's folder unless given."
    ),
    temperature: float = typer.Option(1.0, min=0.01, max=100.0, help="What the logits are divided by."),
    as_json: bool = typer.Option(False, "--json", help="Print where the files are as one JSON object."),
) -> None:
    """Write a finished run's model file (ONNX) and its card."""
    from digitscope.training import Run, backend

    Run.load(run)  # refused before Keras takes its seconds to come
    backend.load()
    from digitscope.training.export import export as export_run

    path = export_run(run, out=out, temperature=temperature)
    if as_json:
        output.print_json({"model": str(path), "card": str(path.with_suffix(".md"))})
    else:
        output.stdout.print(f"{path}\n{path.with_suffix('.md')}", markup=False)
