"""Photo → digits: image, page, detect, glyph, rows, recognizer, reading. Imports no deep-learning framework."""

import functools
import sys
import types
from typing import Any

from digitscope.read.image import MAX_PIXELS, Source
from digitscope.read.reading import Reading
from digitscope.read.recognizer import Recognizer


def read(source: Source, *, min_confidence: float | None = None, max_pixels: int = MAX_PIXELS) -> Reading:
    """Read the digits in a photo, scan, drawing or document with the default model, which is loaded once.

    See `Recognizer.read` for arguments and errors.
    """
    return _default().read(source, min_confidence=min_confidence, max_pixels=max_pixels)


@functools.cache
def _default() -> Recognizer:
    return Recognizer()


class _Callable(types.ModuleType):
    """The package is also the function `digitscope.read`: importing a submodule binds the package to that name."""

    def __call__(self, *args: Any, **options: Any) -> Reading:
        return read(*args, **options)


sys.modules[__name__].__class__ = _Callable
