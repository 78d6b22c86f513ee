"""What the page and the terminal say in words: of a layer, of the answer, and of where its confidence comes from."""

from digitscope.arrays import NOT_A_DIGIT
from digitscope.explanation.findings import Findings
from digitscope.explanation.receptive import window
from digitscope.explanation.trace import TracedLayer

KINDS = {
    "Input": "the image, pixels / 255",
    "Conv2D": "convolution",
    "DepthwiseConv2D": "depthwise convolution",
    "MaxPooling2D": "max-pooling",
    "AveragePooling2D": "average pooling",
    "GlobalAveragePooling2D": "mean of each map",
    "Flatten": "all values in one row",
    "Dense": "dense",
}

NO_LAYERS = "The model file has no layer metadata, so its layers cannot be shown."


def title(layer: TracedLayer) -> str:
    """One line about a layer: "conv1  convolution 3×3, relu  26×26×32  320 parameters"."""
    record = layer.layer
    size = record.kernel_size or record.pool_size
    what = KINDS.get(layer.kind, layer.kind) + (f" {size[0]}×{size[1]}" if size else "")
    if record.activation:
        what += f", {record.activation}"
    parts = [layer.name, what, "×".join(map(str, layer.shape))]
    return "  ".join([*parts, f"{layer.parameters:,} parameters"] if layer.parameters else parts)


def sentence(layer: TracedLayer) -> str:
    """What a layer of this kind does, in a sentence or two for somebody who has not met one."""
    size = "{} × {}".format(*window(layer.layer))
    channels = layer.shape[-1]
    return {
        "Input": "The image as the network takes it: each pixel divided by 255.",
        "Conv2D": f"{channels} kernels of {size} slide over the layer before. Each map shows where its kernel's "
        "pattern occurs, and how strongly.",
        "DepthwiseConv2D": f"Each map is filtered by a {size} kernel of its own.",
        "MaxPooling2D": f"Only the largest number of each {size} window stays: what was found is kept, exactly where "
        "is dropped.",
        "AveragePooling2D": f"Each {size} window becomes its mean.",
        "GlobalAveragePooling2D": "Each map becomes one number, its mean: how much of the pattern there is, anywhere.",
        "Flatten": "The same numbers in one row, place by place, so that the next layer can use them all.",
        "Dense": f"Each of the {channels} units weighs every number of the layer before and adds them up.",
    }[layer.kind]


def percent(share: float) -> str:
    """A probability as everything here prints it: to a hundredth of a percent."""
    return f"{share:.2%}".replace("%", "\u00a0%")


def class_name(index: int) -> str:
    """The digit, or "none" for the class "not a digit"."""
    return "none" if index == NOT_A_DIGIT else str(index)


def verdict(findings: Findings) -> str:
    """The answer with its confidence, as `read` states it."""
    if findings.rejected:
        return f"Not a digit. The closest is {findings.answer}, confidence {percent(findings.confidence)}."
    return f"It reads {findings.answer}, confidence {percent(findings.confidence)}."


def source_of_confidence(findings: Findings) -> str:
    """Why the confidence is not the answer's probability; empty where they are the same number."""
    network, sentences = findings.network, []
    if not findings.network_decides:
        alone = f"{network.value}, confidence {percent(network.confidence)}"
        sentences.append(
            f"The network alone gives this glyph: {f'not a digit (closest: {alone})' if network.rejected else alone}. "
            "Reading combines it with the detector, which sees the digit in its surroundings on the page."
        )
    if percent(float(findings.trace.probabilities[network.value])) != percent(network.confidence):
        sentences.append(
            f"The network's confidence is P({network.value}) × (1 − rejection); without a class for “not a digit”, "
            f"its rejection is 1 − P({network.value}) = {percent(findings.rejection)}."
        )
    return " ".join(sentences)


def flip_sentence(findings: Findings) -> str:
    """What it takes to change the network's answer."""
    if findings.flip is None:
        return "Erasing or inking a dozen patches does not change that."
    kinds = [("erased", 0), ("inked", 255)]
    counts = [(sum(patch.fill == fill for patch in findings.flip.patches), word) for word, fill in kinds]
    patches = " and ".join(f"{n} {'patch' if n == 1 else 'patches'} {word}" for n, word in counts if n)
    size = findings.flip.patches[0].size
    changes = "the closest digit is" if findings.network.rejected else "the network answers"
    return f"With {patches} ({size}×{size} pixels each) {changes} {findings.flip.after}."
