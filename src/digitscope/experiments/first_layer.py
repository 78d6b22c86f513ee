"""What the first layer learned: the MLP's weights and the CNN's kernels, as images and as two figures."""

from typing import TYPE_CHECKING, Any

import numpy as np

from digitscope.arrays import Floats
from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, Measurement, Trial
from digitscope.experiments.verdict import Check, over_seeds

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

SHOWN = 32  # MLP units kept as images; the CNN has 32 kernels in all


def measure(lab: Lab) -> Figures:
    """The share of idle weights, the smoothness of the MLP's and the edge share of the CNN's kernels."""
    figures: Figures = {"seeds": list(lab.seeds)}
    for network, trial_of in (("mlp", lab.mlp), ("cnn", lab.cnn)):
        measured = [_measure(lab, network, trial_of(seed)) for seed in lab.seeds]
        for key in ("idle", "before", "after"):
            figures[f"{network} {key}"] = [one[key] for one in measured]
        figures[f"{network} pictures"] = measured[0]["pictures"]
    return figures


def _measure(lab: Lab, network: str, trial: Trial) -> Measurement:
    untrained = first_weights(lab.fresh(trial))
    order = neighbour_correlation if network == "mlp" else edge_share

    def of(model: "keras.Sequential") -> Measurement:
        trained = first_weights(model)
        return {
            "idle": idle_share(untrained, trained),
            "before": order(untrained),
            "after": order(trained),
            "pictures": pictures(trained),
        }

    return lab.measure("first-layer", trial, of)


def first_weights(model: "keras.Sequential") -> Floats:
    """The first layer's weights as images: [units, 28, 28] for the MLP, [kernels, 3, 3] for the CNN."""
    kernel: Floats = np.asarray(next(layer for layer in model.layers if layer.weights).get_weights()[0])
    side = 28 if kernel.ndim == 2 else kernel.shape[0]
    return kernel.reshape(side, side, -1).transpose(2, 0, 1)


def idle_share(untrained: Floats, trained: Floats) -> float:
    """The share of weights that training never changed: those of pixels that are 0 in every training image."""
    return float(np.mean(untrained == trained))


def neighbour_correlation(weights: Floats) -> float:
    """The correlation between weights of adjacent pixels: 0 for noise, near 1 for smooth images."""
    beside = np.concatenate([_pairs(weights), _pairs(weights.transpose(0, 2, 1))], axis=1)
    return float(np.corrcoef(beside)[0, 1])


def _pairs(weights: Floats) -> Floats:
    return np.stack([weights[:, :, :-1].ravel(), weights[:, :, 1:].ravel()])


def edge_share(kernels: Floats) -> float:
    """The share of the kernels' squared weights that a linear slope explains, averaged over the kernels.

    Each 3×3 kernel is fitted with a·row + b·column: two of nine dimensions, so noise gives 2/9 on average.
    """
    slope = np.array([-1.0, 0.0, 1.0]) / np.sqrt(6)  # of norm 1 once repeated over three rows or columns
    down = np.einsum("nij,i->n", kernels, slope)
    across = np.einsum("nij,j->n", kernels, slope)
    return float(np.mean((down**2 + across**2) / np.maximum((kernels**2).sum(axis=(1, 2)), 1e-12)))


def pictures(weights: Floats) -> list[Any]:
    """The first units as integers from −127 to 127, each scaled by its largest weight."""
    shown = weights[:SHOWN]
    largest = np.maximum(np.abs(shown).max(axis=(1, 2), keepdims=True), 1e-12)
    whole: list[Any] = np.rint(127 * shown / largest).astype(int).tolist()
    return whole


def judge(figures: Figures) -> list[Check]:
    """Idle weights in the MLP, none in the CNN; and structure that training added."""

    def gain(network: str, says: str) -> Check:
        gains = [a - b for a, b in zip(figures[f"{network} after"], figures[f"{network} before"], strict=True)]
        return Check(says, over_seeds(gains), above=0, unit="")

    return [
        Check("Some of the MLP's weights never learn", over_seeds(figures["mlp idle"]), above=0, unit="percent"),
        Check("Fewer than 1 % of the CNN's do", over_seeds(figures["cnn idle"]), below=0.01, unit="percent"),
        gain("mlp", "Training makes adjacent weights of the MLP more alike (correlation gained)"),
        gain("cnn", "Training makes the CNN's kernels more like edges (share of the kernel gained)"),
    ]


def table(figures: Figures) -> Table:
    """Three figures per network."""
    rows = [
        (
            name,
            over_seeds(figures[f"{network} idle"]).in_percent(),
            f"{over_seeds(figures[f'{network} before']).mean:.3f}",
            f"{over_seeds(figures[f'{network} after']).mean:.3f}",
        )
        for network, name in (("mlp", "MLP: correlation of adjacent weights"), ("cnn", "CNN: edge share of kernels"))
    ]
    return Table(("first layer", "weights that never moved, %", "before training", "after"), rows)


def draw(figures: Figures) -> "Figure":
    """Images of 32 MLP units and of the 32 CNN kernels."""
    return plots.picture_grids(
        {
            "MLP: the 784 weights of 32 of its 512 units": figures["mlp pictures"],
            "CNN: its 32 kernels, 3 × 3": figures["cnn pictures"],
        }
    )


EXPERIMENT = Experiment(
    name="first-layer",
    title="What the first layer learned",
    claim="The CNN spends its first weights on small patterns that occur anywhere, the MLP on each pixel by itself.",
    prediction=(
        "Weights of the MLP whose pixel is empty in every training image never move; the CNN has no such weights. "
        "Training finds neighbourhoods in both: adjacent weights of the MLP come to resemble each other, and the "
        "CNN's kernels come to resemble edges."
    ),
    measure=measure,
    judge=judge,
    table=table,
    draw=draw,
)
