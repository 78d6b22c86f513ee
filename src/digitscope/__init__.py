"""Reads handwritten digits, and shows how it reads them.

The names below are loaded when they are first used, so that `digitscope --help` waits for no array library.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitscope.look.explanation import Explanation as Explanation
    from digitscope.look.explanation import explain as explain
    from digitscope.mnist import MNIST as MNIST
    from digitscope.mnist import load_mnist as load_mnist
    from digitscope.read import read as read
    from digitscope.read.reading import Reading as Reading
    from digitscope.read.recognizer import Recognizer as Recognizer

__version__ = "0.1.0"

_HOMES = {
    "Explanation": "digitscope.look.explanation",
    "MNIST": "digitscope.mnist",
    "Reading": "digitscope.read.reading",
    "Recognizer": "digitscope.read.recognizer",
    "explain": "digitscope.look.explanation",
    "load_mnist": "digitscope.mnist",
    "read": "digitscope.read",
}

__all__ = ["MNIST", "Explanation", "Reading", "Recognizer", "explain", "load_mnist", "read"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'digitscope' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
