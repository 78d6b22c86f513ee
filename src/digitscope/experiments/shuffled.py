"""Shuffled pixels: take away the neighbourhoods, and nothing else."""

from typing import TYPE_CHECKING

from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, accuracy_of, shuffle_pixels
from digitscope.experiments.verdict import Check, accuracy, combination, difference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOLERANCE = 0.005  # half a percentage point: below this, a difference counts as none
ARRANGEMENTS = ("as they are", "shuffled")


def measure(lab: Lab) -> Figures:
    """Test accuracy of both networks, trained and tested on images as they are, and on shuffled ones."""
    images, labels = lab.test
    figures: Figures = {"n": lab.test_images, "seeds": list(lab.seeds)}
    for network, trial_of in (("mlp", lab.mlp), ("cnn", lab.cnn)):
        for arrangement in ARRANGEMENTS:
            shuffled = arrangement == "shuffled"
            test = shuffle_pixels(images) if shuffled else images
            figures[f"{network} {arrangement}"] = [
                lab.measure(
                    "shuffled",
                    trial_of(seed, shuffled=shuffled),
                    lambda model, test=test: {"accuracy": accuracy_of(model, test, labels)},  # type: ignore[misc]
                )["accuracy"]
                for seed in lab.seeds
            ]
    return figures


def judge(figures: Figures) -> list[Check]:
    """The MLP is unaffected; the CNN leads, and loses at least half of its lead."""
    n = figures["n"]
    mlp, cnn = ([figures[f"{network} {kind}"] for kind in ARRANGEMENTS] for network in ("mlp", "cnn"))
    lost = combination((0.5, cnn[0]), (-0.5, mlp[0]), (-1, cnn[1]), (1, mlp[1]), n=n)
    return [
        Check("The CNN is ahead of the MLP on images as they are", difference(cnn[0], mlp[0], n=n), above=0),
        Check(
            "Shuffling changes the MLP's accuracy by less than half a point",
            difference(mlp[1], mlp[0], n=n),
            above=-TOLERANCE,
            below=TOLERANCE,
        ),
        Check("Shuffling costs the CNN accuracy", difference(cnn[0], cnn[1], n=n), above=0),
        Check("Half of the CNN's lead exceeds what is left of it on shuffled images", lost, above=0),
    ]


def table(figures: Figures) -> Table:
    """Both networks on both arrangements of the pixels."""
    rows = [
        (
            network.upper(),
            *(accuracy(figures[f"{network} {kind}"], n=figures["n"]).in_percent() for kind in ARRANGEMENTS),
        )
        for network in ("mlp", "cnn")
    ]
    return Table(("test accuracy, %", *ARRANGEMENTS), rows)


def draw(figures: Figures) -> "Figure":
    """One line per network, from original to shuffled images."""
    figure, axes = plots.canvas()
    for network in ("mlp", "cnn"):
        estimates = [accuracy(figures[f"{network} {kind}"], n=figures["n"]) for kind in ARRANGEMENTS]
        other = figures[f"{'cnn' if network == 'mlp' else 'mlp'} {ARRANGEMENTS[0]}"]
        above = estimates[0].mean > sum(other) / len(other)
        plots.slope(axes, estimates, color=plots.COLORS[network], label=network.upper(), above=above)
    axes.set_xticks(range(2), ["pixels as they are", "pixels shuffled, the same way in every image"])
    axes.set_xlim(-0.4, 1.4)
    axes.margins(y=0.15)
    plots.percent(axes)
    axes.legend(loc="lower left")
    return figure


EXPERIMENT = Experiment(
    name="shuffled",
    title="Shuffled pixels",
    claim="The CNN is better because it uses where the pixels are; the MLP does not know which pixels are neighbours.",
    prediction=(
        "One fixed permutation of the 784 pixels, applied to every image, leaves the MLP's accuracy as it is. "
        "The CNN loses accuracy, and with it at least half of its lead."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
