"""The reference MLP against the reference CNN: each seed's figures, the paired tests and the conclusion."""

import dataclasses
import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitscope.statistics import Paired, Share

if TYPE_CHECKING:
    from digitscope.training import Run

MODELS = ("mlp", "cnn")
REFERENCE = {  # what the original experiment reports: train is the last epoch's running mean
    "mlp": {"train": 0.989, "test": 0.980},
    "cnn": {"train": 0.994, "test": 0.993},
}
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Entry:
    """One trained model in the comparison."""

    run: "Run" = field(repr=False)
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
        """Ready for JSON; the run is given by its folder."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return values | {
            "run": str(self.run.folder),
            "train": self.train.to_dict(),
            "test": self.test.to_dict(),
            "reference": REFERENCE[self.model],
        }


@dataclass(frozen=True)
class Spread:
    """Mean, deviation and range of a figure over the seeds."""

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
        """Whether `value`, rounded to `digits` decimal places, lies within the range."""
        return round(self.low, digits) <= value <= round(self.high, digits)


@dataclass(frozen=True)
class Comparison:
    """Both models' figures for each seed, the paired tests on the same test images, and the conclusion."""

    epochs: int
    seeds: tuple[int, ...]
    entries: tuple[Entry, ...] = field(repr=False)  # for each seed, MLP then CNN
    paired: tuple[Paired, ...] = field(repr=False)  # one per seed; first is the MLP, second the CNN
    held_out: "tuple[Run, ...]" = field(repr=False)  # the runs on 55,000 images, if requested
    folder: Path
    conclusion: str

    def of(self, model: str) -> tuple[Entry, ...]:
        """One model's entries, one per seed."""
        return tuple(entry for entry in self.entries if entry.model == model)

    def spread(self, model: str, part: str) -> Spread:
        """A model's accuracy over the seeds; `part` is "train_running", "train" or "test"."""
        values = [getattr(entry, part) for entry in self.of(model)]
        return Spread.of([value.value if isinstance(value, Share) else value for value in values])

    def reference_within(self, model: str, part: str = "test") -> bool:
        """Whether the original figure, rounded to 0.1 %, lies within the range; `part`: "test" or "train_running"."""
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


def conclude(paired: tuple[Paired, ...], *, parameters: tuple[int, int]) -> str:
    """The conclusion from each seed's paired test of the MLP (first) and the CNN (second), in one sentence."""
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
