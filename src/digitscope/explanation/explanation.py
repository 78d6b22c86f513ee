"""Why the network answers as it does, for one image: `explain("seven.png").save("why.html")`."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.arrays import Floats
from digitscope.explanation.findings import Findings
from digitscope.explanation.subject import subject
from digitscope.explanation.trace import Tracer
from digitscope.files import write_whole
from digitscope.reading.io.images import Source
from digitscope.reading.reader import Recognizer


class Explanation(Findings):
    """One image, every layer's numbers, the answer, and what the answer depends on: see `Findings`.

    A notebook shows the answer in short; `save` writes the page with every layer.
    """

    def __repr__(self) -> str:
        status = ", rejected" if self.rejected else ", doubtful" if self.doubtful else ""
        return f"Explanation({self.answer}, {self.confidence:.3f}{status}, model={self.reader.model.name!r})"

    def _repr_html_(self) -> str:
        from digitscope.explanation.html import summary  # jinja2, only where HTML is asked for

        return summary(self)

    def save(self, path: str | os.PathLike[str], *, neighbours: bool = False) -> Path:
        """Write the whole explanation as one HTML page that needs nothing else, and return its path.

        Args:
            path: the file to write.
            neighbours: also show the nearest training images; needs MNIST.
        """
        from digitscope.explanation.html import render

        write_whole(Path(path), render(self, neighbours=neighbours).encode())
        return Path(path)

    def to_json(self, *, outputs: bool = True) -> str:
        """One JSON object on one line: see `to_dict`."""
        return json.dumps(self.to_dict(outputs=outputs), ensure_ascii=False, allow_nan=False)

    def to_dict(self, *, outputs: bool = True) -> dict[str, Any]:
        """A JSON-ready dict, schema 2: answer, network, layers, occlusion, flip.

        `answer`, `confidence` and `rejected` are what `read` states for the digit; `network` holds what the network
        alone gives for the glyph, with its probabilities, of which an eleventh is "not a digit".

        Args:
            outputs: with every layer's output as nested lists, channels last, to six digits; without, shapes only.
        """
        model, digit = self.reader.model, self.subject.digit
        return {
            "schema": 2,
            "path": self.subject.source,
            "model": {"name": model.name, "version": model.version},
            "answer": self.answer,
            "confidence": _short(self.confidence),
            "rejected": self.rejected,
            "decided_by": ["network"] if self.network_decides else ["network", "detector"],
            "digit": None if digit is None else {"index": self.subject.index, **digit.to_dict()},
            "network": {
                "answer": self.network.value,
                "confidence": _short(self.network.confidence),
                "rejected": self.network.rejected,
                "rejection": _short(self.rejection),
                "probabilities": _list(self.trace.probabilities),
            },
            "image": self.image.tolist(),
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "shape": list(layer.shape),
                    "parameters": layer.parameters,
                    "activation": layer.activation,
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
                "patches": [asdict(patch) for patch in self.flip.patches],
                "probabilities": _list(self.flip.probabilities),
            },
        }


class Explainer:
    """A model file opened for explaining: make it once, explain many images. Safe to share between threads.

    Args:
        model: a `Recognizer`, a shipped name, or the path of a model file; the default reader unless given.
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
    """Explain what a network makes of one digit.

    Args:
        image: a path, the bytes of a picture, a PIL image, or an array. An array uint8 [28, 28] is used as it is;
            everything else is read as `ds.read` does.
        model: a `Recognizer`, a shipped name, or the path of a model file; the default reader unless given.
        digit: which of the picture's digits, counted from 0 in reading order.

    Returns:
        An `Explanation`: `.trace`, `.arithmetic(layer, ...)`, `.occlusion`, `.flip`, `.neighbours`, `.save(path)`.

    Raises:
        ImageError: the image cannot be read.
        UsageError: no shipped model has that name, or the picture has fewer digits.
        ModelFileError: the file breaks the model file's contract, or its layer metadata does not describe its graph.

    >>> explain("seven.png").save("why.html")
    """
    return Explainer(model).explain(image, digit=digit)


def _short(value: float) -> float:
    """`value` to six significant digits."""
    return float(f"{value:.6g}")


def _list(values: Floats) -> Any:
    """An array as nested lists, to six significant digits."""
    flat = [_short(value) for value in values.ravel().tolist()]
    return np.array(flat, dtype=object).reshape(values.shape).tolist()
