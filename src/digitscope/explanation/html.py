"""An explanation as one HTML page that needs nothing else: no link, no font, no script from elsewhere.

The page holds the trace's own arrays and each layer's weights. Its script draws them, and redoes the one sum of the
unit that is looked at; windows and receptive fields are worked out here.
"""

import base64
import functools
import io
import json
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt
import PIL.Image

from digitscope import mnist
from digitscope.explanation.explanation import Explanation
from digitscope.explanation.receptive import origin, receptive_field, window
from digitscope.explanation.terminal import title
from digitscope.explanation.trace import WINDOWS, Trace, TracedLayer

STEPS = {
    "read": "What was read",
    "page": "The picture",
    "contrast": "What stands out from the paper",
    "ink": "Ink",
    "without rules": "Without ruled lines",
    "glyphs": "Each glyph in MNIST's form",
    "in MNIST's form": "This one: 28 × 28 pixels",
}
GLYPHS = 56  # pixels: what is lower than two rows of glyphs is shown enlarged
STEP_SIDE = 1000  # pixels: what a photo's longer side is scaled down to in the page


def render(explanation: Explanation, *, neighbours: bool = False) -> str:
    """The page, as HTML.

    Args:
        explanation: what to show.
        neighbours: also show the nearest training images; needs MNIST.

    Raises:
        DataError: neighbours are asked for and MNIST is not on this machine.
    """
    model = explanation.reader.model
    return str(
        _environment()
        .get_template("report.html")
        .render(
            explanation=explanation,
            model=model,
            bars=list(enumerate(explanation.probabilities.tolist())),
            steps=[
                (STEPS.get(step.name, step.name), picture(step.image), "photo" if len(step.image) > GLYPHS else "glyph")
                for step in explanation.steps
            ],
            flip=explanation.flip,
            flipped=None if explanation.flip is None else picture(explanation.flip.image),
            most_lost=float(explanation.occlusion.margin_lost.max()),
            lowest=float(explanation.occlusion.probability.min()),
            layers=[(layer, title(layer), words(layer)) for layer in explanation.trace.layers],
            neighbours=[(near, picture(near.image)) for near in explanation.neighbours] if neighbours else [],
            mnist_license=mnist.LICENSE,
            data=_script_safe(page_data(explanation)),
        )
    )


def page_data(explanation: Explanation) -> dict[str, Any]:
    """What the page's script draws: the image, the maps of the occlusion, and every layer with its weights."""
    trace = explanation.trace
    return {
        "image": _packed(explanation.image),
        "temperature": trace.temperature,
        "erased": _packed(explanation.occlusion.margin_lost),
        "inked": _packed(explanation.ink.margin_lost),
        "patches": [vars(patch) for patch in explanation.flip.patches] if explanation.flip else [],
        "layers": [_layer(trace, number) for number in range(len(trace.layers))],
    }


def words(layer: TracedLayer) -> str:
    """What a layer of this kind does, in a sentence or two for somebody who has not met one."""
    record = layer.layer
    size = "{} × {}".format(*window(record))
    channels = layer.shape[-1]
    return {
        "Input": "The image as the network takes it: each pixel divided by 255.",
        "Conv2D": f"{channels} kernels of {size} slide over what came before. Each map shows where its kernel's "
        "pattern is, and how strongly.",
        "DepthwiseConv2D": f"Each map is looked over by a {size} kernel of its own.",
        "MaxPooling2D": f"Of each {size} window, only the largest number stays: what was found is kept, where exactly "
        "is let go.",
        "AveragePooling2D": f"Of each {size} window, the mean stays.",
        "GlobalAveragePooling2D": "Each map becomes one number, its mean: how much of the pattern there is, wherever.",
        "Flatten": "The same numbers in one row, place by place, so that the next layer can take them all.",
        "Dense": f"Each of the {channels} units weighs every number of the layer before and adds them up.",
    }[layer.kind]


def picture(image: npt.NDArray[np.uint8]) -> str:
    """An image as a data address; a photo is scaled down to 1,000 pixels and kept as JPEG, a glyph stays exact."""
    opened = PIL.Image.fromarray(image)
    photo = max(opened.size) > STEP_SIDE // 2
    opened.thumbnail((STEP_SIDE, STEP_SIDE))
    file = io.BytesIO()
    opened.save(file, "JPEG" if photo else "PNG", quality=85)
    return f"data:image/{'jpeg' if photo else 'png'};base64,{base64.b64encode(file.getvalue()).decode()}"


def _layer(trace: Trace, number: int) -> dict[str, Any]:
    """One layer for the script: its numbers, and for each row and column where it looks and what it sees."""
    layer = trace.layers[number]
    records = [traced.layer for traced in trace.layers[: number + 1]]
    values: dict[str, Any] = {
        "name": layer.name,
        "kind": layer.kind,
        "shape": layer.shape,
        "activation": layer.layer.activation,
        "output": _packed(layer.output),
    }
    if layer.kernel is not None and layer.bias is not None:
        values |= {"kernel": _packed(layer.kernel), "kernel_shape": layer.kernel.shape, "bias": _packed(layer.bias)}
    if len(layer.shape) == 3:
        rows = [receptive_field(records, row, 0) for row in range(layer.shape[0])]
        cols = [receptive_field(records, 0, col) for col in range(layer.shape[1])]
        values |= {"rows": [(f.top, f.bottom) for f in rows], "cols": [(f.left, f.right) for f in cols]}
    elif layer.kind not in ("Input", "Flatten"):
        seen = receptive_field(records, 0, 0)
        values |= {"rows": [(seen.top, seen.bottom)], "cols": [(seen.left, seen.right)]}
    if layer.kind in WINDOWS:
        given = trace.layers[number - 1].shape
        values |= {
            "window": window(layer.layer),
            "tops": [origin(layer.layer, given, row, 0)[0] for row in range(layer.shape[0])],
            "lefts": [origin(layer.layer, given, 0, col)[1] for col in range(layer.shape[1])],
        }
    elif layer.kind == "GlobalAveragePooling2D":
        values |= {"window": trace.layers[number - 1].shape[:2], "tops": [0], "lefts": [0]}
    return values


def _packed(values: npt.NDArray[Any]) -> str:
    """An array's bytes, little-endian, in base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()).decode()


def _script_safe(value: Any) -> str:
    """JSON that can stand inside a script element, whatever a layer is called."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("digitscope.explanation", "page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
