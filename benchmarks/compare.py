"""The experiment over five seeds, none left out: python benchmarks/compare.py

Writes benchmarks/results/compare.json. Takes about two minutes a seed on 2 cores; finished runs in runs/compare are
used again, so it can be stopped and started.
"""

import json
import sys
from pathlib import Path
from typing import Any

from measured import save

SEEDS = 5
PAIR = ("mlp", "cnn")  # shipped: seed 0


def main() -> None:
    if sys.argv[1:]:  # the comparison.json of a `digitscope compare --seeds 5` that has run, and a note on it
        path, *note = sys.argv[1:]
        save("compare", published(json.loads(Path(path).read_text())) | {"note": " ".join(note)}, weights=PAIR)
        return
    from digitscope.evaluation import compare

    comparison = compare(seeds=SEEDS, out="runs/compare", resume=True)
    print(comparison)
    save("compare", published(comparison.to_dict()), weights=PAIR)


def published(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures without the folders of the machine they were measured on."""
    entries = [{key: value for key, value in entry.items() if key != "run"} for entry in figures["entries"]]
    return figures | {"entries": entries, "held_out": []}


if __name__ == "__main__":
    main()
