"""The page's own networks: what a browser needs to run one, and the page as one file that needs no server.

payload = network_payload(models.load("cnn"))     # its record (JSON) and its weights (float32)
write("playground.html")                          # Draw, Look inside and Training, with the MLP and the CNN
"""

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

import digitscope
from digitscope import mnist, models
from digitscope.errors import ModelFileError
from digitscope.explanation.bundle import VIEWS, bundle
from digitscope.explanation.html import layers_html
from digitscope.explanation.payload import layer_record
from digitscope.explanation.trace import Tracer
from digitscope.files import write_whole
from digitscope.models import ModelFile

STATIC = Path(__file__).parent / "static"
SOURCES = {"": [STATIC], "views": [STATIC / "views", VIEWS]}  # as the service shows them
NETWORKS = ("mlp", "cnn")


@dataclass(frozen=True, eq=False)
class NetworkPayload:
    """A network for `network.js`: `record` goes out as JSON, `weights` as bytes, float32 little-endian.

    In the record, a layer's `kernel` and `bias` are places in the weights, [first, count], and `html` is what
    `views/layers.js` fills.
    """

    record: dict[str, Any]
    weights: bytes = field(repr=False)


def network_payload(model: ModelFile) -> NetworkPayload:
    """What the browser needs to run a classifier.

    Raises:
        ModelFileError: the file carries no layer metadata, or metadata that does not describe its graph.
    """
    trace = Tracer(model).trace(np.zeros((28, 28), np.uint8))
    if not trace.layers:
        raise ModelFileError(
            "The model file has no layer metadata, so a browser cannot run it. "
            f"Received: model={model.name!r}, path={str(model.path)!r}"
        )
    weights: list[bytes] = []
    count = 0
    layers = []
    for number, layer in enumerate(trace.layers):
        record = layer_record(trace, number)
        for name in ("kernel", "bias"):
            values = getattr(layer, name)
            if name in layer.tensors:
                record[name] = [count, values.size]
                weights.append(np.ascontiguousarray(values, "<f4").tobytes())
                count += values.size
        layers.append(record)
    record = {
        "name": model.name,
        "version": model.version,
        "parameters": model.parameters,
        "temperature": model.temperature,
        "layers": layers,
        "html": layers_html(trace),
    }
    return NetworkPayload(record, b"".join(weights))


def render() -> str:
    """The playground as one HTML page that needs nothing else: Draw, Look inside and Training, for the MLP and CNN."""
    payloads = {name: network_payload(models.load(name)) for name in NETWORKS}
    networks = {
        name: {"record": payload.record, "weights": base64.b64encode(payload.weights).decode()}
        for name, payload in payloads.items()
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([STATIC, STATIC / "views", VIEWS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("playground.html").render(
        networks=_in_page(networks),
        recorded=_in_page(_recorded()),
        script=bundle("playground.js", SOURCES),
        version=digitscope.__version__,
        mnist_license=mnist.LICENSE,
    )


def _recorded() -> dict[str, Any]:
    """What benchmarks/why_page.py recorded of two trainings: its record, and its pictures as addresses."""
    data = STATIC / "data"
    pictures = {
        path.name: f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
        for path in sorted(data.glob("training*.png"))
    }
    return {"record": json.loads((data / "training.json").read_text()), "pictures": pictures}


def _in_page(value: object) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def write(path: str | os.PathLike[str]) -> Path:
    """Write the playground to `path`, and return it."""
    write_whole(Path(path), render().encode())
    return Path(path)
