"""A model file's card: what it is, how it was made, how well it does, in Markdown beside the file.

path.with_suffix(".md").write_text(card(models.load(path, kind=None)))

All of it comes from the metadata of the file. Where the metadata is silent, the card states "unknown".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from digitscope import models
from digitscope.models import ModelFile

SHARES = {  # what each figure is a share of, and of what
    "train_running": "training samples right, the last epoch's running mean",
    "train": "training images read right, by the finished network",
    "validation_before": "own images that did not teach read right, by the model it goes on from",
    "validation": "own images that did not teach read right",
    "held_out": "held-out images (the last 5,000 training images) read right",
    "held_out_rejected": "held-out images rejected",
    "held_out_made": "made glyphs of held-out images and non-digits, right in all classes",
    "test_before": "test images read right, by the model it goes on from",
    "test": "test images read right",
    "test_rejected": "test images rejected",
    "held_out_digits": "digits on made held-out tiles whose most confident cell is right",
    "found_digits": "digits among what is found on made held-out pages",
    "held_out_digits_right": "digits among them decided rightly",
    "held_out_digits_rejected": "digits among them rejected",
    "held_out_others_kept": "others among them taken for digits",
    "held_out_empty": "cells without a digit on made held-out tiles that say so",
}


def card(model: ModelFile) -> str:
    """The card of a model file."""
    facts = model.metadata
    lines = [
        f"# {model.name}",
        "",
        *_purpose(model),
        "",
        f"Trained with seed {_known(facts['seed'])} on {_digits(facts)}.",
        "",
        *_figures(facts["metrics"]),
        "| layer | kind | output | parameters |",
        "|---|---|---|---|",
        *(
            f"| {layer.name} | {layer.kind} | {' × '.join(map(str, layer.shape))} | {layer.parameters:,} |"
            for layer in model.layers
        ),
        f"| | | | **{model.parameters:,}** |",
        "",
        f"Recipe: {_listed(facts['recipe'])}.",
        "",
        *_origin(facts),
        *(f"Unknown: {what}." for what in facts.get("unknown", ())),
        *([""] if facts.get("unknown") else []),
        f"Made with {_listed(facts['versions'])}{_machine(facts)}.",
        "",
        f"Checksum of the weights (SHA-256): {model.checksum}",
        "",
        "MNIST: Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0.",
    ]
    return "\n".join(lines) + "\n"


def _purpose(model: ModelFile) -> Iterator[str]:
    """What goes in and comes out, and what the network was not made for."""
    facts = model.metadata
    if model.kind == "detector":
        low, high = facts["heights"]
        down, across = facts["stride"]
        yield (
            f"Finds handwritten digits in a page's ink: uint8 [N, H, W], sides multiples of {facts['block']}, in; for "
            f"each cell of {down} × {across} pixels, eleven probabilities (ten digits, none) and the distances to the "
            f"digit's box (left, up, right, down, in units of {facts['unit']:g} pixels) out. For digits {low:g} to "
            f"{high:g} pixels tall."
        )
        yield ""
        yield "Not made for pictures as a camera gives them: the ink has to be found first."
        return
    if model.kind == "decision":
        yield (
            f"Decides what is found on a page: float32 [N, {models.EVIDENCE}], the detector's and the reader's "
            "answers, sizes and surroundings, in; the probabilities of ten digits and none out. Rejected where P(not a "
            f"digit) exceeds {model.threshold:g}, doubtful where the confidence is below "
            f"{model.confidence_threshold:g}."
        )
        yield ""
        yield "Not made for another detector's or another reader's answers: it learned how far to trust these."
        return
    yield (
        f"Reads one handwritten digit: uint8 [N, 28, 28] in MNIST's form in, {model.classes} probabilities out. "
        f"Softmax temperature {model.temperature:g}. A glyph is rejected when its rejection, "
        f"{'P(not a digit)' if model.classes == 11 else '1 − max P'}, exceeds {model.threshold:g}."
    )
    yield ""
    if model.classes == 11:
        yield (
            "The eleventh class is what is no digit: letters, signs, scribbles and parts of digits that were made, "
            "not collected. Not made for several digits in one image."
        )
    else:
        yield (
            "Not made for: letters, several digits in one image, or images that are not in MNIST's form; and it was "
            "never shown what is not a digit, so it will give such things a digit too."
        )


def _figures(metrics: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    shown = {name: values for name, values in metrics.items() if name in SHARES}
    if not shown:
        return
    yield "| share of | value | 95 % Wilson interval | n |"
    yield "|---|---|---|---|"
    for name, values in shown.items():
        interval = f"{values['low']:.2%} to {values['high']:.2%} | {values['total']:,}" if "low" in values else "|"
        yield f"| {SHARES[name]} | {values['value']:.2%} | {interval} |"
    yield ""


def _digits(facts: Mapping[str, Any]) -> str:
    """Which of MNIST's digits taught it."""
    data = facts["recipe"]["data"]
    source = data["source"]
    if source == "own":
        ending = ", and on as many of the first 55,000 of MNIST" if facts["recipe"]["data"]["mnist"] else ""
        return f"{facts['learned_from']['own']['images']:,} images of one's own{ending}"
    shift = {0: "", 1: "a pixel"}.get(data.get("shift", 0), f"{data.get('shift')} pixels")
    shifted = f", moved by up to {shift} anew in each epoch" if shift else ""
    endings = {"mnist": shifted, "distorted": ", distorted anew in each epoch"}
    ending = endings.get(source, ", and what is made of them")
    if source in ("mnist", "distorted") and not facts["held_out"]:
        return f"all 60,000 training images of MNIST{ending}"
    return f"the first 55,000 training images of MNIST{ending}"


def _origin(facts: Mapping[str, Any]) -> Iterator[str]:
    """What else it learned from, and the line of files that it goes on from."""
    if facts["learned_from"]:
        yield f"Learned from files with these checksums (SHA-256): {_listed(facts['learned_from'])}."
        yield ""
    for ancestor in facts.get("ancestors", ()):
        recipe = {name: value for name, value in ancestor["recipe"].items() if name not in ("name", "kind")}
        yield (
            f"Goes on from: {ancestor['name']}, seed {_known(ancestor['seed'])}, weights "
            f"{_known(ancestor['weights_sha256'])}; {_listed(recipe)}."
        )
        yield ""


def _machine(facts: Mapping[str, Any]) -> str:
    if "machine" not in facts:
        return ""
    return f", {facts['backend']} backend, on {facts['machine']['processor']}"


def _listed(values: Mapping[str, Any], prefix: str = "") -> str:
    """Names and values in one line; what is nested has its name before a dot."""
    parts = [
        _listed(value, f"{prefix}{name}.") if isinstance(value, Mapping) else f"{prefix}{name} {value}"
        for name, value in values.items()
        if name != "name" and value != ""
    ]
    return ", ".join(part for part in parts if part)


def _known(value: object) -> object:
    return "unknown" if value is None else value
