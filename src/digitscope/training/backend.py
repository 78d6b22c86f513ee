"""Keras, imported quietly and only when it is needed: `keras = backend.load()`."""

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

from digitscope.errors import MissingExtraError


def load() -> ModuleType:
    """Import Keras with the backend that KERAS_BACKEND names (TensorFlow unless set).

    Raises:
        MissingExtraError: Keras, or its backend, is not installed.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quiet():
            return importlib.import_module("keras")
    except ImportError as error:
        raise MissingExtraError("Training networks", "train") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what C++ writes to stderr; let it through when the block fails.

    TensorFlow 2.21 announces oneDNN on each import whatever its log level, before any setting of ours is read.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:  # Ctrl-C too must show what was held back
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
