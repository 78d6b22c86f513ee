"""What is explained: one glyph in MNIST's form, and the way it came there.

subject("seven.png")       # Subject: steps, each a name and an image, the last of them the 28 × 28 image
"""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image

from digitscope.errors import ImageError
from digitscope.look.trace import Image

Source = str | os.PathLike[str] | bytes | PIL.Image.Image | npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Step:
    """One stage on the way from a photo to the network: uint8 [height, width] or [height, width, 3]."""

    name: str
    image: npt.NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Subject:
    """The glyph, uint8 [28, 28], and the steps that made it, the last of them the glyph itself."""

    image: Image = field(repr=False)
    steps: tuple[Step, ...]
    source: str | None = None


def subject(source: Source) -> Subject:
    """The glyph to explain.

    Args:
        source: a path, the bytes of a picture, a PIL image, or an array.

    Raises:
        ImageError: it cannot be read, or holds no single digit in MNIST's form.
    """
    path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    if not isinstance(source, np.ndarray):
        source = _opened(source)
    if source.dtype != np.uint8 or source.shape != (28, 28):
        raise ImageError(
            "The image is not in MNIST's form. Expected 28 × 28 grey pixels (uint8), ink bright on dark. "
            f"Received: dtype={source.dtype}, shape={source.shape}"
        )
    return Subject(source, (Step("28 × 28, as the network sees it", source),), path)


def _opened(source: str | os.PathLike[str] | bytes | PIL.Image.Image) -> npt.NDArray[np.uint8]:
    try:
        if isinstance(source, bytes):
            source = PIL.Image.open(io.BytesIO(source))
        elif not isinstance(source, PIL.Image.Image):
            source = PIL.Image.open(Path(source))
        return np.asarray(source.convert("L"))
    except OSError as error:
        raise ImageError(f"The image cannot be read: {error}. Expected a picture. Received: {source!r:.200}") from error
