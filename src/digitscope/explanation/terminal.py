"""An explanation as text for a terminal: pictures in half-blocks, probabilities as bars, sums written out."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style
from rich.text import Text

from digitscope.explanation import captions
from digitscope.explanation.findings import Findings
from digitscope.explanation.neighbours import Neighbour
from digitscope.explanation.sums import Arithmetic, AveragePooling, Convolution, Copy, Dense, MaxPooling
from digitscope.explanation.trace import TracedLayer

Reals = npt.NDArray[np.floating]  # float32 of a layer, float64 of what is scaled here
LEVELS = 32  # shades of each sign: few enough to join cells into runs, too many for the eye to see a step
BLOCKS = " ▏▎▍▌▋▊▉█"
ADDS, TAKES = (86, 156, 255), (255, 140, 66)  # blue and orange, which the red-green colour-blind can tell apart


def overview(findings: Findings, *, width: int = 80, color: bool = True) -> Text:
    """One screenful: the image, the probabilities as bars, the layers' names, and the answer at the end."""
    text = Text(no_wrap=True)
    pixels = findings.image / 255
    erased = np.maximum(findings.occlusion.margin_lost, 0)
    text.append_text(_pictures([pixels, erased / (erased.max() or 1)], color=color, gap=3))
    text.append("what the network sees".ljust(31) + "what its answer depends on: bright where erased\n\n")
    for name, share, best in captions.bars(findings):
        bar = f"{name:>6} {_bar(share, 30)} {captions.percent(share):>9}\n"
        text.append(bar, style="bold" if best else "")
    names = [f"{layer.name} {'×'.join(map(str, layer.shape))}" for layer in findings.trace.layers]
    listed = f"Layers: {', '.join(names)}." if names else captions.NO_LAYERS
    text.append(f"\n{textwrap.fill(listed, width)}\n\n", style="dim")
    for words in (captions.place, captions.verdict, captions.source_of_confidence, captions.flip_sentence):
        if sentence := words(findings):
            text.append(textwrap.fill(sentence, width) + "\n", style="bold" if words is captions.verdict else "")
    return text


def layers(findings: Findings, *, width: int = 80, color: bool = True) -> Text:
    """Every layer's feature maps: hundreds of lines."""
    text = Text(no_wrap=True)
    for layer in findings.trace.layers[1:]:
        text.append(f"{captions.title(layer)}\n", style="bold")
        text.append_text(_layer(layer, width=width, color=color)).append("\n")
    return text


def neighbours(found: Iterable[Neighbour], *, width: int = 80, color: bool = True) -> Text:
    """The nearest training images, with label and distance."""
    text = Text("\nThe closest training images in the last hidden layer:\n", no_wrap=True)
    cells = list(found)
    across = max(1, (width + 1) // 29)
    for start in range(0, len(cells), across):
        row = cells[start : start + across]
        text.append_text(_pictures([cell.image / 255 for cell in row], color=color))
        text.append(" ".join(f"{c.label}  #{c.index}, distance {c.distance:.2f}".ljust(28) for c in row) + "\n")
    return text


def _layer(layer: TracedLayer, *, width: int, color: bool) -> Text:
    """A layer's feature maps side by side; a vector as one strip of cells."""
    values = layer.output / (float(np.abs(layer.output).max()) or 1)
    if values.ndim == 1:
        if layer.activation == "softmax":
            return Text("")
        across = max(1, width - 2)
        rows = math.ceil(len(values) / across)
        padded = np.zeros(2 * math.ceil(rows / 2) * across)
        padded[: len(values)] = values
        return _pictures([padded.reshape(-1, across)[:, : len(values)]], color=color)
    text = Text(no_wrap=True)
    across = max(1, (width + 1) // (values.shape[1] + 1))
    for start in range(0, values.shape[2], across):
        maps = [values[:, :, channel] for channel in range(start, min(start + across, values.shape[2]))]
        text.append_text(_pictures(maps, color=color))
    return text


def _pictures(pictures: Sequence[Reals], *, color: bool, gap: int = 1) -> Text:
    """Numbers from −1 to 1, each picture [height, width], side by side in half-blocks: two rows a line."""
    height, width = pictures[0].shape
    wide = np.zeros((height + height % 2, len(pictures) * (width + gap) - gap))
    apart = np.zeros(wide.shape[1], bool)
    for number, picture in enumerate(pictures):
        left = number * (width + gap)
        wide[:height, left : left + width] = picture
        apart[left + width : left + width + gap] = True
    levels = np.where(np.abs(wide) > 0.25, 1, 0) if not color else np.rint(wide * LEVELS).astype(int)
    text = Text(no_wrap=True)
    for upper, lower in zip(levels[::2].tolist(), levels[1::2].tolist(), strict=True):
        if color:
            for (top, bottom, space), run in groupby(zip(upper, lower, apart.tolist(), strict=True)):
                mark = " " if space else "▀"
                text.append(mark * len(list(run)), None if space else _style(top, bottom))
        else:
            text.append("".join(" ▄▀█"[2 * top + bottom] for top, bottom in zip(upper, lower, strict=True)))
        text.append("\n")
    return text


@cache
def _style(top: int, bottom: int) -> Style:
    """The upper half in one colour, the lower in another."""
    upper, lower = (Color.from_rgb(*_shade(level / LEVELS)) for level in (top, bottom))
    return Style(color=upper, bgcolor=lower)


def _shade(value: float) -> tuple[float, float, float]:
    """0 is near black; 1 is white, through blue; −1 is orange."""
    if value < 0:
        red, green, blue = (round(24 + (tone - 24) * -value) for tone in TAKES)
    else:
        red, green, blue = (round(24 + (255 - 24) * value ** (1 if tone == 255 else 1.3)) for tone in ADDS)
    return red, green, blue


def _bar(share: float, length: int) -> str:
    """A bar of eighths of a column."""
    eighths = round(share * length * 8)
    return ("█" * (eighths // 8) + BLOCKS[eighths % 8].strip()).ljust(length)


def unit(found: Arithmetic) -> Text:
    """One unit's arithmetic, line by line."""
    name = ":".join([found.layer, *map(str, found.unit)])
    text = Text(no_wrap=True)
    text.append(f"{name} = {found.traced:.6g}\n", style="bold")
    field = found.receptive_field
    text.append(f"sees {field.height} × {field.width} pixels of the image: {field}\n")
    text.append("\n".join(_lines(found)) + "\n")
    return text


def _lines(found: Arithmetic) -> list[str]:
    if isinstance(found, Convolution):
        return _convolution(found)
    if isinstance(found, Dense):
        return _dense(found)
    if isinstance(found, MaxPooling):
        places = ", ".join(f"row {row}, column {col}" for row, col in found.winners[:4])
        return [*_grid(found.patch), f"the largest: {found.value:.6g}, at {places} of the map"]
    if isinstance(found, AveragePooling):
        total = found.value * found.count
        return [*_grid(found.patch), f"sum {total:.6g} / {found.count} = {found.value:.6g}"]
    if isinstance(found, Copy):
        return [f"= {found.source}"]
    return []


def _convolution(found: Convolution, channels: int = 4) -> list[str]:
    sums = found.products.sum(axis=(0, 1))  # [channels]
    order = np.argsort(-np.abs(sums))
    lines = []
    for i in order[:channels]:
        lines.append(f"channel {found.channels[int(i)]}: patch × kernel = products, sum {sums[i]:+.4f}")
        grids = [_grid(part[:, :, i]) for part in (found.patch, found.kernel, found.products)]
        for number, (patch, kernel, product) in enumerate(zip(*grids, strict=True)):
            times, equals = ("   ×   ", "   =   ") if number == len(grids[0]) // 2 else (" " * 7, " " * 7)
            lines.append(patch + times + kernel + equals + product)
    if len(sums) > channels:
        lines.append(f"the other {len(sums) - channels} channels: {sums[order[channels:]].sum():+.4f}")
    lines.append(f"all products {found.products.sum():+.6f}, bias {found.bias:+.6f}, sum {found.preactivation:+.6f}")
    return [*lines, _activation(found.activation, found.preactivation, found.value)]


def _dense(found: Dense) -> list[str]:
    lines = []
    for heading, terms in (("adds most", found.adding), ("takes away most", found.removing)):
        lines.append(f"{heading}:")
        lines += [f"  {t.source:>16}  {t.input:9.4f} × {t.weight:+8.4f} = {t.product:+9.4f}" for t in terms]
    lines.append(f"all other terms {found.rest:+.6f}, bias {found.bias:+.6f}, sum {found.preactivation:+.6f}")
    if found.softmax is None:
        return [*lines, _activation(found.activation, found.preactivation, found.value)]
    softmax = found.softmax
    lines.append(f"softmax: e^((logit − largest) / {softmax.temperature:g}), divided by the sum of all")
    for digit, (logit, power, share) in enumerate(
        zip(softmax.logits, softmax.exponentials, softmax.probabilities, strict=True)
    ):
        mark = "→" if digit == found.unit[0] else " "
        lines.append(f" {mark} {digit:2}  logit {logit:+9.4f}  e^… {power:.6f}  {share:9.4%}")
    return lines


def _activation(name: str | None, before: float, after: float) -> str:
    return f"{name}({before:.6g}) = {after:.6g}" if name else f"no activation: {after:.6g}"


def _grid(values: Reals) -> list[str]:
    return ["  ".join(f"{value:+.3f}" for value in row) for row in values.tolist()]
