"""Everything digitscope raises on purpose.

DigitscopeError
├── UsageError          an argument, option or name that cannot be (also a ValueError); the CLI exits with 2
├── DataError           MNIST, or other data, cannot be found, read or verified
├── ModelFileError      a model file breaks its contract
├── ImageError          an image or document cannot be read (also a ValueError)
├── RunError            a training run's folder cannot be written, resumed or exported
└── MissingExtraError   an optional part of digitscope is not installed (also an ImportError)

Each message says what is wrong and what was expected, and closes with ``Received: name=value``.
"""

import difflib
from collections.abc import Iterable


class DigitscopeError(Exception):
    """The root: catch this to catch everything that digitscope raises on purpose."""


class UsageError(DigitscopeError, ValueError):
    """An argument, option, recipe or field that cannot be."""


class DataError(DigitscopeError):
    """MNIST, or other data, cannot be found, read or verified."""


class ModelFileError(DigitscopeError):
    """A model file breaks its contract."""


class ImageError(DigitscopeError, ValueError):
    """An image or document cannot be read."""


class RunError(DigitscopeError):
    """A training run's folder cannot be written, resumed or exported."""


class MissingExtraError(DigitscopeError, ImportError):
    """An optional part of digitscope is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part. Install it: pip install 'digitscope[{extra}]'.")


def unknown(noun: str, received: str, known: Iterable[str]) -> UsageError:
    """The error for a name that is not among `known`; it lists them, the closest first."""
    names = list(known)
    close = difflib.get_close_matches(received, names, n=len(names), cutoff=0.0)
    ordered = close + [name for name in names if name not in close]
    return UsageError(f"Unknown {noun}. Expected one of: {', '.join(ordered)}. Received: {noun}={received!r}")
