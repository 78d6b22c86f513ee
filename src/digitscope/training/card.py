"""A model file's card: what it is, how it was made, how well it does, in Markdown beside the file."""

from collections.abc import Mapping, Sequence
from typing import Any

from digitscope.models.file import Layer

PARTS = {
    "train_running": "training images, the last epoch's running mean",
    "train": "training images, the finished network",
    "held_out": "held-out images",
    "test": "test images",
}


def card(record: Mapping[str, Any], layers: Sequence[Layer], *, temperature: float) -> str:
    """The card of a run's model, from its record (run.json) and the layers that run."""
    recipe = record["recipe"]
    trained_on = "the first 55,000 training images" if record["held_out"] else "all training images"
    lines = [
        f"# {record['name']}",
        "",
        f"Reads one handwritten digit: uint8 [N, 28, 28] in MNIST's form in, {recipe['classes']} probabilities out. "
        f"Trained on MNIST ({trained_on}), seed {record['seed']}, by `digitscope train`.",
        "",
        "| accuracy on | value | 95 % Wilson interval | images |",
        "|---|---|---|---|",
        *(_accuracy_row(PARTS[name], values) for name, values in record["metrics"].items() if name in PARTS),
        "",
        "| layer | kind | output | parameters |",
        "|---|---|---|---|",
        *(
            f"| {layer.name} | {layer.kind} | {' × '.join(map(str, layer.shape))} | {layer.parameters:,} |"
            for layer in layers
        ),
        f"| | | | **{sum(layer.parameters for layer in layers):,}** |",
        "",
        f"Recipe: {', '.join(f'{name} {value}' for name, value in recipe.items() if name != 'name')}. "
        f"Softmax temperature {temperature:g}. A glyph is rejected above {recipe['threshold']:g}, which turns away "
        "about 0.6 % of held-out digits.",
        "",
        *_limits(recipe),
        "",
        f"Made with {', '.join(f'{name} {version}' for name, version in record['versions'].items())}, "
        f"{record['backend']} backend, on {record['machine']['processor']}.",
        "",
        "MNIST: Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0.",
    ]
    return "\n".join(lines) + "\n"


def _limits(recipe: Mapping[str, Any]) -> list[str]:
    """What the network was not made for."""
    if recipe["classes"] == 11:
        return [
            "The eleventh class is what is no digit: letters, signs, scribbles and parts of digits that were made, not "
            "collected. Digits were drawn from the first 55,000 training images. Not made for several digits in one "
            "image.",
        ]
    return [
        "Not made for: letters, several digits in one image, or images that are not in MNIST's form; and it was never "
        "shown what is not a digit, so it will give such things a digit too."
    ]


def _accuracy_row(part: str, values: Mapping[str, float]) -> str:
    if "low" not in values:
        return f"| {part} | {values['value']:.2%} | | |"
    return f"| {part} | {values['value']:.2%} | {values['low']:.2%} to {values['high']:.2%} | {values['total']:,} |"
