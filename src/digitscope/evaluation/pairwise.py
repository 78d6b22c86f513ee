"""Several models on the same images, each against each: `compare_models(["mlp", "cnn", "fast"], epochs=3)`.

What is a recipe is trained; what is a path, a model file or a finished run's folder, is taken as it is.
"""

import dataclasses
import itertools
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitscope.arrays import Mask
from digitscope.errors import RunError, UsageError
from digitscope.evaluation.comparison import SIGNIFICANT
from digitscope.files import write_whole
from digitscope.mnist import MNIST, load_mnist
from digitscope.reading.labelled import Labelled
from digitscope.reading.reader import Recognizer
from digitscope.statistics import Paired, Share, holm, mcnemar, share

if TYPE_CHECKING:
    from digitscope.training import Progress, Recipe


@dataclass(frozen=True)
class Contender:
    """One model and how much of the images it reads right."""

    name: str
    seed: int | None  # of what was trained here
    parameters: int
    seconds: float | None  # of training
    accuracy: Share

    @property
    def title(self) -> str:
        """The name, with the seed where there is one."""
        return self.name if self.seed is None else f"{self.name} seed {self.seed}"

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**vars(self), "accuracy": self.accuracy.to_dict()}


@dataclass(frozen=True)
class Pair:
    """The exact McNemar test on two models, and its p corrected for the number of pairs."""

    first: str
    second: str
    paired: Paired
    p_holm: float

    @property
    def better(self) -> str | None:
        """Which of the two reads more right; None where the figures cannot tell."""
        if self.p_holm >= SIGNIFICANT:
            return None
        return self.first if self.paired.only_first > self.paired.only_second else self.second

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            **self.paired.to_dict(),
            "p_holm": self.p_holm,
            "better": self.better,
        }


@dataclass(frozen=True)
class Pairwise:
    """All models, and every pair of them with the same seed."""

    source: str  # of the images
    contenders: tuple[Contender, ...] = field(repr=False)
    pairs: tuple[Pair, ...] = field(repr=False)
    skipped: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # own files that could not be read, and why

    def __str__(self) -> str:
        return "\n".join(f"{each.title}: {each.accuracy}" for each in self.contenders)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "source": self.source,
            "contenders": [each.to_dict() for each in self.contenders],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "skipped": [{"name": name, "reason": reason} for name, reason in self.skipped],
        }

    def to_json(self) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict())


def compare_models(
    models: Sequence[str],
    *,
    epochs: int | None = None,
    seed: int = 0,
    seeds: int = 1,
    out: str | os.PathLike[str] = "runs/compare",
    resume: bool = False,
    force: bool = False,
    data: MNIST | None = None,
    own: Labelled | None = None,
    progress: "Callable[[Progress], None] | None" = None,
) -> Pairwise:
    """Train what is a recipe, and measure all models on the same images, each against each.

    Args:
        models: two or more: recipes (by name, or .py files), model files, finished runs' folders.
        epochs: in place of each recipe's own.
        seed: the first seed.
        seeds: how many seeds each recipe is trained with; models with the same seed are paired.
        out: the folder for the runs and models.json.
        resume: continue an earlier call that was interrupted.
        force: replace the runs that the folder holds.
        data: MNIST, if already loaded.
        own: digits of one's own to measure on, in place of MNIST's test images.
        progress: called after each step of training.

    Raises:
        UsageError: fewer than two models, one twice, a name that is neither a recipe nor a path, or one that is no
            classifier; nothing is trained before.
    """
    if len(models) < 2 or len(set(models)) < len(models):
        raise UsageError(f"A comparison needs two different models or more. Received: models={list(models)!r}")
    fixed = {name: Recognizer(name) for name in models if _is_file(name)}
    recipes = {name: _recipe(name, epochs) for name in models if name not in fixed}
    mnist = data or load_mnist()
    images, labels = (own or mnist).test
    contenders: list[Contender] = []
    pairs: list[tuple[str, str, Paired]] = []
    for number in range(seed, seed + seeds):
        right: dict[str, Mask] = {}
        for name in models:
            if name in fixed:
                recognizer, own_seed, seconds = fixed[name], None, None
            else:
                from digitscope.training import train

                run = train(
                    recipes[name], seed=number, out=out, resume=resume, force=force, data=mnist,
                    progress=progress,
                )  # fmt: skip
                recognizer, own_seed, seconds = Recognizer(run.model), number, run.seconds
            answers = recognizer.classify(images).argmax(axis=1) == labels
            accuracy = share(int(answers.sum()), len(labels))
            contender = Contender(name, own_seed, recognizer.model.parameters, seconds, accuracy)
            right[contender.title] = answers
            if contender not in contenders:
                contenders.append(contender)
        tested = [(a, b, mcnemar(right[a], right[b])) for a, b in itertools.combinations(right, 2)]
        pairs += [pair for pair in tested if pair not in pairs]  # two files are the same pair for each seed
    corrected = holm([paired.p for _, _, paired in pairs])
    result = Pairwise(
        (own or mnist).source,
        tuple(contenders),
        tuple(Pair(*pair, p) for pair, p in zip(pairs, corrected, strict=True)),
        own.skipped if own else (),
    )
    try:
        write_whole(Path(out) / "models.json", (json.dumps(result.to_dict(), indent=1) + "\n").encode())
    except OSError as error:
        raise RunError(f"The result cannot be written: {error.strerror}. Received: out={os.fspath(out)!r}") from error
    return result


def _is_file(model: str) -> bool:
    return model.endswith(".onnx") or (("/" in model or os.sep in model) and not model.endswith(".py"))


def _recipe(name: str, epochs: int | None) -> "Recipe":
    from digitscope.training.recipes import named

    recipe = named(name)
    if recipe.kind != "classifier":
        raise UsageError(f"Only classifiers are compared. Received: model={name!r}, kind={recipe.kind!r}")
    return recipe if epochs is None else dataclasses.replace(recipe, epochs=epochs)
