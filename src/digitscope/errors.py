"""Everything digitscope raises on purpose.

DigitscopeError
├── UsageError          an invalid argument, option or name (also a ValueError); the CLI exits with 2
│   └── TemplateError       a form's template cannot be used
├── DataError           MNIST, or other data, cannot be found, read or verified
├── ModelFileError      a model file breaks its contract
├── ImageError          an image or document cannot be read (also a ValueError)
│   ├── ImageKindError      it is of no kind that can be opened
│   └── ImageTooLargeError  it has more bytes, pixels or pages than allowed
├── RunError            a training run's folder cannot be written, resumed or exported
├── BatchError          a batch's sources cannot be listed, or its output cannot be written or resumed
└── MissingExtraError   an optional part of digitscope is not installed (also an ImportError)

Each message says what is wrong and what was expected, and closes with ``Received: name=value``.
"""

import difflib
from collections.abc import Iterable, Set

SIMILAR = 0.6  # difflib's own limit for close matches


class DigitscopeError(Exception):
    """The root: catch this to catch everything that digitscope raises on purpose."""


class UsageError(DigitscopeError, ValueError):
    """An invalid argument, option, recipe or field."""


class TemplateError(UsageError):
    """A form's template, or its blank, cannot be used."""


class DataError(DigitscopeError):
    """MNIST, or other data, cannot be found, read or verified."""


class ModelFileError(DigitscopeError):
    """A model file breaks its contract."""


class ImageError(DigitscopeError, ValueError):
    """An image or document cannot be read."""


class ImageKindError(ImageError):
    """The source is of no kind that can be opened."""


class ImageTooLargeError(ImageError):
    """The source has more bytes, pixels or pages than allowed."""


class RunError(DigitscopeError):
    """A training run's folder cannot be written, resumed or exported."""


class BatchError(DigitscopeError):
    """A batch's sources cannot be listed, or its output cannot be written or resumed."""


class MissingExtraError(DigitscopeError, ImportError):
    """An optional part of digitscope is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional part. Install it in the folder that holds digitscope: pip install '.[{extra}]'"
        )


def unknown(noun: str, received: str, known: Iterable[str]) -> UsageError:
    """The error for a name that is not among `known`.

    It lists them all, similar ones first, the rest in the order given (a set sorted: its own order changes between
    processes). Only a name's first word is compared: "conv1 (26, 26, 32)" is a layer and its shape.
    """
    names = sorted(known) if isinstance(known, Set) else list(known)
    similar = {name: difflib.SequenceMatcher(None, received, name.split(" ")[0]).ratio() for name in names}
    names.sort(key=lambda name: -similar[name] if similar[name] >= SIMILAR else 0)
    return UsageError(f"Unknown {noun}. Expected one of: {', '.join(names)}. Received: {noun}={received!r}")
