"""Imports of version 0.1's modules are refused with the new name, for one release."""

import sys
from collections.abc import Sequence

MOVED = {
    "learn": "training, evaluation, experiments and synthesis",
    "look": "explanation",
    "pages": "synthesis.pages",
    "read": "reading (the function digitscope.read stays)",
    "modelfile": "models",
    "idx": "mnist.idx",
    "mnist_files": "mnist.files",
    "mnist_download": "mnist.download",
    "sheet": "mnist.preview",
}


class MovedModules:
    """Stands last on sys.meta_path: asked only for what no other finder has found."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: object = None) -> None:
        """Raise the error that names the new place."""
        package, _, module = name.partition(".")
        if package == "digitscope" and module in MOVED:
            raise ModuleNotFoundError(
                f"digitscope.{module} has moved. Expected digitscope.{MOVED[module]}; CHANGELOG.md lists each name. "
                f"Received: module={name!r}"
            )  # without its name, or `from digitscope import look` would swallow it


def install() -> None:
    """Begin refusing the old names."""
    sys.meta_path.append(MovedModules)
