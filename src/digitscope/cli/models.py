"""`digitscope models`: the shipped models."""

import typer

from digitscope.cli import output


def models(as_json: bool = typer.Option(False, "--json", help="Print everything as one JSON object.")) -> None:
    """List the shipped models: kind, parameters, size, accuracy on MNIST's test images."""
    from rich.table import Table

    from digitscope import models

    found = [models.load(name, kind=kind) for kind in models.KINDS for name in models.names(kind)]
    if as_json:
        output.print_json({"models": [{**m.metadata, "path": str(m.path), "parameters": m.parameters} for m in found]})
        return
    table = Table("name", "kind", "parameters", "size", "test accuracy", "95 % interval", box=None)
    for model in found:
        test = model.metadata["metrics"].get("test")
        accuracy = (f"{test['value']:.2%}", f"{test['low']:.2%} to {test['high']:.2%}") if test else ("", "")
        size = f"{model.path.stat().st_size / 1000:,.0f} kB"
        table.add_row(model.name, model.kind, f"{model.parameters:,}", size, *accuracy)
    output.stdout.print(table)
