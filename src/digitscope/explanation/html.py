"""An explanation as one HTML page that needs nothing else: no link, no font, no script from elsewhere.

The page holds the trace's own arrays and each layer's weights. Its script draws them and computes the sum of the
chosen unit; windows and receptive fields are computed here.
"""

import base64
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import PIL.Image

from digitscope import mnist
from digitscope.arrays import Image
from digitscope.explanation import captions
from digitscope.explanation.bundle import VIEWS, bundle
from digitscope.explanation.findings import Findings
from digitscope.explanation.payload import layer_record
from digitscope.explanation.trace import Trace

PAGE = Path(__file__).parent / "page"
STEP_SIDE = 1000  # pixels: what a photo's longer side is scaled down to in the page


def render(findings: Findings, *, neighbours: bool = False) -> str:
    """The page, as HTML.

    Args:
        findings: what to show.
        neighbours: also show the nearest training images; needs MNIST.

    Raises:
        DataError: neighbours are asked for and MNIST is not on this machine.
    """
    nearest = findings.neighbours if neighbours else ()
    script = bundle("report.js", {"": [PAGE], "views": [VIEWS]})
    data = _script_safe(page_data(findings))
    return _drawn("report.html", findings, neighbours=nearest, data=data, script=script)


def summary(findings: Findings) -> str:
    """The image and the answer as a piece of HTML, for a notebook."""
    return _drawn("summary.html", findings)


def page_data(findings: Findings) -> dict[str, Any]:
    """What the page's script draws: the image, the maps of the occlusion, and every layer with its weights."""
    trace = findings.trace
    return {
        "image": _packed(findings.image),
        "temperature": trace.temperature,
        "erased": _packed(findings.occlusion.margin_lost),
        "inked": _packed(findings.ink.margin_lost),
        "patches": [asdict(patch) for patch in findings.flip.patches] if findings.flip else [],
        "layers": [_layer(trace, number) for number in range(len(trace.layers))],
    }


def picture(image: Image) -> str:
    """An image as a data address; a photo is scaled down to 1,000 pixels and kept as JPEG, a glyph stays exact."""
    opened = PIL.Image.fromarray(image)
    photo = max(opened.size) > STEP_SIDE // 2
    opened.thumbnail((STEP_SIDE, STEP_SIDE))
    file = io.BytesIO()
    opened.save(file, "JPEG" if photo else "PNG", quality=85)
    return f"data:image/{'jpeg' if photo else 'png'};base64,{base64.b64encode(file.getvalue()).decode()}"


def _layer(trace: Trace, number: int) -> dict[str, Any]:
    """One layer for the script: its record, and its numbers for this image."""
    layer = trace.layers[number]
    values = layer_record(trace, number) | {"output": _packed(layer.output)}
    if layer.kernel is not None and layer.bias is not None:
        values |= {"kernel": _packed(layer.kernel), "bias": _packed(layer.bias)}
    return values


def _packed(values: np.ndarray[Any, Any]) -> str:
    """An array's bytes, little-endian, in base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()).decode()


def _script_safe(value: Any) -> str:
    """JSON that can stand inside a script element, whatever a layer is called."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def layers_html(trace: Trace) -> str:
    """The layers with places for their maps, and the inspector beside them: what `views/layers.js` fills."""
    return _environment().get_template("layers.html").render(layers=trace.layers)


def _drawn(template: str, findings: Findings, **more: Any) -> str:
    """A template of the folder `page`."""
    return _environment().get_template(template).render(findings=findings, model=findings.reader.model, **more)


def _environment() -> jinja2.Environment:
    """The templates of the folder `page`; what they say in words comes from `captions`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([PAGE, VIEWS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"captions": captions, "picture": picture, "mnist_license": mnist.LICENSE}
    return environment
