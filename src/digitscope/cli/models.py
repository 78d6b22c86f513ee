"""`digitscope models`: the shipped models."""

import typer

from digitscope.cli import output


def models(as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object.")) -> None:
    """List the shipped models: parameters, size, accuracy on MNIST's test images."""
    from rich.table import Table

    from digitscope import models

    found = [models.load(name) for name in models.names()]
    if as_json:
        output.print_json({"models": [{**m.metadata, "path": str(m.path), "parameters": m.parameters} for m in found]})
        return
    table = Table("name", "parameters", "size", "test accuracy", "95 % interval", "layers", box=None)
    for model in found:
        test = model.metadata["metrics"].get("test")
        accuracy = (f"{test['value']:.2%}", f"{test['low']:.2%} to {test['high']:.2%}") if test else ("", "")
        size = f"{model.path.stat().st_size / 1000:,.0f} kB"
        table.add_row(model.name, f"{model.parameters:,}", size, *accuracy, str(len(model.layers)))
    output.stdout.print(table)
