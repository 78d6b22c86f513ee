"""The comparison as one self-contained HTML file: `html(comparison, data, mlp=..., cnn=...)`.

The numbers are prepared here, report.html.jinja lays them out, and the charts are SVG drawn by its macros from points
that are placed here. It loads nothing from anywhere.
"""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from PIL import Image

from digitscope.arrays import Floats
from digitscope.evaluation.accuracy import Evaluation, score
from digitscope.evaluation.comparison import MODELS, REFERENCE, Comparison
from digitscope.mnist.dataset import LICENSE, MNIST

WIDTH, HEIGHT, MARGIN = 360, 270, 40  # of every chart, in SVG units; shown at the width of its column


def html(comparison: Comparison, data: MNIST, *, mlp: Floats, cnn: Floats) -> str:
    """The report of `comparison`; `mlp` and `cnn` are the first seed's answers on the test images, [10000, 10] each."""
    labels = data.test_labels
    right = {"mlp": mlp.argmax(axis=1) == labels, "cnn": cnn.argmax(axis=1) == labels}
    differ = mlp.argmax(axis=1) != cnn.argmax(axis=1)
    groups = {
        "Only the CNN is right": ~right["mlp"] & right["cnn"],
        "Only the MLP is right": right["mlp"] & ~right["cnn"],
        "Both fail, with the same answer": ~right["mlp"] & ~right["cnn"] & ~differ,
        "Both fail, with different answers": ~right["mlp"] & ~right["cnn"] & differ,
    }
    scores = {"mlp": score(mlp, labels, model="mlp"), "cnn": score(cnn, labels, model="cnn")}
    template = jinja2.Template(
        Path(__file__).with_name("report.html.jinja").read_text(encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return template.render(
        comparison=comparison,
        models=MODELS,
        reference=REFERENCE,
        record=comparison.entries[0].run.record,
        scores=scores,
        confusions={model: _confusion(scores[model]) for model in MODELS},
        curves={model: _curves(comparison, model) for model in MODELS},
        classes=_classes([scores[model] for model in MODELS]),
        groups={
            title: [_picture(int(i), data, mlp, cnn) for i in np.flatnonzero(chosen)]
            for title, chosen in groups.items()
        },
        paired=list(zip(comparison.seeds, comparison.paired, strict=True)),
        license=LICENSE,
        width=WIDTH,
        height=HEIGHT,
        margin=MARGIN,
    )


def _picture(index: int, data: MNIST, mlp: Floats, cnn: Floats) -> dict[str, Any]:
    """One test image in the gallery as a data: address, with both models' probabilities of each digit."""
    buffer = io.BytesIO()
    Image.fromarray(data.test_images[index]).save(buffer, "PNG", optimize=True)
    png = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    label = int(data.test_labels[index])
    return {"index": index, "label": label, "png": png, "mlp": mlp[index].tolist(), "cnn": cnn[index].tolist()}


def _confusion(evaluation: Evaluation) -> list[list[tuple[int, float]]]:
    """Each count with the strength of its cell's colour: mistakes by square root against the most frequent one."""
    counts = np.array(evaluation.confusion)
    mistakes = counts - np.diag(np.diag(counts))
    strength = np.sqrt(mistakes / max(mistakes.max(), 1))
    return [[(int(n), float(s)) for n, s in zip(*rows, strict=True)] for rows in zip(counts, strength, strict=True)]


def _curves(comparison: Comparison, model: str) -> dict[str, Any]:
    """The learning curves of one model: lines as SVG points, the test accuracy as a point, the axis' ticks."""
    runs = [entry.run for entry in comparison.of(model)]
    held_out = [run for run in comparison.held_out if run.recipe.name == model]
    lines = [("train", run.history["accuracy"]) for run in runs]
    lines += [("held-out", run.history["held_out_accuracy"]) for run in held_out]
    tests = [entry.test.value for entry in comparison.of(model)]
    bottom = _lowest(comparison)
    epochs = comparison.epochs

    def place(epoch: float, accuracy: float) -> tuple[float, float]:
        return (
            round(_at(epoch, 1, max(epochs, 2), MARGIN + 8, WIDTH - 16), 1),
            round(_at(accuracy, bottom, 1.0, HEIGHT - MARGIN, 14), 1),
        )

    return {
        "lines": [
            (kind, [place(epoch, value) for epoch, value in enumerate(values, start=1)]) for kind, values in lines
        ],
        "tests": [place(epochs, test) for test in tests],
        "epochs": [(epoch, place(epoch, 1.0)[0]) for epoch in range(1, epochs + 1, -(-epochs // 10))],
        "ticks": [(f"{100 * tick:.0f}\u00a0%", place(1, tick)[1]) for tick in np.linspace(bottom, 1, 3)],
        "held_out": bool(held_out),
    }


def _lowest(comparison: Comparison) -> float:
    """Where both models' accuracy axis starts: below all that is drawn, at a whole 2 %."""
    runs = [*(entry.run for entry in comparison.entries), *comparison.held_out]
    drawn = [min(run.history.get(name, [1.0])) for run in runs for name in ("accuracy", "held_out_accuracy")]
    return float(np.floor(min(*drawn, *(entry.test.value for entry in comparison.entries)) * 50) / 50)


def _classes(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Each digit's accuracy with its interval, for each model, placed on a common axis."""
    lowest = min(digit.recall.low for evaluation in evaluations for digit in evaluation.digits)
    bottom = np.floor(lowest * 50) / 50

    def x(value: float) -> float:
        return round(_at(value, bottom, 1.0, 24, WIDTH - 16), 1)

    return {
        "rows": [
            [
                (x(digit.recall.low), x(digit.recall.value), x(digit.recall.high), str(digit.recall))
                for digit in evaluation.digits
            ]
            for evaluation in evaluations
        ],
        "ticks": [(f"{100 * tick:.0f}\u00a0%", x(tick)) for tick in np.linspace(bottom, 1, 3)],
    }


def _at(value: float, low: float, high: float, start: float, end: float) -> float:
    """Where `value` between `low` and `high` lies between `start` and `end`."""
    return float(start + (value - low) / (high - low) * (end - start)) if high > low else float(start)
