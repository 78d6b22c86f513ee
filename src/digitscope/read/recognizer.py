"""Glyphs in MNIST's form → probabilities, and how much each looks like no digit at all.

reader = Recognizer("cnn")
reader.classify(images)     # uint8 [N, 28, 28] -> float32 [N, 10]
reader.rejection(images)    # uint8 [N, 28, 28] -> float32 [N]
"""

import os

import numpy as np
import numpy.typing as npt

from digitscope import modelfile
from digitscope.errors import ImageError

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

DEFAULT_MODEL = "cnn"
CHUNK = 128  # images a session.run: the reference CNN gives 24–36k images/s at 64–256, 4k at 10,000


class Recognizer:
    """A loaded model file: load once, use often. Safe to share between threads.

    Args:
        model: a shipped name ("cnn", "mlp", ...), or the path of a model file.

    Raises:
        UsageError: no shipped model has that name.
        ModelFileError: the file breaks the model file's contract.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        self.model = modelfile.load(DEFAULT_MODEL if model is None else model)
        self._run = self.model.session.run

    def __repr__(self) -> str:
        return f"Recognizer({self.model.name!r})"

    def probabilities(self, images: Images) -> Floats:
        """The model's own output: float32 [N, 10], or [N, 11] with "not a digit" as the last class."""
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (28, 28):
            raise _wrong_images(images)
        if len(images) <= CHUNK:
            return self._run(None, {"images": images})[0]  # type: ignore[no-any-return]
        chunks = [self._run(None, {"images": images[i : i + CHUNK]})[0] for i in range(0, len(images), CHUNK)]
        return np.concatenate(chunks)

    def classify(self, images: Images) -> Floats:
        """P(class | it is a digit) for each image.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark.

        Returns:
            float32 [N, 10]; each row sums to 1.

        Raises:
            ImageError: the array has another dtype or shape.
        """
        probabilities = self.probabilities(images)
        if probabilities.shape[1] == 10:
            return probabilities
        digits = probabilities[:, :10]
        total: Floats = digits.sum(axis=1, keepdims=True)
        return np.divide(digits, np.maximum(total, np.finfo(np.float32).tiny))

    def rejection(self, images: Images) -> Floats:
        """How little each image looks like a digit: P("not a digit"), or 1 − max P for a model without that class.

        Args:
            images: uint8 [N, 28, 28] in MNIST's form, ink bright on dark.

        Returns:
            float32 [N], 0 (surely a digit) to 1 (surely none).

        Raises:
            ImageError: the array has another dtype or shape.
        """
        probabilities = self.probabilities(images)
        return probabilities[:, 10] if probabilities.shape[1] == 11 else 1 - probabilities.max(axis=1)


def _wrong_images(images: object) -> ImageError:
    if isinstance(images, np.ndarray):
        received = f"dtype={images.dtype}, shape={images.shape}"
    else:
        received = f"type={type(images).__name__}"
    return ImageError(f"The images are not in MNIST's form. Expected uint8 [N, 28, 28]. Received: {received}")
