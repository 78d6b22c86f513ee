"""The experiment: train the reference MLP and CNN on MNIST, with several seeds, and compare them.

comparison = compare(epochs=5, seed=0)      # trains both; runs/compare/ holds the runs, comparison.json, report.html
comparison.conclusion
"""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from digitscope.arrays import Floats, Images
from digitscope.errors import RunError, UsageError
from digitscope.evaluation.comparison import MODELS, Comparison, Entry, conclude
from digitscope.evaluation.report import html
from digitscope.evaluation.speed import microseconds
from digitscope.files import write_whole
from digitscope.mnist import MNIST, load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.statistics import mcnemar

if TYPE_CHECKING:
    from digitscope.training import Progress, Recipe, Run


def compare(
    *,
    epochs: int = 5,
    seed: int = 0,
    seeds: int = 1,
    held_out: bool = False,
    out: str | os.PathLike[str] = "runs/compare",
    resume: bool = False,
    force: bool = False,
    data: MNIST | None = None,
    progress: "Callable[[Progress], None] | None" = None,
) -> Comparison:
    """Train the reference MLP and CNN, compare them on the same test images, and write the report.

    Args:
        epochs: 5 as in the original; 1 for a first look. Nothing else in the recipes changes.
        seed: the first seed.
        seeds: the number of seeds: `seed`, `seed` + 1, …
        held_out: also train each on 55,000 images and measure on the other 5,000 after each epoch, for the learning
            curves. The table is never taken from those runs.
        out: the folder for the runs, comparison.json and report.html.
        resume: continue an earlier call that was interrupted.
        force: replace the runs that the folder holds.
        data: MNIST, if already loaded.
        progress: called after each step of training.

    Raises:
        UsageError: a number is out of range.
        RunError: a file cannot be written, or the folder holds runs of another recipe.
        MissingExtraError: the train extra is not installed.

    >>> compare(epochs=1).conclusion
    """
    from digitscope.training import RECIPES, train

    if not 1 <= seeds <= 1000:
        raise UsageError(f"The number of seeds is out of range. Expected 1 to 1000. Received: seeds={seeds!r}")
    folder = Path(out)
    data = data or load_mnist()
    recipes = [dataclasses.replace(RECIPES[model], epochs=epochs) for model in MODELS]

    def trained(recipe: "Recipe", seed: int, *, held_out: bool = False) -> "Run":
        place = folder / "held-out" if held_out else folder
        return train(
            recipe, seed=seed, out=place, resume=resume, force=force, held_out=held_out, data=data, progress=progress
        )

    numbers = tuple(range(seed, seed + seeds))
    runs = [trained(recipe, number) for number in numbers for recipe in recipes]
    extra = [trained(recipe, number, held_out=True) for number in numbers for recipe in recipes] if held_out else []
    answers = [Recognizer(run.model).classify(data.test_images) for run in runs]  # [10000, 10] each
    right = [probabilities.argmax(axis=1) == data.test_labels for probabilities in answers]
    entries = tuple(_entry(run, data.test_images) for run in runs)
    paired = tuple(mcnemar(right[i], right[i + 1]) for i in range(0, len(right), 2))
    comparison = Comparison(
        epochs=epochs,
        seeds=numbers,
        entries=entries,
        paired=paired,
        held_out=tuple(extra),
        folder=folder,
        conclusion=conclude(paired, parameters=(entries[0].parameters, entries[1].parameters)),
    )
    _write(comparison, data, answers[:2])
    return comparison


def _entry(run: "Run", images: Images) -> Entry:
    recognizer = Recognizer(run.model)
    return Entry(
        run=run,
        model=run.recipe.name,
        seed=run.seed,
        parameters=recognizer.model.parameters,
        train_running=run.metrics["train_running"]["value"],
        train=run.share("train"),
        test=run.share("test"),
        seconds=run.seconds,
        size=run.model.stat().st_size,
        microseconds=microseconds(recognizer, images[:1]),
    )


def _write(comparison: Comparison, data: MNIST, answers: list[Floats]) -> None:
    content = {
        "comparison.json": json.dumps(comparison.to_dict(), indent=1) + "\n",
        "report.html": html(comparison, data, mlp=answers[0], cnn=answers[1]),
    }
    try:
        for name, text in content.items():
            write_whole(comparison.folder / name, text.encode())
    except OSError as error:
        raise RunError(
            f"The report cannot be written: {error.strerror}. Received: out='{comparison.folder}'"
        ) from error
