"""The model file: one ONNX graph and, inside it as metadata, what it is, which layers run and how well it does.

    model = load("cnn")                # a shipped name, or a path: checked against the contract
    model.run(images)
    model.layers, model.threshold, model.metadata["metrics"]

A classifier has one input ``images``, uint8 [N, 28, 28], ink bright, and one output ``probabilities``, float32 [N, 10],
or [N, 11] where the last class is "not a digit". Scaling and temperature are inside the graph. A detector takes
``ink``, uint8 [N, H, W], H and W multiples of `block`; its cells lie `stride` pixels (down, across) apart, ``classes``
are ten digits and none, and ``reach`` is how far a digit's box goes to the left, up, right and down from the cell's
middle, in units of `unit` pixels. It knows digits of `heights` pixels. A decision takes ``evidence``, float32
[N, EVIDENCE], what is known of each detection, and gives ``probabilities`` of ten digits and none.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from digitscope.arrays import Floats, Images
from digitscope.errors import ModelFileError, UsageError, unknown
from digitscope.files import write_whole

if TYPE_CHECKING:
    import onnx


FORMAT = 2
KEY = "digitscope"  # the one metadata property; its value is a JSON object
WEIGHTS = Path(__file__).parent / "weights"
CORRUPTED = WEIGHTS / "corrupted.json"  # accuracy of the shipped classifiers on corrupted test images
CHUNK = 64  # images a session.run: the reference CNN gives 28–34k images/s at 64 on two free cores, 24–28k at 1,024
REQUIRED = (
    "kind",
    "name",
    "version",
    "recipe",
    "seed",
    "versions",
    "mnist",
    "learned_from",
    "metrics",
    "weights_sha256",
)
SEAL = b'"file_sha256": "'  # before the last value of the metadata: the SHA-256 of the file with zeros in its place

EVIDENCE = 56  # numbers that a decision takes of each detection
_threads = 0  # of a session: see set_threads


@dataclass(frozen=True)
class Kind:
    """What the model files of one kind have in common: metadata beyond REQUIRED, input and outputs without batch."""

    required: tuple[str, ...]
    input: tuple[str, str, list[Any]]
    outputs: tuple[list[tuple[str, str, list[Any]]], ...]  # any of these


KINDS = {
    "classifier": Kind(
        ("threshold", "temperature"),
        ("images", "tensor(uint8)", [28, 28]),
        tuple([("probabilities", "tensor(float)", [classes])] for classes in (10, 11)),
    ),
    "detector": Kind(
        ("stride", "heights", "unit", "block"),
        ("ink", "tensor(uint8)", ["H", "W"]),
        ([("classes", "tensor(float)", ["H4", "W2", 11]), ("reach", "tensor(float)", ["H4", "W2", 4])],),
    ),
    "decision": Kind(
        ("threshold", "confidence_threshold"),
        ("evidence", "tensor(float)", [EVIDENCE]),
        ([("probabilities", "tensor(float)", [11])],),
    ),
}

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

    @property
    def multiply_adds(self) -> int:
        """Products that are added up for one image: each of a kernel's weights once per place."""
        places = int(np.prod(self.shape[:-1]))
        return (self.parameters - self.shape[-1]) * places if self.parameters else 0

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

    def run(self, images: Images | Floats) -> Floats:
        """The first output for each image or row of evidence, CHUNK at a time: a classifier's probabilities."""
        return run(self.session, images)[0]

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return str(self.metadata["kind"])

    @property
    def checksum(self) -> str:
        """SHA-256 of the graph with its weights; other metadata leave it as it is."""
        return str(self.metadata["weights_sha256"])

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
    def confidence_threshold(self) -> float:
        """Below this confidence, a digit that was read is doubtful; 0 where the file names none."""
        return float(self.metadata.get("confidence_threshold", 0.0))

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax."""
        return float(self.metadata["temperature"])

    @property
    def parameters(self) -> int:
        """Weights and biases in all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Products that are added up for one image, or for one of the tiles that a detector learned from."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def corrupted(self) -> Mapping[str, float] | None:
        """A shipped classifier's mean accuracy on corrupted test images: value, low, high; None for any other."""
        try:
            known = json.loads(CORRUPTED.read_text())
        except OSError:
            return None
        return next((mean for mean in known.values() if mean["checksum"] == self.checksum), None)


def names(kind: str = "classifier") -> list[str]:
    """The names of the shipped models of one kind."""
    found = {path.stem: _metadata(path.read_bytes(), path) for path in sorted(WEIGHTS.glob("*.onnx"))}
    return [name for name, metadata in found.items() if metadata["kind"] == kind]


def locate(model: str | os.PathLike[str]) -> Path:
    """The path of `model`: a bare name is a shipped file, what holds a slash or ends in .onnx is a path.

    The folder of a finished run stands for the model file in it, and cnn.onnx for the shipped file unless it is there.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: there is no such file.
    """
    text = os.fspath(model)
    if not (_has_folder(text) or text.endswith(".onnx")):
        path = WEIGHTS / f"{text}.onnx"
        if not path.is_file():
            raise unknown("model", text, [*names(), "the path of an .onnx file or of a run's folder"])
        return path
    path = Path(text)
    if is_run(text):
        path /= "model.onnx"
    elif not path.exists() and not _has_folder(text) and (WEIGHTS / text).is_file():
        path = WEIGHTS / text
    if not path.is_file():
        raise ModelFileError(f"There is no such model file. Expected an .onnx file. Received: path={text!r}")
    return path


def is_run(model: str | os.PathLike[str]) -> bool:
    """Whether `model` names the folder of a finished run: a bare name never does, it is a shipped file's."""
    return _has_folder(os.fspath(model)) and (Path(model) / "run.json").is_file()


def _has_folder(text: str) -> bool:
    return os.sep in text or "/" in text


def load(model: str | os.PathLike[str], *, kind: str | None = "classifier") -> ModelFile:
    """Find, read and check a model file of this kind, or of any kind where it is None.

    Raises:
        UsageError: no shipped model has that name, or it is of another kind.
        ModelFileError: the file is missing, damaged, no model file of ours, or its input or output does not fit.
    """
    path = locate(model)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"The model file cannot be read: {error.strerror}. Expected a file that can be read. "
            f"Received: path={str(path)!r}"
        ) from error
    metadata = _metadata(content, path)
    if kind not in (None, metadata["kind"]):
        raise UsageError(
            f"The model is of another kind. Expected a {kind}. Received: kind={metadata['kind']!r}, path={str(path)!r}"
        )
    options = ort.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, once
    options.intra_op_num_threads = _threads
    try:
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except _UNREADABLE as error:
        raise ModelFileError(
            f"The file is not a model that ONNX Runtime can load. Expected ONNX as digitscope writes it. "
            f"Received: path={str(path)!r}"
        ) from error
    classes = _check_signature(session, KINDS[metadata["kind"]], path)
    try:
        layers = tuple(Layer.from_dict(values) for values in metadata.get("layers", ()))
    except TypeError as error:
        raise ModelFileError(
            f"The layer metadata does not fit: {error}. Expected layers as `digitscope export` writes them. "
            f"Received: path={str(path)!r}"
        ) from error
    return ModelFile(path, metadata, layers, session, classes)


def set_threads(count: int) -> None:
    """How many threads each model file that is loaded from now on runs with; 0: as many as ONNX Runtime finds best.

    A service that runs several requests beside each other wants one for each.
    """
    global _threads
    _threads = count


def run(session: ort.InferenceSession, images: Images | Floats) -> list[Floats]:
    """All outputs of a session with one input, computed CHUNK images at a time and joined."""
    name = session.get_inputs()[0].name
    if len(images) <= CHUNK:
        return session.run(None, {name: images})
    parts = [session.run(None, {name: images[i : i + CHUNK]}) for i in range(0, len(images), CHUNK)]
    return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def _metadata(content: bytes, path: Path) -> dict[str, Any]:
    """What the file says of itself, once its checksum has been verified."""
    at = content.rfind(SEAL) + len(SEAL)
    start = content.rfind(b'{"format": ', 0, at)
    if at < len(SEAL) or start < 0:
        raise ModelFileError(
            "The file is damaged, or no model file of this format, which has a checksum. Expected a file as "
            f"`digitscope export` writes it. Received: path={str(path)!r}"
        )
    if _seal(content, at) != content[at : at + 64]:
        raise ModelFileError(
            f"The model file is damaged: its checksum does not fit. Expected the whole file: get or export it again. "
            f"Received: path={str(path)!r}"
        )
    try:
        metadata = json.loads(content[start : at + 66])
    except ValueError as error:
        raise ModelFileError(
            f"The model's metadata is not JSON. Expected a file as `digitscope export` writes it. "
            f"Received: path={str(path)!r}"
        ) from error
    if metadata["format"] != FORMAT or metadata.get("kind") not in KINDS:
        raise ModelFileError(
            f"The model's metadata has another format. Expected format {FORMAT} and a kind among {', '.join(KINDS)}. "
            f"Received: format={metadata['format']!r}, kind={metadata.get('kind')!r}, path={str(path)!r}"
        )
    required = REQUIRED + KINDS[metadata["kind"]].required
    if missing := [key for key in required if key not in metadata]:
        raise ModelFileError(
            f"The model's metadata lacks {', '.join(missing)}. Expected {', '.join(required)}. "
            f"Received: path={str(path)!r}"
        )
    return dict(metadata)


def _seal(content: bytes, at: int) -> bytes:
    """SHA-256, as 64 hexadecimal digits, of the file with 64 zeros at `at`, where this very value stands."""
    digest = hashlib.sha256(content[:at])
    digest.update(b"0" * 64)
    digest.update(content[at + 64 :])
    return digest.hexdigest().encode()


def _check_signature(session: ort.InferenceSession, kind: Kind, path: Path) -> int:
    """The number of classes, once input and outputs are what the contract says."""
    inputs = [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()]
    outputs = [(o.name, o.type, o.shape[1:]) for o in session.get_outputs()]
    if inputs != [kind.input]:
        raise ModelFileError(
            f"The model's input does not fit. Expected {kind.input}. Received: inputs={inputs}, path={str(path)!r}"
        )
    if outputs not in kind.outputs:
        expected = " or ".join(map(str, kind.outputs))
        raise ModelFileError(
            f"The model's output does not fit. Expected {expected}. Received: outputs={outputs}, path={str(path)!r}"
        )
    return int(outputs[0][2][-1])


def save(
    model: "onnx.ModelProto",
    path: Path,
    *,
    metadata: Mapping[str, Any],
    layers: Iterable[Layer],
    kind: str = "classifier",
) -> Path:
    """Write `model` with its metadata and checksums to `path`, whole or not at all, and return `path`."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key = KEY
    values = {"format": FORMAT, "kind": kind, **metadata, "layers": [layer.to_dict() for layer in layers]}
    values["weights_sha256"] = hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()
    entry.value = json.dumps(values | {"file_sha256": "0" * 64}, allow_nan=False)
    content = model.SerializeToString()
    at = content.rfind(SEAL) + len(SEAL)
    write_whole(path, content[:at] + _seal(content, at) + content[at + 64 :])
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


def with_rejection(probabilities: Floats) -> Floats:
    """A model's output, [N, 10] or [N, 11], as [N, 11]: the digits as they are, and the rejection."""
    return np.column_stack([probabilities[:, :10], rejection(probabilities)])
