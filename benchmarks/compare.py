"""The experiment over five seeds, none left out: python benchmarks/compare.py

Writes benchmarks/results/compare.json. Takes about two minutes per seed on 2 cores. Finished runs in runs/compare are
reused, so it can be interrupted.
"""

import json
import sys
from pathlib import Path
from typing import Any

from measured import save

SEEDS = 5
PAIR = ("mlp", "cnn")  # shipped: seed 0


def main() -> None:
    if sys.argv[1:]:  # the comparison.json of a finished `digitscope compare --seeds 5`, and a note on it
        path, *note = sys.argv[1:]
        save("compare", published(json.loads(Path(path).read_text())) | {"note": " ".join(note)}, weights=PAIR)
        return
    from digitscope.evaluation import compare

    comparison = compare(seeds=SEEDS, out="runs/compare", resume=True)
    print(comparison)
    save("compare", published(comparison.to_dict()), weights=PAIR)


def published(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures without the local folders."""
    entries = [{key: value for key, value in entry.items() if key != "run"} for entry in figures["entries"]]
    return figures | {"entries": entries, "held_out": []}


if __name__ == "__main__":
    main()
