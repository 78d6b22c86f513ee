"""Why the network answers what it answers, for one image: `explain("seven.png").save("why.html")`."""

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope import mnist
from digitscope.errors import DataError
from digitscope.explanation import neighbours, occlusion
from digitscope.explanation.arithmetic import Arithmetic, arithmetic
from digitscope.explanation.neighbours import Neighbour
from digitscope.explanation.occlusion import INK, PAPER, Flip, Occlusion
from digitscope.explanation.subject import Step, Subject, subject
from digitscope.explanation.trace import Floats, Image, Trace, Tracer
from digitscope.files import write_whole
from digitscope.reading.io.images import Source
from digitscope.reading.reader import Recognizer


@dataclass(frozen=True, eq=False)
class Explanation:
    """One image, what the network made of it, and what its answer hangs on.

    `trace` holds every layer's numbers. `occlusion`, `ink`, `flip` and `neighbours` are worked out when they are
    first asked for, and kept.
    """

    subject: Subject = field(repr=False)
    trace: Trace = field(repr=False)
    reader: Recognizer = field(repr=False)
    tracer: Tracer = field(repr=False)
    probabilities: Floats
    rejection: float

    @property
    def image(self) -> Image:
        """What the network saw: uint8 [28, 28]."""
        return self.subject.image

    @property
    def steps(self) -> tuple[Step, ...]:
        """The image's way there, as (name, image) steps; the last is `image`."""
        return self.subject.steps

    @property
    def answer(self) -> int:
        """The likeliest digit."""
        return int(self.probabilities.argmax())

    @property
    def rejected(self) -> bool:
        """Whether the network takes the image for no digit at all."""
        return self.rejection > self.reader.model.threshold

    @property
    def confidence(self) -> float:
        """(1 − rejection) · P(answer), as a reading states it."""
        return (1 - self.rejection) * float(self.probabilities.max())

    def arithmetic(
        self, layer: str, channel: int, *, row: int | None = None, col: int | None = None, terms: int = 8
    ) -> Arithmetic:
        """How one unit's value came about: see `digitscope.explanation.arithmetic.arithmetic`.

        >>> explanation.arithmetic("conv1", 5, row=10, col=12).preactivation
        """
        return arithmetic(self.trace, layer, channel, row=row, col=col, terms=terms)

    @cached_property
    def occlusion(self) -> Occlusion:
        """What erasing 5 × 5 pixels around each place does to the answer."""
        return occlusion.occlude(self.reader.classify, self.image, fill=PAPER)

    @cached_property
    def ink(self) -> Occlusion:
        """What inking 5 × 5 pixels around each place does to the answer."""
        return occlusion.occlude(self.reader.classify, self.image, fill=INK)

    @cached_property
    def flip(self) -> Flip | None:
        """The fewest patches found that turn the answer into the next likeliest; None where a dozen do not."""
        return occlusion.flip(self.reader.classify, self.image)

    @cached_property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """The ten training images closest in the last hidden layer.

        Raises:
            DataError: MNIST is not on this machine.
            ModelFileError: the model file has no layer metadata.
        """
        if mnist.find(None, os.environ) is None:
            raise DataError("Neighbours need MNIST, which is not on this machine. Run `digitscope data fetch`.")
        return neighbours.nearest(self.tracer, self.image, mnist.load_mnist())

    def save(self, path: str | os.PathLike[str], *, neighbours: bool = False) -> Path:
        """Write the whole explanation as one HTML page that needs nothing else, and return its path.

        Args:
            path: the file to write.
            neighbours: also show the nearest training images; needs MNIST.
        """
        from digitscope.explanation.html import render  # jinja2, only where a page is written

        write_whole(Path(path), render(self, neighbours=neighbours).encode())
        return Path(path)

    def to_json(self, *, outputs: bool = True) -> str:
        """One JSON object on one line: see `to_dict`."""
        return json.dumps(self.to_dict(outputs=outputs), ensure_ascii=False, allow_nan=False)

    def to_dict(self, *, outputs: bool = True) -> dict[str, Any]:
        """A JSON-ready dict: answer, probabilities, layers, occlusion, flip.

        Args:
            outputs: with every layer's output as nested lists, channels last, to six digits; without, shapes only.
        """
        model = self.reader.model
        return {
            "schema": 1,
            "path": self.subject.source,
            "model": {"name": model.name, "version": model.version},
            "answer": self.answer,
            "confidence": _short(self.confidence),
            "rejection": _short(self.rejection),
            "rejected": self.rejected,
            "probabilities": _list(self.probabilities),
            "image": self.image.tolist(),
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "shape": list(layer.shape),
                    "parameters": layer.parameters,
                    "activation": layer.layer.activation,
                    **({"output": _list(layer.output)} if outputs else {}),
                }
                for layer in self.trace.layers
            ],
            "occlusion": {
                "size": self.occlusion.size,
                "fill": self.occlusion.fill,
                "probability": _list(self.occlusion.probability),
                "margin_lost": _list(self.occlusion.margin_lost),
            },
            "flip": None
            if self.flip is None
            else {
                "before": self.flip.before,
                "after": self.flip.after,
                "patches": [vars(patch) for patch in self.flip.patches],
                "probabilities": _list(self.flip.probabilities),
            },
        }


class Explainer:
    """A model file opened for explaining: make it once, explain many images. Safe to share between threads.

    Args:
        model: a `Recognizer`, a shipped name, or the path of a model file; the default reader when left out.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: the file breaks the model file's contract, or its layer metadata does not describe its graph.
    """

    def __init__(self, model: Recognizer | str | os.PathLike[str] | None = None) -> None:
        self.reader = model if isinstance(model, Recognizer) else Recognizer(model)
        self.tracer = Tracer(self.reader.model)

    def explain(self, image: Source, *, digit: int = 0) -> Explanation:
        """Explain one image: see `explain`."""
        chosen = subject(image, self.reader, digit=digit)
        trace = self.tracer.trace(chosen.image)
        probabilities = self.reader.classify(chosen.image[None])[0]
        rejection = float(self.reader.rejection(chosen.image[None])[0])
        return Explanation(chosen, trace, self.reader, self.tracer, probabilities, rejection)


def explain(image: Source, model: Recognizer | str | os.PathLike[str] | None = None, *, digit: int = 0) -> Explanation:
    """Look at one digit as a network does.

    Args:
        image: a path, the bytes of a picture, a PIL image, or an array. An array uint8 [28, 28] is taken as it is;
            all else is read as `ds.read` does.
        model: a `Recognizer`, a shipped name, or the path of a model file; the default reader when left out.
        digit: which of the picture's digits, counted from 0 in reading order.

    Returns:
        An `Explanation`: `.trace`, `.arithmetic(layer, ...)`, `.occlusion`, `.flip`, `.neighbours`, `.save(path)`.

    Raises:
        ImageError: the image cannot be read.
        UsageError: no shipped model has that name, or the picture has fewer digits.
        ModelFileError: the file breaks the model file's contract.

    >>> explain("seven.png").save("why.html")
    """
    return Explainer(model).explain(image, digit=digit)


def _short(value: float) -> float:
    """`value` to six significant digits."""
    return float(f"{value:.6g}")


def _list(values: npt.NDArray[np.float32]) -> Any:
    """An array as nested lists, to six significant digits."""
    flat = [_short(value) for value in values.ravel().tolist()]
    return np.array(flat, dtype=object).reshape(values.shape).tolist()
