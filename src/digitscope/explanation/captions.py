"""What the page and the terminal say in words: of a layer, of the answer, and of where its confidence comes from."""

from digitscope.arrays import NOT_A_DIGIT
from digitscope.explanation.findings import Findings
from digitscope.explanation.trace import TracedLayer

KIND_NAMES = {
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
    size = layer.kernel_size or layer.pool_size
    what = KIND_NAMES.get(layer.kind, layer.kind) + (f" {size[0]}×{size[1]}" if size else "")
    if layer.activation:
        what += f", {layer.activation}"
    parts = [layer.name, what, "×".join(map(str, layer.shape))]
    return "  ".join([*parts, f"{layer.parameters:,} parameters"] if layer.parameters else parts)


def percent(share: float) -> str:
    """A probability as everything here prints it: to a hundredth of a percent."""
    return f"{share:.2%}".replace("%", "\u00a0%")


def bars(findings: Findings) -> list[tuple[str, float, bool]]:
    """Each class of the network: a digit or "none", its probability, and whether it is the network's answer."""
    shares = findings.trace.probabilities.tolist()
    none = findings.network.rejected and len(shares) > NOT_A_DIGIT
    answer = NOT_A_DIGIT if none else findings.network.value
    names = [*map(str, range(NOT_A_DIGIT)), "none"]
    return [(names[i], share, i == answer) for i, share in enumerate(shares)]


def place(findings: Findings) -> str:
    """Which digit of the picture this is; empty where there is one."""
    subject = findings.subject
    return f"Digit {subject.index + 1} of the {subject.count} in the picture." if subject.count > 1 else ""


def verdict(findings: Findings) -> str:
    """The answer with its confidence, as `read` states it."""
    if findings.rejected:
        return f"Not a digit. The closest is {findings.answer}, confidence {percent(findings.confidence)}."
    if findings.doubtful:
        return f"Doubtful: most likely {findings.answer}, confidence {percent(findings.confidence)}."
    return f"It reads {findings.answer}, confidence {percent(findings.confidence)}."


def source_of_confidence(findings: Findings) -> str:
    """Why the confidence is not the answer's probability; empty where they are the same number."""
    network, sentences = findings.network, []
    if not findings.network_decides:
        alone = f"{network.value}, confidence {percent(network.confidence)}"
        sentences.append(
            f"The network alone gives this glyph: {f'not a digit (closest: {alone})' if network.rejected else alone}. "
            "Reading decides by it and by the detector, which sees the digit in its surroundings on the page."
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
