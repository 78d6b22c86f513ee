"""Publishes a finished `digitscope compare`: its figures as results/compare.json, seed 0's models as weights/.

    digitscope compare --seeds 5 --out runs/compare
    python benchmarks/experiment.py runs/compare ["a note to publish with the figures"]

Nothing is trained or measured here. Every seed of the comparison is published, in order.
"""

import json
import sys
from pathlib import Path

import measured
from digitscope import models
from digitscope.training import Run, backend

DROPPED = ("run",)  # local folders


def main(folder: Path, note: str = "") -> None:
    """Write the figures and the model files of the comparison in `folder`."""
    comparison = json.loads((folder / "comparison.json").read_text())
    backend.load()
    from digitscope.training.export import export

    first = comparison["seeds"][0]
    for model in comparison["summary"]:
        run = folder / f"{model}-{first}"
        Run.load(run)
        print(export(run, out=models.WEIGHTS / f"{model}.onnx"))
    entries = [{k: v for k, v in entry.items() if k not in DROPPED} for entry in comparison["entries"]]
    figures = {**comparison, "n": len(comparison["seeds"]), "entries": entries, "held_out": []}
    measured.save("compare", {**figures, "note": note} if note else figures, weights=comparison["summary"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
