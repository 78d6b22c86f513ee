"""The model file: one ONNX graph and, inside it as metadata, what it is, which layers run and how well it does.

    model = load("cnn")                # a shipped name, or a path: checked against the contract
    model.session.run(None, {"images": images})
    model.layers, model.threshold, model.metadata["metrics"]

One input ``images``, uint8 [N, 28, 28], ink bright; one output ``probabilities``, float32 [N, 10], or [N, 11] where
the last class is "not a digit". Scaling and temperature are inside the graph.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from digitscope.errors import ModelFileError, unknown
from digitscope.files import write_whole

if TYPE_CHECKING:
    import onnx

Floats = npt.NDArray[np.float32]

FORMAT = 1
KEY = "digitscope"  # the one metadata property; its value is a JSON object
WEIGHTS = Path(__file__).parent / "weights"
REQUIRED = (
    "format",
    "name",
    "version",
    "recipe",
    "seed",
    "versions",
    "mnist",
    "metrics",
    "threshold",
    "temperature",
)

_UNREADABLE = (
    ort_errors.Fail,
    ort_errors.InvalidProtobuf,
    ort_errors.InvalidGraph,
    ort_errors.InvalidArgument,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


@dataclass(frozen=True)
class Layer:
    """One layer as it runs (batch normalisation already folded into its kernel and bias).

    `shape` is the output without the batch axis, channels last as in Keras: (26, 26, 32), (512,). `tensors` names the
    graph's tensors: input, preactivation, output and, where there are any, kernel and bias. In the graph, feature
    maps are [N, C, H, W] and convolution kernels [out, in, height, width]; dense kernels are [in, out].
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int = 0
    activation: str | None = None
    kernel_size: tuple[int, int] | None = None
    pool_size: tuple[int, int] | None = None
    strides: tuple[int, int] | None = None
    padding: str | None = None
    tensors: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict, without the fields that do not apply."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Layer":
        """The inverse of `to_dict`; lists become tuples again."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**fields)


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model file that was found, read and checked, with a session ready to run it."""

    path: Path
    metadata: Mapping[str, Any] = field(repr=False)
    layers: tuple[Layer, ...] = field(repr=False)
    session: ort.InferenceSession = field(repr=False)
    classes: int

    @property
    def name(self) -> str:
        """The model's name, as its metadata gives it."""
        return str(self.metadata["name"])

    @property
    def version(self) -> str:
        """The digitscope version that wrote the file."""
        return str(self.metadata["version"])

    @property
    def threshold(self) -> float:
        """Above this rejection, a glyph is not a digit."""
        return float(self.metadata["threshold"])

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax."""
        return float(self.metadata["temperature"])

    @property
    def parameters(self) -> int:
        """Weights and biases in all layers."""
        return sum(layer.parameters for layer in self.layers)


def names() -> list[str]:
    """The shipped classifiers' names."""
    return sorted(path.stem for path in WEIGHTS.glob("*.onnx") if path.stem != "detector")


def locate(model: str | os.PathLike[str]) -> Path:
    """The path of `model`: a bare name is a shipped file, what holds a slash or ends in .onnx is a path.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: there is no such file.
    """
    text = os.fspath(model)
    if not (os.sep in text or "/" in text or text.endswith(".onnx")):
        if text not in names():
            raise unknown("model", text, names())
        return WEIGHTS / f"{text}.onnx"
    path = Path(text)
    if not path.is_file():
        raise ModelFileError(f"There is no such model file. Expected an .onnx file. Received: path={text!r}")
    return path


def load(model: str | os.PathLike[str]) -> ModelFile:
    """Find, read and check a model file.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: the file is missing, is not ONNX, has no metadata of ours, or its input or output does not fit.
    """
    path = locate(model)
    options = ort.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, once
    try:
        session = ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except OSError as error:
        raise ModelFileError(
            f"The model file cannot be read: {error.strerror}. Received: path={str(path)!r}"
        ) from error
    except _UNREADABLE as error:
        raise ModelFileError(
            f"The file is not a model that ONNX Runtime can load. Expected ONNX as digitscope writes it. "
            f"Received: path={str(path)!r}"
        ) from error
    metadata = _metadata(session, path)
    classes = _check_signature(session, path)
    try:
        layers = tuple(Layer.from_dict(values) for values in metadata.get("layers", ()))
    except TypeError as error:
        raise ModelFileError(f"The layer metadata does not fit: {error}. Received: path={str(path)!r}") from error
    return ModelFile(path, metadata, layers, session, classes)


def _metadata(session: ort.InferenceSession, path: Path) -> dict[str, Any]:
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    if text is None:
        raise ModelFileError(
            f"The ONNX file carries no digitscope metadata. Expected the property {KEY!r}, as `digitscope export` "
            f"writes it. Received: path={str(path)!r}"
        )
    try:
        metadata = json.loads(text)
    except json.JSONDecodeError as error:
        raise ModelFileError(f"The model's metadata is not JSON. Received: path={str(path)!r}") from error
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        received = metadata.get("format") if isinstance(metadata, dict) else metadata
        raise ModelFileError(
            f"The model's metadata has another format. Expected {FORMAT}. "
            f"Received: format={received!r}, path={str(path)!r}"
        )
    missing = [key for key in REQUIRED if key not in metadata]
    if missing:
        raise ModelFileError(
            f"The model's metadata lacks {', '.join(missing)}. Expected {', '.join(REQUIRED)}. "
            f"Received: path={str(path)!r}"
        )
    return metadata


def _check_signature(session: ort.InferenceSession, path: Path) -> int:
    """The number of classes, once input and output are what the contract says."""
    inputs = [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()]
    outputs = [(o.name, o.type, o.shape[1:]) for o in session.get_outputs()]
    if inputs != [("images", "tensor(uint8)", [28, 28])]:
        raise ModelFileError(
            f"The model's input does not fit. Expected images: uint8 [N, 28, 28]. "
            f"Received: inputs={inputs}, path={str(path)!r}"
        )
    if outputs not in ([("probabilities", "tensor(float)", [n])] for n in (10, 11)):
        raise ModelFileError(
            f"The model's output does not fit. Expected probabilities: float32 [N, 10] or [N, 11]. "
            f"Received: outputs={outputs}, path={str(path)!r}"
        )
    return int(outputs[0][2][0])


def save(model: "onnx.ModelProto", path: Path, *, metadata: Mapping[str, Any], layers: Iterable[Layer]) -> Path:
    """Write `model` with its metadata to `path`, whole or not at all, and return `path`."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key = KEY
    entry.value = json.dumps(
        {"format": FORMAT, **metadata, "layers": [layer.to_dict() for layer in layers]}, allow_nan=False
    )
    write_whole(path, model.SerializeToString())
    return path


def given_digit(probabilities: Floats) -> Floats:
    """P(class, given that it is a digit): float32 [N, 10] from a model's output, [N, 10] or [N, 11]."""
    if probabilities.shape[1] == 10:
        return probabilities
    digits = probabilities[:, :10]
    total: Floats = np.maximum(digits.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return digits / total


def rejection(probabilities: Floats) -> Floats:
    """How little each looks like a digit: float32 [N], P(class 10), or 1 − max P where there are ten classes."""
    return probabilities[:, 10] if probabilities.shape[1] == 11 else 1 - probabilities.max(axis=1)
