"""Shifts and rotations: networks trained on centred digits, tested on shifted and rotated ones."""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from digitscope.arrays import Images
from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, Measurement, Trial, accuracy_of
from digitscope.experiments.verdict import Check, accuracy, difference

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

PIXELS = (0, 1, 2, 3, 4, 5, 6)
DEGREES = (0, 7.5, 15, 22.5, 30, 37.5, 45)
NETWORKS = {"cnn": "CNN", "strides": "CNN, steps of two in place of pooling", "mlp": "MLP"}
JUDGED = (3, 30)  # pixels and degrees at which the verdict is taken


def measure(lab: Lab) -> Figures:
    """Test accuracy at each shift and each angle."""
    pixels, degrees = (PIXELS[::3], DEGREES[::2]) if lab.fast else (PIXELS, DEGREES)
    images, labels = lab.test

    def at_all(model: "keras.Sequential") -> Measurement:
        return {
            "shifted": [accuracy_of(model, shift(images, by), labels) for by in pixels],
            "turned": [accuracy_of(model, turn(images, by), labels) for by in degrees],
        }

    figures: Figures = {"n": lab.test_images, "seeds": list(lab.seeds), "pixels": pixels, "degrees": degrees}
    for network in NETWORKS:
        measured = [lab.measure("shifts", _trial(lab, network, seed), at_all) for seed in lab.seeds]
        for kind in ("shifted", "turned"):
            figures[f"{network} {kind}"] = [one[kind] for one in measured]  # one row per seed
    return figures


def _trial(lab: Lab, network: str, seed: int) -> Trial:
    return lab.mlp(seed) if network == "mlp" else lab.trial(network, seed)


def shift(images: Images, pixels: int) -> Images:
    """Shift each image by `pixels` up, down, left or right, chosen with a fixed seed; what leaves the frame is lost."""
    directions = np.random.default_rng(0).integers(4, size=len(images))
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    moved = np.empty_like(images)
    for direction, (row, column) in enumerate([(0, 1), (2, 1), (1, 0), (1, 2)]):
        here = directions == direction
        top, left = row * pixels, column * pixels
        moved[here] = padded[here, top : top + 28, left : left + 28]
    return moved


def turn(images: Images, degrees: float) -> Images:
    """Rotate each image about its centre, to either side as chosen with a fixed seed, with bilinear interpolation."""
    signs = np.random.default_rng(1).choice((-1, 1), size=len(images))
    matrices = {sign: cv2.getRotationMatrix2D((13.5, 13.5), float(sign) * degrees, 1.0) for sign in (-1, 1)}
    turned = [cv2.warpAffine(image, matrices[sign], (28, 28)) for image, sign in zip(images, signs, strict=True)]
    return np.asarray(turned, dtype=np.uint8)


def judge(figures: Figures) -> list[Check]:
    """The accuracy each network loses at 3 pixels and 30°."""
    n = figures["n"]
    pixel = list(figures["pixels"]).index(JUDGED[0])
    degree = list(figures["degrees"]).index(JUDGED[1])

    def lead(first: str, second: str, kind: str, at: int) -> Check:
        says = {
            "shifted": f"A shift of {JUDGED[0]} pixels costs the {_short(first)} less than the {_short(second)}",
            "turned": f"A turn of {JUDGED[1]}° costs the {_short(first)} less than the {_short(second)}",
        }[kind]
        costs = [[row[0] - row[at] for row in figures[f"{network} {kind}"]] for network in (second, first)]
        return Check(says, difference(costs[0], costs[1], n=n), above=0)

    return [
        lead("cnn", "mlp", "shifted", pixel),
        lead("cnn", "mlp", "turned", degree),
        lead("cnn", "strides", "shifted", pixel),
    ]


def _short(network: str) -> str:
    return {"cnn": "CNN", "mlp": "MLP", "strides": "CNN without pooling"}[network]


def table(figures: Figures) -> Table:
    """One row per shift and angle."""
    rows = []
    for kind, unit, steps in (("shifted", "px", figures["pixels"]), ("turned", "°", figures["degrees"])):
        for at, by in enumerate(steps):
            cells = [
                accuracy([row[at] for row in figures[f"{network} {kind}"]], n=figures["n"]).in_percent()
                for network in NETWORKS
            ]
            rows.append((f"{kind} by {by:g} {unit}".replace(" °", "°"), *cells))
    return Table(("test accuracy, %", "CNN", "CNN, strides for pooling", "MLP"), rows)


def draw(figures: Figures) -> "Figure":
    """Two panels: pixels and degrees."""
    figure, panels = plots.canvas(columns=2)
    for axes, kind, steps, label in (
        (panels[0], "shifted", figures["pixels"], "shifted by, pixels"),
        (panels[1], "turned", figures["degrees"], "turned by, degrees"),
    ):
        for network, name in NETWORKS.items():
            series = figures[f"{network} {kind}"]
            estimates = [accuracy([row[at] for row in series], n=figures["n"]) for at in range(len(steps))]
            plots.curve(axes, steps, estimates, color=plots.COLORS[network], label=name)
        axes.set_xlabel(label)
        axes.set_xticks(list(steps), [f"{step:g}" for step in steps])
        plots.percent(axes, low=0.0)
    panels[0].legend(loc="lower left")
    return figure


EXPERIMENT = Experiment(
    name="shifts",
    title="Shifts and rotations",
    claim="Because a kernel looks for its pattern everywhere, the CNN bears digits that have moved; pooling helps.",
    prediction=(
        "Trained on centred digits only, the CNN loses less than the MLP when test digits are shifted by 3 pixels or "
        "turned by 30°, and less than a CNN that shrinks its maps by steps of two in place of pooling."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
