"""Reads handwritten digits, and shows how it reads them.

The names below are loaded when they are first used, so that `digitscope --help` waits for no array library.
"""

import importlib
from typing import TYPE_CHECKING, Any

from digitscope import moved

if TYPE_CHECKING:
    from digitscope.explanation.explanation import Explanation as Explanation
    from digitscope.explanation.explanation import explain as explain
    from digitscope.forms.form import Form as Form
    from digitscope.mnist.dataset import MNIST as MNIST
    from digitscope.mnist.dataset import load_mnist as load_mnist
    from digitscope.reading.pool import read_many as read_many
    from digitscope.reading.reader import Recognizer as Recognizer
    from digitscope.reading.reader import read as read
    from digitscope.reading.result import Reading as Reading

__version__ = "0.1.0"

moved.install()

_HOMES = {
    "Explanation": "digitscope.explanation.explanation",
    "Form": "digitscope.forms.form",
    "MNIST": "digitscope.mnist.dataset",
    "Reading": "digitscope.reading.result",
    "Recognizer": "digitscope.reading.reader",
    "explain": "digitscope.explanation.explanation",
    "load_mnist": "digitscope.mnist.dataset",
    "read": "digitscope.reading.reader",
    "read_many": "digitscope.reading.pool",
}

__all__ = ["MNIST", "Explanation", "Form", "Reading", "Recognizer", "explain", "load_mnist", "read", "read_many"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        moved_to = f": it is now digitscope.{moved.MOVED[name]}" if name in moved.MOVED else ""
        raise AttributeError(f"module 'digitscope' has no attribute {name!r}{moved_to}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
