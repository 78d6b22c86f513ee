"""Why the CNN wins: the published results of `digitscope why`, and their plots.

    python benchmarks/why.py --measure    run all six experiments with three seeds: about half an hour on 2 cores
    python benchmarks/why.py              draw benchmarks/plots/why-NAME.svg from benchmarks/results/why-NAME.json

Trained networks are kept in runs/why, so that an interrupted measurement continues where it stopped.
"""

import sys
from pathlib import Path

from digitscope.experiments import EXPERIMENTS, Experiment, Result, plots, run

HERE = Path(__file__).resolve().parent
SEEDS = 3


def measure(experiment: Experiment) -> None:
    """Run one experiment and publish its result."""
    result = run(experiment.name, seeds=SEEDS, report=print)
    path = result.save(HERE / "results" / f"why-{experiment.name}.json", of=experiment)
    print(f"{result.verdict(experiment)}: {path}")


def draw(experiment: Experiment) -> None:
    """Plot one published result."""
    result = Result.load(HERE / "results" / f"why-{experiment.name}.json")
    folder = HERE / "plots"
    folder.mkdir(exist_ok=True)
    print(plots.save(experiment.figure(result.figures), folder / f"why-{experiment.name}.svg"))


def main(arguments: list[str]) -> None:
    for experiment in EXPERIMENTS.values():
        if "--measure" in arguments:
            measure(experiment)
        draw(experiment)


if __name__ == "__main__":
    main(sys.argv[1:])
