"""Data: both networks trained on 100 to 60,000 images, for the same number of steps."""

from typing import TYPE_CHECKING

from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, accuracy_of
from digitscope.experiments.verdict import Check, accuracy, difference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = (100, 300, 1_000, 3_000, 10_000, 60_000)
FAST_SIZES = (100, 1_000, 12_000)


def measure(lab: Lab) -> Figures:
    """Test accuracy of both networks for each number of training images."""
    images, labels = lab.test
    sizes = FAST_SIZES if lab.fast else SIZES
    figures: Figures = {"n": lab.test_images, "seeds": list(lab.seeds), "sizes": sizes}
    for network, trial_of in (("mlp", lab.mlp), ("cnn", lab.cnn)):
        figures[network] = [
            [
                lab.measure(
                    "data", trial_of(seed, images=size), lambda model: {"accuracy": accuracy_of(model, images, labels)}
                )["accuracy"]
                for seed in lab.seeds
            ]
            for size in sizes
        ]  # one row per size
    return figures


def judge(figures: Figures) -> list[Check]:
    """The CNN leads at each size, and with the second largest it beats the MLP with the largest."""
    n, sizes = figures["n"], figures["sizes"]
    leads = [
        Check(f"With {size:,} images, the CNN is ahead", difference(cnn, mlp, n=n), above=0)
        for size, cnn, mlp in zip(sizes, figures["cnn"], figures["mlp"], strict=True)
    ]
    fewer = Check(
        f"The CNN with {sizes[-2]:,} images is ahead of the MLP with {sizes[-1]:,}",
        difference(figures["cnn"][-2], figures["mlp"][-1], n=n),
        above=0,
    )
    return [*leads, fewer]


def table(figures: Figures) -> Table:
    """One row per size."""
    rows = [
        (f"{size:,}", accuracy(mlp, n=figures["n"]).in_percent(), accuracy(cnn, n=figures["n"]).in_percent())
        for size, mlp, cnn in zip(figures["sizes"], figures["mlp"], figures["cnn"], strict=True)
    ]
    return Table(("training images", "MLP, test accuracy, %", "CNN, test accuracy, %"), rows)


def draw(figures: Figures) -> "Figure":
    """Error against training images, both axes logarithmic."""
    figure, axes = plots.canvas()
    for network in ("mlp", "cnn"):
        errors = [plots.error_of(accuracy(row, n=figures["n"])) for row in figures[network]]
        plots.curve(axes, figures["sizes"], errors, color=plots.COLORS[network], label=network.upper())
    plots.count_axis(axes, "training images")
    plots.error_axis(axes)
    axes.legend(loc="lower left")
    return figure


EXPERIMENT = Experiment(
    name="data",
    title="Data",
    claim="The CNN needs fewer images: what it learns in one place it knows in all.",
    prediction=(
        "The CNN is ahead with any number of training images from 100 on, and with 10,000 of them it is ahead of the "
        "MLP with 60,000."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
