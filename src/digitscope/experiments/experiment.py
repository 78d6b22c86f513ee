"""What an experiment is, and its result: claim, prediction, figures, checks, verdict."""

import datetime
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitscope.errors import DataError
from digitscope.experiments import plots
from digitscope.experiments.lab import BATCH, Lab
from digitscope.experiments.verdict import Check, Verdict, conclude
from digitscope.files import write_whole
from digitscope.training import environment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Figures = dict[str, Any]  # the measurements, ready for JSON


@dataclass(frozen=True)
class Table:
    """A table to print: column names and rows of text."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Experiment:
    """A claim and how it is tested. `measure` trains; the other functions only read its figures."""

    name: str
    title: str
    claim: str
    prediction: str
    measure: Callable[[Lab], Figures]
    judge: Callable[[Figures], list[Check]]
    table: Callable[[Figures], Table]
    draw: Callable[[Figures], "Figure"]

    def figure(self, figures: Figures) -> "Figure":
        """The plot of `figures`, in the house style."""
        with plots.styled():
            return self.draw(figures)

    def run(self, lab: Lab) -> "Result":
        """Train what is not yet trained, measure, and return the figures with their record."""
        figures = self.measure(lab)
        return Result(
            experiment=self.name,
            figures=json.loads(json.dumps(figures)),
            record={
                "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                "commit": _commit(),
                "machine": environment.machine(),
                "versions": environment.versions(),
                "seeds": list(lab.seeds),
                "fast": lab.fast,
                "steps": figures.get("steps", lab.steps),  # an experiment may have a budget of its own
                "batch": BATCH,
                "train_images": figures.get("images", lab.images),
                "test_images": lab.test_images,
            },
        )


@dataclass(frozen=True)
class Result:
    """What an experiment measured, with the date, machine and settings."""

    experiment: str
    figures: Figures
    record: dict[str, Any]

    def to_dict(self, of: Experiment) -> dict[str, Any]:
        """Everything, ready for JSON, with the checks and the verdict that follow from the figures."""
        checks = of.judge(self.figures)
        return {
            "experiment": self.experiment,
            "title": of.title,
            "claim": of.claim,
            "prediction": of.prediction,
            "verdict": conclude(checks),
            "checks": [check.to_dict() for check in checks],
            **self.record,
            "figures": self.figures,
        }

    def save(self, path: Path, *, of: Experiment) -> Path:
        """Write the result as JSON, whole or not at all."""
        write_whole(path, (_json(self.to_dict(of)) + "\n").encode())
        return path

    @classmethod
    def load(cls, path: Path) -> "Result":
        """Read a file that `save` wrote; checks and verdict are derived from the figures again, not read.

        Raises:
            DataError: the file is missing or is not such a file.
        """
        try:
            values = json.loads(path.read_text())
            made = ("title", "claim", "prediction", "verdict", "checks", "experiment", "figures")
            record = {key: value for key, value in values.items() if key not in made}
            return cls(values["experiment"], values["figures"], record)
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise DataError(
                f"The file is not a result of `digitscope why`. Expected its JSON. Received: path={str(path)!r}"
            ) from error

    def verdict(self, of: Experiment) -> Verdict:
        """The verdict that follows from the figures."""
        return conclude(of.judge(self.figures))


def _json(values: dict[str, Any]) -> str:
    """JSON with one line per key, two levels deep, so that a change makes a small diff."""
    inner = {
        key: "{\n" + ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n  }"
        for key, value in values.items()
        if isinstance(value, dict) and value
    }
    lines = [f"  {json.dumps(key)}: {inner.get(key) or json.dumps(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _commit() -> str | None:
    """The commit of the source tree, if this runs from a git repository."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
