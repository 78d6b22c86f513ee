"""`digitscope models`: the shipped models."""

from typing import TYPE_CHECKING, Any

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.models import ModelFile


def models(
    measure: bool = typer.Option(False, "--measure", help="Also measure how fast each classifier answers here."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object."),
) -> None:
    """List the shipped models: size, work for one image, accuracy on MNIST's test images, clean and corrupted."""
    from rich.table import Table

    from digitscope import models
    from digitscope.evaluation.speed import measure_speed
    from digitscope.reading.reader import Recognizer

    found = [models.load(name, kind=kind) for kind in models.KINDS for name in models.names(kind)]
    measured = {m.name: measure_speed(Recognizer(m.name)) for m in found if measure and m.kind == "classifier"}
    if as_json:
        output.print_json(
            {
                "models": [
                    {
                        **m.metadata,
                        "path": str(m.path),
                        "parameters": m.parameters,
                        "bytes": m.path.stat().st_size,
                        "multiply_adds": m.multiply_adds,
                        "corrupted": m.corrupted,
                        **({"speed": vars(measured[m.name])} if m.name in measured else {}),
                    }
                    for m in found
                ]
            }
        )
        return
    table = Table(box=None)
    for title in ("name", "parameters", "size", "multiply-adds", "test accuracy", "95 % interval", "corrupted"):
        table.add_column(title, no_wrap=True, justify="left" if title == "name" else "right")
    for title in (("one image", "images/s") if measure else ()) + ("training",):
        table.add_column(title, no_wrap=True)
    for model in found:
        test, corrupted = model.metadata["metrics"].get("test"), model.corrupted
        accuracy = (f"{test['value']:.2%}", f"{test['low']:.2%} to {test['high']:.2%}") if test else ("", "")
        size = f"{model.path.stat().st_size / 1000:,.0f} kB"
        speed = measured.get(model.name)
        times = (f"{speed.microseconds:.0f} µs", f"{speed.per_second:,.0f}") if speed else ("",) * (2 * measure)
        table.add_row(
            model.name,
            f"{model.parameters:,}",
            size,
            f"{model.multiply_adds:,}",
            *accuracy,
            f"{corrupted['value']:.1%}" if corrupted else "",
            *times,
            training(model),
        )
    output.print_table(table)
    output.stdout.print(
        "corrupted: mean over 15 corruptions of the test images; the detector's multiply-adds are a tile's, 64 by 128",
        style="dim",
    )


def training(model: "ModelFile") -> str:
    """How it was trained, in a few words."""
    recipe: dict[str, Any] = model.metadata["recipe"]
    learned = {
        "mnist": "MNIST",
        "distorted": "MNIST, distorted",
        "glyphs": "made glyphs",
        "tiles": "made pages",
        "found": "made pages",
        "own": "own digits",
    }
    return f"{recipe['epochs']} epochs of {learned.get(recipe['data']['source'], recipe['data']['source'])}"
