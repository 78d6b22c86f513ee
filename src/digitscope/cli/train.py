"""`digitscope train`: one training run."""

import dataclasses
from pathlib import Path

import typer

from digitscope.cli import output


def train(
    recipe: str = typer.Argument(..., help="Which recipe: mlp, cnn, reader or detector.", show_default=False),
    overrides: list[str] = typer.Option(
        [],
        "--set",
        metavar="NAME=VALUE",
        help="Change a field of the recipe, data.samples=1000 one of its data; may be repeated.",
    ),
    seed: int = typer.Option(0, help="Decides the first weights and the order of the images."),
    name: str = typer.Option("", help="What the run is called; the recipe's name unless given."),
    out: Path = typer.Option(Path("runs"), help="The folder that gets the run's folder, NAME-SEED."),
    resume: bool = typer.Option(False, "--resume", help="Go on after the last finished epoch of this run."),
    force: bool = typer.Option(False, "--force", help="Replace a run that is already in the folder."),
    start: str = typer.Option(
        "",
        "--from",
        metavar="MODEL",
        help="Go on from this model file, shipped model or finished run's folder instead of fresh weights.",
    ),
    data: Path = typer.Option(None, help="MNIST: an npz, or the IDX files; found or fetched unless given."),
    handwriting: Path = typer.Option(
        None,
        envvar="DIGITSCOPE_HANDWRITING",
        help="The folder of pen trajectories that reader and detector learn from.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the run's record as one JSON object."),
) -> None:
    """Train one network and record the run."""
    from digitscope.cli.progress import training
    from digitscope.mnist import load_mnist
    from digitscope.training import Run, recipes
    from digitscope.training import train as train_run

    overrides += [f"start={start}"] if start else []
    chosen = recipes.named(recipe, overrides)
    if handwriting and hasattr(chosen.data, "handwriting"):
        chosen = recipes.named(recipe, [*overrides, f"data.handwriting={handwriting}"])
    if start and not name and Path(start).is_dir():
        name = f"{Run.load(start).recipe.name}-on"  # a new run: the one it goes on from stays
    if name:
        chosen = dataclasses.replace(chosen, name=name)
    mnist = load_mnist(data)
    with output.resumable(), training() as progress:
        run = train_run(chosen, seed=seed, out=out, resume=resume, force=force, data=mnist, progress=progress)
    if as_json:
        output.print_json(run.to_dict())
    else:
        output.stdout.print(str(run), markup=False)
