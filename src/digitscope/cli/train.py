"""`digitscope train`: one training run."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digitscope.cli import output, own

if TYPE_CHECKING:
    from digitscope.training import Recipe


def train(
    recipe: str = typer.Argument(
        ...,
        help="A recipe: mlp, cnn, fast, tiny, micro, best, robust, valid3, valid5, valid7, reader, detector, decision; "
        "or a .py file.",
        show_default=False,
    ),
    overrides: list[str] = typer.Option(
        [],
        "--set",
        metavar="NAME=VALUE",
        help="Change a field of the recipe, data.samples=1000 one of its data; may be repeated.",
    ),
    seed: int = typer.Option(0, help="Decides the first weights and the order of the images."),
    name: str = typer.Option(None, help="What the run is called; the recipe's name unless given."),
    out: Path = typer.Option(Path("runs"), help="The folder that gets the run's folder, NAME-SEED."),
    resume: bool = typer.Option(False, "--resume", help="Go on after the last finished epoch of this run."),
    force: bool = typer.Option(False, "--force", help="Replace a run that is already in the folder."),
    start: str = typer.Option(
        "",
        "--from",
        metavar="MODEL",
        help="Go on from this model file, shipped model or finished run's folder instead of fresh weights.",
    ),
    data: Path = typer.Option(
        None,
        help="MNIST, found or fetched unless given; or digits of your own: an npz, IDX files, a folder with a "
        "subfolder per digit, a folder or zip with index.csv (path, label).",
    ),
    validation: str = typer.Option(
        None, help="Of your own digits, the share that does not teach, 0.1 by default; or another place with such."
    ),
    handwriting: Path = typer.Option(
        None,
        envvar="DIGITSCOPE_HANDWRITING",
        help="The folder of pen trajectories that reader, detector and decision learn from.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the run's record as one JSON object."),
) -> None:
    """Train one network and record the run."""
    from digitscope import models
    from digitscope.cli.progress import training
    from digitscope.errors import UsageError
    from digitscope.mnist import load_mnist
    from digitscope.mnist.files import is_mnist
    from digitscope.training import Run, recipes
    from digitscope.training import train as train_run

    of_data = [override for override in overrides if override.startswith("data.")]
    others = [override for override in overrides if override not in of_data]
    chosen = recipes.named(recipe, [*others, *([f"start={start}"] if start else [])])
    if start and name is None and models.is_run(start):
        name = f"{Run.load(start).recipe.name}-on"  # a new run: the one it goes on from stays
    if name is not None:
        chosen = dataclasses.replace(chosen, name=name)
    mine = data is not None and not is_mnist(data)
    if mine:
        chosen = taught_by(chosen, data, validation or "0.1")
    elif validation:
        raise UsageError(
            f"--validation is for digits of your own. Expected --data with a place. Received: validation={validation!r}"
        )
    if handwriting and hasattr(chosen.data, "handwriting"):
        of_data.append(f"data.handwriting={handwriting}")
    chosen = recipes.changed(chosen, of_data)  # of one's own data too
    mnist = load_mnist(None if mine else data)
    with output.resumable(), training() as progress:
        run = train_run(chosen, seed=seed, out=out, resume=resume, force=force, data=mnist, progress=progress)
    if as_json:
        output.print_json(run.to_dict())
    else:
        output.stdout.print(str(run), markup=False)


def taught_by(recipe: "Recipe", data: Path, validation: str) -> "Recipe":
    """The recipe, taught by the user's own digits; what could not be read is listed on stderr."""
    from digitscope.errors import UsageError
    from digitscope.training.data import Own, opened

    if recipe.kind != "classifier" or recipe.classes != 10:
        raise UsageError(
            "Digits of your own teach classifiers of ten classes. Expected a recipe such as cnn or fast. "
            f"Received: recipe={recipe.name!r}"
        )
    places = [data] if _is_share(validation) else [data, Path(validation)]
    for place in places:
        own.tell(place, opened(str(place)))
    return dataclasses.replace(recipe, data=Own(str(data), validation, mnist=int(bool(recipe.start))))


def _is_share(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
