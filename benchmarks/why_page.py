"""Records what the page's view Why shows, into src/digitscope/web/static/data/.

    python benchmarks/why_page.py experiment    # from results/*.json: nothing is measured
    python benchmarks/why_page.py mistakes      # the test images that the shipped MLP or CNN gets wrong
    python benchmarks/why_page.py training      # trains both once, seed 0, and keeps what they were like on the way

The recording of a training holds the kernels of the first layer, the accuracy on the test images, and the answers to
SHOWN of them, after each of STEPS and after each epoch. Pictures of kernels are grey where a weight is zero.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from digitscope.mnist import LICENSE, MNIST, load_mnist
from digitscope.reading.reader import Recognizer

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
DATA = ROOT / "src" / "digitscope" / "web" / "static" / "data"
MODELS = ("mlp", "cnn")
NAMES = {"mlp": "MLP", "cnn": "CNN", "strides": "CNN without pooling"}
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)  # then each epoch
UNITS = 16  # of the MLP's 512, whose weights are shown
SHOWN = 60  # test images whose answers are kept
ACROSS = 30  # images in a row of a sheet

Grey = npt.NDArray[np.uint8]


def experiment() -> None:
    """The table of the comparison and each claim's verdict, checks and charts."""
    summary = json.loads((RESULTS / "compare.json").read_text())["figures"]
    claims = [claim(name) for name in ("shuffled", "shifts", "parameters", "data", "parts", "first-layer")]
    table = {
        "seeds": summary["seeds"],
        "test_images": summary["entries"][0]["test"]["total"],
        "conclusion": summary["conclusion"],
        "models": {
            name: {key: summary["summary"][name][key] for key in ("parameters", "size", "microseconds", "reference")}
            | {
                key: {part: round(summary["summary"][name][key][part], 5) for part in ("mean", "low", "high")}
                for key in ("test", "train_running", "seconds")
            }
            for name in MODELS
        },
    }
    write("experiment.json", {"table": table, "claims": claims})


def claim(name: str) -> dict[str, Any]:
    """One experiment of `digitscope why`, with the charts that its plot has."""
    result = json.loads((RESULTS / f"why-{name}.json").read_text())
    kept = ("experiment", "title", "claim", "prediction", "verdict", "checks", "seeds", "steps", "test_images")
    return {key: result[key] for key in kept if key in result} | {"charts": CHARTS[name](result["figures"])}


def shuffled(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Accuracy on images as they are and shuffled."""
    kinds = ("as they are", "shuffled")
    rows = {m: [estimate(figures[f"{m} {kind}"], figures["n"]) for kind in kinds] for m in MODELS}
    return [chart("Shuffled in the same way", axis("", "category", kinds), accuracy(), rows)]


def shifts(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Accuracy against the shift, and against the turn."""
    charts = []
    for kind, at, label in (("shifted", "pixels", "shift, pixels"), ("turned", "degrees", "turn, degrees")):
        rows = {
            m: [estimate(values, figures["n"]) for values in zip(*figures[f"{m} {kind}"], strict=True)]
            for m in ("cnn", "strides", "mlp")
        }
        charts.append(chart(kind.capitalize(), axis(label, "linear", figures[at]), accuracy(), rows))
    return charts


def parameters(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Error against parameters."""
    rows: dict[str, list[list[float]]] = {m: [] for m in MODELS}
    places: dict[str, list[float]] = {m: [] for m in MODELS}
    for name, network in figures["networks"].items():
        model = name.split()[0]
        rows[model].append(error(estimate(network["accuracy"], figures["n"])))
        places[model].append(network["parameters"])
    return [chart("Error by size", axis("parameters", "log", places), axis("test error", "log", unit="percent"), rows)]


def data(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Error against training images."""
    rows = {m: [error(estimate(values, figures["n"])) for values in figures[m]] for m in MODELS}
    by = axis("training images", "log", figures["sizes"])
    return [chart("Error by training images", by, axis("test error", "log", unit="percent"), rows)]


def parts(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Accuracy of each variant against the reference CNN."""
    from digitscope.experiments.parts import PARTS
    from digitscope.experiments.verdict import difference

    names = [name for name in PARTS if name != "cnn"]
    reference = figures["parts"]["cnn"]["accuracy"]
    gaps = [difference(figures["parts"][name]["accuracy"], reference, n=figures["n"]) for name in names]
    points = [[round(100 * value, 3) for value in (gap.mean, gap.low, gap.high)] for gap in gaps]
    y = axis("points of test accuracy, against the reference CNN", "linear", unit="points")
    return [
        chart("One part changed", axis("", "category", [PARTS[name] for name in names]), y, {"cnn": points}, "dots")
    ]


def first_layer(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """How alike adjacent weights of the MLP are, and how much of the CNN's kernels is an edge, before and after."""
    from digitscope.experiments.verdict import over_seeds

    rows = {}
    for model in MODELS:
        found = [over_seeds(figures[f"{model} {when}"]) for when in ("before", "after")]
        rows[model] = [[round(value, 5) for value in (one.mean, one.low, one.high)] for one in found]
    y = axis("MLP: correlation of neighbours; CNN: share of an edge", "linear")
    return [chart("Before and after training", axis("", "category", ("before", "after")), y, rows)]


CHARTS = {
    "shuffled": shuffled,
    "shifts": shifts,
    "parameters": parameters,
    "data": data,
    "parts": parts,
    "first-layer": first_layer,
}


def axis(label: str, scale: str, values: Any = None, *, unit: str = "") -> dict[str, Any]:
    """An axis as the page's charts take it."""
    return {"label": label, "scale": scale, "values": values, "unit": unit}


def accuracy() -> dict[str, Any]:
    return axis("test accuracy", "linear", unit="percent")


def chart(
    title: str, x: dict[str, Any], y: dict[str, Any], rows: dict[str, list[list[float]]], kind: str = "line"
) -> dict[str, Any]:
    """A chart: for each series its points, x, mean, low and high."""
    values = x.pop("values")
    places = list(values) if not isinstance(values, dict) else None
    if x["scale"] == "category":
        x["categories"], places = places, list(range(len(places or ())))
    series = [
        {
            "key": model,
            "name": NAMES[model],
            "points": [[at, *point] for at, point in zip(places or values[model], points, strict=True)],
        }
        for model, points in rows.items()
    ]
    return {"title": title, "kind": kind, "x": x, "y": {k: v for k, v in y.items() if k != "values"}, "series": series}


def estimate(values: Sequence[float], n: int) -> list[float]:
    """Mean, low and high of an accuracy over seeds; 95 % interval."""
    from digitscope.experiments.verdict import combination

    found = combination((1, values), n=n)
    return [round(value, 5) for value in (found.mean, max(0.0, found.low), min(1.0, found.high))]


def error(of: list[float]) -> list[float]:
    """1 − accuracy, kept above 0 for a logarithmic axis."""
    mean, low, high = of
    return [round(max(1 - value, 1e-4), 5) for value in (mean, high, low)]


def mistakes() -> None:
    """Each test image that the shipped MLP or CNN gets wrong, with both answers."""
    mnist = load_mnist()
    found = {model: Recognizer(model).classify(mnist.test_images) for model in MODELS}
    answers = {model: probabilities.argmax(axis=1) for model, probabilities in found.items()}
    wrong = np.flatnonzero((answers["mlp"] != mnist.test_labels) | (answers["cnn"] != mnist.test_labels))
    sheet(mnist.test_images[wrong]).save(DATA / "mistakes.png", optimize=True)
    images = [
        [int(index), int(mnist.test_labels[index])]
        + [part for m in MODELS for part in (int(answers[m][index]), round(float(found[m][index].max()), 3))]
        for index in wrong
    ]
    fields = ["index", "label", "mlp", "mlp_probability", "cnn", "cnn_probability"]
    write("mistakes.json", {"fields": fields, "across": ACROSS, "images": images, "license": LICENSE})


def training() -> None:
    """Train both networks, and keep what they were like after each of STEPS and each epoch."""
    from digitscope.training import backend

    backend.load()
    mnist = load_mnist()
    snapshots = {model: trained(model, mnist) for model in MODELS}
    shown = graded(mnist, snapshots)
    sheet(mnist.test_images[shown]).save(DATA / "training.png", optimize=True)
    record: dict[str, Any] = {
        "across": ACROSS,
        "test_images": len(mnist.test_labels),
        "images": [[int(index), int(mnist.test_labels[index])] for index in shown],
        "models": {},
        "license": LICENSE,
    }
    for model, rows in snapshots.items():
        kernels = np.stack([row["kernels"] for row in rows])  # [moments, units, side, side]
        moments, units, side, _ = kernels.shape
        scale = np.abs(kernels).max(axis=(2, 3), keepdims=True).max(axis=0, keepdims=True)
        grey = np.rint(127.5 + 127.5 * kernels / scale).astype(np.uint8)
        picture = grey.transpose(0, 2, 1, 3).reshape(moments * side, units * side)
        Image.fromarray(picture).save(DATA / f"training-{model}.png", optimize=True)
        record["models"][model] = {
            "units": units,
            "side": side,
            "batch": rows[0]["batch"],
            "moments": [
                {
                    "name": row["name"],
                    "images": row["images"],
                    "accuracy": round(float((row["answers"] == mnist.test_labels).mean()), 4),
                    "answers": "".join(map(str, row["answers"][shown])),
                }
                for row in rows
            ],
        }
    write("training.json", record)


def graded(mnist: MNIST, snapshots: dict[str, list[dict[str, Any]]]) -> npt.NDArray[np.int64]:
    """SHOWN test images that a network got wrong after step 200, from the easiest to the hardest, in MNIST's order."""
    wrong = {model: [row["answers"] != mnist.test_labels for row in rows] for model, rows in snapshots.items()}
    late = [moment for moments in wrong.values() for moment in moments[len(STEPS) - 1 :]]
    at_200 = np.any([moments[len(STEPS) - 1] for moments in wrong.values()], axis=0)
    candidates = np.flatnonzero(at_200)
    by_hardness = candidates[np.argsort(np.sum(late, axis=0)[candidates], kind="stable")]
    return np.sort(by_hardness[np.linspace(0, len(by_hardness) - 1, SHOWN).astype(int)])


def trained(name: str, mnist: MNIST) -> list[dict[str, Any]]:
    """The moments of one training, by the reference's recipe: kernels [units, side, side] and answers [10000]."""
    import keras

    from digitscope.training import RECIPES
    from digitscope.training.networks import build

    recipe = RECIPES[name]
    keras.utils.set_random_seed(0)
    network = build(name)
    network.compile(recipe.optimizer, "sparse_categorical_crossentropy")
    network.optimizer.learning_rate = recipe.learning_rate
    shape = (-1, 784) if name == "mlp" else (-1, 28, 28, 1)
    images = (mnist.train_images / np.float32(255)).reshape(shape)
    test = (mnist.test_images / np.float32(255)).reshape(shape)
    order = np.random.default_rng(0)
    moments = []

    def moment(title: str, step: int) -> None:
        kernel = np.asarray(network.layers[0].get_weights()[0])
        kernels = kernel.T.reshape(-1, 28, 28)[:UNITS] if name == "mlp" else kernel[:, :, 0].transpose(2, 0, 1)
        answers = network.predict(test, batch_size=1000, verbose=0).argmax(axis=1)
        moments.append(
            {
                "name": title,
                "images": step * recipe.batch_size,
                "kernels": kernels,
                "answers": answers,
                "batch": recipe.batch_size,
            }
        )
        print(f"{name:4} {title:9} {(answers == mnist.test_labels).mean():.2%}", flush=True)

    step = 0
    for epoch in range(recipe.epochs):
        shuffled = order.permutation(len(images))
        for start in range(0, len(images), recipe.batch_size):
            if step in STEPS:
                moment(f"step {step}", step)
            batch = shuffled[start : start + recipe.batch_size]
            network.train_on_batch(images[batch], mnist.train_labels[batch])
            step += 1
        moment(f"epoch {epoch + 1}", step)
    return moments


def sheet(images: Grey) -> Image.Image:
    """Images [N, 28, 28] in rows of ACROSS."""
    rows = -(-len(images) // ACROSS)
    filled = np.zeros((rows * ACROSS, 28, 28), np.uint8)
    filled[: len(images)] = images
    return Image.fromarray(filled.reshape(rows, ACROSS, 28, 28).swapaxes(1, 2).reshape(rows * 28, ACROSS * 28))


def write(name: str, value: dict[str, Any]) -> None:
    """A file of the page."""
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(DATA / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("experiment", "mistakes", "training"))
    {"experiment": experiment, "mistakes": mistakes, "training": training}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
