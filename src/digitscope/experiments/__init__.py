"""Why the CNN wins, as experiments: each a claim, a prediction, figures with intervals and a verdict.

    result = run("shuffled", seeds=3, fast=True)
    experiment = EXPERIMENTS["shuffled"]
    result.verdict(experiment), experiment.draw(result.figures)

A verdict follows from the figures alone: `Experiment.judge` turns them into checks, each of which holds, fails or
stays open.
"""

from collections.abc import Callable
from pathlib import Path

from digitscope.errors import UsageError, unknown
from digitscope.experiments import data, first_layer, parameters, parts, plots, shifts, shuffled
from digitscope.experiments.experiment import Experiment, Result, Table
from digitscope.experiments.lab import Lab
from digitscope.experiments.verdict import Check, Estimate, Verdict, conclude
from digitscope.mnist import MNIST, load_mnist

__all__ = [
    "EXPERIMENTS",
    "Check",
    "Estimate",
    "Experiment",
    "Lab",
    "Result",
    "Table",
    "Verdict",
    "conclude",
    "run",
]

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT for module in (shuffled, shifts, parameters, data, parts, first_layer)
}
FOLDER = Path("runs/why")


def run(
    name: str,
    *,
    seeds: int = 3,
    fast: bool = False,
    folder: Path = FOLDER,
    mnist: MNIST | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> Result:
    """Run one experiment; write its result and its plot to `folder`.

    Args:
        name: one of `EXPERIMENTS`.
        seeds: how often each network is trained, with the seeds 0, 1, 2, …
        fast: a fifth of the training and test images, and coarser grids.
        folder: where trained networks are kept, so that a second call continues where the first one ended.
        mnist: the data, if already loaded.
        report: called with a line of text before each training.

    Returns:
        The figures, and the record of how they were measured.

    Raises:
        UsageError: there is no such experiment, or `seeds` is not positive.
        DataError: MNIST cannot be found or read.
    """
    if name not in EXPERIMENTS:
        raise unknown("experiment", name, EXPERIMENTS)
    if seeds < 1:
        raise UsageError(f"An experiment needs at least one seed. Received: seeds={seeds}")
    experiment = EXPERIMENTS[name]
    lab = Lab(mnist or load_mnist(), folder, tuple(range(seeds)), fast, report)
    result = experiment.run(lab)
    result.save(folder / f"why-{name}.json", of=experiment)
    plots.save(experiment.figure(result.figures), folder / f"why-{name}.svg")
    return result
