"""Parts: the reference CNN with one part removed or changed at a time."""

from typing import TYPE_CHECKING, Any

from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, Trial, accuracy_of
from digitscope.experiments.verdict import Check, accuracy, difference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = {
    "cnn": "the reference CNN",
    "no-pooling": "without pooling",
    "strides": "strides of two in place of pooling",
    "1x1": "1×1 kernels in place of 3×3",
    "unshared": "kernels not shared between places",
    "no-dense": "without the hidden dense layer",
}
STEPS, IMAGES = 300, 12_000  # less than the other experiments: without pooling, a step takes seven times as long
FAST = {"steps": 150, "images": 9_000, "width": 16, "dense": 32}  # half as wide: a quarter of the work
SMALL = 0.005  # half a point


def measure(lab: Lab) -> Figures:
    """Parameters and test accuracy of the CNN and each of its variants."""
    images, labels = lab.test
    budget: dict[str, Any] = FAST if lab.fast else {"steps": STEPS, "images": IMAGES, "width": 32, "dense": 64}
    figures: Figures = {"n": lab.test_images, "seeds": list(lab.seeds), **budget, "parts": {}}
    for part in PARTS:
        measured = [
            lab.measure(
                "parts",
                Trial(part, seed, **budget),
                lambda model: {"parameters": model.count_params(), "accuracy": accuracy_of(model, images, labels)},
            )
            for seed in lab.seeds
        ]
        parameters = measured[0]["parameters"]
        figures["parts"][part] = {"parameters": parameters, "accuracy": [one["accuracy"] for one in measured]}
    return figures


def judge(figures: Figures) -> list[Check]:
    """Pooling, neighbourhoods and weight sharing each help; the hidden dense layer hardly does."""

    def worth(part: str, says: str, *, above: float, below: float = float("inf")) -> Check:
        accuracies = (figures["parts"][name]["accuracy"] for name in ("cnn", part))
        return Check(says, difference(*accuracies, n=figures["n"]), above=above, below=below)

    return [
        worth("no-pooling", "Pooling is worth something", above=0),
        worth("1x1", "Seeing neighbours is worth something", above=0),
        worth("unshared", "Sharing kernels between places is worth something", above=0),
        worth("no-dense", "The hidden dense layer is worth less than half a point", above=-SMALL, below=SMALL),
    ]


def table(figures: Figures) -> Table:
    """One row per variant, with its difference from the reference."""
    reference = figures["parts"]["cnn"]["accuracy"]
    rows = []
    for part, name in PARTS.items():
        one = figures["parts"][part]
        loss = difference(one["accuracy"], reference, n=figures["n"]).in_points() if part != "cnn" else ""
        rows.append((name, f"{one['parameters']:,}", accuracy(one["accuracy"], n=figures["n"]).in_percent(), loss))
    return Table(("network", "parameters", "test accuracy, %", "against the reference, points"), rows)


def draw(figures: Figures) -> "Figure":
    """One row per variant: percentage points above or below the reference."""
    figure, axes = plots.canvas()
    reference = figures["parts"]["cnn"]["accuracy"]
    names = [part for part in PARTS if part != "cnn"]
    gaps = [difference(figures["parts"][part]["accuracy"], reference, n=figures["n"]) for part in names]
    plots.dots(axes, gaps, labels=[PARTS[part] for part in names], color=plots.COLORS["cnn"])
    axes.set_xlabel("test accuracy against the reference CNN, points")
    return figure


EXPERIMENT = Experiment(
    name="parts",
    title="Parts",
    claim="Neighbourhoods, shared kernels and pooling each add to the CNN's accuracy; its hidden dense layer does not.",
    prediction=(
        "The reference CNN loses accuracy without pooling, with 1×1 kernels, and with kernels that are not shared "
        "between places. Without the hidden dense layer it changes by less than half a point."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
