"""How well a finished network does, as its record and card say it: `FIGURES["classifier"](...)`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Floats, Labels
from digitscope.mnist import MNIST, Split
from digitscope.models import rejection
from digitscope.reading.detection import REACH_UNIT, STRIDE_X, STRIDE_Y
from digitscope.statistics import share
from digitscope.training.data import Own
from digitscope.training.recipes import Recipe
from digitscope.training.samples import Batch

if TYPE_CHECKING:
    from digitscope.training.export import Graph

REJECTED = 0.005  # of the held-out digits, at the threshold that a held-out run proposes


def classifier(
    graph: "Graph", recipe: Recipe, mnist: MNIST, held: Sequence[Batch], *, held_out: bool
) -> dict[str, Any]:
    """Shares of images that are read right and that are rejected; from held-out ones, also a threshold."""
    parts = {"train": mnist.train_55000 if held else mnist.train, **_apart(recipe, mnist, held_out=held_out)}
    if isinstance(recipe.data, Own):
        parts["train"], _ = recipe.data.splits()
    if held:
        parts["held_out"] = mnist.held_out
    metrics: dict[str, Any] = {}
    for part, (images, labels) in parts.items():
        probabilities = graph.run(images)[0]
        metrics[part] = _accuracy(probabilities, labels)
        if part in ("held_out", "test"):
            doubts = rejection(probabilities)
            metrics[f"{part}_rejected"] = share((doubts > recipe.threshold).sum(), len(doubts)).to_dict()
        if part == "held_out":
            metrics["threshold"] = {"value": float(np.quantile(doubts, 1 - REJECTED))}
    if held and recipe.data.made and "validation" not in parts:
        right = [(graph.run(x)[0].argmax(axis=1) == y).sum() for x, y in held]
        metrics["held_out_made"] = share(sum(right), sum(len(y) for _, y in held)).to_dict()
    return metrics


def before(recipe: Recipe, mnist: MNIST, *, held_out: bool) -> dict[str, Any]:
    """How well the classifier does that the recipe goes on from, on the images that it is measured on after."""
    if not recipe.start or recipe.kind != "classifier":
        return {}
    start = models.load(recipe.start)
    apart = _apart(recipe, mnist, held_out=held_out)
    return {f"{part}_before": _accuracy(start.run(images), labels) for part, (images, labels) in apart.items()}


def _apart(recipe: Recipe, mnist: MNIST, *, held_out: bool) -> dict[str, Split]:
    """What teaches nothing: one's own images for validation, and unless held out, MNIST's test images."""
    apart = {"validation": recipe.data.splits()[1]} if isinstance(recipe.data, Own) else {}
    return apart if held_out else {**apart, "test": mnist.test}


def _accuracy(probabilities: Floats, labels: Labels) -> dict[str, float]:
    return share((probabilities[:, :10].argmax(axis=1) == labels).sum(), len(labels)).to_dict()


def detector(graph: "Graph", recipe: Recipe, mnist: MNIST, held: Sequence[Batch], *, held_out: bool) -> dict[str, Any]:
    """Of the digits on held-out tiles, the share whose most confident cell gives the right one.

    Of the cells that see none, the share that say so.
    """
    found, digits, empty, cells = 0, 0, 0, 0
    for x, y in held:
        classes = graph.run(x)[0]
        none = (y[..., 0] == NOT_A_DIGIT) & (y[..., 1] > 0)
        empty, cells = empty + int((classes[none].argmax(axis=1) == NOT_A_DIGIT).sum()), cells + int(none.sum())
        tile, row, column = np.nonzero(y[..., 0] != NOT_A_DIGIT)
        sides = y[tile, row, column, 2:] * REACH_UNIT
        corner = np.rint([(column + 0.5) * STRIDE_X - sides[:, 0], (row + 0.5) * STRIDE_Y - sides[:, 1]])
        _, digit = np.unique(np.stack([tile, *corner]), axis=1, return_inverse=True)  # the cells of one digit
        answers, truth = classes[tile, row, column], y[tile, row, column, 0]
        order = np.lexsort((answers[:, NOT_A_DIGIT], digit))
        first = order[np.unique(digit[order], return_index=True)[1]]  # of each digit, the cell that doubts it least
        found, digits = found + int((answers[first].argmax(axis=1) == truth[first]).sum()), digits + len(first)
    counts = {"held_out_digits": (found, digits), "held_out_empty": (empty, cells)}
    return {name: share(right, total).to_dict() for name, (right, total) in counts.items() if total}


def decision(graph: "Graph", recipe: Recipe, mnist: MNIST, held: Sequence[Batch], *, held_out: bool) -> dict[str, Any]:
    """Of what is found on held-out pages, the digits decided rightly and those rejected, and what else passes."""
    evidence, values = (np.concatenate(part) for part in zip(*held, strict=True))
    decided = graph.run(evidence)[0]
    digit, kept = values != NOT_A_DIGIT, decided[:, NOT_A_DIGIT] <= recipe.threshold
    right = kept & (decided[:, :NOT_A_DIGIT].argmax(axis=1) == values)
    return {
        "found_digits": share(digit.sum(), len(digit)).to_dict(),
        "held_out_digits_right": share(right[digit].sum(), digit.sum()).to_dict(),
        "held_out_digits_rejected": share((~kept[digit]).sum(), digit.sum()).to_dict(),
        "held_out_others_kept": share(kept[~digit].sum(), (~digit).sum()).to_dict(),
    }


FIGURES: dict[str, Callable[..., dict[str, Any]]] = {
    "classifier": classifier,
    "detector": detector,
    "decision": decision,
}
