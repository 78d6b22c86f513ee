"""Parameters: MLPs and CNNs with about a thousand to a million of them."""

import itertools
import math
from typing import TYPE_CHECKING, Any

from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, Trial, accuracy_of
from digitscope.experiments.verdict import Check, accuracy, difference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MLPS = (1, 4, 16, 64, 512, 1258)  # hidden units; 512 is the reference
CNNS = ((3, 6), (4, 8), (8, 16), (16, 32), (32, 64), (32, 512), (32, 1600))  # width, dense units; (32, 64) likewise
FAST_MLPS = (1, 16, 512)
FAST_CNNS = ((4, 8), (16, 32), (32, 64))
SMALL = "cnn 16-32"  # the CNN compared with the reference MLP: a seventeenth of its parameters


def measure(lab: Lab) -> Figures:
    """Parameters and test accuracy of each network."""
    images, labels = lab.test
    mlps, cnns = (FAST_MLPS, FAST_CNNS) if lab.fast else (MLPS, CNNS)
    figures: Figures = {"n": lab.test_images, "seeds": list(lab.seeds), "networks": {}}

    def add(name: str, trials: list[Trial]) -> None:
        measured = [
            lab.measure(
                "parameters",
                trial,
                lambda model: {"parameters": model.count_params(), "accuracy": accuracy_of(model, images, labels)},
            )
            for trial in trials
        ]
        parameters = measured[0]["parameters"]
        figures["networks"][name] = {"parameters": parameters, "accuracy": [one["accuracy"] for one in measured]}

    for width in mlps:
        add(f"mlp {width}", [lab.mlp(seed, width=width) for seed in lab.seeds])
    for width, dense in cnns:
        add(f"cnn {width}-{dense}", [lab.cnn(seed, width=width, dense=dense) for seed in lab.seeds])
    return figures


def judge(figures: Figures) -> list[Check]:
    """The reference CNN against the best MLP, and a small CNN against the reference MLP."""
    networks, n = figures["networks"], figures["n"]
    reference = networks["cnn 32-64"]["accuracy"]
    best = max(family(figures, "mlp"), key=lambda one: sum(one["accuracy"]))
    return [
        Check(
            f"The reference CNN (93,322 parameters) is ahead of the best MLP ({best['parameters']:,})",
            difference(reference, best["accuracy"], n=n),
            above=0,
        ),
        Check(
            f"A CNN of {networks[SMALL]['parameters']:,} parameters is ahead of the reference MLP (407,050)",
            difference(networks[SMALL]["accuracy"], networks["mlp 512"]["accuracy"], n=n),
            above=0,
        ),
    ]


def family(figures: Figures, kind: str) -> list[dict[str, Any]]:
    """The networks of one kind, smallest first."""
    ours = [{"name": name, **one} for name, one in figures["networks"].items() if name.startswith(kind)]
    return sorted(ours, key=lambda one: int(one["parameters"]))


def matching_parameters(figures: Figures, kind: str, target: float) -> int | None:
    """The number of parameters at which networks of `kind` reach the accuracy `target`, or None if none does.

    Interpolated linearly between the mean accuracies of neighbouring networks, over the logarithm of the parameters.
    """
    points = [
        (math.log(one["parameters"]), sum(one["accuracy"]) / len(one["accuracy"])) for one in family(figures, kind)
    ]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if y0 < target <= y1:
            return round(math.exp(x0 + (x1 - x0) * (target - y0) / (y1 - y0)))
    return round(math.exp(points[0][0])) if points[0][1] >= target else None


def table(figures: Figures) -> Table:
    """One row per network."""
    rows = [
        (one["name"].upper(), f"{one['parameters']:,}", accuracy(one["accuracy"], n=figures["n"]).in_percent())
        for kind in ("mlp", "cnn")
        for one in family(figures, kind)
    ]
    return Table(("network", "parameters", "test accuracy, %"), rows)


def draw(figures: Figures) -> "Figure":
    """Error against parameters, both axes logarithmic."""
    figure, axes = plots.canvas()
    for kind in ("mlp", "cnn"):
        networks = family(figures, kind)
        errors = [plots.error_of(accuracy(one["accuracy"], n=figures["n"])) for one in networks]
        sizes = [one["parameters"] for one in networks]
        plots.curve(axes, sizes, errors, color=plots.COLORS[kind], label=kind.upper())
        reference = next(i for i, one in enumerate(networks) if one["name"] in ("mlp 512", "cnn 32-64"))
        plots.ring(axes, sizes[reference], errors[reference].mean, text="reference")
    plots.count_axis(axes, "parameters")
    plots.error_axis(axes)
    axes.legend(loc="lower left")
    return figure


EXPERIMENT = Experiment(
    name="parameters",
    title="Parameters",
    claim="The CNN does better with fewer parameters.",
    prediction=(
        "No MLP of up to a million parameters reaches the reference CNN, and a CNN with a seventeenth of the "
        "reference MLP's parameters is ahead of it."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
