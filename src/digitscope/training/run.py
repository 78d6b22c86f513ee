"""A finished run and its folder: `Run.load("runs/cnn-0")`."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digitscope.errors import RunError
from digitscope.statistics import Share
from digitscope.training.recipes import Recipe


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, what decided it, how it went and how well its model does."""

    folder: Path
    recipe: Recipe
    seed: int
    held_out: bool
    history: Mapping[str, Sequence[float]] = field(repr=False)  # loss, accuracy, seconds, ...; an entry an epoch
    metrics: Mapping[str, Mapping[str, float]] = field(repr=False)
    record: Mapping[str, Any] = field(repr=False)  # run.json, whole

    @property
    def model(self) -> Path:
        """The run's model file."""
        return self.folder / "model.onnx"

    @property
    def seconds(self) -> float:
        """Seconds spent fitting, all epochs together."""
        return float(sum(self.history["seconds"]))

    def share(self, part: str) -> Share:
        """The accuracy on "train", "test" or "held_out", with its interval."""
        return Share.from_dict(self.metrics[part])

    def __str__(self) -> str:
        parts = [part for part in ("validation", "test") if part in self.metrics]
        parts = parts or [part for part in ("held_out", "held_out_digits") if part in self.metrics][:1]
        figures = "; ".join(map(self._told, parts)) or f"loss {self.history['loss'][-1]:.4g}"
        return f"{self.recipe.name}, seed {self.seed}: {figures} in {self.folder}"

    def _told(self, part: str) -> str:
        """The accuracy on a part, and before, where the run goes on from another model."""
        before = f", before {self.share(f'{part}_before')}" if f"{part}_before" in self.metrics else ""
        return f"{part.replace('_', '-')} accuracy {self.share(part)}{before}"

    def to_dict(self) -> dict[str, Any]:
        """The run's record, ready for JSON."""
        return {"folder": str(self.folder), **self.record}

    def to_json(self) -> str:
        """The run's record as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "Run":
        """A finished run from its folder.

        Raises:
            RunError: the folder holds no finished run.
        """
        path = Path(folder) / "run.json"
        try:
            record = json.loads(path.read_text())
            recipe = Recipe.from_dict(record["recipe"])
            return cls(
                path.parent, recipe, record["seed"], record["held_out"], record["history"], record["metrics"], record
            )
        except FileNotFoundError:
            raise RunError(
                f"No finished run is here. Expected a folder with run.json, as `digitscope train` makes it. "
                f"Received: run={os.fspath(folder)!r}"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"The run's record cannot be read: {error}. Received: path={str(path)!r}") from error
