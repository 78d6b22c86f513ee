"""Recipes and networks from a Python file of one's own: `load("mine.py")`.

Such a file defines `recipe`, a `Recipe`, and `layers()`, which returns the list of Keras layers, Input first.
"""

import functools
import importlib.util
from pathlib import Path
from types import ModuleType

from digitscope.errors import UsageError
from digitscope.training import backend

EXPECTED = "Expected a file with `recipe = Recipe(...)` and `def layers():` that returns a list of Keras layers"


@functools.cache
def load(path: str) -> ModuleType:
    """The file as a module; its code runs once.

    Raises:
        UsageError: there is no such file, it fails, or it lacks a name.
    """
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise UsageError(f"There is no such recipe file. {EXPECTED}. Received: recipe={path!r}")
    backend.load()  # quietly, before the file imports Keras
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the file does
        raise UsageError(
            f"The recipe file fails: {type(error).__name__}: {error}. {EXPECTED}. Received: recipe={path!r}"
        ) from error
    if missing := [name for name in ("recipe", "layers") if not hasattr(module, name)]:
        raise UsageError(f"The recipe file lacks {' and '.join(missing)}. {EXPECTED}. Received: recipe={path!r}")
    return module
