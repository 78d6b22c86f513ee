"""The experiment: the reference MLP against the reference CNN on MNIST, over several seeds, with a paired test.

comparison = compare(epochs=5, seed=0)      # trains both; runs/compare/ holds the runs, comparison.json, report.html
comparison.conclusion
"""

import dataclasses
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope.errors import RunError, UsageError
from digitscope.files import write_whole
from digitscope.mnist import MNIST, load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.statistics import Paired, Share, mcnemar
from digitscope.training.fit import Progress, train
from digitscope.training.recipes import RECIPES, Recipe
from digitscope.training.run import Run

MODELS = ("mlp", "cnn")
REFERENCE = {  # what the original experiment reports: train is the last epoch's running mean
    "mlp": {"train": 0.989, "test": 0.980},
    "cnn": {"train": 0.994, "test": 0.993},
}
SIGNIFICANT = 0.05
TIMED = 500  # calls whose median is the time for one image


@dataclass(frozen=True)
class Entry:
    """One trained model in the comparison."""

    run: Run = field(repr=False)
    model: str
    seed: int
    parameters: int
    train_running: float  # the last epoch's running mean, as Keras prints it
    train: Share  # the finished network
    test: Share
    seconds: float  # of training
    size: int  # bytes of the model file
    microseconds: float  # for one image, warm

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; the run by its folder."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return values | {
            "run": str(self.run.folder),
            "train": self.train.to_dict(),
            "test": self.test.to_dict(),
            "reference": REFERENCE[self.model],
        }


@dataclass(frozen=True)
class Spread:
    """A figure over the seeds."""

    mean: float
    deviation: float  # sample standard deviation; 0 for a single seed
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """The spread of these values."""
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        return cls(statistics.fmean(values), deviation, min(values), max(values))

    def holds(self, value: float, *, digits: int) -> bool:
        """Whether `value`, which is rounded to so many digits, lies within the range."""
        return round(self.low, digits) <= value <= round(self.high, digits)


@dataclass(frozen=True)
class Comparison:
    """Both models' figures for each seed, the paired test on the same test images, and what follows from them."""

    epochs: int
    seeds: tuple[int, ...]
    entries: tuple[Entry, ...] = field(repr=False)  # seed by seed, MLP then CNN
    paired: tuple[Paired, ...] = field(repr=False)  # a seed each; first is the MLP, second the CNN
    held_out: tuple[Run, ...] = field(repr=False)  # the runs on 55,000 images, where asked for
    folder: Path
    conclusion: str

    def of(self, model: str) -> tuple[Entry, ...]:
        """One model's entries, a seed each."""
        return tuple(entry for entry in self.entries if entry.model == model)

    def spread(self, model: str, part: str) -> Spread:
        """A model's accuracy over the seeds; `part` is "train_running", "train" or "test"."""
        values = [getattr(entry, part) for entry in self.of(model)]
        return Spread.of([value.value if isinstance(value, Share) else value for value in values])

    def reference_within(self, model: str, part: str = "test") -> bool:
        """Whether the original's figure, given to 0.1 %, lies within the range; `part`: "test" or "train_running"."""
        return self.spread(model, part).holds(REFERENCE[model][part.removesuffix("_running")], digits=3)

    def __str__(self) -> str:
        rows = [f"{e.model} seed {e.seed}: {e.parameters:,} parameters, test {e.test}" for e in self.entries]
        return "\n".join([*rows, self.conclusion])

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        summary = {
            model: {
                **{part: dataclasses.asdict(self.spread(model, part)) for part in ("train_running", "train", "test")},
                "seconds": dataclasses.asdict(Spread.of([entry.seconds for entry in self.of(model)])),
                "parameters": self.of(model)[0].parameters,
                "size": self.of(model)[0].size,
                "microseconds": statistics.median(entry.microseconds for entry in self.of(model)),
                "reference": REFERENCE[model],
                "reference_within": self.reference_within(model),
            }
            for model in MODELS
        }
        record = self.entries[0].run.record
        return {
            "epochs": self.epochs,
            "seeds": list(self.seeds),
            "summary": summary,
            "entries": [entry.to_dict() for entry in self.entries],
            "paired": [
                {"seed": seed, "both": p.both, "only_mlp": p.only_first, "only_cnn": p.only_second,
                 "neither": p.neither, "p": p.p}
                for seed, p in zip(self.seeds, self.paired, strict=True)
            ],
            "held_out": [run.to_dict() for run in self.held_out],
            "conclusion": self.conclusion,
            **{key: record[key] for key in ("machine", "versions", "backend", "mnist")},
        }  # fmt: skip

    def to_json(self) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict())


def compare(
    *,
    epochs: int = 5,
    seed: int = 0,
    seeds: int = 1,
    held_out: bool = False,
    out: str | os.PathLike[str] = "runs/compare",
    resume: bool = False,
    data: MNIST | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Comparison:
    """Train the reference MLP and CNN, compare them on the same test images, and write the report.

    Args:
        epochs: the original's 5; 1 for a first look. Nothing else of the recipes changes.
        seed: the first seed.
        seeds: how many seeds, counted up from `seed`.
        held_out: train each again on 55,000 images and measure on the other 5,000 after each epoch, for the learning
            curves. The table is never taken from those runs.
        out: the folder for the runs, comparison.json and report.html.
        resume: go on where an earlier call was stopped.
        data: MNIST, when it is loaded already.
        progress: called after each step of training.

    Raises:
        UsageError: a number is out of range.
        RunError: a file cannot be written, or the folder holds runs of another recipe.
        MissingExtraError: the learn extra is not installed.

    >>> compare(epochs=1).conclusion
    """
    if not 1 <= seeds <= 1000:
        raise UsageError(f"The number of seeds is out of range. Expected 1 to 1000. Received: seeds={seeds!r}")
    folder = Path(out)
    data = data or load_mnist()
    recipes = [dataclasses.replace(RECIPES[model], epochs=epochs) for model in MODELS]

    def trained(recipe: Recipe, seed: int, *, held_out: bool = False) -> Run:
        place = folder / "held-out" if held_out else folder
        return train(recipe, seed=seed, out=place, resume=resume, held_out=held_out, data=data, progress=progress)

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


def conclude(paired: tuple[Paired, ...], *, parameters: tuple[int, int]) -> str:
    """One sentence that follows from the paired tests of the MLP (first) and the CNN (second), seed by seed."""
    better = [p for p in paired if p.p < SIGNIFICANT and p.only_second > p.only_first]
    worse = [p for p in paired if p.p < SIGNIFICANT and p.only_first > p.only_second]
    seeds = len(paired)
    if seeds == 1:
        evidence = f"exact McNemar p = {paired[0].p:.2g}"
    else:
        evidence = f"p < {SIGNIFICANT} in {max(len(better), len(worse))} of {seeds} seeds"
    if len(better) == seeds or len(worse) == seeds:
        winner, loser = ("CNN", "MLP") if better else ("MLP", "CNN")
        own, other = (parameters[1], parameters[0]) if better else parameters
        size = "fewer" if own < other else "more" if own > other else "as many"
        return (
            f"The {winner} reads more of the test images right than the {loser} ({evidence}), "
            f"with {size} parameters: {own:,} against {other:,}."
        )
    if better and worse:
        return (
            f"The seeds contradict each other: the CNN is better in {len(better)} of {seeds}, the MLP in {len(worse)}."
        )
    return f"These figures do not tell the MLP and the CNN apart ({evidence})."


def _entry(run: Run, images: npt.NDArray[np.uint8]) -> Entry:
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
        microseconds=_microseconds(recognizer, images[:1]),
    )


def _microseconds(recognizer: Recognizer, image: npt.NDArray[np.uint8]) -> float:
    """The median time of `classify` on one image, warm."""
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        recognizer.classify(image)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def _write(comparison: Comparison, data: MNIST, answers: list[npt.NDArray[np.float32]]) -> None:
    from digitscope.evaluation.report import html  # imports jinja2, for this alone

    content: Mapping[str, str] = {
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
