"""`digitscope data info|fetch|sample`: where MNIST is, whether it is MNIST, and what it looks like."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.mnist import MNIST

app = typer.Typer(no_args_is_help=True, help="Find, fetch and look at MNIST.")

Data = typer.Option(None, "--data", help="An npz, or a folder with the four IDX files.", show_default=False)
Json = typer.Option(False, "--json", help="Print one JSON object.")


@app.command()
def info(data: Path | None = Data, json: bool = Json) -> None:
    """Show where MNIST is, its checksums, and how many images of each digit it has."""
    import os

    from digitscope import mnist
    from digitscope.errors import DataError

    if mnist.find(data, os.environ) is None:
        raise DataError("MNIST is not on this machine. Run `digitscope data fetch`, or name a copy with --data.")
    _print(mnist.load_mnist(data), json)


@app.command()
def fetch(
    force: bool = typer.Option(False, "--force", help="Download it even if the cache has it."),
    json: bool = Json,
) -> None:
    """Download MNIST into the cache and verify it."""
    import os

    from digitscope import mnist
    from digitscope.errors import DataError

    cache = mnist.cache_file(os.environ)
    try:
        kept = None if force or not cache.exists() else mnist.load_mnist(cache)
    except DataError as error:
        output.stderr.print(f"The cache is damaged; MNIST is downloaded again. {output.rich_escape(str(error))}")
        kept = None
    _print(kept or mnist.fetch(os.environ), json)


@app.command()
def sample(
    data: Path | None = Data,
    count: int = typer.Option(10, min=1, max=1000, help="How many images."),
    test: bool = typer.Option(False, "--test", help="From the test images, not the training images."),
    seed: int = typer.Option(0, help="Decides which images: the same seed gives the same ones."),
    out: Path | None = typer.Option(None, help="Also write them as a PNG.", show_default=False),
    json: bool = Json,
) -> None:
    """Show some images with their labels, in the terminal or as a PNG."""
    from digitscope import mnist
    from digitscope.files import write_whole
    from digitscope.mnist import preview

    dataset = mnist.load_mnist(data)
    images, labels = dataset.test if test else dataset.train
    chosen = mnist.sample(labels, count, seed=seed)
    captions = [str(label) for label in labels[chosen]]
    if out:
        write_whole(out, preview.as_png(images[chosen], captions))
    if json:
        output.print_json({"indices": chosen.tolist(), "labels": labels[chosen].tolist(), "out": out and str(out)})
        return
    width, color = output.stdout.width, output.stdout.is_terminal
    output.stdout.print(preview.in_terminal(images[chosen], captions, width=width, color=color), end="")
    output.stdout.print(f"{mnist.LICENSE}", style="dim")
    if out:
        output.stdout.print(f"written: {out}")


def _print(dataset: "MNIST", json: bool) -> None:
    from rich.table import Table

    described = dataset.to_json()
    if json:
        output.print_json(described)
        return
    output.stdout.print(f"MNIST, verified: {output.rich_escape(described['source'])}\n")
    counts = Table("", *"0123456789", "all", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for split, numbers in described["counts"].items():
        counts.add_row(split, *map(str, numbers), str(sum(numbers)))
    output.stdout.print(counts, "\nSHA-256, verified:", sep="\n")
    for name, digest in described["files"].items():
        output.stdout.print(f"{digest}  {name}")
    output.stdout.print(f"\n{described['license']}", style="dim")
