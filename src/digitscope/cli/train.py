"""`digitscope train`: one training run."""

from pathlib import Path

import typer

from digitscope.cli import output


def train(
    recipe: str = typer.Argument(..., help="Which recipe: mlp, cnn or reader.", show_default=False),
    overrides: list[str] = typer.Option(
        [], "--set", metavar="NAME=VALUE", help="Change a field of the recipe; may be repeated."
    ),
    seed: int = typer.Option(0, help="Decides the first weights and the order of the images."),
    out: Path = typer.Option(Path("runs"), help="The folder that gets the run's folder."),
    resume: bool = typer.Option(False, "--resume", help="Go on after the last finished epoch of this very run."),
    data: Path = typer.Option(None, help="MNIST: an npz, or the IDX files; found or fetched unless given."),
    handwriting: Path = typer.Option(
        None, envvar="DIGITSCOPE_HANDWRITING", help="Pen trajectories for the reader to learn from: their folder."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the run's record as one JSON object."),
) -> None:
    """Train one network and record the run."""
    from digitscope.cli.progress import training
    from digitscope.learn import recipes
    from digitscope.learn import train as train_run
    from digitscope.learn.trajectories import load_trajectories
    from digitscope.mnist import load_mnist

    chosen = recipes.named(recipe, overrides)
    mnist = load_mnist(data)
    pens = load_trajectories(handwriting) if handwriting and chosen.data == "glyphs" else None
    with output.resumable(), training() as progress:
        run = train_run(chosen, seed=seed, out=out, resume=resume, data=mnist, pens=pens, progress=progress)
    if as_json:
        output.print_json(run.to_dict())
    else:
        output.stdout.print(str(run), markup=False)
