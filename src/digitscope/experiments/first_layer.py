"""What the first layer learned: the MLP's weights and the CNN's kernels, as pictures and as two figures."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from digitscope.experiments import plots
from digitscope.experiments.experiment import Experiment, Figures, Table
from digitscope.experiments.lab import Lab, Measurement, Run
from digitscope.experiments.verdict import Check, over_seeds

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

Weights = npt.NDArray[np.float32]

SHOWN = 32  # the MLP's units that are kept as pictures; the CNN has 32 kernels in all


def measure(lab: Lab) -> Figures:
    """Which first-layer weights never moved, how smooth the MLP's are and how like edges the CNN's kernels are."""
    figures: Figures = {"seeds": list(lab.seeds)}
    for network, run_of in (("mlp", lab.mlp), ("cnn", lab.cnn)):
        measured = [_measure(lab, network, run_of(seed)) for seed in lab.seeds]
        for key in ("idle", "before", "after"):
            figures[f"{network} {key}"] = [one[key] for one in measured]
        figures[f"{network} pictures"] = measured[0]["pictures"]
    return figures


def _measure(lab: Lab, network: str, run: Run) -> Measurement:
    untrained = first_weights(lab.fresh(run))
    order = neighbour_correlation if network == "mlp" else edge_share

    def of(model: "keras.Sequential") -> Measurement:
        trained = first_weights(model)
        return {
            "idle": idle_share(untrained, trained),
            "before": order(untrained),
            "after": order(trained),
            "pictures": pictures(trained),
        }

    return lab.measure("first-layer", run, of)


def first_weights(model: "keras.Sequential") -> Weights:
    """The first layer's weights as pictures: [units, 28, 28] for the MLP, [kernels, 3, 3] for the CNN."""
    kernel: Weights = np.asarray(next(layer for layer in model.layers if layer.weights).get_weights()[0])
    side = 28 if kernel.ndim == 2 else kernel.shape[0]
    return kernel.reshape(side, side, -1).transpose(2, 0, 1)


def idle_share(untrained: Weights, trained: Weights) -> float:
    """The share of weights that training never moved: those whose pixel is empty in every training image."""
    return float(np.mean(untrained == trained))


def neighbour_correlation(weights: Weights) -> float:
    """The correlation between weights of adjacent pixels: 0 for noise, towards 1 for smooth pictures."""
    beside = np.concatenate([_pairs(weights), _pairs(weights.transpose(0, 2, 1))], axis=1)
    return float(np.corrcoef(beside)[0, 1])


def _pairs(weights: Weights) -> Weights:
    return np.stack([weights[:, :, :-1].ravel(), weights[:, :, 1:].ravel()])


def edge_share(kernels: Weights) -> float:
    """How much of the kernels is an edge: the share of their squared weights that a slope across them explains.

    Each 3×3 kernel is fitted with a·row + b·column. Two of nine dimensions: noise gives 2/9 on average.
    """
    slope = np.array([-1.0, 0.0, 1.0]) / np.sqrt(6)  # of length 1 once it is repeated over three rows or columns
    down = np.einsum("nij,i->n", kernels, slope)
    across = np.einsum("nij,j->n", kernels, slope)
    return float(np.mean((down**2 + across**2) / np.maximum((kernels**2).sum(axis=(1, 2)), 1e-12)))


def pictures(weights: Weights) -> list[Any]:
    """The first units as whole numbers from −127 to 127, each scaled by its largest weight."""
    shown = weights[:SHOWN]
    largest = np.maximum(np.abs(shown).max(axis=(1, 2), keepdims=True), 1e-12)
    whole: list[Any] = np.rint(127 * shown / largest).astype(int).tolist()
    return whole


def judge(figures: Figures) -> list[Check]:
    """Idle weights in the MLP and none in the CNN; order that was not there before training."""

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
    """Three figures a network."""
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
    """Pictures of 32 MLP units and of the 32 CNN kernels."""
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
